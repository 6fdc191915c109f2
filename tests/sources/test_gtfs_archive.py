import io
import struct
import zipfile
from pathlib import Path

import pytest

from storregion.core import files
from storregion.core.errors import CallError, DataError
from storregion.sources.gtfs import archive as gtfs_archive
from storregion.sources.gtfs.archive import contents

KNOWN = ("stops.txt", "trips.txt")


def packed(place: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = place / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        contents(path, KNOWN)
    return str(caught.value)


class Slow(io.BytesIO):
    """A stream that gives two fifths of the longest row at a time, whatever is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(2 * gtfs_archive.LONGEST_LINE // 5)


@pytest.mark.parametrize(("words", "row"), [(b"", 1), (b"a\nb\n", 3)])
def test_a_row_that_comes_in_many_pieces_is_as_long_as_they_are_together(words: bytes, row: int) -> None:
    longest = words + b"x" * (gtfs_archive.LONGEST_LINE - len(words)) + b"\n"
    assert gtfs_archive._text("t", Slow(longest), len(longest)) == longest
    longer = words + b"x" * (2 * gtfs_archive.LONGEST_LINE) + b"\n"
    with pytest.raises(DataError, match=f"row {row} is longer than 1048576 bytes"):
        gtfs_archive._text("t", Slow(longer), len(longer))


def test_a_table_that_holds_more_than_it_says_is_refused() -> None:
    assert gtfs_archive._text("t", io.BytesIO(b"a\nb\n"), 4) == b"a\nb\n"
    with pytest.raises(DataError, match="t holds more than the 3 bytes it says"):
        gtfs_archive._text("t", io.BytesIO(b"a\nb\n"), 3)


def test_only_known_files_are_opened(tmp_path: Path) -> None:
    path = packed(
        tmp_path, ("stops.txt", b"a\n"), ("shapes.txt", b"\0"), ("deep/er/stops.txt", b"\0"), ("x.exe", b"\0")
    )
    assert contents(path, KNOWN) == {"stops.txt": b"a\n"}
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["../stops.txt", "a/../stops.txt", "/stops.txt", "C:/stops.txt", "a\\stops.txt"]
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "a path that leads out" in refused(packed(tmp_path, (name, b"a\n")))


def test_one_folder_may_hold_the_feed_but_not_two(tmp_path: Path) -> None:
    one = packed(
        tmp_path, ("feed/stops.txt", b"a\n"), ("feed/trips.txt", b"b\n"), ("__MACOSX/stops.txt", b"\0")
    )
    assert contents(one, KNOWN) == {"stops.txt": b"a\n", "trips.txt": b"b\n"}
    assert "several folders" in refused(packed(tmp_path, ("a/stops.txt", b"a\n"), ("b/trips.txt", b"a\n")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert "stops.txt twice" in refused(packed(tmp_path, ("stops.txt", b"a\n"), ("stops.txt", b"b\n")))


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("stops.txt")
    link.external_attr = 0o120777 << 16
    assert "is a link" in refused(packed(tmp_path, (link, b"../secret")))
    folder = tmp_path / "feed"
    folder.mkdir()
    (tmp_path / "secret").write_text("a\n")
    (folder / "stops.txt").symlink_to(tmp_path / "secret")
    assert "leads elsewhere" in refused(folder)


def test_locked_archives_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, ("stops.txt", b"a\n"))
    raw = bytearray(path.read_bytes())
    # The flags of an entry lie 8 bytes into its central header, after its signature, PK 1 2.
    at = raw.index(b"PK\1\2") + 8
    raw[at : at + 2] = struct.pack("<H", 1)
    path.write_bytes(raw)
    assert "locked by a password" in refused(path)


def test_archives_that_unpack_to_very_much_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zeros pack about a thousand times.
    path = packed(tmp_path, ("stops.txt", b"0\n" * 4_000_000))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was opened"))
    assert "at most 200 times" in refused(path)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("LARGEST_TABLE", 10, "stops.txt holds 22 bytes; at most 10"),
        ("LARGEST_FEED", 30, "holds 44 bytes of tables; at most 30"),
        ("MEMORY_PER_BYTE", 10**18, "bytes of memory"),
        ("MOST_ENTRIES", 1, "holds 2 files"),
    ],
)
def test_what_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    monkeypatch.setattr(files, "free_memory", lambda: 10**9)
    path = packed(tmp_path, ("stops.txt", b"a\n" * 11), ("trips.txt", b"a\n" * 11))
    assert len(contents(path, KNOWN)) == 2
    monkeypatch.setattr(gtfs_archive, limit, value)
    assert words in refused(path)


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    path = packed(tmp_path, ("stops.txt", bytes(range(65, 91)) * 100))
    raw = path.read_bytes()
    # The size stands in the local and the central header; both say 2 600, now 26.
    path.write_bytes(raw.replace(struct.pack("<I", 2600), struct.pack("<I", 26)))
    assert "not a complete zip archive" in refused(path)


@pytest.mark.parametrize("cut", [0, 10, 60, -1])
def test_damaged_archives_are_refused(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path, ("stops.txt", b"abc\n" * 50))
    path.write_bytes(path.read_bytes()[:cut])
    assert "not a complete zip archive" in refused(path)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_damaged_in_any_way_of_packing_are_refused(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("stops.txt", b"abc\n" * 50)
    raw = bytearray(path.read_bytes())
    # The data begins after a local header of 30 bytes and the name; from the 20th byte on it is spoilt.
    raw[30 + len("stops.txt") + 20 : raw.index(b"PK\1\2")] = b"\xff" * (raw.index(b"PK\1\2") - 59)
    path.write_bytes(raw)
    assert "not a complete zip archive" in refused(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a\nb\n\xe5\n", "row 3 is not UTF-8 (byte 0xe5)"),
        (b"a\nb\xc3", "ends within a UTF-8 sign"),
        (b"a\n\0\n", "row 2 holds a NUL byte"),
        (b"a\n" + b"x" * 10_000_000 + b"\n", "row 2 is longer than 1048576 bytes"),
        (b"a\n" + b"x" * 1_048_577, "row 2 is longer"),
        ("å".encode() * 600_000 + b"\n", "row 1 is longer"),
        (b"a\n" * 524_287 + b"b\xc3" + b"\n", "row 524288 is not UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "stops.txt").write_bytes(data)
    assert words in refused(folder)


def test_signs_across_two_pieces_are_read(tmp_path: Path) -> None:
    # The å begins with the last byte of the first piece of 2**20 bytes.
    data = b"a\n" * (2**19 - 1) + b"b\xc3\xa5\n"
    (tmp_path / "stops.txt").write_bytes(data)
    assert contents(tmp_path, KNOWN)["stops.txt"] == data


def test_a_feed_that_is_not_there_is_no_feed(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="does not exist"):
        contents(tmp_path / "none.zip", KNOWN)


def test_memory_that_is_not_reported_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "free_memory", lambda: None)
    assert contents(packed(tmp_path, ("stops.txt", b"a\n")), KNOWN) == {"stops.txt": b"a\n"}
