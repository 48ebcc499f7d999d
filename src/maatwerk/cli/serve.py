"""`maatwerk serve`: one command and a small parent over a writer, request workers and a background process.

The parent opens a listening socket for each worker and hands them over; it does no other work. A child
that dies is started again. When the parent dies, however it dies, its children follow. A folder is
served by one parent at a time: two projectors would be in each other's way.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from maatwerk.app.parent import PARENT, WRITER
from maatwerk.core.errors import Refused

if sys.platform != "win32":
    import fcntl

CLAIM = "served-by"
"""The file in a workspace that its parent process holds a lock on, and its process id in."""

_LOOK_SECONDS = 0.2
_AGAIN_SECONDS = (0.0, 0.5, 1.0, 2.0, 3.0)
"""Before a child that died soon after its start is started again: longer each time, never for long."""

_SOON_SECONDS = 20.0
_STOP_SECONDS = 15.0
_ACCEPT_SECONDS = 0.1
_BACKLOG = 2048
_SO_ATTACH_FILTER = 26
_DROP_ALL = b"\x06\0\0\0\0\0\0\0"  # one instruction of the classic packet filter: return 0 bytes


def listen(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Listening sockets on one port, one a worker; port 0 takes a free one. Raises `Refused` if it is taken.

    Where the system can, the kernel deals connections out over them (SO_REUSEPORT): of several processes
    that wait on one socket the same is woken again and again, and one worker would do all the work.
    """
    first = _bound(host, port)
    if count == 1 or not hasattr(socket, "SO_REUSEPORT"):
        sockets = [first]
    else:
        # The first one has shown that the port is free: a second server's would share it unasked.
        port = first.getsockname()[1]
        first.close()
        sockets = [_bound(host, port, shared=True) for _ in range(count)]
    for opened in sockets:
        opened.listen(_BACKLOG)
        opened.set_inheritable(True)
    return sockets


def _bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise Refused(
            "port_taken",
            f"cannot listen on {host}:{port}: {error.strerror}",
            field="--port",
            hint="try --port 0",
        ) from None
    return opened


def claim(folder: Path) -> TextIO:
    """Hold a workspace for this process until it ends. Raises `Refused` where another one serves it."""
    file = (folder / CLAIM).open("a+", encoding="utf-8")
    if sys.platform == "win32":
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        other = file.read(20).strip()
        file.close()
        raise Refused(
            "workspace_in_use",
            f"{folder} is being served already" + (f", by process {other}" if other else ""),
            field="--data",
            hint="stop that one first, or serve another folder",
        ) from None
    with suppress(OSError):  # on a full disk the lock holds without a name in it
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
    return file


def turn_away(opened: socket.socket) -> None:
    """Let no new connection reach a listening socket; what reached it before can still be accepted.

    Closing alone would reset the connections that wait to be accepted. On Linux the kernel drops what
    newly comes: a client tries again a second later, and meets a closed port or the next server.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    address = ctypes.addressof(program).to_bytes(ctypes.sizeof(ctypes.c_void_p), sys.byteorder)
    length = (1).to_bytes(2, sys.byteorder).ljust(ctypes.sizeof(ctypes.c_void_p), b"\0")
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, length + address)


class Child:
    """A process that is kept alive, and how often it died soon after its start."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.started = 0.0
        self.due = 0.0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def died(self, now: float) -> None:
        """Put off its next start, the longer the more often it died soon."""
        self.deaths = self.deaths + 1 if now - self.started < _SOON_SECONDS else 0
        self.due = now + _AGAIN_SECONDS[min(self.deaths, len(_AGAIN_SECONDS) - 1)]
        self.process = None


class Line:
    """The socket at which request workers reach the writer's process: in a folder that only this user can
    enter, and open for as long as the parent lives, so that a writer that is started again finds it."""

    def __init__(self) -> None:
        self.opened: socket.socket | None = None
        self.path = ""
        if not hasattr(socket, "AF_UNIX"):
            return  # each worker then writes by itself
        self._folder = tempfile.mkdtemp(prefix="maatwerk-")
        self.path = os.path.join(self._folder, "writer")
        self.opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.opened.bind(self.path)
        self.opened.listen(_BACKLOG)

    def close(self) -> None:
        """Close it, and leave nothing behind."""
        if self.opened is not None:
            self.opened.close()
            shutil.rmtree(self._folder, ignore_errors=True)


class Supervisor:
    """Keeps the workers and the background process alive until told to stop."""

    def __init__(
        self,
        folder: Path,
        opened: Sequence[socket.socket],
        workers: int,
        environment: Mapping[str, str],
        *,
        say: Callable[[str], None] = lambda text: None,
        claimed: TextIO | None = None,
    ) -> None:
        """``claimed`` is the answer of `claim` where the folder is claimed already."""
        self._folder = folder
        self._opened = list(opened)
        self._environment = dict(environment)
        self._say = say
        self._line = Line()
        workers_named = [Child(f"worker-{number}") for number in range(workers)]
        self._writer = [Child("writer")] if self._line.opened else []
        self._children = [*self._writer, *workers_named, Child("background")]
        self._claim = claimed
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start all children. Raises `Refused` where another process serves the folder."""
        self._claim = self._claim or claim(self._folder)
        for child in self._children:
            self._spawn(child)

    def run(self) -> None:
        """Watch the children until `stop`; meant for the main thread, whose signals it takes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self.watch()
        self.stop()

    def watch(self) -> None:
        """Start again what dies, until stopped."""
        while not self._stopping.wait(_LOOK_SECONDS):
            self.revive()

    def revive(self) -> None:
        """Start again what has died."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None:
                code = child.process.poll()
                if code is None:
                    continue
                child.died(now)
                self._say(f"{child.role} ended with {code}; starting it again")
            if now >= child.due and not self._stopping.is_set():
                self._spawn(child)

    def stop(self) -> None:
        """Let requests in flight finish, then end all children."""
        self._stopping.set()
        for opened in self._opened:
            turn_away(opened)
        served = [child for child in self._children if child not in self._writer]
        if any(child.alive for child in served):
            time.sleep(_ACCEPT_SECONDS)
        for opened in self._opened:
            opened.close()
        _end(served)
        _end(self._writer)  # last: what the workers had still to write has reached it
        self._line.close()
        if self._claim is not None:
            self._claim.close()

    def _spawn(self, child: Child) -> None:
        handed = self._line.opened if child in self._writer else self._socket_of(child)
        number = handed.fileno() if handed is not None else -1
        command = [sys.executable, "-m", "maatwerk.app", child.role, str(self._folder), str(number)]
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            command,
            pass_fds=[number] if handed is not None else [],
            env=self._environment | {PARENT: str(os.getpid()), WRITER: self._line.path},
            start_new_session=True,  # Ctrl-C goes to the parent, which then asks them to finish
        )

    def _socket_of(self, child: Child) -> socket.socket | None:
        number = child.role.removeprefix("worker-")
        return self._opened[int(number) % len(self._opened)] if number.isdecimal() else None


def _end(children: Sequence[Child]) -> None:
    """Ask processes to finish, and wait until they have."""
    alive = [child.process for child in children if child.process is not None and child.alive]
    for process in alive:
        process.terminate()
    until = time.monotonic() + _STOP_SECONDS
    for process in alive:
        try:
            process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
