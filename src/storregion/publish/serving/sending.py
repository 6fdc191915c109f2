"""Sending what is kept: packed as the reader can unpack it, whole or in part, in pieces."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from storregion.publish.serving.asked import Asked
from storregion.publish.serving.kept import PLAIN, Kept

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_PIECE = 64 * 1024
"""Bytes that are handed on at a time: a slow reader holds no more."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def send_kept(kept: Kept, asked: Asked, headers: Mapping[str, str], send: Send) -> None:
    """Answer a request with what is kept.

    Parameters
    ----------
    kept : the answer.
    asked : the request.
    headers : what every answer carries.
    send : ASGI's.
    """
    several = len(kept.bodies) > 1
    ranged = "range" in asked.headers and asked.headers.get("if-range", f'"{kept.tag}"') == f'"{kept.tag}"'
    packing = PLAIN if ranged else next(name for name in asked.packings if name in kept.bodies)
    tag = kept.tag if packing == PLAIN else f"{kept.tag}+{packing}"
    found = dict(headers) | {"etag": f'"{tag}"', "accept-ranges": "bytes"}
    if several:
        found["vary"] = "Accept-Encoding"
    if asked.knows(kept.tag) or asked.knows_any:
        await _start(send, 304, found)
        return await send({"type": "http.response.body", "body": b""})
    if packing != PLAIN:
        found["content-encoding"] = packing
    body = kept.bodies[packing]
    status, start, end = _part(asked.headers["range"], len(body)) if ranged else (200, 0, len(body))
    if status == 206:
        found["content-range"] = f"bytes {start}-{end - 1}/{len(body)}"
    elif status == 416:
        found["content-range"] = f"bytes */{len(body)}"
    found |= {"content-type": kept.media_type, "content-length": str(end - start)}
    await _start(send, status, found)
    last = start if asked.method == "HEAD" else end
    for at in range(start, last, _PIECE):
        piece = body.part(at, min(at + _PIECE, last))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        # Others have their turn between pieces, and that a reader has gone is noticed.
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


def _part(asked: str, size: int) -> tuple[int, int, int]:
    """The status of an answer to a range, and the bytes from and to; several ranges give the whole.

    Examples
    --------
    >>> _part("bytes=2-4", 10), _part("bytes=-3", 10), _part("bytes=10-", 10), _part("bytes=0-1,3-4", 10)
    ((206, 2, 5), (206, 7, 10), (416, 0, 0), (200, 0, 10))
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return 200, 0, size
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= size or (first and last and int(last) < int(first)):
        return (416, 0, 0) if start >= size else (200, 0, size)
    return 206, start, end


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
