"""Remembered hashes: a file that could have changed is read again."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from storregion.core import hashes
from storregion.core.hashes import Hashes


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled at once."""
    monkeypatch.setattr(hashes, "SETTLED", -(10**12))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def remembered(path: Path, folder: Path) -> Hashes:
    """Hashes that another process has kept, with a false one for a file, to tell whether it is read."""
    kept = folder / "hashes.json"
    first = Hashes(kept)
    true = first.of(path)
    first.keep()
    kept.write_text(kept.read_text().replace(true, "f" * 64))
    return Hashes(kept)


@pytest.mark.usefixtures("aged")
def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one")
    assert remembered(path, tmp_path).of(path) == "f" * 64


@pytest.mark.usefixtures("aged")
def test_a_file_of_the_same_size_and_date_that_was_changed_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one")
    kept, before = remembered(path, tmp_path), path.stat()
    time.sleep(0.02)  # a tick of the clock of the disk
    write(path, b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kept.of(path) == sha(b"two")


@pytest.mark.usefixtures("aged")
def test_another_file_put_in_its_place_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one")
    kept, before = remembered(path, tmp_path), path.stat()
    other = write(tmp_path / "b.csv", b"two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert kept.of(path) == sha(b"two")


@pytest.mark.usefixtures("aged")
def test_a_link_that_leads_to_another_file_is_read_again(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", b"one"), write(tmp_path / "b", b"two")
    link = tmp_path / "link"
    link.symlink_to(first)
    kept = remembered(link, tmp_path)
    assert kept.of(link) == "f" * 64
    link.unlink()
    link.symlink_to(second)
    assert kept.of(link) == sha(b"two")


def test_a_file_that_has_just_changed_is_not_remembered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one")
    kept = Hashes(tmp_path / "hashes.json")
    assert kept.of(path) == sha(b"one")
    kept.keep()
    assert not (tmp_path / "hashes.json").exists()
    # Nor is one whose date lies ahead, as of a server whose clock does.
    ahead = time.time_ns() + 10**12
    os.utime(path, ns=(ahead, ahead))
    assert kept.of(path) == sha(b"one")
    kept.keep()
    assert not (tmp_path / "hashes.json").exists()


@pytest.mark.usefixtures("aged")
def test_what_is_forgotten_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"one")
    kept = remembered(path, tmp_path)
    kept.forget()
    assert kept.of(path) == sha(b"one")
    kept.keep()
    assert Hashes(tmp_path / "hashes.json").of(path) == sha(b"one")


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"\xff\xfe", b'{"a": [1, 2, 3, 4, 5]}'])
def test_a_damaged_memory_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.csv", b"one")
    kept = Hashes(write(tmp_path / "hashes.json", content))
    assert kept.of(path) == sha(b"one")
    kept.keep()
    assert Hashes(tmp_path / "hashes.json").of(path) == sha(b"one")


@pytest.mark.usefixtures("aged")
def test_of_very_many_only_those_asked_for_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = write(tmp_path / "a", b"one"), write(tmp_path / "b", b"two")
    first = Hashes(tmp_path / "hashes.json")
    first.of(one)
    first.keep()
    monkeypatch.setattr(hashes, "MOST", 1)
    then = Hashes(tmp_path / "hashes.json")
    then.of(two)
    then.keep()
    kept = (tmp_path / "hashes.json").read_text()
    assert str(two) in kept
    assert str(one) not in kept


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Hashes().of(tmp_path / "a.csv")
