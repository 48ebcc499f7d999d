"""The command line: parse, call a flow, print. Every command takes `--data` and `--json`."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the program `maatwerk`."""
    if sys.argv[1:2] == ["serve"]:
        from maatwerk.cli.serving import app
    else:
        from maatwerk.cli.commands import app

    app()
