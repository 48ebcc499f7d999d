"""The writer's process: one for all request workers of a workspace.

One thread, one transaction for whatever has come: the disk is the only thing it waits for. It holds nothing
that is not durable or still the sender's, so it may be killed at any time.
"""

from __future__ import annotations

import selectors
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from maatwerk.engines.sqlite.folding import Folding
from maatwerk.engines.sqlite.frames import Bundle, Frames, Written, frame
from maatwerk.engines.sqlite.opening import prepare
from maatwerk.engines.sqlite.queue import GROUP_EVENTS
from maatwerk.engines.sqlite.rows import FORMAT, SCHEMA
from maatwerk.engines.sqlite.writing import Transactions

_READ_BYTES = 1 << 20
_LOOK_SECONDS = 0.5


class Receiver:
    """Takes bundles from every worker that connects, and answers each once it is durable."""

    def __init__(self, path: Path, listening: socket.socket) -> None:
        """``path`` is the log's; ``listening`` a Unix socket that listens already."""
        self._lock = prepare(path, SCHEMA, FORMAT)
        self._transactions = Transactions(path, self._lock)
        self._folding = Folding(path, self._lock)
        self._listening = listening
        self._listening.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listening, selectors.EVENT_READ)
        self._lines: dict[socket.socket, Frames[Bundle]] = {}

    def run(self, stopping: Callable[[], bool]) -> None:
        """Write until told to stop and the last worker has hung up."""
        self._folding.start()
        while self._lines or not stopping():
            came = [(line, bundle) for line in self._ready() for bundle in self._read(line)]
            for some in _groups(came):
                self._write(some)
        self._transactions.close()
        self._folding.close()
        self._lock.close()

    def _ready(self) -> Iterator[socket.socket]:
        for key, _ in self._selector.select(_LOOK_SECONDS):
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj is self._listening:
                self._take_up()
            else:
                yield key.fileobj

    def _take_up(self) -> None:
        with suppress(BlockingIOError):
            line, _ = self._listening.accept()
            line.setblocking(
                True
            )  # it is read when it is ready; an answer is small and may wait for its reader
            self._lines[line] = Frames(Bundle)
            self._selector.register(line, selectors.EVENT_READ)

    def _read(self, line: socket.socket) -> list[Bundle]:
        try:
            data = line.recv(_READ_BYTES)
            if data:
                return list(self._lines[line].feed(data))
        except (OSError, msgspec.DecodeError):
            pass
        self._hang_up(line)
        return []

    def _hang_up(self, line: socket.socket) -> None:
        if self._lines.pop(line, None) is not None:
            self._selector.unregister(line)
            line.close()

    def _write(self, some: list[tuple[socket.socket, Bundle]]) -> None:
        appends = [append for _, bundle in some for append in bundle.appends]
        notes = [note for _, bundle in some for note in bundle.notes]
        counts: dict[str, int] = {}
        for _, bundle in some:
            for name, by in bundle.counts.items():
                counts[name] = counts.get(name, 0) + by
        trouble = ""
        answers: list[list[bool]] = []
        try:
            answers = self._transactions.write(appends, notes, counts)
        except (sqlite3.Error, OSError) as error:
            trouble = str(error) or repr(error)
        else:
            self._folding.wrote(sum(map(len, answers)) + len(notes))
        left = iter(answers)
        for line, bundle in some:
            mine = [] if trouble else list(islice(left, len(bundle.appends)))
            try:
                line.sendall(frame(Written(bundle.number, mine, trouble)))
            except OSError:
                self._hang_up(line)


def _groups(came: list[tuple[socket.socket, Bundle]]) -> Iterator[list[tuple[socket.socket, Bundle]]]:
    """What goes into one transaction, in order."""
    some: list[tuple[socket.socket, Bundle]] = []
    size = 0
    for line, bundle in came:
        if some and size + bundle.size > GROUP_EVENTS:
            yield some
            some, size = [], 0
        some.append((line, bundle))
        size += bundle.size
    if some:
        yield some
