import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from storregion.core import store as store_module
from storregion.core.errors import StoreError
from storregion.core.language import Text
from storregion.core.lineage import Edit, Record
from storregion.core.scenario import NOTHING_CHANGED, Scenario
from storregion.core.store import Overlay, Store
from storregion.core.workspace import Workspace

KILLS = int(os.environ.get("STORREGION_KILLS", "12"))
KILLED_GROUP = os.environ.get("STORREGION_KILLS_GROUP")
"""For a longer run by hand: how many builds to kill, and a folder of the group to build."""

FRAME = pl.DataFrame({"n": [1, 2, 3]})


def record(key: str = "k1") -> Record:
    return Record("numbers", key, "pack.numbers", {}, {}, {}, {}, (), ())


def file(store: Store, ending: str, key: str = "k1") -> Path:
    return store.folder / "tables" / "numbers" / f"{key}.{ending}"


def test_what_is_kept_is_read_back_with_its_record(store: Path) -> None:
    kept = Store(store)
    written = kept.keep(FRAME, record())
    assert kept.table("numbers", "k1").equals(FRAME)
    assert kept.record("numbers", "k1") == written
    assert (written.rows, len(written.sha256)) == (3, 64)
    assert kept.whole("numbers", "k1")
    assert not kept.whole("numbers", "k2")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x01
    path.write_bytes(data)


@pytest.mark.parametrize("ending", ["parquet", "json"])
@pytest.mark.parametrize("spoil", [empty, cut, flip, Path.unlink])
def test_what_is_damaged_is_not_whole_and_not_read(
    store: Path, ending: str, spoil: Callable[[Path], None]
) -> None:
    kept = Store(store)
    kept.keep(FRAME, record())
    before = kept.record("numbers", "k1")
    spoil(file(kept, ending))
    if ending == "json" and kept.record("numbers", "k1") not in (None, before):
        # A changed byte in words of the record leaves the table itself as it was.
        assert kept.table("numbers", "k1").equals(FRAME)
        return
    assert not kept.whole("numbers", "k1")
    with pytest.raises(StoreError, match="run 'storregion build' to make it anew"):
        kept.table("numbers", "k1")


def test_a_record_without_its_table_or_a_table_without_its_record_is_not_whole(store: Path) -> None:
    kept = Store(store)
    kept.keep(FRAME, record("k1"))
    kept.keep(FRAME, record("k2"))
    file(kept, "parquet", "k1").unlink()
    file(kept, "json", "k2").unlink()
    assert [kept.whole("numbers", key) for key in ("k1", "k2")] == [False, False]


def test_a_write_that_fails_leaves_what_was_there_and_no_draft(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(store)
    kept.set_state("base", {"numbers": "k1"})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device; free space, or give another folder"):
        kept.set_state("base", {"numbers": "k2"})
    with pytest.raises(StoreError, match="No space left on device; free space"):
        kept.keep(FRAME, record())
    assert kept.state("base") == {"numbers": "k1"}
    assert not kept.whole("numbers", "k1")
    assert not list(store.rglob("*.tmp"))


def test_the_record_is_written_after_its_table(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, written = Store(store), list[str]()
    write = Store._write

    def noted(self: Store, path: Path, data: bytes) -> None:
        written.append(path.suffix)
        write(self, path, data)

    monkeypatch.setattr(Store, "_write", noted)
    kept.keep(FRAME, record())
    assert written == [".parquet", ".json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    # A path below a regular file cannot be made, not even by one who may do anything.
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot make the store in .*file/store: .*--store"):
        Store(tmp_path / "file" / "store")


def test_a_file_that_cannot_be_written_is_named(store: Path) -> None:
    kept = Store(store)
    (store / "tables" / "numbers").touch()
    with pytest.raises(StoreError, match=r"cannot write .*numbers/k1\.parquet"):
        kept.keep(FRAME, record())


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '"x"', "\x00"])
def test_a_damaged_state_names_no_table(store: Path, content: str) -> None:
    kept = Store(store)
    (store / "states" / "base.json").write_text(content)
    assert kept.state("base") == {}


def test_only_drafts_left_long_ago_are_swept(store: Path) -> None:
    kept = Store(store)
    kept.keep(FRAME, record())
    old, young = (store / "tables" / "numbers" / f".k1.{name}.tmp" for name in ("old", "young"))
    for draft in (old, young):
        draft.touch()
    os.utime(old, (0, time.time() - 2 * store_module._ABANDONED))
    kept.sweep()
    assert (old.exists(), young.exists()) == (False, True)
    assert kept.whole("numbers", "k1")


def test_the_users_own_store_is_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORREGION_STORE", str(tmp_path / "mine"))
    assert store_module.default_folder() == tmp_path / "mine"
    monkeypatch.delenv("STORREGION_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store_module.default_folder() == tmp_path / "cache" / "storregion"


# ---- a whole group


def contents(work: Workspace) -> dict[str, tuple[str, str]]:
    """Each table's key and hash, read back from the store."""
    found = {}
    for table, planned in work.planned.items():
        kept = work.store.record(table, planned.key)
        assert kept is not None
        assert work.store.whole(table, planned.key)
        found[table] = (kept.key, kept.sha256)
    return found


@pytest.mark.parametrize("ending", ["parquet", "json"])
@pytest.mark.parametrize("spoil", [empty, cut, Path.unlink])
def test_a_build_heals_what_is_damaged_and_makes_nothing_else(
    small: Path, store: Path, ending: str, spoil: Callable[[Path], None]
) -> None:
    work = Workspace(small, store)
    work.build()
    clean = contents(work)
    spoil(store / "tables" / "population" / f"{work.key('population')}.{ending}")
    again = Workspace(small, store)
    assert again.build() == ["population"]
    assert contents(again) == clean
    assert again.build() == []


def test_a_failed_build_leaves_the_state_as_it_was(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    work.build()
    before = work.store.state(work.state_name)
    totals = small / "figures" / "population_totals.csv"
    totals.write_text(totals.read_text("utf-8").replace("66301", "-66301"), "utf-8")
    spoilt = Workspace(small, store)
    with pytest.raises(ValueError, match="-66301 is below 0"):
        spoilt.build()
    assert spoilt.store.state(spoilt.state_name) == before
    assert (
        Workspace(small, store, as_built=True).figure("growth", "persons", place="1080", year=2024).value
        == 66_301
    )


def test_a_state_is_a_build_of_everything(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    assert work.build("population") == ["counties", "municipalities", "municipality_changes", "population"]
    assert work.store.state(work.state_name) == {}
    work.build()
    state = work.store.state(work.state_name)
    assert state == {table: record.key for table, record in work.planned.items()}
    assert work.build("counties", force=True) == ["counties"]
    assert work.store.state(work.state_name) == state


# ---- killed at any moment

BUILD = """
import sys
from pathlib import Path
from storregion.core.workspace import Workspace
work = Workspace(Path(sys.argv[1]), Path(sys.argv[2]))
print("go", flush=True)
work.build(force=True)
"""


def start(group: Path, store: Path) -> subprocess.Popen[bytes]:
    """Begin a build in a process of its own; return when it is about to make tables."""
    process = subprocess.Popen([sys.executable, "-c", BUILD, group, store], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"go\n"
    process.stdout.close()
    return process


def timed(group: Path, store: Path) -> float:
    """Seconds that a whole build takes from the moment it is about to make tables."""
    process = start(group, store)
    began = time.perf_counter()
    assert process.wait() == 0
    return time.perf_counter() - began


def use_base_year(group: Path, year: int) -> None:
    (group / "assumptions.toml").write_text(f"[growth]\nbase_year = {year}\n")


def whole_state(work: Workspace) -> dict[str, str]:
    state = work.store.state(work.state_name)
    for table, key in state.items():
        assert work.store.whole(table, key), f"{table} is named by the state but not whole"
    return state


@pytest.mark.long
def test_a_build_killed_at_any_moment_leaves_a_whole_state_and_heals(small: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(KILLED_GROUP or small, tmp_path / "group"))
    clean, states = {}, {}
    for year in (2005, 2009):
        use_base_year(copy, year)
        work = Workspace(copy, tmp_path / f"clean{year}")
        work.build()
        clean[year], states[year] = contents(work), work.store.state(work.state_name)
    lasts = timed(copy, tmp_path / "timed")
    chance, killed, place = random.Random(1), 0, tmp_path / "killed"
    for number in range(KILLS):
        year = (2005, 2009)[number % 2]
        use_base_year(copy, year)
        before = whole_state(Workspace(copy, place))
        if number % 10 == 0:
            lasts = min(lasts, timed(copy, tmp_path / "timed"))
        process = start(copy, place)
        time.sleep(lasts * (number + chance.random()) / KILLS)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        work = Workspace(copy, place)
        assert whole_state(work) in (before, states[year])
        work.build()
        assert contents(work) == clean[year]
        assert whole_state(work) == states[year]
    assert killed > KILLS // 2
    print(f"{killed} of {KILLS} builds killed while they ran, each within {lasts:.2f} s")  # noqa: T201


# ---- a trial


def test_a_trial_reads_the_store_below_and_writes_nothing_to_it(store: Path) -> None:
    below = Store(store)
    below.keep(FRAME, record())
    below.set_state("base", {"numbers": "k1"})
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    overlay = Overlay(below)
    assert overlay.table("numbers", "k1").equals(FRAME)
    assert overlay.record("numbers", "k1") == below.record("numbers", "k1")
    other = FRAME.with_columns(pl.col("n") + 1)
    kept = overlay.keep(other, record("k2"))
    assert kept.rows == 3
    assert overlay.table("numbers", "k2").equals(other)
    assert overlay.record("numbers", "k2") == kept
    assert (overlay.whole("numbers", "k2"), overlay.whole("numbers", "k1")) == (True, True)
    assert not overlay.whole("numbers", "k3")
    overlay.set_state("base", {"numbers": "k2"})
    overlay.sweep()
    assert overlay.state("base") == {"numbers": "k1"}
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    assert not below.whole("numbers", "k2")


def test_what_a_trial_has_not_is_reported_as_by_a_store(store: Path) -> None:
    overlay = Overlay(Store(store))
    assert overlay.record("numbers", "k1") is None
    with pytest.raises(StoreError, match="cannot be read"):
        overlay.table("numbers", "k1")


def test_a_scenario_tried_is_built_in_memory_alone(small: Path, store: Path) -> None:
    base = Workspace(small, store)
    base.build()

    def written() -> dict[Path, int]:
        # What is remembered of files that were read is no table, and may grow whenever one is read.
        files = (path for path in store.rglob("*") if path.is_file() and path.name != "hashes.json")
        return {path: path.stat().st_mtime_ns for path in files}

    before = written()
    edit = Edit(
        "population",
        Text("Prov", "Trial"),
        where={"municipality": "1080", "year": 2024},
        add={"persons": 1000},
    )
    tried = base.with_scenario("trial", Scenario(Text("Prov", "Trial"), Text("Prov", "Trial"), edits=(edit,)))
    where: dict[str, str | int] = {"place": "1080", "year": 2024}
    old = base.figure("growth", "persons", **where).value
    assert old is not None
    assert tried.figure("growth", "persons", **where).value == old + 1000
    assert base.figure("growth", "persons", **where).value == old
    assert (tried.scenario_name, base.scenario_name) == ("trial", "base")
    # What the edit does not reach is read from the store below; what it reaches is made once.
    assert tried.key("municipalities") == base.key("municipalities")
    assert "growth" not in tried.build()
    assert tried.build() == []
    assert {r.table for r in tried.trace("growth")} == {r.table for r in base.trace("growth")}
    assert written() == before


def test_a_trial_of_a_trial_still_rests_on_the_group_without_either(small: Path, store: Path) -> None:
    def more(persons: int) -> Scenario:
        where: dict[str, str | int] = {"municipality": "1080", "year": 2024}
        edit = Edit("population", Text("Prov", "Trial"), where=where, add={"persons": persons})
        return Scenario(Text("Prov", "Trial"), Text("Prov", "Trial"), edits=(edit,))

    base = Workspace(small, store)
    first = base.with_scenario("first", more(1000))
    second = first.with_scenario("second", more(2000))
    growth = {
        name: work.key("growth") for name, work in (("base", base), ("first", first), ("second", second))
    }
    assert len(set(growth.values())) == 3
    # What is made for it, or was for the group, is known to it; what the other trial makes is not.
    known = {name: second.record_of(key) is not None for name, key in growth.items()}
    assert known == {"base": True, "first": False, "second": True}
    assert first.record_of(growth["base"]) is not None


def test_a_trial_may_rest_on_a_store_with_nothing_built(small: Path, store: Path) -> None:
    tried = Workspace(small, store).with_scenario("trial", NOTHING_CHANGED)
    assert tried.table("counties").height > 0
    assert not list((store / "tables").iterdir())


def test_a_trial_of_what_is_read_as_built_looks_for_what_is_newest(small: Path, store: Path) -> None:
    Workspace(small, store).build()
    tried = Workspace(small, store, as_built=True).with_scenario("trial", NOTHING_CHANGED)
    assert not tried.as_built
    assert tried.build() == []


def aged(store: Store, key: str, hours: float, inputs: dict[str, str] | None = None) -> None:
    """A table that was made some hours ago."""
    made = Record("numbers", key, "pack.numbers", {}, {}, {}, inputs or {}, (), ())
    store.keep(FRAME, made)
    for ending in ("parquet", "json"):
        os.utime(file(store, ending, key), (time.time() - 3600 * hours,) * 2)


def test_cleaning_keeps_the_newest_states_and_all_that_they_rest_on(store: Path) -> None:
    kept = Store(store)
    for key in ("old", "shared", "new", "loose"):
        aged(kept, key, hours=2)
    # The state of a scenario rests on a table of the base that it does not name itself.
    aged(kept, "trial", hours=2, inputs={"numbers@base": "shared"})
    aged(kept, "being-made", hours=0.5)
    for at, (name, key) in enumerate([("a", "old"), ("b", "new"), ("c", "trial")]):
        kept.set_state(name, {"numbers": key})
        os.utime(store / "states" / f"{name}.json", (1000 + at,) * 2)
    # A table whose record is gone is a table all the same.
    file(kept, "json", "loose").unlink()
    before = kept.held()
    assert (before.states, before.tables) == (3, 6)
    removed = kept.clean(keep=2)
    assert (removed.states, removed.tables) == (1, 2)
    assert {path.stem for path in (store / "states").glob("*.json")} == {"b", "c"}
    left = {path.stem for path in (store / "tables" / "numbers").glob("*.parquet")}
    assert left == {"shared", "new", "trial", "being-made"}
    assert left == {path.stem for path in (store / "tables" / "numbers").glob("*.json")}
    after = kept.held()
    assert before.size - after.size == removed.size > 0
    assert kept.clean(keep=2).size == 0
