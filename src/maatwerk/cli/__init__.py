"""The command line: parse, call a flow, print. Every command takes `--data` and `--json`."""

from __future__ import annotations


def main() -> None:
    """Entry point of the program `maatwerk`."""
    from maatwerk.cli.commands import app

    app()
