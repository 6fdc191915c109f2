"""Serve the portal live: the same pages as baked, made when asked for."""

import errno
import hashlib
import socket
import threading

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.publish.ordering import SORT
from storregion.publish.rendering import ANYWHERE
from storregion.publish.site import EMBED, EMBED_POLICY, HTML, POLICY, Answer, NoSuchPageError, Site

LONGEST_PATH = 300
LONGEST_QUERY = 2000
_FORMS_AT_ONCE = threading.BoundedSemaphore(2)
"""Forms are filled in two at a time, so that pages are answered meanwhile."""
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def application(site: Site) -> Starlette:
    """The portal as an ASGI application.

    Parameters
    ----------
    site : what is served.
    """

    def portal(request: Request) -> Response:
        path = request.path_params["path"]
        if path == "":
            return RedirectResponse(f"{LANGUAGES[0]}/", status_code=307, headers=_headers(POLICY))
        try:
            if len(path) > LONGEST_PATH:
                raise NoSuchPageError(path)
            if moved := _moved(site, path):
                return RedirectResponse(f"/{moved}", status_code=308, headers=_headers(POLICY))
            answer = _answer(site, path, request)
        except NoSuchPageError:
            return _missing(site, path)
        # A tag is not a secret; it only shows whether the answer has changed.
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
        headers = _headers(_policy(path, answer.media_type))
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
        if _known(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(answer.body, media_type=answer.media_type, headers=headers)

    return Starlette(
        routes=[Route("/{path:path}", portal, methods=["GET", "HEAD"])],
        middleware=[Middleware(GZipMiddleware, minimum_size=800, compresslevel=4)],
    )


def _moved(site: Site, path: str) -> str | None:
    """Where a path leads that has no last slash or is a page's second address."""
    language, _, address = path.partition("/")
    if path in LANGUAGES:
        return f"{path}/"
    if language not in LANGUAGES or address in site.makers:
        return None
    slashed = address if address.endswith("/") else f"{address}/"
    found = site.aliases.get(slashed, slashed if slashed in site.makers else None)
    return f"{language}/{found}" if found else None


def _answer(site: Site, path: str, request: Request) -> Answer:
    """What lies at a path; a form is filled in, and tables are sorted, by the query."""
    start, _, rest = path.partition("/")
    folder, slash, file = rest.rpartition("/")
    address = folder + slash
    language = next((known for known in LANGUAGES if known == start), None)
    embeds = address.startswith(EMBED)
    if language is None or not request.url.query or not (embeds or address in site.makers):
        return site.answer(path)
    if len(request.url.query) > LONGEST_QUERY:
        raise NoSuchPageError(path)
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    if embeds and not file:
        with _FORMS_AT_ONCE:
            return site.embedded(language, address, query)
    if address not in site.forms:
        sorts = SORT in query and not file
        return Answer(HTML, site.html(language, address, query).encode()) if sorts else site.answer(path)
    with _FORMS_AT_ONCE:
        return site.filled_in(language, address, query, file)


def _policy(path: str, media_type: str) -> str:
    if media_type == "image/svg+xml":
        return _SVG_POLICY
    return EMBED_POLICY if path.partition("/")[2].startswith(EMBED) else POLICY


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    }


def _known(tag: str, asked: str) -> bool:
    """Whether a reader has the answer already; a proxy that packs answers makes tags weak ones."""
    return asked.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in asked.split(",")]


def _missing(site: Site, path: str) -> Response:
    start = path.partition("/")[0]
    language: Language = next((known for known in LANGUAGES if known == start), LANGUAGES[0])
    body = site.render("missing.html", language, ANYWHERE)
    return Response(body, status_code=404, media_type=HTML, headers=_headers(POLICY))


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens where the portal is to be served, taken before anything is made.

    Raises
    ------
    CallError
        The port is taken or may not be used.
    """
    # Named as TCP, or the event loop leaves the wait for small packets on: forty milliseconds an answer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # So that a port is free again as soon as the server before has gone.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen()
    except (OSError, UnicodeError) as error:
        door.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = error.strerror if isinstance(error, OSError) else "it is not a name"
        reason = "is in use" if taken else f"cannot be used ({why})"
        raise CallError(f"port {port} on {host} {reason}; choose another with --port or --host") from None
    return door


def serve(site: Site, door: socket.socket) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    site : what is served.
    door : a listening socket.
    """
    import uvicorn

    settings = uvicorn.Config(application(site), log_level="warning", server_header=False)
    uvicorn.Server(settings).run(sockets=[door])
