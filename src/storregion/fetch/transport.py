"""The transport: one call to a publisher, answered whole into a file, or not at all.

Every answer is held to a size, a time, a kind and its own length while it comes; what does not hold is
removed. Calls that may go better another time are tried again, with growing and uneven pauses.
"""

import codecs
import hashlib
import os
import re
import time
import zlib
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore2
import msgspec
import stamina

from storregion import __version__
from storregion.core.errors import FetchError
from storregion.fetch import guard
from storregion.fetch.publishers import Publisher
from storregion.fetch.secret import Secret
from storregion.fetch.turnstile import Turnstile

JSON = ("application/json", "application/json-stat+json", "application/geo+json", "application/problem+json")
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_PIECE = 2**18
_LONGEST_COMPLAINT = 2**16
_BROKEN = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.RemoteProtocolError,
    httpcore2.ConnectionNotAvailable,
)


# A new attempt tells whoever waits nothing new.
stamina.instrumentation.set_on_retry_hooks(())


class GoneError(FetchError):
    """What was there is gone, or has another form."""


class PassingError(FetchError):
    """A failure that may pass; `pause` is how long the publisher asks to wait, if it does."""

    pause: float | None = None


class BrokenError(PassingError):
    """An answer that came, but not whole or not as it left."""


@dataclass(frozen=True)
class Call:
    """One call: what is asked for, and what the answer must be.

    `check` raises on an answer that is not what was asked for; `address` may be whole or follow the
    publisher's base. `body` makes it a POST, `head` asks for no content. `etag` asks only for what differs.
    """

    address: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    kinds: tuple[str, ...] = JSON
    check: Callable[[Path], None] | None = None
    etag: str = ""
    cells: int = 0
    features: int = 0
    keyed: bool = False
    head: bool = False

    def place(self, base: str) -> str:
        """The whole address, without the key."""
        whole = self.address if "://" in self.address else f"{base.rstrip('/')}/{self.address}".rstrip("/")
        return f"{whole}?{urlencode(self.query)}" if self.query else whole


@dataclass(frozen=True)
class Answer:
    """What came: where it lies (None when nothing differs from what is there), its hash and size."""

    path: Path | None
    sha256: str
    size: int
    etag: str = ""


class Transport:
    """All calls to one publisher.

    Parameters
    ----------
    publisher : where it answers and how it is asked.
    turnstile : the count of calls that all processes share.
    key : the key that calls carry, when the publisher wants one.
    """

    def __init__(self, publisher: Publisher, turnstile: Turnstile, key: str = "") -> None:
        """Open the way; nothing is called yet."""
        self.publisher = publisher
        self.turnstile = turnstile
        self.secret = Secret(key)
        self.limits = [(publisher.calls, publisher.seconds)]
        self.made = 0
        self._network = guard.GuardedNetwork(publisher)
        self._pool = httpcore2.ConnectionPool(max_connections=1, network_backend=self._network, http2=False)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def slow_down(self, calls: int, seconds: float) -> None:
        """Keep to the publisher's own limit, too.

        Parameters
        ----------
        calls, seconds : how many calls any window of so many seconds may hold.
        """
        if calls > 0 and seconds > 0 and (calls, seconds) not in self.limits:
            self.limits.append((calls, seconds))

    def receive(self, call: Call, folder: Path) -> Answer:
        """Call, and keep the answer in the folder under its hash.

        Parameters
        ----------
        call : what is asked for.
        folder : where the answer is to lie.

        Raises
        ------
        FetchError
            The publisher cannot be reached, refuses, or its answer is not what was asked for.
        """
        draft = folder / f".{os.getpid()}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            answer = self._persistent(call, draft)
            if answer.path is None:
                return answer
            kept = folder / answer.sha256
            draft.replace(kept)
            return Answer(kept, answer.sha256, answer.size, answer.etag)
        except FetchError:
            raise
        except OSError as error:
            raise FetchError(f"cannot keep what was fetched in {folder}: {error.strerror}") from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def read(self, call: Call, folder: Path) -> bytes:
        """Call, and return the answer without keeping it; parameters and errors as for `receive`."""
        draft = folder / f".{os.getpid()}.tmp"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._persistent(call, draft)
            return draft.read_bytes()
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def length(self, call: Call, folder: Path) -> int | None:
        """The bytes that a call's answer has, as its publisher says; None when it does not.

        Parameters
        ----------
        call, folder : as for `receive`.
        """
        try:
            return self.receive(replace(call, head=True, check=None), folder).size or None
        except FetchError:
            return None

    def _persistent(self, call: Call, draft: Path) -> Answer:
        """Try until it goes well, cannot go well, or has been tried often enough."""
        asked = self.publisher
        attempts = stamina.retry_context(
            on=self._worth_another,
            attempts=asked.attempts,
            timeout=None,
            wait_initial=asked.pause,
            wait_max=max(asked.pause, 30.0),
            wait_jitter=asked.pause,
        )
        for attempt in attempts:
            with attempt:
                return self._once(call, draft)
        raise FetchError(f"{asked.name} was not called")

    def _worth_another(self, error: Exception) -> bool | float:
        if not isinstance(error, PassingError):
            return False
        if error.pause is None:
            return True
        # A publisher that asks for longer than this is to be asked another day.
        return error.pause if error.pause <= self.publisher.longest_pause else False

    def _once(self, call: Call, draft: Path) -> Answer:
        where = guard.shown(call.place(self.publisher.base))
        try:
            answer = self._follow(call, draft)
            if answer.path is not None and call.check is not None:
                call.check(draft)
            return answer
        except _BROKEN as error:
            if str(error) == guard.TOO_SLOW or time.monotonic() >= self._network.deadline:
                raise PassingError(
                    f"{where} answers too slowly: more than {self.publisher.deadline:.0f} s"
                ) from None
            what = self._printable(str(error), 100) or type(error).__name__
            raise PassingError(f"{where} did not answer whole ({what}); try again later") from None
        except (httpcore2.LocalProtocolError, httpcore2.UnsupportedProtocol, UnicodeError) as error:
            what = self._printable(str(error), 100)
            raise FetchError(f"{where} cannot be called so ({what}); correct what is asked for") from None
        except FetchError as error:
            error.args = tuple(self.secret.out_of(str(part)) for part in error.args)
            raise
        finally:
            self._network.deadline = inf

    def _follow(self, call: Call, draft: Path) -> Answer:
        """Make the call, and go where it leads as long as that is allowed."""
        address = call.place(self.publisher.base)
        host = urlsplit(address).netloc
        body = call.body
        for _ in range(_MOST_REDIRECTS + 1):
            guard.allowed(self.publisher, address)
            keyed = call.keyed and urlsplit(address).netloc == host
            account = self.secret.account(self.publisher.door)
            with self.turnstile.pass_through(
                self.publisher.door, self.limits, self.publisher.monthly, account
            ):
                self.made += 1
                self._network.deadline = time.monotonic() + self.publisher.deadline
                found = self._exchange(call, address, body, draft, keyed=keyed)
            if isinstance(found, Answer):
                return found
            address, keeps = found
            body = body if keeps else None
        raise FetchError(f"{guard.shown(address)} is one redirect too many; nothing was fetched")

    def _exchange(
        self, call: Call, address: str, body: bytes | None, draft: Path, *, keyed: bool
    ) -> "Answer | tuple[str, bool]":
        """One request and its answer: what came, or where it leads and whether the body goes along."""
        silence = self.publisher.silence
        sent = address
        if keyed:
            sent += ("&" if "?" in address else "?") + urlencode({"key": self.secret.key})
        with self._pool.stream(
            b"HEAD" if call.head else b"POST" if body is not None else b"GET",
            sent.encode(),
            headers=_headers(call, body),
            content=body,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), silence)},
        ) as response:
            headers = {name.lower().decode("latin-1"): value.decode("latin-1")
                       for name, value in response.headers}  # fmt: skip
            if response.status in _REDIRECTS:
                return self._led(address, headers.get("location", "")), response.status in (307, 308)
            if response.status == 304 and call.etag:
                return Answer(None, "", 0, call.etag)
            if response.status != 200:
                raise self._refusal(address, response, headers)
            etag = self._mark(address, headers.get("etag", ""))
            if call.head:
                length = headers.get("content-length", "")
                return Answer(None, "", int(length) if re.fullmatch(r"\d{1,15}", length) else 0, etag)
            self._of_kind(address, call.kinds, headers)
            pieces = self._pieces(address, response, headers)
            with closing(pieces), draft.open("wb") as file:
                sha256, size = _pour(pieces, file)
            return Answer(draft, sha256, size, etag)

    def _led(self, address: str, location: str) -> str:
        """Where a redirect leads."""
        where = guard.shown(address)
        if self.secret.within(location):
            raise guard.RefusedError(f"{where} leads to an address that holds the key; nothing was called")
        if not location.strip():
            raise FetchError(f"{where} leads on without saying where; nothing was fetched")
        try:
            return urljoin(address, location)
        except ValueError:
            raise guard.RefusedError(
                f"{where} leads to something that is not an address; nothing was called"
            ) from None

    def _mark(self, address: str, etag: str) -> str:
        """The mark of an answer's edition; none where it is not as marks are."""
        if self.secret.within(etag):
            raise FetchError(f"{guard.shown(address)} gives the key back as a mark; nothing was taken")
        return etag if re.fullmatch(r'(W/)?"[!#-~]{0,200}"|[!#-~]{1,200}', etag) else ""

    def _of_kind(self, address: str, kinds: tuple[str, ...], headers: Mapping[str, str]) -> None:
        """Refuse an answer of another kind than was asked for."""
        given = headers.get("content-type", "")
        kind, _, rest = given.partition(";")
        where = guard.shown(address)
        if kind.strip().lower() not in kinds:
            raise FetchError(
                f"{where} answered with {self._printable(kind, 60) or 'no kind of content'}, not with "
                f"{kinds[0]}; is the address right, or is the publisher closed for maintenance? "
                "Nothing was taken"
            )
        charset = re.search(r'charset="?([\w.:-]+)', rest, re.I)
        if charset and kinds == JSON and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
            raise FetchError(
                f"{where} answered in the charset {self._printable(charset[1], 30)!r}, but JSON is UTF-8. "
                "Nothing was taken"
            )

    def _pieces(
        self, address: str, response: httpcore2.Response, headers: Mapping[str, str]
    ) -> Generator[bytes, None, None]:
        """The answer unpacked piece by piece, held to its limits and its length."""
        packing = headers.get("content-encoding", "identity").strip().lower()
        where = guard.shown(address)
        if packing not in ("gzip", "x-gzip", "identity", ""):
            raise FetchError(
                f"{where} answered packed as {self._printable(packing, 30)!r}; only gzip is read"
            )
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in packing else None
        received = unpacked = 0
        for piece in response.iter_stream():
            received += len(piece)
            if received > self.publisher.largest:
                raise FetchError(
                    f"{where} sends more than {self.publisher.largest} bytes, which is more than is taken"
                )
            for part in [piece] if unpack is None else _unpacked(unpack, piece, where):
                unpacked += len(part)
                if unpacked > self.publisher.unpacked:
                    raise FetchError(
                        f"{where} unpacks to more than {self.publisher.unpacked} bytes; nothing was taken"
                    )
                yield part
        if unpack is not None and not (unpack.eof and not unpack.unused_data):
            raise BrokenError(f"{where} sent a packed answer that is not whole; nothing was taken")
        if not unpacked:
            raise BrokenError(f"{where} sent an empty answer; nothing was taken")

    def _refusal(self, address: str, response: httpcore2.Response, headers: Mapping[str, str]) -> FetchError:
        """What a status says went wrong, and what to do."""
        status, where = response.status, guard.shown(address)
        said = self._complaint(response, headers)
        answered = f"{where} answered {status}{f' ({said})' if said else ''}"
        if status in _AGAIN:
            error = PassingError(f"{answered}; try again later")
            wait = _wait(headers)
            if wait is not None:
                error.pause = max(wait, self.publisher.pause)
            return error
        key = self.publisher.key
        if status in (401, 403) and key:
            return FetchError(f"{answered}; is the key in {key} right and still valid?")
        if status in (404, 410):
            return GoneError(f"{answered}; it has moved or is gone. Look it up at {self.publisher.name}")
        return FetchError(f"{answered}; correct what is asked for")

    def _complaint(self, response: httpcore2.Response, headers: Mapping[str, str]) -> str:
        """The publisher's own words, made harmless."""
        body = b""
        with suppress(*_BROKEN):
            for piece in response.iter_stream():
                body += piece
                if len(body) > _LONGEST_COMPLAINT:
                    return ""
        if "gzip" in headers.get("content-encoding", "").lower():
            with suppress(zlib.error):
                body = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, _LONGEST_COMPLAINT)
        with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            found = msgspec.json.decode(plain(body))
            if isinstance(found, dict):
                names = ("title", "detail", "errorMessage", "error", "message")
                words = [found[name] for name in names if isinstance(found.get(name), str)]
                return self._printable(": ".join(words), 200)
        return ""

    def _printable(self, text: str, most: int) -> str:
        """Words of a stranger as they may be shown: the key is out of them before they are cut."""
        return guard.printable(self.secret.out_of(text), most)


def _headers(call: Call, body: bytes | None) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"User-Agent", f"storregion/{__version__}".encode()),
        (b"Accept", ", ".join(call.kinds).encode()),
        (b"Accept-Encoding", b"gzip"),
    ]
    if body is not None:
        headers.append((b"Content-Type", b"application/json"))
    if call.etag:
        headers.append((b"If-None-Match", call.etag.encode("latin-1", "replace")))
    return headers


def _unpacked(unpack: "zlib._Decompress", piece: bytes, where: str) -> Generator[bytes, None, None]:
    """What a piece unpacks to, in pieces no larger than can be held."""
    try:
        part = unpack.decompress(piece, _PIECE)
        while part:
            yield part
            part = unpack.decompress(unpack.unconsumed_tail, _PIECE)
    except zlib.error as error:
        raise BrokenError(
            f"{where} sent a packed answer that is damaged ({error}); nothing was taken"
        ) from None


def _pour(pieces: Generator[bytes, None, None], file: BinaryIO) -> tuple[str, int]:
    """Write pieces through to the disk; return their hash and size."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        file.write(piece)
        digest.update(piece)
        size += len(piece)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def key_of(publisher: Publisher) -> str:
    """The publisher's key, from the environment or else the keyring; empty when it wants none.

    Raises
    ------
    FetchError
        It wants one, and there is none.
    """
    if not publisher.key:
        return ""
    if found := os.environ.get(publisher.key, "").strip():
        return found
    with suppress(ImportError):
        import keyring
        from keyring.errors import KeyringError

        with suppress(KeyringError):
            if found := keyring.get_password("storregion", publisher.key):
                return str(found)
    raise FetchError(
        f"{publisher.name} wants a key: set {publisher.key} in the environment, or put it in the keyring: "
        f"keyring set storregion {publisher.key}"
    )


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a publisher asks to wait, written as a number or as a moment."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,6}", said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    try:
        # By the publisher's own clock, where it says what that shows.
        now = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        now = datetime.now(UTC)
    both = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (until, now)]
    return max(0.0, (both[0] - both[1]).total_seconds())


def plain(raw: bytes) -> bytes:
    """JSON without the byte order mark that some publishers put before it.

    Parameters
    ----------
    raw : the answer.

    Raises
    ------
    UnicodeDecodeError
        It is not UTF-8 throughout; who reads a part of it only would not notice.
    """
    raw.decode()
    return raw.removeprefix(codecs.BOM_UTF8)


def decoded(raw: bytes, where: str) -> object:
    """An answer as JSON.

    Raises
    ------
    BrokenError
        It is not valid.
    """
    try:
        return msgspec.json.decode(plain(raw))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BrokenError(f"{where} answered with damaged JSON ({error}); nothing was taken") from None
