"""A child's bond to its parent: it ends when the parent ends, even if that is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "MAATWERK_PARENT"
WRITER = "MAATWERK_WRITER"
"""The socket of the process that writes the log for the request workers."""

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """On Linux the kernel sees to it; elsewhere, and against a race at start, a thread looks every second."""
    parent = int(os.environ.get(PARENT, "0"))
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
