"""The writer's process of a workspace: see `maatwerk.engines.sqlite.receiving`."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

from maatwerk.engines.files.workspace import Workspace
from maatwerk.engines.sqlite.receiving import Receiver


def serve_writer(folder: Path, listening: socket.socket) -> None:
    """Write the log for the request workers until told to stop and they have hung up."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    Receiver(Workspace(folder).log, listening).run(stopping.is_set)
