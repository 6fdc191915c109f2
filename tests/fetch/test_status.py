"""The state of a source by hand: fetched, stale by the day, changed, gone, and series that have ended."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from storregion.core.store import default_folder
from storregion.core.workspace import Workspace
from storregion.fetch import publishers
from storregion.fetch.lock import LOCK, RAW, Kept, Lock, Locked, TableLock
from storregion.fetch.publishers import TableQuery, Target
from storregion.fetch.status import CHECKED, Checked, _of_target, _stopped, budgets, lines
from storregion.fetch.turnstile import Turnstile

DAY = date(2026, 3, 1)
TARGET = Target(publisher="p", file="people.csv", title_sv="x", title_en="x", stale_after_days=400)


def table(fetched: str = "2026-02-01", **more: Any) -> TableLock:
    """A table of one answer, which came on a day."""
    kept = Kept("GET", "https://a.se/", f"raw-{fetched}", 1, f"{fetched}T10:00:00Z")
    return TableLock("T", kept=(kept,), **more)


def locked(*tables: TableLock) -> Locked:
    return Locked("p", "people.csv", "hash", "recipe", tables)


@pytest.fixture
def group(tmp_path: Path) -> Workspace:
    """A folder with a fetched file and no raw files, and no file that is there without a fetch."""
    (tmp_path / RAW).mkdir(parents=True)
    (tmp_path / "fetched" / "people.csv").write_text("x", "utf-8")
    return cast(Workspace, SimpleNamespace(folder=tmp_path, raws=SimpleNamespace(origins={})))


def said(
    group: Workspace, *tables: TableLock, check: Checked | None = None, target: Target = TARGET
) -> tuple[str, str]:
    """The state of the target on 1 March 2026, with all its raw files there."""
    for kept in (one for own in tables for one in own.kept):
        (group.folder / RAW / kept.sha256).write_text("x", "utf-8")
    return _of_target(group, target, locked(*tables), check, DAY)


def test_what_was_not_fetched_is_bundled_read_in_estimated_or_not_there(group: Workspace) -> None:
    assert _of_target(group, TARGET, None, None, DAY) == ("not there", "may be fetched")
    series = msgspec.structs.replace(TARGET, series="migration")
    assert _of_target(group, series, None, None, DAY) == ("estimated", "may be fetched")
    for fetched, state in (("", "bundled"), ("2026-01-01", "read in or fetched by hand")):
        group.raws.origins["people.csv"] = cast(Any, SimpleNamespace(fetched=fetched))
        assert _of_target(group, series, None, None, DAY) == (state, "may be fetched")


def test_a_file_is_stale_the_day_after_its_last(group: Workspace) -> None:
    # From 25 January 2025 to 1 March 2026 there are 365 + 35 days: as many as it may be old.
    assert said(group, table("2025-01-25")) == ("fetched 2025-01-25", "")
    assert said(group, table("2025-01-24")) == ("fetched 2025-01-24, stale", "401 days old")
    # What its publisher says anew to be the newest is as fresh as that answer.
    for asked, state in (("2025-01-25", "fetched 2024-12-01"), ("2025-01-24", "fetched 2024-12-01, stale")):
        assert said(group, table("2024-12-01"), check=Checked(asked, ()))[0] == state
    # A timetable is as old as its last day; with two it is the later.
    assert said(group, table(last_day="2026-03-01"))[0] == "fetched 2026-02-01"
    stale = ("fetched 2026-02-01, stale", "its last day was 2026-02-28")
    assert said(group, table(last_day="2026-02-28")) == stale
    assert said(group, table(last_day="2026-02-01"), table(last_day="2026-03-01"))[0] == "fetched 2026-02-01"


def test_what_is_wrong_with_a_fetch_is_said_before_its_age(group: Workspace) -> None:
    old = table("2020-01-01")
    assert said(group, old, check=Checked("2020-02-01", ("a", "b"))) == (
        "fetched 2020-01-01, changed at the publisher",
        "a; b",
    )
    faulty = msgspec.structs.replace(old, id="B", fault="no number\nin row 2")
    assert said(group, old, faulty) == ("fetched 2020-01-01, without B", "no number")
    (group.folder / RAW / "raw-2020-01-01").unlink()
    # One of two answers is not there any more.
    fresh = table()
    (group.folder / RAW / fresh.kept[0].sha256).write_text("x", "utf-8")
    both = _of_target(group, TARGET, locked(fresh, old), None, DAY)
    assert both == ("fetched 2026-02-01", "its raw files are not all there")
    (group.folder / "fetched" / "people.csv").unlink()
    assert _of_target(group, TARGET, locked(old), None, DAY)[0] == "gone"


def test_each_table_that_says_when_is_named_with_its_day_and_whether_it_is_perturbed(
    group: Workspace,
) -> None:
    notes = ("Preliminary.", "Values are perturbed.")
    first = table(updated="2026-01-02T07:00:00Z", notes=notes)
    second = msgspec.structs.replace(table(updated="2026-01-03T07:00:00Z"), id="U")
    more = said(group, first, second, msgspec.structs.replace(table(), id="V"))[1]
    assert more == "T as of 2026-01-02; perturbed, U as of 2026-01-03"


def test_a_check_counts_from_the_moment_of_the_fetch_on(group: Workspace) -> None:
    (group.folder / "fetch").mkdir()
    (group.folder / "fetch" / "publishers.toml").write_text(
        '[p]\nkind = "pxweb2"\nname = "P"\nbase = "https://a.se/"\nlicence = "CC0"\n'
        "calls = 1\nseconds = 1.0\n"
    )
    (group.folder / "fetch" / "t.toml").write_text(
        'publisher = "p"\nfile = "people.csv"\ntitle_sv = "x"\ntitle_en = "x"\n'
    )
    own = table()
    (group.folder / RAW / own.kept[0].sha256).write_text("x", "utf-8")
    (group.folder / LOCK).write_bytes(Lock(targets={"t": locked(own)}).written())
    # Files that came otherwise stand beside it; the target's own file stands once.
    for name, fetched in (("a.csv", ""), ("z.csv", "2026-01-01"), ("people.csv", "2026-01-01")):
        there = SimpleNamespace(fetched=fetched, replaced_by="")
        group.raws.origins[name] = cast(Any, there)
    for asked, changed in (("09:59:59", False), ("10:00:00", True)):
        check = {"t": Checked(f"2026-02-01T{asked}Z", ("new",))}
        (group.folder / CHECKED).write_bytes(msgspec.json.encode(check))
        found = [(line.file, line.state) for line in lines(group, DAY)]
        state = "fetched 2026-02-01" + ", changed at the publisher" * changed
        assert found == [
            ("a.csv", "bundled"), ("people.csv", state), ("z.csv", "read in or fetched by hand"),
        ]  # fmt: skip


def test_publishers_that_count_the_calls_of_a_month_say_how_many_are_used(
    group: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORREGION_STORE", str(group.folder / "store"))
    (group.folder / "fetch").mkdir()
    one = 'kind = "pxweb2"\nbase = "https://a.se/"\nlicence = "CC0"\ncalls = 1\nseconds = 0.01\n'
    text = f'[p]\nname = "P"\n{one}monthly = 50\n[q]\nname = "Q"\n{one}'
    (group.folder / "fetch" / "publishers.toml").write_text(text)
    turnstile = Turnstile(default_folder() / "calls.sqlite")
    door = publishers.read(group.folder).publishers["p"].door
    for _ in range(2):
        with turnstile.pass_through(door, [(10, 0.01)]):
            pass
    assert budgets(group) == ["P: 2 of 50 calls this month"]


# ---- series that have ended


def stopped(
    last: str, since_update: int, day: date, select: dict[str, tuple[str, ...]] | None = None, **more: Any
) -> bool:
    """Whether a table is said to have ended on a day, so many days after it was last updated."""
    query = TableQuery("T", select or {}, succeeded_by=more.pop("succeeded_by", ""))
    updated = f"{day - timedelta(days=since_update)}T07:00:00Z"
    own = TableLock("T", updated=updated, last=last, variables={"Tid": ("2023", "2024", last)} | more)
    return _stopped(msgspec.structs.replace(TARGET, tables=(query,)), own, day) != ""


@pytest.mark.parametrize(
    ("last", "end", "late", "oldest"),
    [
        # Late by a quarter of a year, 366 // 4 = 91, or by a month; the last period three periods back.
        ("2024", date(2024, 12, 28), 366 + 91, 3 * 366),
        ("2024K3", date(2024, 9, 28), 92 + 31, 3 * 92),
        ("2024M10", date(2024, 10, 28), 31 + 31, 3 * 31),
    ],
)
def test_a_table_has_ended_when_it_is_late_or_three_periods_old(
    last: str, end: date, late: int, oldest: int
) -> None:
    near, far = end + timedelta(days=oldest - 1), end + timedelta(days=oldest)
    assert not stopped(last, late, near)
    assert stopped(last, late + 1, near)
    # Though it has just been updated, its last period is too old.
    assert not stopped(last, 0, far)
    assert stopped(last, 0, far + timedelta(days=1))
    # A projection ends in the future, and the last day of its last period is not past.
    assert not stopped(last, 5000, end)
    assert stopped(last, 5000, end + timedelta(days=1))


def test_only_a_table_that_would_grow_in_the_target_is_said_to_have_ended() -> None:
    day = date(2040, 1, 1)
    assert stopped("2025", 0, day)
    assert stopped("2025", 0, day, {"Tid": ("2024", "2030")})
    # The target names times that are all there, or another table goes on.
    assert not stopped("2025", 0, day, {"Tid": ("2024", "2025")})
    assert not stopped("2025", 0, day, {"Tid": ("2023", "2024", "2025")})
    assert not stopped("2025", 0, day, succeeded_by="U")
    # Years of birth look like times and change nothing.
    assert not stopped("2025", 0, day, {"Tid": ("2024",)}, Born=("2024", "2025"))
