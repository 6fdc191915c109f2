"""Connections that cannot be held open: time for a request's head and body, and for reading the answer."""

import asyncio

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""Within which a request must have come whole, from the connection or from its first byte."""
READ_SECONDS = 30.0
"""Within which a reader must take what lies ready."""
MOST_CONNECTIONS = 2000


class TimedProtocol(H11Protocol):
    """HTTP/1.1 with limits on how long a client may take."""

    _head: asyncio.TimerHandle | None = None
    _read: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for long."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._head = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Read on; a request that has begun must come whole in time."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            _stop(self._head)
            self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Say as a page that what came cannot be read, where nothing else is being answered."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer: Response = self.config.app.malformed  # type: ignore[union-attr]
            head = h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request")
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def on_response_complete(self) -> None:
        """Close where the request has a body that has not come: nothing here reads it."""
        unread = self.conn.their_state is h11.SEND_BODY
        super().on_response_complete()
        if unread:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Close what is idle, also where the last answer is never read."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(READ_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """The reader has not taken what was sent: it gets some time."""
        super().pause_writing()
        self._read = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has taken it."""
        super().resume_writing()
        _stop(self._read)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every clock."""
        _stop(self._head)
        _stop(self._read)
        super().connection_lost(exc)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
