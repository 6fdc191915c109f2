"""Files written whole or not at all, and what a damaged archive raises."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from storregion.core import files


def test_a_file_is_written_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write(path, [b"one", memoryview(b" two")])
    assert path.read_bytes() == b"one two"
    files.write(path, [b"three"])
    assert path.read_bytes() == b"three"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_does_not_end_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    path = tmp_path / "a"
    files.write(path, [b"before"])

    def full(_: int) -> None:
        raise fault

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(type(fault)):
        files.write(path, [b"after"])
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_place_of_the_draft_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"untouched")
    monkeypatch.setattr(files, "_turn", iter([7]))
    (tmp_path / f".a.{os.getpid()}.7.tmp").symlink_to(other)
    files.write(tmp_path / "a", [b"new"])
    assert (tmp_path / "a").read_bytes() == b"new"
    assert not (tmp_path / "a").is_symlink()
    assert other.read_bytes() == b"untouched"


@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_an_archive_with_any_byte_flipped_raises_what_is_expected_or_reads_the_same(
    tmp_path: Path, packing: int
) -> None:
    path = tmp_path / "a.zip"
    data = bytes(range(256)) * 2
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("a", data)
    whole, damaged = path.read_bytes(), 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            with zipfile.ZipFile(path) as archive:
                assert [archive.read(name) for name in archive.namelist()] in ([data], [])
        except (*files.DAMAGES, OSError, ValueError):
            damaged += 1
    assert damaged > len(whole) / 4


def test_drafts_of_processes_that_are_gone_are_swept(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f".report.pdf.{gone.pid}.0.tmp"
    own = tmp_path / f".report.pdf.{os.getpid()}.0.tmp"
    foreign = tmp_path / ".notes.tmp"
    for path in (left, own, foreign):
        path.write_text("half")
    files.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([own, foreign])
