"""The state of every source of a group: bundled, estimated, fetched when, stale, changed at the publisher."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from storregion.core.errors import DataError, FetchError
from storregion.core.store import default_folder
from storregion.core.workspace import Workspace
from storregion.fetch import publishers
from storregion.fetch.lock import Lock, Locked, Shelf
from storregion.fetch.publishers import Target
from storregion.fetch.secret import Secret
from storregion.fetch.transport import key_of
from storregion.fetch.turnstile import Turnstile

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
    last = max((table.last_day for table in locked.tables), default="")
    if last and last < day.isoformat():
        return f"{state}, stale", f"its last day was {last}"
    # What its publisher has said to be the newest is as fresh as that answer.
    age = (day - date.fromisoformat((last_check.asked if last_check else locked.fetched)[:10])).days
    if age > target.stale_after_days:
        return f"{state}, stale", f"{age} days old"
    return state, ", ".join(f"{t.id} as of {t.updated[:10]}" for t in locked.tables if t.updated)
