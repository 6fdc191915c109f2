"""The state of every source of a group: bundled, estimated, fetched when, stale, changed at the publisher."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from storregion.core.errors import DataError, FetchError
from storregion.core.store import default_folder
from storregion.core.workspace import Workspace
from storregion.fetch import publishers
from storregion.fetch.figures import PERTURBED
from storregion.fetch.lock import Lock, Locked, Shelf, TableLock
from storregion.fetch.publishers import TableQuery, Target
from storregion.fetch.secret import Secret
from storregion.fetch.transport import key_of
from storregion.fetch.turnstile import Turnstile

_PERIODS = {r"\d{4}": 366, r"\d{4}K[1-4]": 92, r"\d{4}M\d{2}": 31}
"""How many days lie between the periods of a table, by the form of its times."""
CHECKED = Path("fetched", "checked.json")


class Checked(msgspec.Struct, frozen=True):
    """What a target's publisher said when last asked: when (UTC), and what had changed."""

    asked: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One source: its file, its state in a few words, and what more there is to say."""

    file: str
    state: str
    more: str


def checked(group: Path) -> dict[str, Checked]:
    """What publishers said when last asked, by target; nothing where they were never asked.

    Raises
    ------
    DataError
        The file that remembers it is damaged.
    """
    path = group / CHECKED
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Checked])
    except msgspec.DecodeError as error:
        raise DataError(
            f"{path} is damaged ({error}); remove it and run 'storregion fetch --check'"
        ) from None


def lines(workspace: Workspace, today: date | None = None) -> list[Line]:
    """The state of every raw file of a group and of everything it may fetch.

    Parameters
    ----------
    workspace : the group.
    today : the day by which a file is judged stale; today's date when None.
    """
    group, day = workspace.folder, today or datetime.now(UTC).date()
    configuration, lock, said = publishers.read(group), Lock.read(group), checked(group)
    found = []
    taken = set()
    for name, target in configuration.targets.items():
        taken.add(target.file)
        locked = lock.targets.get(name)
        last_check = said.get(name)
        last_check = last_check if last_check and (not locked or last_check.asked >= locked.fetched) else None
        found.append(Line(target.file, *_of_target(workspace, target, locked, last_check, day)))
    for file, origin in workspace.raws.origins.items():
        if file not in taken:
            state = "read in or fetched by hand" if origin.fetched else "bundled"
            found.append(Line(file, state, origin.replaced_by))
    return sorted(found, key=lambda line: line.file)


def budgets(workspace: Workspace) -> list[str]:
    """How much of a month's calls is used, for every publisher that counts them."""
    turnstile = Turnstile(default_folder() / "calls.sqlite")
    found = []
    for publisher in publishers.read(workspace.folder).publishers.values():
        if publisher.monthly:
            try:
                account = Secret(key_of(publisher)).account(publisher.door)
                used = f"{turnstile.spent(account)} of {publisher.monthly} calls this month"
            except FetchError:
                used = f"{publisher.monthly} calls a month for each key; {publisher.key} is not set"
            found.append(f"{publisher.name}: {used}")
    return found


def _of_target(
    workspace: Workspace, target: Target, locked: Locked | None, last_check: Checked | None, day: date
) -> tuple[str, str]:
    """A target's state, and what more there is to say."""
    if locked is None:
        bundled = workspace.raws.origins.get(target.file)
        if bundled is not None:
            return ("read in or fetched by hand" if bundled.fetched else "bundled"), "may be fetched"
        return ("estimated" if target.series else "not there"), "may be fetched"
    if not (workspace.folder / "fetched" / locked.file).is_file():
        return "gone", "run 'storregion fetch --offline' to make it anew from the raw files"
    shelf = Shelf(workspace.folder)
    if not all((shelf.folder / kept.sha256).is_file() for table in locked.tables for kept in table.kept):
        return f"fetched {locked.fetched[:10]}", "its raw files are not all there"
    state = f"fetched {locked.fetched[:10]}"
    if last_check and last_check.changes:
        return f"{state}, changed at the publisher", "; ".join(last_check.changes)
    if faulty := [table for table in locked.tables if table.fault]:
        names = ", ".join(table.id for table in faulty)
        return f"{state}, without {names}", "; ".join(table.fault.splitlines()[0] for table in faulty)
    if stopped := [said for table in locked.tables if (said := _stopped(target, table, day))]:
        return f"{state}, not grown", "; ".join(stopped)
    last = max((table.last_day for table in locked.tables), default="")
    if last and last < day.isoformat():
        return f"{state}, stale", f"its last day was {last}"
    # What its publisher has said to be the newest is as fresh as that answer.
    age = (day - date.fromisoformat((last_check.asked if last_check else locked.fetched)[:10])).days
    if age > target.stale_after_days:
        return f"{state}, stale", f"{age} days old"
    return state, ", ".join(_as_of(table) for table in locked.tables if table.updated)


def _as_of(table: TableLock) -> str:
    disturbed = "; perturbed" if any(PERTURBED.search(note) for note in table.notes) else ""
    return f"{table.id} as of {table.updated[:10]}{disturbed}"


def _stopped(target: Target, table: TableLock, day: date) -> str:
    """What to say of a table that should have a newer period by now; nothing of one that has a successor.

    A table grows once a period. One that was not updated for longer, or whose last period lies three periods
    back, may have ended while another goes on.
    """
    query = target.tables[table.place] if table.place < len(target.tables) else None
    period = next((days for pattern, days in _PERIODS.items() if re.fullmatch(pattern, table.last)), 0)
    if query is None or query.succeeded_by or not period or not _open(query, table):
        return ""
    end = _end(table.last)
    updated = date.fromisoformat(table.updated[:10]) if table.updated else end
    # A projection ends in the future, and publishers may be late by a quarter of a year, or by a month.
    late = period + max(period // 4, 31)
    if end >= day or ((day - updated).days <= late and (day - end).days <= 3 * period):
        return ""
    return (
        f"{table.id} ends with {table.last} and was last updated {updated}; has another table taken its "
        "place? Then join it in the target, with succeeded_by"
    )


def _open(query: TableQuery, table: TableLock) -> bool:
    """Whether the target wants more of a table when it grows: not only times that it names."""
    times = [name for name, codes in table.variables.items() if table.last in codes]
    return not any(set(query.select.get(name, ("*",))) <= set(table.variables[name]) for name in times)


def _end(period: str) -> date:
    """The last day of a year, a quarter or a month; the 28th stands for a month's end."""
    year, kind, number = int(period[:4]), period[4:5], int(period[5:] or 12)
    return date(year, 3 * number if kind == "K" else number, 28)
