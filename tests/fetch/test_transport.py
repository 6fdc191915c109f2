import gzip
import json
import os
import random
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpcore2
import msgspec
import pytest
from tests.fetch.faithful import Handler, Publisher, Seen, Table, Variable, dataset

from storregion.core.errors import FetchError
from storregion.fetch import guard
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.pxweb import _Whole
from storregion.fetch.transport import Call, GoneError, Transport, _unpacked
from storregion.fetch.turnstile import Turnstile

FAULTS = int(os.environ.get("STORREGION_FAULTS", "93"))
CHOSEN = {"Region": ["0114", "0115", "0117"], "Kon": ["1", "2"], "Tid": ["2023", "2024"]}
TABLE = Table(
    "TAB1",
    [Variable(name, codes, time=name == "Tid") for name, codes in CHOSEN.items()],
    lambda codes: 1000 + sum(map(int, codes)),
)
WHOLE = _Whole("TAB1", {name: tuple(codes) for name, codes in CHOSEN.items()}, TABLE.updated)
SELECTION = [{"variableCode": name, "valueCodes": list(codes)} for name, codes in CHOSEN.items()]
CALL = Call("tables/TAB1/data", body=json.dumps({"selection": SELECTION}).encode(), check=WHOLE)


@pytest.fixture
def transport(asked: Settings, cache: Path) -> Iterator[Transport]:
    made = Transport(msgspec.structs.replace(asked, calls=10_000), Turnstile(cache / "calls.sqlite"))
    yield made
    made.close()


@pytest.fixture
def served(publisher: Publisher) -> Publisher:
    publisher.add(TABLE)
    publisher.calls = 10_000
    return publisher


def test_an_answer_is_kept_as_received_under_its_hash(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    answer = transport.receive(CALL, tmp_path / "raw")
    assert answer.path == tmp_path / "raw" / answer.sha256
    assert json.loads(answer.path.read_bytes()) == dataset(TABLE, CHOSEN, figures=True)
    assert answer.size == answer.path.stat().st_size
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [answer.sha256]
    assert served.log[0].method == "POST"
    assert served.log[0].headers["User-Agent"].startswith("storregion/")


# ---- what is not accepted

Spoil = Callable[[Handler, random.Random], None]
TRUE = json.dumps(dataset(TABLE, CHOSEN, figures=True), ensure_ascii=False).encode()
KIND = {"Content-Type": "application/json"}


def sent(handler: Handler, body: bytes, headers: dict[str, str] | None = None, *, status: int = 200) -> None:
    handler.head(status, {**KIND, "Content-Length": str(len(body)), **(headers or {})})
    handler.wfile.write(body)
    handler.wfile.flush()


def cut_short(handler: Handler, chance: random.Random) -> None:
    """The connection ends before the promised length."""
    handler.head(200, {**KIND, "Content-Length": str(len(TRUE))})
    handler.wfile.write(TRUE[: chance.randrange(len(TRUE))])
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def reset(handler: Handler, chance: random.Random) -> None:
    """The connection is torn down in the middle."""
    handler.head(200, {**KIND, "Content-Length": str(len(TRUE))})
    handler.wfile.write(TRUE[: chance.randrange(len(TRUE))])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.close_connection = True
    handler.connection.close()


def truncated(handler: Handler, chance: random.Random) -> None:
    """The length is right, but the content stops somewhere."""
    sent(handler, TRUE[: chance.randrange(len(TRUE) - 1)])


def longer(handler: Handler, chance: random.Random) -> None:
    """More content than the document."""
    sent(handler, TRUE + bytes(chance.choices(b"{}[],0", k=chance.randrange(1, 40))) + b"x")


def too_short_length(handler: Handler, chance: random.Random) -> None:
    """The promised length is less than what comes."""
    handler.head(200, {**KIND, "Content-Length": str(chance.randrange(1, len(TRUE)))})
    handler.wfile.write(TRUE)
    handler.close_connection = True


def chunks_cut(handler: Handler, chance: random.Random) -> None:
    """A chunked answer without its end."""
    handler.head(200, {**KIND, "Transfer-Encoding": "chunked"})
    part = TRUE[: chance.randrange(1, len(TRUE))]
    handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def gzip_flipped(handler: Handler, chance: random.Random) -> None:
    """One bit of a packed answer is another, past its header."""
    packed = bytearray(gzip.compress(TRUE))
    packed[chance.randrange(12, len(packed))] ^= 1 << chance.randrange(8)
    sent(handler, bytes(packed), {"Content-Encoding": "gzip"})


def gzip_cut(handler: Handler, chance: random.Random) -> None:
    """A packed answer that stops somewhere, its length right."""
    packed = gzip.compress(TRUE)
    sent(handler, packed[: chance.randrange(len(packed))], {"Content-Encoding": "gzip"})


def gzip_trailing(handler: Handler, chance: random.Random) -> None:
    """A packed answer with more behind its end."""
    sent(handler, gzip.compress(TRUE) + chance.randbytes(9), {"Content-Encoding": "gzip"})


def gzip_bomb(handler: Handler, chance: random.Random) -> None:
    """Ten thousand bytes that unpack to ten million."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packer.compress(b"[" + b" " * (10_000_000 + chance.randrange(1000))) + packer.flush()
    sent(handler, body, {"Content-Encoding": "gzip"})


def not_gzip(handler: Handler, chance: random.Random) -> None:
    """Said to be packed, but is not."""
    sent(handler, TRUE, {"Content-Encoding": chance.choice(["gzip", "br", "deflate", "zstd"])})


def too_large(handler: Handler, chance: random.Random) -> None:
    """More bytes than are taken, without a length."""
    handler.head(200, {**KIND, "Connection": "close"})
    for _ in range(80):
        handler.wfile.write(chance.randbytes(2**15))
    handler.close_connection = True


def html(handler: Handler, chance: random.Random) -> None:
    """A page about maintenance, with status 200."""
    kinds = ["text/html", "text/html; charset=utf-8", "text/plain", "application/xhtml+xml", ""]
    sent(handler, b"<!doctype html><h1>Underh\xc3\xa5ll</h1>", {"Content-Type": chance.choice(kinds)})


def html_as_json(handler: Handler, chance: random.Random) -> None:
    """A page that says it is JSON."""
    sent(handler, b"<html>" + b"x" * chance.randrange(1, 500) + b"</html>")


def charset(handler: Handler, chance: random.Random) -> None:
    """JSON in another charset."""
    kind = f"application/json; charset={chance.choice(['iso-8859-1', 'windows-1252', 'utf-16'])}"
    sent(handler, TRUE, {"Content-Type": kind})


def not_utf8(handler: Handler, chance: random.Random) -> None:
    """Bytes that no UTF-8 has, in a label."""
    at = TRUE.index(b"TAB1")
    sent(handler, TRUE[:at] + bytes([chance.choice([0xE5, 0xFF, 0xC0])]) + TRUE[at:])


def spoilt(change: Callable[[dict[str, object], random.Random], None]) -> Spoil:
    """An answer whose parts were changed before it was sent."""

    def send(handler: Handler, chance: random.Random) -> None:
        content = json.loads(TRUE)
        change(content, chance)
        sent(handler, json.dumps(content).encode())

    send.__name__ = change.__name__
    return send


def cells_gone(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    del content["value"][chance.randrange(12) :]


def cells_more(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    content["value"] += [1] * chance.randrange(1, 9)


def cell_no_number(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    content["value"][chance.randrange(12)] = chance.choice(["1", {}, [], True, "="])


def code_gone(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    index = content["dimension"]["Region"]["category"]["index"]
    index[f"99{chance.randrange(10, 99)}"] = index.pop("0115")


def dimension_gone(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    del content["dimension"][chance.choice(content["id"])]


def dimension_new(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    content["id"].insert(chance.randrange(4), "Alder")
    # Of two values: one of a single value says nothing new and is left out.
    content["size"].insert(content["id"].index("Alder"), 2)
    content["dimension"]["Alder"] = {"category": {"index": {"tot": 0, "65+": 1}}}


def sizes_other(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    content["size"][chance.randrange(3)] += chance.choice([-1, 1, 10**9])


def updated_meanwhile(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    content["updated"] = f"2026-01-{chance.randrange(10, 28)}T07:00:00Z"


def a_part_gone(content: dict, chance: random.Random) -> None:  # type: ignore[type-arg]
    del content[chance.choice(["id", "size", "dimension", "value", "class"])]


def redirect(handler: Handler, chance: random.Random) -> None:
    """A way to somewhere else."""
    to = chance.choice(
        ["http://169.254.169.254/latest", "http://localhost:1/", "https://example.org/x", "file:///etc/passwd",
         "ftp://127.0.0.1/", "//example.org/", "http://user@127.0.0.1/", "http://[::1]/", "", "http://127.1/"]
    )  # fmt: skip
    handler.head(chance.choice([301, 302, 303, 307, 308]), {"Location": to, "Content-Length": "0"})


def refusal(handler: Handler, chance: random.Random) -> None:
    """A status that says no, some with a page and some with words."""
    status = chance.choice([204, 206, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504])
    body = b"" if status == 204 else chance.choice([TRUE, b"<html>", b'{"title":"\x1b[31mno"}'])
    sent(handler, body, status=status)


def empty(handler: Handler, chance: random.Random) -> None:
    """Nothing at all."""
    sent(handler, b"", {"Content-Type": chance.choice(["application/json", "application/geo+json"])})


def silent(handler: Handler, chance: random.Random) -> None:
    """The connection closes without a word, or with one that is no HTTP."""
    handler.wfile.write(
        chance.choice([b"", b"\x00" * 40, b"HTTP/1.1 huh\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n"])
    )
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def nested(handler: Handler, chance: random.Random) -> None:
    """JSON nested so deep that careless readers fall."""
    depth = chance.randrange(5_000, 100_000)
    sent(handler, b"[" * depth + b"]" * depth)


def not_finite(handler: Handler, chance: random.Random) -> None:
    """Numbers that JSON has not."""
    sent(handler, TRUE.replace(b'"value": [', b'"value": [' + chance.choice([b"NaN,", b"Infinity,", b"01,"])))


SPOILS: list[Spoil] = [
    cut_short, reset, truncated, longer, too_short_length, chunks_cut, gzip_flipped, gzip_cut, gzip_trailing,
    gzip_bomb, not_gzip, too_large, html, html_as_json, charset, not_utf8, redirect, refusal, empty, silent,
    nested, not_finite,
    *map(spoilt, (cells_gone, cells_more, cell_no_number, code_gone, dimension_gone, dimension_new,
                  sizes_other, updated_meanwhile, a_part_gone)),
]  # fmt: skip

_WHOLE = "did not answer whole|sent a packed answer that is (damaged|not whole)"
_JSON_STAT = "the answer is not complete JSON-stat"
SAID = {
    "cut_short": "closed connection without sending complete message body",
    "reset": "did not answer whole",
    "truncated": _JSON_STAT + r" \(Input data was truncated",
    "longer": _JSON_STAT + r" \(JSON is malformed: trailing characters",
    "too_short_length": _JSON_STAT + r" \(Input data was truncated",
    "chunks_cut": "closed connection without sending complete message body",
    "gzip_flipped": _WHOLE,
    "gzip_cut": "sent a packed answer that is not whole",
    "gzip_trailing": "sent a packed answer that is not whole",
    "gzip_bomb": "unpacks to more than 2097152 bytes",
    "not_gzip": "packed answer that is damaged|answered packed as '(br|deflate|zstd)'; only gzip is read",
    "too_large": "sends more than 1048576 bytes",
    "html": "answered with (text/|application/xhtml|no kind of content).*not with application/json",
    "html_as_json": _JSON_STAT + r" \(JSON is malformed",
    "charset": "answered in the charset '[a-z0-9-]+', but JSON is UTF-8",
    "not_utf8": _JSON_STAT + r" \('utf-8' codec can't decode",
    "redirect": "host is not configured|is not encrypted|carries a user|leads on without saying where",
    "refusal": "answered [245]",
    "empty": "sent an empty answer",
    "silent": "did not answer whole|answered with no kind of content",
    "nested": _JSON_STAT,
    "not_finite": _JSON_STAT + r" \(JSON is malformed: invalid (character|number)",
    "cells_gone": r"the answer has \d+ cells, but its variables make 12",
    "cells_more": r"the answer has \d+ cells, but its variables make 12",
    "cell_no_number": _JSON_STAT + r" \(Expected `int \| float \| null`",
    "code_gone": "holds other codes than were asked for",
    "dimension_gone": "the parts of the answer do not fit together",
    "dimension_new": "the answer has 12 cells, but its variables make 24",
    "sizes_other": "the parts of the answer do not fit together",
    "updated_meanwhile": "was updated while it was fetched",
    "a_part_gone": f"{_JSON_STAT}|do not fit together|has 0 cells",
}
"""What is said of each kind: an error of another kind would mean that this one was not seen."""


def test_of_many_spoilt_answers_none_is_taken(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """31 kinds in turn, each with chances of its own; STORREGION_FAULTS takes others."""
    raw = tmp_path / "raw"
    kept = transport.receive(CALL, raw)
    before = {path.name: path.read_bytes() for path in raw.iterdir()}
    for number in range(FAULTS):
        spoil = SPOILS[number % len(SPOILS)]

        def fault(handler: Handler, seen: Seen, spoil: Spoil = spoil, number: int = number) -> bool:
            spoil(handler, random.Random(number))
            return True

        served.fault = fault
        with pytest.raises(FetchError) as found:
            transport.receive(CALL, raw)
        words = str(found.value)
        assert 20 < len(words) < 600, (spoil.__name__, number, words)
        assert words.isprintable(), (spoil.__name__, number, words)
        assert re.search(SAID[spoil.__name__], words), (spoil.__name__, number, words)
        assert {path.name: path.read_bytes() for path in raw.iterdir()} == before, (spoil.__name__, number)
    served.fault = None
    assert transport.receive(CALL, raw).sha256 == kept.sha256
    # Nothing but this server was reached: every call is in its log, and redirects led nowhere.
    assert all(seen.path == "/api/v2/tables/TAB1/data" for seen in served.log)


def test_the_size_that_is_taken_is_exact(served: Publisher, transport: Transport, tmp_path: Path) -> None:
    """Blanks after a right answer, which no other check minds: the last size that is taken, and one more."""
    exact = len(TRUE) + 1000
    transport.publisher = msgspec.structs.replace(transport.publisher, largest=exact, unpacked=10**6)
    for size, taken in ((exact, True), (exact + 1, False)):

        def fault(handler: Handler, seen: Seen, size: int = size) -> bool:
            sent(handler, TRUE.ljust(size))
            return True

        served.fault = fault
        if taken:
            assert transport.receive(CALL, tmp_path / "raw").size == exact
        else:
            with pytest.raises(FetchError, match=rf"sends more than {exact} bytes"):
                transport.receive(CALL, tmp_path / "raw")


def test_the_size_unpacked_that_is_taken_is_exact(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Packed, both are far smaller than what may be sent."""
    exact = 300_000
    transport.publisher = msgspec.structs.replace(transport.publisher, largest=10_000, unpacked=exact)
    for size, taken in ((exact, True), (exact + 1, False)):

        def fault(handler: Handler, seen: Seen, size: int = size) -> bool:
            sent(handler, gzip.compress(TRUE.ljust(size)), {"Content-Encoding": "gzip"})
            return True

        served.fault = fault
        if taken:
            assert transport.receive(CALL, tmp_path / "raw").size == exact
        else:
            with pytest.raises(FetchError, match=rf"unpacks to more than {exact} bytes"):
                transport.receive(CALL, tmp_path / "raw")


def dripped(handler: Handler, drop: bytes) -> None:
    """Send drop after drop, each well within any silence, until the reader has had enough."""
    for _ in range(20_000):
        try:
            handler.wfile.write(drop)
            handler.wfile.flush()
        except OSError:
            break
        time.sleep(0.03)
    handler.close_connection = True


def test_a_slow_answer_is_given_up(served: Publisher, transport: Transport, tmp_path: Path) -> None:
    def drip(handler: Handler, seen: Seen) -> bool:
        handler.head(200, {**KIND, "Content-Length": "1000000"})
        dripped(handler, b" ")
        return True

    served.fault = drip
    transport.publisher = msgspec.structs.replace(transport.publisher, deadline=0.3, attempts=1)
    with pytest.raises(FetchError, match="too slowly"):
        transport.receive(CALL, tmp_path)


def test_a_silent_publisher_is_given_up(served: Publisher, transport: Transport, tmp_path: Path) -> None:
    def wait(handler: Handler, seen: Seen) -> bool:
        time.sleep(0.6)
        handler.close_connection = True
        return True

    served.fault = wait
    transport.publisher = msgspec.structs.replace(transport.publisher, silence=0.2, attempts=1)
    with pytest.raises(FetchError, match="did not answer whole"):
        transport.receive(CALL, tmp_path)


def test_one_deadline_holds_for_headers_and_complaints_too(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Each waits less than the silence that is borne, but never ends; all are given up at the deadline."""

    def drips(first: bytes, drop: bytes) -> Callable[[Handler, Seen], bool]:
        def fault(handler: Handler, seen: Seen) -> bool:
            handler.wfile.write(first)
            dripped(handler, drop)
            return True

        return fault

    transport.publisher = msgspec.structs.replace(transport.publisher, deadline=0.3, attempts=1)
    for first, drop in (
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n", b" "),
    ):
        served.fault = drips(first, drop)
        with pytest.raises(FetchError, match=r"too slowly|answered 500"):
            transport.receive(CALL, tmp_path)


def test_redirects_to_what_is_no_address_are_reported(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    for to in ("http://[x", "/a b", "/a\x01b", "/\xe5", "http://127.0.0.1:x/", "http://\xe5.se/", ""):

        def fault(handler: Handler, seen: Seen, to: str = to) -> bool:
            handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: " + to.encode("latin-1"))
            handler.wfile.write(b"\r\nContent-Length: 0\r\n\r\n")
            return True

        served.fault = fault
        with pytest.raises(FetchError) as found:
            transport.receive(CALL, tmp_path)
        assert str(found.value).isprintable(), to


KEY = "se+cret/Key=0123456789"
FORMS = [KEY, quote(KEY, safe=""), quote(KEY), "".join(f"%{ord(sign):02x}" for sign in KEY)]


@pytest.mark.parametrize("form", FORMS)
def test_a_key_that_is_given_back_is_never_shown_or_kept(
    served: Publisher, asked: Settings, cache: Path, tmp_path: Path, form: str
) -> None:
    long = "x" * 190 + form
    ways: list[Callable[[Handler], object]] = [
        lambda h: h.reply(404, "application/json", json.dumps({"errorMessage": f"no {form}"}).encode()),
        lambda h: h.reply(403, "application/json", json.dumps({"errorMessage": long}).encode()),
        lambda h: h.reply(200, f"text/{form}", b"{}"),
        lambda h: h.reply(200, "text/" + "x" * 50 + form, b"{}"),
        lambda h: h.reply(200, f"application/json; charset={form}", b"{}"),
        lambda h: sent(h, TRUE, {"Content-Encoding": form}),
        lambda h: sent(h, TRUE, {"ETag": f'"{form}"'}),
        lambda h: h.head(302, {"Location": f"/{form}", "Content-Length": "0"}),
        lambda h: h.head(302, {"Location": f"https://{form}/", "Content-Length": "0"}),
        lambda h: h.head(302, {"Location": f"https://example.org/{long}", "Content-Length": "0"}),
        lambda h: h.head(302, {"Location": f"http://[{form}", "Content-Length": "0"}),
        lambda h: sent(h, b"<html>" + form.encode()),
        lambda h: h.wfile.write(f"HTTP/9.9 {form}\r\n\r\n".encode()),
    ]
    settings = msgspec.structs.replace(asked, calls=10_000, attempts=1, key="KEY")
    with closing(Transport(settings, Turnstile(cache / "c.sqlite"), KEY)) as transport:
        for number, way in enumerate(ways):

            def fault(handler: Handler, seen: Seen, way: Callable[[Handler], object] = way) -> bool:
                assert seen.query["key"] == KEY
                way(handler)
                handler.close_connection = True
                return True

            served.fault = fault
            with pytest.raises(FetchError) as found:
                transport.receive(keyed(CALL), tmp_path / "raw")
            said = str(found.value)
            assert not any(part in said for part in (*FORMS, KEY[:12], quote(KEY, safe="")[:12])), (
                number,
                said,
            )
    assert list((tmp_path / "raw").iterdir()) == []


def test_what_is_packed_is_unpacked_in_pieces_that_can_be_held() -> None:
    """Eight megabytes of one letter are some kilobytes on the way, and come as one piece."""
    packed = gzip.compress(b"a" * 2**23)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    sizes = [len(part) for part in _unpacked(unpack, packed, "here")]
    assert len(packed) < 2**14
    assert sum(sizes) == 2**23
    assert max(sizes) <= 2**18


@pytest.mark.parametrize("form", FORMS)
def test_an_address_that_holds_the_key_is_not_called(
    served: Publisher, asked: Settings, cache: Path, tmp_path: Path, form: str
) -> None:
    """Neither at the publisher's own host nor at another that may be called: both would write it down."""
    other = Publisher()
    other.add(TABLE)
    settings = msgspec.structs.replace(asked, attempts=1, hosts=(f"127.0.0.1:{other.port}",), key="KEY")
    ways = [f"/api/v2/tables/TAB1/data?was={form}", f"{other.address}/tables/TAB1/data?was={form}"]

    def fault(handler: Handler, seen: Seen) -> bool:
        # Only what was asked leads on; what it leads to would answer.
        if "was" not in seen.query:
            handler.head(307, {"Location": ways[len(served.log) - 1], "Content-Length": "0"})
        return "was" not in seen.query

    served.fault = fault
    try:
        with closing(Transport(settings, Turnstile(cache / "c.sqlite"), KEY)) as transport:
            for number in range(len(ways)):
                with pytest.raises(guard.RefusedError, match="holds the key; nothing was called"):
                    transport.receive(keyed(CALL), tmp_path)
                assert (len(served.log), other.log) == (number + 1, [])
    finally:
        other.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_key_within_an_answer_that_is_not_what_was_asked_is_not_shown(
    served: Publisher, asked: Settings, cache: Path, tmp_path: Path, form: str
) -> None:
    """What is wrong with an answer is said in its own words, such as a code that nobody asked for."""

    def check(path: Path) -> None:
        raise FetchError(f"it has {path.read_text('utf-8')}, which was not asked for")

    def fault(handler: Handler, seen: Seen) -> bool:
        sent(handler, json.dumps({"code": form}).encode())
        return True

    served.fault = fault
    settings = msgspec.structs.replace(asked, attempts=1, key="KEY")
    with (
        closing(Transport(settings, Turnstile(cache / "c.sqlite"), KEY)) as transport,
        pytest.raises(FetchError) as found,
    ):
        transport.receive(replace(keyed(CALL), check=check), tmp_path)
    assert len(served.log) == 1
    assert not any(part in str(found.value) for part in FORMS)


def keyed(call: Call) -> Call:
    """The call with the key."""
    return replace(call, keyed=True)


# ---- trying again


def test_a_moment_to_wait_until_is_kept_and_packed_complaints_are_read(
    served: Publisher, transport: Transport, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the publisher's own clock, which is a day off, one second is left."""

    def fault(handler: Handler, seen: Seen) -> bool:
        if len(served.log) == 1:
            body = gzip.compress(b'{"title": "Wait"}')
            dates = {"Date": "Thu, 26 Nov 2026 10:00:00 GMT", "Retry-After": "Thu, 26 Nov 2026 10:00:01 GMT"}
            handler.send_response_only(503)
            for name, value in {**KIND, **dates, "Content-Encoding": "gzip"}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        return len(served.log) == 1

    served.fault = fault
    transport.receive(CALL, tmp_path)
    first, second = served.log
    assert 1.0 <= second.at - first.at < 30
    # A new attempt prints no line on the terminal.
    assert capfd.readouterr().err == ""

    def packed(handler: Handler, seen: Seen) -> bool:
        sent(handler, gzip.compress(b'{"title": "Wait"}'), {"Content-Encoding": "gzip"}, status=400)
        return True

    served.fault = packed
    with pytest.raises(FetchError, match=r"400 \(Wait\)"):
        transport.receive(CALL, tmp_path)


def test_what_may_pass_is_tried_again(served: Publisher, transport: Transport, tmp_path: Path) -> None:
    wrong = iter([503, 429, 500])

    def fault(handler: Handler, seen: Seen) -> bool:
        status = next(wrong, 0)
        if status:
            handler.problem(status, "later", "")
        return bool(status)

    served.fault = fault
    transport.publisher = msgspec.structs.replace(transport.publisher, attempts=4)
    assert transport.receive(CALL, tmp_path).size == len(TRUE)
    assert len(served.log) == 4


def test_the_wait_that_a_publisher_asks_for_is_kept(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        if len(served.log) == 1:
            handler.reply(429, "application/problem+json", b"{}", {"Retry-After": "1"})
        return len(served.log) == 1

    served.fault = fault
    transport.receive(CALL, tmp_path)
    first, second = served.log
    assert second.at - first.at >= 1.0


def test_a_wait_that_is_too_long_is_left_for_another_day(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        handler.reply(503, "application/problem+json", b"{}", {"Retry-After": "86400"})
        return True

    served.fault = fault
    with pytest.raises(FetchError, match="503"):
        transport.receive(CALL, tmp_path)
    assert len(served.log) == 1


@pytest.mark.parametrize(("asks", "pause", "least"), [("1", 0.01, 1.0), ("0", 0.4, 0.4)])
def test_a_wait_of_just_the_longest_is_waited_and_one_of_nothing_is_a_pause(
    served: Publisher, transport: Transport, tmp_path: Path, asks: str, pause: float, least: float
) -> None:
    """A second is borne where a second is the longest; who asks for none is still given the usual pause."""

    def fault(handler: Handler, seen: Seen) -> bool:
        if len(served.log) == 1:
            handler.reply(429, "application/problem+json", b"{}", {"Retry-After": asks})
        return len(served.log) == 1

    served.fault = fault
    transport.publisher = msgspec.structs.replace(transport.publisher, longest_pause=1.0, pause=pause)
    transport.receive(CALL, tmp_path)
    first, second = served.log
    assert second.at - first.at >= least


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501, 505])
def test_what_will_not_pass_is_not_tried_again(
    served: Publisher, transport: Transport, tmp_path: Path, status: int
) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        handler.problem(status, "No", "Value, xxx is not a valid value code")
        return True

    served.fault = fault
    with pytest.raises(FetchError, match=rf"{status} \(No: Value, xxx is not a valid") as found:
        transport.receive(CALL, tmp_path)
    assert len(served.log) == 1
    # What is gone is told apart: a table may have been replaced by another.
    assert isinstance(found.value, GoneError) == (status in (404, 410))


# ---- where calls may go


def test_a_redirect_within_the_configured_hosts_is_followed(
    served: Publisher, transport: Transport, tmp_path: Path
) -> None:
    other = Publisher()
    other.add(TABLE)
    try:

        def fault(handler: Handler, seen: Seen) -> bool:
            handler.head(307, {"Location": f"{other.address}/tables/TAB1/data", "Content-Length": "0"})
            return True

        served.fault = fault
        with pytest.raises(FetchError, match="host is not configured"):
            transport.receive(CALL, tmp_path)
        assert other.log == []
        transport.publisher = msgspec.structs.replace(transport.publisher, hosts=(f"127.0.0.1:{other.port}",))
        assert transport.receive(CALL, tmp_path).size == len(TRUE)
        assert [seen.body for seen in other.log] == [CALL.body]
    finally:
        other.close()


def test_the_key_goes_to_the_publishers_own_host_alone(
    served: Publisher, asked: Settings, cache: Path, tmp_path: Path
) -> None:
    """Its own host leads on within itself, and then to another that may be called but is not to know it."""
    other = Publisher()
    other.add(TABLE)
    ways = ["/api/v2/within", f"{other.address}/tables/TAB1/data"]

    def fault(handler: Handler, seen: Seen) -> bool:
        handler.head(307, {"Location": ways[len(served.log) - 1], "Content-Length": "0"})
        return True

    served.fault = fault
    settings = msgspec.structs.replace(asked, hosts=(f"127.0.0.1:{other.port}",), key="KEY")
    try:
        with closing(Transport(settings, Turnstile(cache / "c.sqlite"), KEY)) as transport:
            assert transport.receive(keyed(CALL), tmp_path).size == len(TRUE)
    finally:
        other.close()
    assert [seen.query for seen in served.log] == [{"key": KEY}, {"key": KEY}]
    assert [(seen.query, seen.body) for seen in other.log] == [({}, CALL.body)]
    assert not any(KEY in value for seen in other.log for value in seen.headers.values())


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_what_was_asked_goes_along_only_where_the_redirect_says_so(
    served: Publisher, transport: Transport, tmp_path: Path, status: int, method: str
) -> None:
    """303 always makes it a GET without a body; 307 and 308 keep both (RFC 9110, section 15.4)."""

    def fault(handler: Handler, seen: Seen) -> bool:
        if len(served.log) == 1:
            handler.head(status, {"Location": "/api/v2/there", "Content-Length": "0"})
        else:
            sent(handler, TRUE)
        return True

    served.fault = fault
    transport.receive(CALL, tmp_path)
    first, second = served.log
    assert (first.method, first.body) == ("POST", CALL.body)
    assert (second.method, second.path) == (method, "/api/v2/there")
    assert second.body == (CALL.body if method == "POST" else b"")
    assert ("Content-Type" in second.headers) == (method == "POST")


def test_redirects_that_never_end_are_left(served: Publisher, transport: Transport, tmp_path: Path) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        handler.head(302, {"Location": f"/api/v2/x{len(served.log)}", "Content-Length": "0"})
        return True

    served.fault = fault
    with pytest.raises(FetchError, match="one redirect too many"):
        transport.receive(CALL, tmp_path)
    assert len(served.log) == 6


def test_an_inner_address_is_refused_unless_it_is_meant(
    served: Publisher, asked: Settings, cache: Path, tmp_path: Path
) -> None:
    strict = msgspec.structs.replace(asked, private=False)
    with (
        closing(Transport(strict, Turnstile(cache / "c.sqlite"))) as careful,
        pytest.raises(FetchError, match="inside a network"),
    ):
        careful.receive(CALL, tmp_path)
    assert served.log == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",  # noqa: S104
     "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "2002:0a00:0001::", "224.0.0.1", "::",
     # Those that carry 10.0.0.1: NAT64 twice, compatible, translated, ISATAP; site-local; and Teredo, whose
     # last 32 bits are those of 10.0.0.1 turned round: f5ff:fffe.
     "64:ff9b::a00:1", "64:ff9b:1::a00:1", "::10.0.0.1", "::ffff:0:10.0.0.1", "2a00::5efe:a00:1", "fec0::1",
     "2001:0:c10b:101::f5ff:fffe"],
)  # fmt: skip
def test_addresses_of_inner_networks_are_known(address: str) -> None:
    assert not guard._public(address)


@pytest.mark.parametrize("address", ["193.11.1.1", "8.8.8.8", "2a00:1450:400f::8a", "64:ff9b::808:808"])
def test_addresses_of_the_open_network_are_known(address: str) -> None:
    assert guard._public(address)


def test_a_name_that_leads_inside_is_refused_even_beside_one_that_does_not(
    asked: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", ("193.11.1.1", port)), (0, 0, 0, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    network = guard.GuardedNetwork(msgspec.structs.replace(asked, private=False))
    with pytest.raises(guard.RefusedError, match=r"10\.0\.0\.1"):
        network.connect_tcp("stat.example.org", 443)


@pytest.mark.parametrize(
    "address",
    ["https://example.org/x", "http://stat.example.org/", "https://stat.example.org:444/",
     "https://a@stat.example.org/", "https://stat.example.org.evil.org/", "ftp://stat.example.org/", "",
     "https://[", "https://stat.example.org@evil.org/", "/relative", "https://stat.example.org:99999/"],
)  # fmt: skip
def test_an_address_elsewhere_is_refused(address: str) -> None:
    strict = Settings(
        "pxweb2", "S", "https://stat.example.org/api", "CC0", 30, 10.0, hosts=("cdn.example.org",)
    )
    with pytest.raises(guard.RefusedError):
        guard.allowed(strict, address)
    for good in ("https://stat.example.org/y", "https://STAT.example.org:443/", "https://cdn.example.org/"):
        assert guard.allowed(strict, good) == good


def test_what_httpcore_cannot_connect_to_is_reported(asked: Settings, cache: Path, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with (
            closing(
                Transport(msgspec.structs.replace(asked, base=base), Turnstile(cache / "c.sqlite"))
            ) as gone,
            pytest.raises(FetchError, match="did not answer whole"),
        ):
            gone.receive(CALL, tmp_path)
    assert issubclass(httpcore2.ConnectError, httpcore2.NetworkError)


def test_an_address_is_shown_up_to_two_hundred_signs_without_its_user_and_query() -> None:
    long = f"https://me:secret@a.se/{'x' * 400}?key=1"
    assert guard.shown(long) == f"https://a.se/{'x' * (200 - len('https://a.se/'))}"
    assert guard.printable(" one\n\ttwo\x1b[2J ", 20) == "one two?[2J"
