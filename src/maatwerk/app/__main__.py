"""A child process of `maatwerk serve`: ``python -m maatwerk.app ROLE FOLDER [SOCKET]``."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

from maatwerk.app.parent import WRITER, die_with_parent
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
    elif role == "writer":
        from maatwerk.app.writing import serve_writer

        serve_writer(folder, socket.socket(fileno=int(arguments[2])))
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

        opened, number = socket.socket(fileno=int(arguments[2])), int(role.partition("-")[2])
        writer = os.environ.get(WRITER)
        serve_worker(folder, opened, number, site_of, Path(writer) if writer else None)


try:
    main(sys.argv[1:])
except (Refused, Unavailable, OSError) as fault:  # a full disk, a file that is not ours: no riddle, one line
    logging.getLogger("maatwerk").error("%s ended: %s", sys.argv[1], fault)
    sys.exit(1)
