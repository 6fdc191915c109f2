"""Answers that are kept: the same bytes however packed, within bounds, whole or in part."""

import asyncio
import gzip
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storregion.publish.parts import Answer
from storregion.publish.serving.asked import Asked
from storregion.publish.serving.kept import PLAIN, InMemory, Kept, OnDisk, OpenFile, Shelf, laid, packed
from storregion.publish.serving.sending import send_kept

UNPACK = {PLAIN: lambda body: body, "br": brotli.decompress, "gzip": gzip.decompress}


def whole(kept: Kept, name: str) -> bytes:
    return kept.bodies[name].part(0, len(kept.bodies[name]))


@pytest.mark.parametrize("size", [900, 600_000])
def test_every_packing_holds_the_same_bytes_and_large_ones_lie_on_disk(tmp_path: Path, size: int) -> None:
    body = (b"kommun;2023;17\n" * size)[:size]
    kept = laid(packed(Answer("text/csv; charset=utf-8", body), "tag"), tmp_path)
    assert kept.bodies.keys() == {PLAIN, "br", "gzip"}
    for name, unpack in UNPACK.items():
        assert unpack(whole(kept, name)) == body
    kinds = {type(it) for it in kept.bodies.values()}
    assert kinds == {OnDisk if size > 512 * 1024 else InMemory}
    # A file has no name, so a killed server leaves none behind.
    assert list(tmp_path.iterdir()) == []


def test_what_is_packed_already_or_short_is_not_packed() -> None:
    for answer in (Answer("font/woff2", b"x" * 5000), Answer("text/html; charset=utf-8", b"x" * 100)):
        assert packed(answer, "tag").bodies.keys() == {PLAIN}


def test_the_shelf_lets_go_of_what_was_asked_for_longest_ago(tmp_path: Path) -> None:
    shelf = Shelf(memory=250, disk=1000, files=2)
    a, b, c = (Kept("text/plain", name, {PLAIN: InMemory(b"x" * 100)}) for name in "abc")
    shelf.put("a", a)
    shelf.put("b", b)
    assert shelf.get("a") is a
    shelf.put("c", c)
    # 300 bytes are 50 too many: b went, for a has been asked for since.
    assert [shelf.get(name) for name in "abc"] == [a, None, c]
    # Put anew, an answer weighs once.
    shelf.put("c", c)
    assert shelf.get("a") is a
    for name in "def":
        file = OpenFile(os.open(tmp_path, os.O_RDONLY))
        # However often packed, an answer is one file.
        shelf.put(name, Kept("text/plain", name, {it: OnDisk(file, 0, 1) for it in UNPACK}))
    # Three files are one too many, and a, c and d were asked for before.
    assert [shelf.get(name) is None for name in "acdef"] == [True, True, True, False, False]


def sent(kept: Kept, method: str = "GET", **headers: str) -> tuple[int, Mapping[str, str], list[bytes]]:
    """The status, headers and pieces of an answer."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    asyncio.run(send_kept(kept, Asked(method, "sv/x.csv", "", given, "a"), {}, send))
    found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], found, [it["body"] for it in messages[1:]]


BODY = bytes(range(256)) * 4


@given(st.integers(0, 1100), st.integers(0, 1100))
@example(1023, 1024)
@example(1024, 1100)
def test_a_range_is_that_part_of_the_bytes(first: int, last: int) -> None:
    kept = Kept("text/csv", "tag", {PLAIN: InMemory(BODY), "br": InMemory(b"packed")})
    status, headers, pieces = sent(kept, range=f"bytes={first}-{last}", accept_encoding="br")
    got = b"".join(pieces)
    if first >= len(BODY):
        assert (status, got, headers["content-range"]) == (416, b"", f"bytes */{len(BODY)}")
    elif last < first:
        # Not a range at all, so it is as if none had been asked for.
        assert (status, got) == (200, BODY)
    else:
        assert (status, got) == (206, BODY[first : last + 1])
        end = min(last, len(BODY) - 1)
        assert headers["content-range"] == f"bytes {first}-{end}/{len(BODY)}"
        assert "content-encoding" not in headers
    assert headers["content-length"] == str(len(got))


def test_a_range_of_what_has_changed_since_is_the_whole() -> None:
    kept = Kept("text/csv", "new", {PLAIN: InMemory(BODY)})
    assert sent(kept, range="bytes=0-1", if_range='"new"')[0] == 206
    status, _, pieces = sent(kept, range="bytes=0-1", if_range='"old"')
    assert (status, b"".join(pieces)) == (200, BODY)


@pytest.mark.parametrize(
    ("accepted", "packing"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0", PLAIN),
        ("zstd", PLAIN),
        ("", PLAIN),
        # What is liked more comes before what is smaller.
        ("gzip;q=0.9, br;q=0.8", "gzip"),
        ("identity, gzip;q=0.5", PLAIN),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        # A star stands for all that is not named, also for the answer as it is.
        ("*", "br"),
        ("*;q=0.5, br;q=0.1", "gzip"),
        ("gzip;q=0.1, *;q=0", "gzip"),
        # An answer as it is comes before none, whatever is said.
        ("identity;q=0", PLAIN),
        ("*;q=0", PLAIN),
        # What cannot be read is not taken for a yes.
        ("br;q=yes, gzip", "gzip"),
        ("br;q=1.5, gzip;q=-1", PLAIN),
        ("BR", "br"),
        (",, ;q=1, gzip ; q=0.3 ,", "gzip"),
    ],
)
def test_a_reader_gets_a_packing_that_it_accepts(accepted: str, packing: str) -> None:
    kept = Kept("text/csv", "tag", {name: InMemory(name.encode()) for name in UNPACK})
    _, headers, pieces = sent(kept, accept_encoding=accepted)
    assert b"".join(pieces).decode() == packing
    assert headers.get("content-encoding", PLAIN) == packing
    assert headers["vary"] == "Accept-Encoding"
    # However packed, the tag leads to the same content.
    assert sent(kept, if_none_match=headers["etag"])[0] == 304


def test_no_piece_is_larger_than_a_slow_reader_may_hold() -> None:
    kept = Kept("text/csv", "tag", {PLAIN: InMemory(b"x" * 300_000)})
    _, headers, pieces = sent(kept)
    assert max(map(len, pieces)) == 64 * 1024
    assert headers["content-length"] == "300000"
    assert sum(map(len, pieces)) == 300_000
    # HEAD sends none of them.
    assert b"".join(sent(kept, "HEAD")[2]) == b""
