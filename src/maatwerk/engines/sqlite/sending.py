"""A request worker's end of the line to the writer's process.

A worker that wrote by itself would hand the interpreter back and forth between its requests and its commits,
and would wait at each commit for the other workers'. Here it encodes rows, and is told when they are durable.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import cast

from maatwerk.engines.sqlite.frames import Bundle, Frames, Written, frame
from maatwerk.engines.sqlite.queue import GROUP_EVENTS, Group, Queue

_AGAIN_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0  # without a writer, before whoever waits is told so
ANSWER_SECONDS = 10.0  # of silence, before a writer is given up


class Sender(asyncio.Protocol):
    """Sends what the queue holds, as soon as it comes, from the event loop that first asked for it."""

    def __init__(self, address: Path) -> None:
        self.queue = Queue(self._wake)
        self._address = str(address)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._transport: asyncio.WriteTransport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._frames = Frames(Written)
        self._sent: dict[int, Group] = {}
        self._in_flight = 0
        self._number = 0
        self._due = False
        self._heard = 0.0
        self._watching = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send from this loop."""
        self._loop, self._thread = loop, threading.get_ident()
        self._wake(0.0)

    async def detach(self, seconds: float) -> None:
        """Wait until all is written, at most so long, and hang up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._loop is not None and (self._sent or not self.queue.empty()):
                    self._flush()
                    await asyncio.sleep(0.01)
        self._loop = None
        if self._connecting is not None:
            self._connecting.cancel()
        if self._transport is not None:
            self._transport.abort()
            await asyncio.sleep(0)  # for it to be lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The writer is there."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one without saying so
        self._frames = Frames(Written)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Something is written, or was refused."""
        self._heard = self._loop.time() if self._loop else 0.0
        for written in self._frames.feed(data):
            group = self._sent.pop(written.number)
            self._in_flight -= group.size
            if written.trouble:
                self.queue.refused(group, written.trouble)
            else:
                self.queue.written(group, written.answers)
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """The writer is gone: what it held may be written or not, and whoever waits sends it again."""
        self._transport = None
        lost, self._sent, self._in_flight = list(self._sent.values()), {}, 0
        for group in lost:
            self.queue.refused(group, "its writer ended")
        self._flush()

    def _wake(self, seconds: float) -> None:
        """Something came, from this loop or from another thread."""
        loop = self._loop
        if loop is None or self._due:
            return
        if threading.get_ident() != self._thread:
            with suppress(RuntimeError):  # a loop that closed: `SqliteLog.close` writes what is left
                loop.call_soon_threadsafe(self._later, seconds)
            return
        self._later(seconds)

    def _later(self, seconds: float) -> None:
        if self._loop is None:
            return
        if seconds:
            self._loop.call_later(seconds, self._flush)
        elif not self._due:
            self._due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._due = False
        if self._transport is None:
            self._connect()
            return
        if self._in_flight >= GROUP_EVENTS:
            return  # the next answer sends on
        group = self.queue.take_now()
        if not group:
            return
        self._number += 1
        self._sent[self._number] = group
        self._in_flight += group.size
        appends = [ticket.append for ticket in group.tickets]
        self._watch()
        self._transport.write(frame(Bundle(self._number, appends, group.notes, group.counts)))

    def _watch(self) -> None:
        """See to it that a writer that hangs, or is not there behind its socket, is given up."""
        if self._loop is not None and not self._watching:
            self._watching = True
            self._heard = self._loop.time()
            self._loop.call_later(ANSWER_SECONDS, self._look)

    def _look(self) -> None:
        self._watching = False
        if not self._sent or self._transport is None or self._loop is None:
            return
        if self._loop.time() - self._heard < ANSWER_SECONDS:
            heard = self._heard
            self._watch()
            self._heard = heard
        else:
            self._transport.abort()

    def _connect(self) -> None:
        if self._loop is not None and (self._connecting is None or self._connecting.done()):
            self._connecting = self._loop.create_task(self._reach(), name="reach the log's writer")

    async def _reach(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_SECONDS
        while self._transport is None:
            try:
                await loop.create_unix_connection(lambda: self, self._address)
            except OSError:
                if loop.time() > until:
                    self.queue.refused(self.queue.take_now(), "its writer does not answer")
                    until = loop.time() + _PATIENCE_SECONDS
                await asyncio.sleep(_AGAIN_SECONDS)
