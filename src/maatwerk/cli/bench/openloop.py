"""An open-loop load: requests leave at their scheduled times, answered or not, from a process of its own.

Latency counts from the scheduled time, so that a server that stalls is charged for everyone who came
meanwhile (no coordinated omission). Run as ``python -m maatwerk.cli.bench.openloop``: a `Plan` comes in
on standard input, a `Found` goes out, both MessagePack.
"""

from __future__ import annotations

import select
import socket
import subprocess
import sys
import time
from collections import deque

import msgspec
import numpy as np

from maatwerk.core.errors import Unavailable

_PATIENCE_SECONDS = 5.0
_CONNECTIONS_MAX = 512
_READ_BYTES = 256 * 1024


class Plan(msgspec.Struct):
    """Whole HTTP/1.1 requests, to be sent at a rate a second in their order. An answer is ``full`` when
    it is 200 and holds ``expect`` at least ``times`` times."""

    host: str
    port: int
    rate: float
    requests: list[bytes]
    connections: int = 32
    expect: bytes = b""
    times: int = 0


class Found(msgspec.Struct):
    """What came of it: milliseconds by request in order of answers, counted from the scheduled times.

    ``late_ms`` is the 99th percentile of how late this process itself was to send where a connection was
    free; ``cpu_seconds`` its own: where either is high, the figures speak of the load, not of the server.
    """

    milliseconds: list[float]
    refused: int
    broken: int
    full: int
    late_ms: float
    cpu_seconds: float
    seconds: float

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered; inf where none was."""
        return float(np.quantile(self.milliseconds, share)) if self.milliseconds else float("inf")


def run(plan: Plan) -> Found:
    """Send a plan from a process of its own. Raises `Unavailable` where that fails."""
    command = [sys.executable, "-m", "maatwerk.cli.bench.openloop"]
    ran = subprocess.run(command, input=msgspec.msgpack.encode(plan), capture_output=True, check=False)
    if ran.returncode:
        raise Unavailable(f"the load failed: {ran.stderr.decode(errors='replace')[-400:]}")
    return msgspec.msgpack.decode(ran.stdout, type=Found)


class _Connection:
    """One connection with at most one request on it."""

    __slots__ = ("due", "received", "socket", "want")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=_PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.received = b""
        self.want = -1

    def send(self, request: bytes, due: float) -> None:
        self.due, self.received, self.want = due, b"", -1
        self.socket.sendall(request)

    def read(self) -> bool:
        """Whether the answer is whole now. Raises OSError where the server hung up."""
        some = self.socket.recv(_READ_BYTES)
        if not some:
            raise ConnectionResetError
        self.received += some
        if self.want < 0:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.want = end + 4 + _length(self.received[:end])
        return len(self.received) >= self.want


class Load:
    """The loop: send what is due, read what has come."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.poll = select.epoll()
        self.idle: deque[_Connection] = deque()
        self.busy: dict[int, _Connection] = {}
        self.waiting: deque[tuple[bytes, float]] = deque()
        self.milliseconds: list[float] = []
        self.late: list[float] = []
        self.refused = self.broken = self.full = 0

    def run(self) -> Found:
        """All of the plan; ends when everything is answered, or some seconds after the last was sent."""
        for _ in range(self.plan.connections):
            self.idle.append(self._open())
        cpu, began = time.process_time(), time.perf_counter() + 0.05
        gap = 1.0 / self.plan.rate
        due = deque((began + number * gap, request) for number, request in enumerate(self.plan.requests))
        last = due[-1][0] if due else began
        while due or self.busy or self.waiting:
            now = time.perf_counter()
            while due and due[0][0] <= now:
                at, request = due.popleft()
                self._due(request, at, now)
            if now > last + _PATIENCE_SECONDS:
                break
            self._rest((due[0][0] if due else last + _PATIENCE_SECONDS) - time.perf_counter())
            for number, _ in self.poll.poll(0):
                self._readable(self.busy.get(number))
        self.broken += len(self.busy) + len(self.waiting)
        return Found(
            self.milliseconds,
            self.refused,
            self.broken,
            self.full,
            float(np.quantile(self.late, 0.99)) if self.late else 0.0,
            time.process_time() - cpu,
            time.perf_counter() - began,
        )

    def _due(self, request: bytes, at: float, now: float) -> None:
        if self.idle:
            self.late.append((now - at) * 1000)
            self._send(self.idle.popleft(), request, at)
        elif len(self.busy) < _CONNECTIONS_MAX:
            self._send(self._open(), request, at)
        else:
            self.waiting.append((request, at))

    def _send(self, connection: _Connection, request: bytes, at: float) -> None:
        try:
            connection.send(request, at)
        except OSError:
            self.broken += 1
            return
        number = connection.socket.fileno()
        self.busy[number] = connection

    def _readable(self, connection: _Connection | None) -> None:
        if connection is None:
            return
        number = connection.socket.fileno()
        try:
            if not connection.read():
                return
        except OSError:
            self.broken += 1
            del self.busy[number]
            self.poll.unregister(number)
            connection.socket.close()
            return
        self.milliseconds.append((time.perf_counter() - connection.due) * 1000)
        del self.busy[number]
        self._judge(connection.received)
        if self.waiting:
            self._send(connection, *self.waiting.popleft())
        else:
            self.idle.append(connection)

    def _judge(self, answer: bytes) -> None:
        if answer[9:12] != b"200":
            self.refused += 1
        elif answer.count(self.plan.expect) >= self.plan.times:
            self.full += 1

    def _open(self) -> _Connection:
        connection = _Connection(self.plan.host, self.plan.port)
        self.poll.register(connection.socket.fileno(), select.EPOLLIN)
        return connection

    def _rest(self, seconds: float) -> None:
        """Until an answer comes or the next request is due. Polling waits whole milliseconds only; waiting
        for the poll itself keeps to microseconds, and takes no time from the server in between."""
        if seconds > 0:
            select.select([self.poll], [], [], seconds)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


if __name__ == "__main__":
    found = Load(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)).run()
    sys.stdout.buffer.write(msgspec.msgpack.encode(found))
