"""The server's side of a connection, with what uvicorn leaves open closed: size and time of the header block.

Pass it as ``http=GuardedProtocol`` to `uvicorn.Config`. The body has its own limits (`surfaces.http.body`).
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from maatwerk.core.limits import BODY_READ_SECONDS, HEADER_BYTES

HEADER_SECONDS = 10
MESSAGE_SECONDS = BODY_READ_SECONDS + 5
"""From the end of the headers to the end of the body, also where nobody reads it."""

IDLE_GRACE_SECONDS = 0.5
"""While the server ends, how long an idle connection may still bring the request that is on its way."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"connection: close\r\ncontent-length: 103\r\n\r\n"
    b'{"type":"about:blank","status":431,"code":"headers_too_large",'
    b'"detail":"headers may have 16384 bytes"}\n'
)


class GuardedProtocol(HttpToolsProtocol):
    """Drops a connection whose header block is larger than 16 KB or takes longer than 10 seconds, and one
    whose body is still not there 15 seconds later. While the server ends it drops no request on its way.
    """

    _in_headers = True
    _header_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count and to wait."""
        super().connection_made(transport)
        self._arm(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; refuse when the headers go on too long."""
        were_in_headers = self._in_headers
        super().data_received(data)
        if not self._in_headers or self.transport.is_closing():
            return
        if were_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                return
        self._arm(HEADER_SECONDS)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_headers = True
        self._header_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The headers are whole."""
        self._in_headers = False
        self._disarm()
        self._arm(MESSAGE_SECONDS)
        super().on_headers_complete()
        if self._ending:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._disarm()
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server ends: the answer under way, or to a request under way, is this connection's last."""
        self._ending = True
        begun: RequestResponseCycle | None = self.cycle
        if begun is None or begun.response_complete:
            self.loop.call_later(IDLE_GRACE_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def _arm(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
