"""A portal served over a real socket, by a server in a thread of its own."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvicorn

from storregion.publish.serving.application import Portal
from storregion.publish.serving.server import listening, settings

WAIT = 120


@dataclass
class Got:
    """An answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Live:
    """A server that answers."""

    port: int

    def get(self, path: str, method: str = "GET", **headers: str) -> Got:
        """What is answered over a connection of its own."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)) as to:
            to.request(method, path, headers={name.replace("_", "-"): it for name, it in headers.items()})
            answer = to.getresponse()
            return Got(answer.status, answer.headers, answer.read())

    def connect(self) -> socket.socket:
        """A connection over which anything may be sent."""
        return socket.create_connection(("127.0.0.1", self.port), WAIT)


@contextlib.contextmanager
def live(portal: Portal) -> Iterator[Live]:
    """A portal served until the block ends."""
    with listening("127.0.0.1", 0) as door:
        server = uvicorn.Server(settings(portal))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Live(door.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(WAIT)
