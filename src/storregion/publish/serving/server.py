"""Serve the portal live: the same pages as baked, made when asked for."""

import errno
import resource
import socket

import uvicorn

from storregion.core.errors import CallError
from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.readiness import BuiltOnly
from storregion.publish.serving.application import Portal
from storregion.publish.serving.builder import Builder
from storregion.publish.serving.connections import MOST_CONNECTIONS, TimedProtocol
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.memory import give_back
from storregion.publish.serving.opening import Opening
from storregion.publish.serving.shared import Shared
from storregion.publish.site import Site

_GRACE = 2
"""Seconds that answers under way get when the server is stopped."""
_WAITING = 2048
"""Connections that may wait to be taken."""
_AT_ONCE = 4
"""Connections that are taken at a go; then other processes have their turn."""


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


def serve(
    workspace: Workspace, door: socket.socket, limits: Limits | None = None, shared: Shared | None = None
) -> None:
    """Serve until interrupted; tables that are out of date are built meanwhile.

    Parameters
    ----------
    workspace : what is served.
    door : a listening socket.
    limits : how much the portal takes on.
    shared : answers that several processes make for each other; None where one serves alone.

    Raises
    ------
    StorregionError
        The portal's own tables cannot be built.
    """
    give_back()
    portal, builder = opened(workspace, limits, shared)
    server = Server(settings(portal), builder)
    if builder is not None:
        builder.begin()
    server.run(sockets=[door])
    if builder is not None and builder.fault is not None:
        raise builder.fault


def opened(
    workspace: Workspace, limits: Limits | None = None, shared: Shared | None = None
) -> tuple[Portal, Builder | None]:
    """The portal of a workspace, and what builds for it: nothing where the last build is read as it is.

    Parameters
    ----------
    workspace : what is served.
    limits : how much the portal takes on.
    shared : answers that several processes make for each other.
    """
    if workspace.as_built:
        folder, store, name = workspace.folder, workspace.store.folder, workspace.scenario_name

        def anew() -> Site:
            return open_site(Workspace(folder, store, name, as_built=True), live=True)

        return Portal(Opening(workspace, anew), None, limits, shared), None
    built = BuiltOnly.of(workspace)
    builder = Builder(built)
    opening = Opening(workspace, lambda: open_site(built, live=True))
    return Portal(opening, builder, limits, shared), builder


class Server(uvicorn.Server):
    """A server that stops when what it serves cannot be built."""

    def __init__(self, config: uvicorn.Config, builder: Builder | None) -> None:
        """Serve nothing yet."""
        super().__init__(config)
        self._builder = builder

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets)
        # The event loop takes at a go as many as it lets wait: this lets more wait again.
        for door in sockets or ():
            door.listen(_WAITING)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop, looked at ten times a second."""
        failed = self._builder is not None and self._builder.fault is not None
        return await super().on_tick(counter) or failed


def settings(portal: Portal) -> uvicorn.Config:
    """How the portal is served; room is made for as many connections as are taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return uvicorn.Config(
        portal,
        http=TimedProtocol,
        backlog=_AT_ONCE,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=10,
    )
