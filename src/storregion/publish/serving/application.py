"""The portal as an ASGI application: what is kept is sent at once, the rest is made aside."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from starlette.responses import RedirectResponse, Response

from storregion.core.language import LANGUAGES
from storregion.publish.readiness import NotBuiltError, Wanted
from storregion.publish.serving.asked import Asked
from storregion.publish.serving.builder import Builder
from storregion.publish.serving.kept import Kept, Shelf
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.making import (
    LONGEST_PATH,
    Made,
    Missing,
    Moved,
    address_of,
    asset_at,
    is_asset,
    made_at,
)
from storregion.publish.serving.notices import AGAIN, Notice, Notices
from storregion.publish.serving.opening import Opened, Opening
from storregion.publish.serving.pools import FullError, Job, Pool
from storregion.publish.serving.sending import Send, send_kept
from storregion.publish.serving.shared import Shared
from storregion.publish.site import EMBED, EMBED_POLICY, HTML, POLICY, NoSuchPageError, Site

LOG = logging.getLogger("storregion.portal")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_REMEMBERED = 10.0
"""Seconds that a fault is shown anew without trying again."""
_FOR_EVER = "public, max-age=31536000, immutable"


class FaultError(Exception):
    """Something failed that should not; the log has more under the number."""


class Portal:
    """The portal of one group, answering requests."""

    def __init__(
        self,
        opening: Opening,
        builder: Builder | None = None,
        limits: Limits | None = None,
        shared: Shared | None = None,
    ) -> None:
        """Open nothing yet.

        Parameters
        ----------
        opening : opens the site when its tables are there.
        builder : builds what readers wait for; None where nothing is built.
        limits : how much the portal takes on.
        shared : answers that several processes make for each other; None where one serves alone.
        """
        self._opening, self._builder, self._shared = opening, builder, shared
        self._limits = limits or Limits()
        self._notices = Notices(opening.group)
        self._shelf = Shelf(self._limits.memory, self._limits.disk, self._limits.files)
        self._jobs: dict[str, Job[Made]] = {}
        self._faults: dict[str, tuple[float, str]] = {}
        self._under_way = 0
        self._pages = Pool("pages", self._limits.pages)
        self._files = Pool("files", self._limits.exports)
        self._tries = Pool("tries", self._limits.tries)

    @cached_property
    def malformed(self) -> Response:
        """What is answered to what cannot be read as a request, in both languages."""
        headers = _headers(POLICY) | {"Cache-Control": "no-store", "Connection": "close"}
        return Response(self._notices.malformed().page, 400, headers, HTML)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = Asked.of(scope)
        if self._under_way >= self._limits.under_way:
            busy = self._notices.busy(asked.language, own=False)
            return await self._with_notice(asked, busy, 503, 10)(scope, receive, send)
        self._under_way += 1
        try:
            try:
                found = await self._answered(asked, receive)
            except Exception:
                found = self._with_notice(asked, self._notices.fault(asked.language, _noted(asked)), 500)
            if isinstance(found, Kept):
                await send_kept(found, asked, _kept_headers(found, asked), send)
            else:
                await found(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _answered(self, asked: Asked, receive: Receive) -> Kept | Response:
        """What a request is answered with."""
        if asked.method not in ("GET", "HEAD"):
            answer = self._with_notice(asked, self._notices.not_allowed(asked.language), 405)
            answer.headers["Allow"] = "GET, HEAD"
            return answer
        if not asked.path:
            return _redirect(Moved(f"{LANGUAGES[0]}/", 307))
        opened = self._opening.now(self._shelf.clear)
        address = address_of(asked, opened)
        if (kept := self._shelf.get(address)) is None and opened and asked.knows(tag := opened.tag(address)):
            headers = _headers(_policy(asked)) | {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
            return Response(status_code=304, headers=headers | {"ETag": f'"{tag}"'})
        builder = self._builder
        if opened is None and builder and not builder.ready and not is_asset(asked):
            return self._waits(asked, builder, ((builder.own, ""),))
        if kept is None:
            return await self._made(asked, address, opened, receive)
        return Response(status_code=204, headers=_headers(POLICY)) if asked.progress else kept

    async def _made(
        self, asked: Asked, address: str, opened: Opened | None, receive: Receive
    ) -> Kept | Response:
        """What is made for a request, or what is said where that fails or takes long."""
        until, number = self._faults.get(address, (0.0, ""))
        if time.monotonic() < until:
            return self._with_notice(asked, self._notices.fault(asked.language, number), 500)
        pool = self._pool(asked, opened)
        try:
            job = self._job(asked, address, pool)
        except FullError as full:
            notice = self._notices.busy(asked.language, own=full.own)
            return self._with_notice(asked, notice, 429 if full.own else 503, full.seconds)
        seconds = self._limits.longest if asked.patient else self._limits.patience
        try:
            gone = await _until(job, receive, seconds)
            if not job.future.done():
                if not gone:
                    job.promise()
                slow = self._notices.slow(asked.language, pool.before(job), tried=pool is self._tries)
                return self._with_notice(asked, slow, 503 if asked.patient else 202, AGAIN)
        finally:
            job.leave()
        return self._finished(asked, job)

    def _job(self, asked: Asked, address: str, pool: Pool) -> Job[Made]:
        """The work on what lies at an address, begun or joined."""
        job = self._jobs.get(address)
        if job is not None and not job.future.cancelled():
            job.waiting += 1
            return job
        begun = self._jobs[address] = pool.submit(lambda: self._make(asked), asked.reader)
        loop = asyncio.get_running_loop()
        begun.future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._keep, asked, address, begun))
        return begun

    def _keep(self, asked: Asked, address: str, job: Job[Made]) -> None:
        """Keep what was made, also where nobody waits any more."""
        if self._jobs.get(address) is job:
            del self._jobs[address]
        if job.future.cancelled():
            return
        fault = job.future.exception()
        if isinstance(fault, FaultError):
            now = time.monotonic()
            self._faults = {it: held for it, held in self._faults.items() if held[0] > now}
            self._faults[address] = (now + _REMEMBERED, str(fault))
        elif fault is None and isinstance(made := job.future.result(), Kept):
            opened = self._opening.now(self._shelf.clear)
            address = address_of(asked, opened)
            # Not what was made of an older build meanwhile; an asset rests on none.
            if is_asset(asked) or (opened and made.tag == opened.tag(address)):
                self._shelf.put(address, made)

    def _finished(self, asked: Asked, job: Job[Made]) -> Kept | Response:
        """What is answered when work has come to its end."""
        fault = job.future.exception()
        if isinstance(fault, NotBuiltError) and self._builder is not None:
            self._builder.want(fault.wanted)
            return self._waits(asked, self._builder, fault.wanted)
        if fault is not None:
            return self._with_notice(asked, self._notices.fault(asked.language, str(fault)), 500)
        made = job.future.result()
        if isinstance(made, Moved):
            return _redirect(made)
        if isinstance(made, Missing):
            return Response(made.body, 404, _headers(POLICY) | {"Cache-Control": "no-cache"}, HTML)
        return Response(status_code=204, headers=_headers(POLICY)) if asked.progress else made

    def _waits(self, asked: Asked, builder: Builder, wanted: Sequence[Wanted]) -> Response:
        """What is said while tables are built."""
        notice = self._notices.waiting(asked.language, builder.progress(wanted))
        return self._with_notice(asked, notice, 503 if asked.patient else 202, AGAIN)

    def _pool(self, asked: Asked, opened: Opened | None) -> Pool:
        """Where something is made, so that what takes long holds up nothing but its like."""
        if asked.query and opened and asked.folder in opened.site.calculated:
            return self._tries
        pictured = is_asset(asked) or asked.file.endswith(".svg")
        return self._pages if pictured or not asked.file else self._files

    def _make(self, asked: Asked) -> Made:
        """Make what lies at an address, on a thread of a pool."""
        try:
            if is_asset(asked) and len(asked.path) <= LONGEST_PATH:
                with suppress(NoSuchPageError):
                    return asset_at(asked, self._opening.folder)
            opened = self._opening.opened()
            try:
                return made_at(opened, asked, self._opening.folder, self._shared)
            except NoSuchPageError:
                return Missing(opened.missing(asked.language))
        except NotBuiltError:
            raise
        except Exception as fault:
            raise FaultError(_noted(asked)) from fault

    def _with_notice(self, asked: Asked, notice: Notice, status: int, seconds: int = 0) -> Response:
        """What the server itself says, in the form that the reader can take."""
        headers = _headers(POLICY) | {"Cache-Control": "no-store"}
        if seconds:
            headers["Retry-After"] = str(seconds)
        if asked.progress:
            return Response(notice.json(), status, headers, "application/json")
        if asked.patient:
            return Response(notice.text(), status, headers, "text/plain; charset=utf-8")
        return Response(notice.page, status, headers, HTML)


def application(site: Site, limits: Limits | None = None) -> Portal:
    """A site that is open already as an application; nothing is built for it.

    Parameters
    ----------
    site : what is served.
    limits : how much the portal takes on.
    """
    return Portal(Opening.of(site), limits=limits)


async def _until(job: Job[Any], receive: Receive, seconds: float) -> bool:
    """Wait until work is done, the reader is gone, or the time is over; whether the reader is gone."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    job.future.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    made, gone = asyncio.create_task(done.wait()), asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait((made, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return gone.done()
    finally:
        made.cancel()
        gone.cancel()


async def _gone(receive: Receive) -> None:
    """Wait until the reader is gone."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    if (await receive())["type"] != "http.disconnect":
        await asyncio.Event().wait()


def _redirect(moved: Moved) -> Response:
    return RedirectResponse(moved.to, moved.status, _headers(POLICY) | {"Cache-Control": "no-cache"})


def _noted(asked: Asked) -> str:
    """The number under which the log now has the fault that is being handled."""
    number = secrets.token_hex(4)
    LOG.exception("fault %s at %r", number, asked.path[:LONGEST_PATH])
    return number


def _kept_headers(kept: Kept, asked: Asked) -> dict[str, str]:
    lasting = is_asset(asked) and asked.query == f"v={kept.tag}"
    return _headers(_policy(asked)) | {"Cache-Control": _FOR_EVER if lasting else "no-cache"}


def _policy(asked: Asked) -> str:
    """What an answer may load, and where it may be shown."""
    if asked.file.endswith(".svg"):
        return _SVG_POLICY
    return EMBED_POLICY if asked.folder.startswith(EMBED) else POLICY


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    }
