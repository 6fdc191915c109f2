"""The baked portal: the same as the live one, whole or not at all."""

import hashlib
import re
from pathlib import Path

import pytest

from storregion.core import files
from storregion.core.errors import CallError, DataError, StoreError
from storregion.core.workspace import Workspace
from storregion.publish import bake as baking
from storregion.publish.bake import bake
from storregion.publish.portal import open_site
from storregion.publish.site import Site

MARK = ".storregion-portal"


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
    count = bake(work, old, lambda done, total: progress.append((done, total)), reports=True)
    first = tree(old)
    files = {path + "index.html" if path.endswith("/") else path: path for path in two.addresses()}
    assert set(first) == {*files, MARK}
    assert count == len(files) > 400
    for file, path in files.items():
        # Drawing is what takes time; the charts of one place stand for those of all.
        if path.endswith("svg") and not path.startswith("en/place/1080/"):
            continue
        assert first[file] == hashlib.sha256(two.answer(path).body).hexdigest(), path
    assert progress == sorted(progress)
    assert progress[-1] == (len(two.makers) * 2, len(two.makers) * 2)
    assert bake(work, old, reports=True) == count
    assert tree(old) == first
    # Nothing is left beside it.
    assert [path.name for path in old.parent.glob("*portal*")] == ["portal"]


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
        baking._swap(draft, old)
    assert tree(old) == before


def test_what_killed_bakes_left_is_swept_and_a_running_one_is_left_alone(old: Path) -> None:
    left, running = old.parent / ".portal.00000001.tmp", old.parent / ".portal.00000002.tmp"
    other = old.parent / ".portal2.00000003.tmp"
    for folder in (left, running, other):
        folder.mkdir()
        (folder / "index.html").write_text("half")
    with files.held(running), baking._draft(old) as draft:
        assert draft.is_dir()
        assert not left.exists()
        assert running.is_dir()
        assert other.is_dir()
        # A second bake beside this one leaves its draft alone too.
        baking._sweep(old)
        assert draft.is_dir()
    assert not draft.exists()
    baking._sweep(old)
    assert sorted(path.name for path in old.parent.iterdir()) == [other.name, "portal"]


def test_a_portal_moved_aside_by_a_killed_bake_is_put_back(old: Path) -> None:
    before = tree(old)
    old.rename(old.parent / ".portal.00000001.old")
    baking._sweep(old)
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
    opened = (work.folder, work.store.folder, work.scenario_name, False, True)
    keys = {table: work.key(table) for table in work.steps}
    assert baking._bake_batch(opened, keys, tmp_path, [("sv", "about/")]) == ["sv/about/"]
    with pytest.raises(DataError, match="changed while baking; bake again"):
        baking._bake_batch(opened, keys | {"growth": "another"}, tmp_path, [("sv", "about/")])


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
    opened = (work.folder, work.store.folder, work.scenario_name, True, False)
    keys = {table: work.key(table) for table in work.steps}
    pages = baking._bake_batch(opened, keys, store / "draft", [("sv", "study/"), ("sv", "data/")])
    assert pages == ["sv/study/", "sv/data/"]
