"""The process that clears databases of what rows leave behind: it has no other connection to them."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import msgspec

from maatwerk.engines.sqlite.scrub import scrub


class Scrub(msgspec.Struct):
    """What is asked of it, on standard input: databases by name, and what to look for (base64)."""

    names: list[str]
    traces: list[str]


def run_scrub(folder: Path) -> None:
    """Answer on standard output."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Scrub)
    traces = [base64.b64decode(each) for each in asked.traces]
    done = [scrub(folder / f"{name}.db", traces) for name in asked.names]
    sys.stdout.buffer.write(msgspec.json.encode(done))
