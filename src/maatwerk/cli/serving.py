"""The one command that must start at once: `serve` alone, without loading what the others need."""

from __future__ import annotations

import typer

from maatwerk.cli import workspace

app = typer.Typer(name="maatwerk", add_completion=False, pretty_exceptions_enable=False)
app.command()(workspace.serve)


@app.callback()
def program() -> None:
    """Personalization for web shops: one command, your own server."""
