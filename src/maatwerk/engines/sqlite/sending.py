"""A request worker's end of the line to the writer's process.

A worker that wrote by itself would hand the interpreter back and forth between its requests and its commits,
and would wait at each commit for the other workers'. Here it encodes rows, and is told when they are durable.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from pathlib import Path

from maatwerk.engines.sqlite.frames import Bundle, Frames, Written, frame
from maatwerk.engines.sqlite.queue import GROUP_EVENTS, Group, Queue

_AGAIN_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0  # without a writer, before whoever waits is told so
_READ_BYTES = 256 * 1024
ANSWER_SECONDS = 10.0  # of silence, before a writer is given up


class Sender:
    """Sends what the queue holds at the moment it comes, from the event loop that it was attached to.

    It works on the socket itself: a transport would keep what it is given until all requests that came
    together are computed, and the writer would stand idle meanwhile.
    """

    def __init__(self, address: Path) -> None:
        self.queue = Queue(self._wake)
        self._address = str(address)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._line: socket.socket | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._frames = Frames(Written)
        self._unsent = bytearray()
        self._sent: dict[int, Group] = {}
        self._in_flight = 0
        self._number = 0
        self._heard = 0.0
        self._watching = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send from this loop."""
        self._loop, self._thread = loop, threading.get_ident()
        self._flush()

    async def detach(self, seconds: float) -> None:
        """Wait until all is written, at most so long, and hang up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._loop is not None and (self._sent or not self.queue.empty()):
                    self._flush()
                    await asyncio.sleep(0.01)
        if self._connecting is not None:
            self._connecting.cancel()
        self._hang_up()
        self._loop = None
        self._put_back()

    # -- out

    def _wake(self, seconds: float) -> None:
        """Something came, from this loop or from another thread."""
        loop = self._loop
        if loop is None:
            return
        if threading.get_ident() == self._thread:
            self._later(seconds)
            return
        with suppress(RuntimeError):  # a loop that closed: `SqliteLog.close` writes what is left
            loop.call_soon_threadsafe(self._later, seconds)

    def _later(self, seconds: float) -> None:
        if self._loop is None:
            return
        if seconds:
            self._loop.call_later(seconds, self._flush)
        else:
            self._flush()

    def _flush(self) -> None:
        if self._loop is None:
            return
        if self._line is None:
            self._connect()
            return
        if self._in_flight >= GROUP_EVENTS or self._unsent:
            return  # the next answer, or the writer's next breath, sends on
        group = self.queue.take_now()
        if not group:
            return
        self._number += 1
        self._sent[self._number] = group
        self._in_flight += group.size
        appends = [ticket.append for ticket in group.tickets]
        self._unsent += frame(Bundle(self._number, appends, group.notes, group.counts))
        self._watch()
        self._write()

    def _write(self) -> None:
        assert self._line is not None
        assert self._loop is not None
        try:
            del self._unsent[: self._line.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._lost()
            return
        if self._unsent:
            self._loop.add_writer(self._line, self._write_on)

    def _write_on(self) -> None:
        if self._line is None or self._loop is None:
            return
        self._loop.remove_writer(self._line)
        self._write()
        self._flush()

    # -- in

    def _read(self) -> None:
        """Something is written, or was refused; or the writer is gone."""
        assert self._line is not None
        assert self._loop is not None
        try:
            data = self._line.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._heard = self._loop.time()
        for written in self._frames.feed(data):
            group = self._sent.pop(written.number)
            self._in_flight -= group.size
            if written.trouble:
                self.queue.refused(group, written.trouble)
            else:
                self.queue.written(group, written.answers)
        self._flush()

    def _lost(self) -> None:
        self._hang_up()
        self._put_back()
        self._flush()

    def _put_back(self) -> None:
        """What the writer held may be written or not: whoever waits is told, and sends it again."""
        lost, self._sent, self._in_flight = list(self._sent.values()), {}, 0
        for group in lost:
            self.queue.refused(group, "its writer ended")

    def _hang_up(self) -> None:
        if self._line is not None and self._loop is not None:
            self._loop.remove_reader(self._line)
            self._loop.remove_writer(self._line)
            self._line.close()
        self._line = None
        self._unsent.clear()

    def _watch(self) -> None:
        """See to it that a writer that hangs, or is not there behind its socket, is given up."""
        if self._loop is not None and not self._watching:
            self._watching = True
            self._heard = self._loop.time()
            self._loop.call_later(ANSWER_SECONDS, self._look)

    def _look(self) -> None:
        self._watching = False
        if not self._sent or self._line is None or self._loop is None:
            return
        if self._loop.time() - self._heard < ANSWER_SECONDS:
            heard = self._heard
            self._watch()
            self._heard = heard
        else:
            self._lost()

    def _connect(self) -> None:
        if self._loop is not None and (self._connecting is None or self._connecting.done()):
            self._connecting = self._loop.create_task(self._reach(), name="reach the log's writer")

    async def _reach(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_SECONDS
        while self._line is None:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.setblocking(False)
            try:
                line.connect(self._address)
            except OSError:
                line.close()
                if loop.time() > until:
                    self.queue.refused(self.queue.take_now(), "its writer does not answer")
                    until = loop.time() + _PATIENCE_SECONDS
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._line, self._frames = line, Frames(Written)
            loop.add_reader(line, self._read)
        self._flush()
