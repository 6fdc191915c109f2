"""The baked portal: the same as the live one, whole or not at all."""

import datetime
import hashlib
import re
from pathlib import Path

import msgspec
import pytest

from storregion.core import files, reads
from storregion.core.errors import CallError, DataError, StoreError
from storregion.core.reads import Read, noted
from storregion.core.workspace import Workspace
from storregion.publish import bake as baking
from storregion.publish import drafts
from storregion.publish.bake import Baked, Job, Opened, bake
from storregion.publish.content import key_beside_tables
from storregion.publish.manifest import Contents
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.publish.versions import Versions

MARK, MANIFEST = ".storregion-portal", "manifest.json"


def tree(folder: Path) -> dict[str, str]:
    """Every file in a folder with its hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An earlier portal."""
    folder = tmp_path / "portal"
    folder.mkdir()
    (folder / MARK).write_text("made by storregion bake\n")
    (folder / "index.html").write_text("old")
    return folder


@pytest.fixture
def two(small: Path, store: Path) -> Site:
    """The portal of the small group cut down to two municipalities, so that little has to be drawn."""
    for path in (small / "figures").glob("*.csv"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not re.match("(1081|1082|1083)", line)]
        path.write_text("".join(kept), "utf-8")
    work = Workspace(small, store)
    work.build()
    return open_site(work)


@pytest.mark.long
def test_what_is_baked_is_what_is_served_and_always_the_same(two: Site, old: Path) -> None:
    progress: list[tuple[int, int]] = []
    work = two.workspace
    baked = bake(work, old, lambda done, total: progress.append((done, total)), reports=True)
    first = tree(old)
    files = {path + "index.html" if path.endswith("/") else path: path for path in two.addresses()}
    assert set(first) == {*files, MARK, MANIFEST}
    assert baked.written == len(files) > 400
    assert baked.kept == 0
    for file, path in files.items():
        # Drawing is what takes time; the charts of one place stand for those of all.
        if path.endswith("svg") and not path.startswith("en/place/1080/"):
            continue
        assert first[file] == hashlib.sha256(two.answer(path).body).hexdigest(), path
    assert progress == sorted(progress)
    jobs = len(two.makers) * 2 + len(two.addresses_outside_pages())
    assert progress[-1] == (jobs, jobs)
    assert bake(work, old, reports=True) == Baked(0, baked.written, baked.size)
    assert tree(old) == first
    # Nothing is left beside it.
    assert [path.name for path in old.parent.glob("*portal*")] == ["portal"]


def contents(folder: Path) -> dict[str, tuple[list[str], set[Read]]]:
    """Every page with its files and what it says that it read."""
    found = msgspec.json.decode((folder / MARK).read_bytes(), type=Contents)
    return {
        name: ([file.path for file in files], {found.versions[at][0] for at in reads})
        for name, files, reads in found.made
    }


@pytest.mark.long
def test_after_one_changed_figure_a_bake_gives_what_a_bake_anew_gives(two: Site, tmp_path: Path) -> None:
    folder, store, here = two.workspace.folder, two.workspace.store.folder, tmp_path / "portal"
    first = bake(two.workspace, here)
    before, times = tree(here), {path: path.stat().st_mtime_ns for path in here.rglob("*.*")}
    figures = folder / "figures" / "population_totals.csv"
    lines = figures.read_text("utf-8").splitlines()
    last = max(at for at, line in enumerate(lines) if line.startswith("1080,"))
    *key, persons = lines[last].split(",")
    lines[last] = ",".join([*key, str(int(persons) + 1)])
    figures.write_text("\n".join(lines) + "\n", "utf-8")

    again = bake(Workspace(folder, store), here)
    anew = bake(Workspace(folder, store), tmp_path / "anew")
    # The mark holds times, which differ; what it says of tables does not, whoever was the first to read them.
    assert tree(here).items() - tree(tmp_path / "anew").items() == {(MARK, tree(here)[MARK])}
    assert tree(here).keys() == tree(tmp_path / "anew").keys()
    assert contents(here) == contents(tmp_path / "anew")
    assert anew.kept == 0
    assert again.written + again.kept == anew.written
    assert 0 < again.written < first.written
    # Only files whose bytes changed are written; all others are the very files of the first portal.
    changed = {path for path, digest in tree(here).items() if before.get(path) != digest}
    assert len(changed - {MARK, MANIFEST}) == again.written
    kept = [path for path in times if path.relative_to(here).as_posix() not in changed]
    assert all(path.stat().st_mtime_ns == times[path] for path in kept)
    # A page that shows the figure reads its table; one of words alone reads none.
    read = {name: {it.table for it in found if it.scenario} for name, (_, found) in contents(here).items()}
    assert "growth" in read["sv/place/1080/"]
    assert read["sv/glossary/"] == set()
    assert read["data/counties/counties.csv"] == {"counties"}


def test_what_no_table_covers_is_in_the_key_beside_them(small: Path, store: Path) -> None:
    before = key_beside_tables(Workspace(small, store))
    figures = small / "figures" / "population_totals.csv"
    figures.write_text(figures.read_text("utf-8") + "1080,2050,1\n", "utf-8")
    assert key_beside_tables(Workspace(small, store)) == before
    settings = small / "group.toml"
    settings.write_text(settings.read_text("utf-8") + "# another word\n", "utf-8")
    assert key_beside_tables(Workspace(small, store)) != before


def test_the_version_of_a_table_covers_its_sources(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    work.build()
    site = open_site(work)
    read = Read("base", "growth")
    before = Versions(site)(read)
    record = next(one for one in work.trace("growth") if one.origins)
    other = msgspec.structs.replace(record.origins[0], licence="another")
    path = store / "tables" / record.table / f"{record.key}.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(record, origins=(other,))))
    assert Versions(site)(read) != before
    assert Versions(site)(Read("base", "nowhere")) == ""
    assert Versions(site)(reads.DAY) == datetime.datetime.now(datetime.UTC).date().isoformat()
    with noted() as asked:
        assert (site.has("place/1080/"), site.has("place/9999/")) == (True, False)
    assert sorted(map(Versions(site), asked)) == ["not there", "there"]


class StopError(BaseException):
    """As when somebody presses Ctrl-C."""


@pytest.mark.long
def test_an_interrupted_bake_leaves_the_old_portal(small_site: Site, old: Path) -> None:
    before = tree(old)

    def stop(done: int, total: int) -> None:
        raise StopError

    with pytest.raises(StopError):
        bake(small_site.workspace, old, stop)
    assert tree(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["portal"]


def test_a_portal_that_cannot_be_moved_into_place_leaves_the_old_one(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(old)
    draft = old.parent / ".portal.1234.tmp"
    draft.mkdir()
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path == draft:
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="No space left"):
        drafts.swap(draft, old)
    assert tree(old) == before


def test_what_killed_bakes_left_is_swept_and_a_running_one_is_left_alone(old: Path) -> None:
    left, running = old.parent / ".portal.00000001.tmp", old.parent / ".portal.00000002.tmp"
    other = old.parent / ".portal2.00000003.tmp"
    for folder in (left, running, other):
        folder.mkdir()
        (folder / "index.html").write_text("half")
    with files.held(running), drafts.draft(old) as draft:
        assert draft.is_dir()
        assert not left.exists()
        assert running.is_dir()
        assert other.is_dir()
        # A second bake beside this one leaves its draft alone too.
        drafts.sweep(old)
        assert draft.is_dir()
    assert not draft.exists()
    drafts.sweep(old)
    assert sorted(path.name for path in old.parent.iterdir()) == [other.name, "portal"]


def test_a_portal_moved_aside_by_a_killed_bake_is_put_back(old: Path) -> None:
    before = tree(old)
    old.rename(old.parent / ".portal.00000001.old")
    drafts.sweep(old)
    assert tree(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["portal"]


def test_nothing_else_is_overwritten(small_site: Site, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CallError, match="holds something else than an earlier portal"):
        bake(small_site.workspace, tmp_path)
    with pytest.raises(CallError, match="is a file"):
        bake(small_site.workspace, tmp_path / "thesis.txt")
    with pytest.raises(StoreError, match="cannot write"):
        bake(small_site.workspace, tmp_path / "thesis.txt" / "portal")
    assert tree(tmp_path) == {"thesis.txt": hashlib.sha256(b"mine").hexdigest()}


def test_pages_of_two_versions_are_never_mixed(small_site: Site, tmp_path: Path) -> None:
    work = small_site.workspace
    opened = Opened(work.folder, work.store.folder, work.scenario_name, False, True, tmp_path, None)
    keys = {table: work.key(table) for table in work.steps}
    made = baking._bake_batch(opened, keys, tmp_path, [Job("sv", "about/")])
    assert [file.path for one in made for file in one.files] == ["sv/about/index.html"]
    with pytest.raises(DataError, match="changed while baking; bake again"):
        baking._bake_batch(opened, keys | {"growth": "another"}, tmp_path, [Job("sv", "accessibility/")])


@pytest.fixture
def few(small: Path) -> Path:
    """The small group without all that a portal can do without."""
    for name in ("nodes.csv", "node_localities.csv"):
        path = small / "figures" / name
        path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    for folder in ("strategy", "indicators"):
        for path in (small / folder).glob("*"):
            path.unlink()
        (small / folder).rmdir()
    (small / "assumptions.toml").unlink()
    return small


@pytest.mark.long
def test_a_group_without_nodes_or_strategy_has_a_portal(few: Path, store: Path) -> None:
    work = Workspace(few, store)
    work.build()
    site = open_site(work)
    for path in site.addresses():
        if not path.endswith("svg"):
            assert site.answer(path).body
    assert "place/karlskrona/" not in site.makers
    assert "place/1080/" in site.makers


def test_the_last_build_is_baked_while_the_inputs_are_broken(small: Path, store: Path) -> None:
    Workspace(small, store).build()
    (small / "figures" / "population_totals.csv").unlink()
    work = Workspace(small, store, as_built=True)
    site = open_site(work)
    for address in site.makers:
        assert "<h1>" in site.html("sv", address)
    assert "66\u00a0301" in site.html("sv", "place/1080/")
    # The processes that bake read the same.
    opened = Opened(work.folder, work.store.folder, work.scenario_name, True, False, store, None)
    keys = {table: work.key(table) for table in work.steps}
    pages = baking._bake_batch(opened, keys, store / "draft", [Job("sv", "study/"), Job("sv", "data/")])
    assert [page.name for page in pages] == ["sv/study/", "sv/data/"]
