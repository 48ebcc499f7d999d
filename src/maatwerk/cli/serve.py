"""`maatwerk serve`: one command and a small parent over request workers and a background process.

The parent opens the listening socket and gives it to its children; it does no other work. A child
that dies is started again. When the parent dies, however it dies, its children follow.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from maatwerk.app.parent import PARENT
from maatwerk.core.errors import Refused

_RESTART_SECONDS = 0.5
_STOP_SECONDS = 15.0
_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `Refused` where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
    opened.listen(_BACKLOG)
    opened.set_inheritable(True)
    return opened


class Supervisor:
    """Keeps the workers and the background process alive until told to stop."""

    def __init__(
        self,
        folder: Path,
        opened: socket.socket,
        workers: int,
        environment: Mapping[str, str],
        *,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._folder = folder
        self._opened = opened
        self._environment = dict(environment)
        self._say = say
        self._roles = [f"worker-{number}" for number in range(workers)] + ["background"]
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start all children."""
        for role in self._roles:
            self._spawn(role)

    def run(self) -> None:
        """Watch the children until `stop`; meant for the main thread, whose signals it takes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self.watch()
        self.stop()

    def watch(self) -> None:
        """Start again what dies, until stopped."""
        while not self._stopping.wait(_RESTART_SECONDS):
            self.revive()

    def revive(self) -> None:
        """Start again what has died."""
        for role, child in list(self._children.items()):
            code = child.poll()
            if code is not None and not self._stopping.is_set():
                self._say(f"{role} ended with {code}; starting it again")
                self._spawn(role)

    def stop(self) -> None:
        """Let requests in flight finish, then end all children."""
        self._stopping.set()
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._opened.close()

    def _spawn(self, role: str) -> None:
        command = [sys.executable, "-m", "maatwerk.app", role, str(self._folder), str(self._opened.fileno())]
        self._children[role] = subprocess.Popen(
            command,
            pass_fds=[self._opened.fileno()],
            env=self._environment | {PARENT: str(os.getpid())},
            start_new_session=True,  # Ctrl-C goes to the parent, which then asks them to finish
        )
