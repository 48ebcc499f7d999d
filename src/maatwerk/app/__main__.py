"""A child process of `maatwerk serve`: ``python -m maatwerk.app ROLE FOLDER [SOCKET]``."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

from maatwerk.app.parent import die_with_parent
from maatwerk.core.errors import Refused, Unavailable


def main(arguments: list[str]) -> None:
    """Take the role that the parent names."""
    die_with_parent()
    logging.basicConfig(
        level=os.environ.get("MAATWERK_LOG_LEVEL", "info").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    role, folder = arguments[0], Path(arguments[1])
    if role == "background":
        from maatwerk.app.background import serve_background

        serve_background(folder)
    elif role == "erase":
        from maatwerk.app.erasing import run_job as run_erasures

        run_erasures(folder)
    elif role == "scrub":
        from maatwerk.app.scrubbing import run_scrub

        run_scrub(folder)
    elif role == "train":
        from maatwerk.app.training import run_job

        run_job(folder)
    else:
        from maatwerk.app.site import site_of
        from maatwerk.app.worker import serve_worker

        serve_worker(folder, socket.socket(fileno=int(arguments[2])), int(role.partition("-")[2]), site_of)


try:
    main(sys.argv[1:])
except (Refused, Unavailable, OSError) as fault:  # a full disk, a file that is not ours: no riddle, one line
    logging.getLogger("maatwerk").error("%s ended: %s", sys.argv[1], fault)
    sys.exit(1)
