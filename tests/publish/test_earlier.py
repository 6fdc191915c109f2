"""What a new portal takes over from the one before: what has not changed, and nothing else."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from storregion.core.reads import Read
from storregion.publish import bake, drafts, manifest
from storregion.publish.earlier import Earlier
from storregion.publish.manifest import File, Made

GROWTH = Read("base", "growth")
NOW = {GROWTH: "1"}


def written(folder: Path, path: str, content: bytes) -> File:
    """A file of a portal."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return File(path, len(content), sha256, target.stat().st_mtime_ns)


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """A portal of one page, which read one table, with one file."""
    folder = tmp_path / "portal"
    files = [written(folder, "sv/index.html", b"page"), written(folder, "sv/table.csv", b"1,2,3\n")]
    manifest.write(folder, "program", [Made("sv/", files, [GROWTH])], NOW)
    return folder


@pytest.fixture
def earlier(portal: Path) -> Iterator[Earlier]:
    """The portal, opened."""
    opened = Earlier(portal)
    yield opened
    opened.close()


def test_a_page_whose_tables_are_as_they_were_is_taken_over_unwritten(
    portal: Path, earlier: Earlier, tmp_path: Path
) -> None:
    made = earlier.kept("sv/", NOW.__getitem__, tmp_path / "draft")
    assert made is not None
    assert (made.new, made.reads) == (0, [GROWTH])
    for path in ("sv/index.html", "sv/table.csv"):
        assert (portal / path).samefile(tmp_path / "draft" / path)


def test_a_page_is_not_taken_over_when_a_table_changed_or_it_was_not_there(
    earlier: Earlier, tmp_path: Path
) -> None:
    assert earlier.kept("sv/", lambda _: "2", tmp_path / "draft") is None
    assert earlier.kept("en/", NOW.__getitem__, tmp_path / "draft") is None
    assert not (tmp_path / "draft").exists()


@pytest.mark.parametrize("damage", ["other", "longer", "gone", "link"])
def test_a_page_with_a_file_that_is_not_what_was_written_is_not_taken_over(
    portal: Path, earlier: Earlier, tmp_path: Path, damage: str
) -> None:
    path = portal / "sv/table.csv"
    if damage in ("gone", "link"):
        path.unlink()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(b"1,2,3\n")
        path.symlink_to(tmp_path / "elsewhere")
    if damage in ("other", "longer"):
        path.write_bytes(b"1,2,4\n" if damage == "other" else b"1,2,3,4\n")
        os.utime(path, ns=(1, 1))
    assert earlier.kept("sv/", NOW.__getitem__, tmp_path / "draft") is None
    assert not (tmp_path / "draft").exists()


def test_a_portal_that_was_copied_is_read_and_taken_over(
    portal: Path, earlier: Earlier, tmp_path: Path
) -> None:
    os.utime(portal / "sv/table.csv", ns=(1, 1))
    assert earlier.kept("sv/", NOW.__getitem__, tmp_path / "draft") is not None


def test_a_file_made_anew_with_the_same_content_keeps_its_time(
    portal: Path, earlier: Earlier, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(b"1,2,3\n").hexdigest()
    assert earlier.same("sv/table.csv", "0" * 64, tmp_path / "draft") is None
    assert earlier.same("en/table.csv", sha256, tmp_path / "draft") is None
    assert earlier.same("sv/table.csv", sha256, tmp_path / "draft") is not None
    assert (portal / "sv/table.csv").samefile(tmp_path / "draft/sv/table.csv")


def test_a_draft_that_is_thrown_away_leaves_the_portal_as_it_was(portal: Path, earlier: Earlier) -> None:
    before = {path: path.read_bytes() for path in portal.rglob("*") if path.is_file()}

    def fill() -> None:
        with drafts.draft(portal) as draft:
            assert earlier.kept("sv/", NOW.__getitem__, draft) is not None
            # A file of another content is never written into one that both have.
            with pytest.raises(FileExistsError):
                bake._written(draft, "sv/table.csv", b"4,5,6\n", "")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert {path: path.read_bytes() for path in portal.rglob("*") if path.is_file()} == before
    assert [path.name for path in portal.parent.iterdir()] == ["portal"]


def test_without_links_files_are_copied(
    portal: Path, earlier: Earlier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = earlier.kept("sv/", NOW.__getitem__, tmp_path / "draft")
    assert made is not None
    copy = tmp_path / "draft/sv/table.csv"
    assert copy.read_bytes() == b"1,2,3\n"
    assert not (portal / "sv/table.csv").samefile(copy)
    assert copy.stat().st_mtime_ns == (portal / "sv/table.csv").stat().st_mtime_ns


def test_another_portal_put_in_its_place_meanwhile_is_not_taken_for_it(
    portal: Path, earlier: Earlier, tmp_path: Path
) -> None:
    portal.rename(tmp_path / "aside")
    written(portal, "sv/index.html", b"PAGE")
    manifest.write(portal, "program", [], {})
    assert earlier.kept("sv/", NOW.__getitem__, tmp_path / "draft") is not None
    assert (tmp_path / "draft/sv/index.html").read_bytes() == b"page"
    # A process that opens it later than the first has nothing to take over.
    late = Earlier(portal, earlier.inode)
    assert late.contents.made == []
    late.close()


@pytest.mark.parametrize("mark", ["made by storregion bake\n", "{}", "[1, 2]"])
def test_a_portal_that_does_not_say_what_it_was_made_of_is_baked_anew(portal: Path, mark: str) -> None:
    (portal / ".storregion-portal").write_text(mark)
    opened = Earlier(portal)
    assert opened.contents.made == []
    opened.close()
    nothing = Earlier(portal / "nowhere")
    assert (nothing.contents.made, nothing.inode) == ([], None)
    nothing.close()


def test_the_manifest_lists_every_file_with_its_hash(portal: Path) -> None:
    found = msgspec.json.decode((portal / "manifest.json").read_bytes())
    assert found == {
        "files": {
            "sv/index.html": {"bytes": 4, "sha256": hashlib.sha256(b"page").hexdigest()},
            "sv/table.csv": {"bytes": 6, "sha256": hashlib.sha256(b"1,2,3\n").hexdigest()},
        }
    }
