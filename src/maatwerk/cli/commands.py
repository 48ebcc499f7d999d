"""All commands of `maatwerk`, in the order in which a shop meets them."""

from __future__ import annotations

import typer

from maatwerk.cli import audiences, backup, demo, erase, explain, export, imports, journeys, rules, workspace
from maatwerk.cli.bench import commands as bench
from maatwerk.cli.evaluate import commands as evaluate

app = typer.Typer(
    name="maatwerk",
    help="Personalization for web shops: one command, your own server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(workspace.init)
app.command()(workspace.serve)
app.add_typer(imports.app, name="import")
app.command()(workspace.train)
app.command()(workspace.status)
app.command()(explain.why)
app.command()(explain.replay)
app.add_typer(export.app, name="export")
app.add_typer(rules.app, name="rules")
app.add_typer(audiences.app, name="audiences")
app.add_typer(journeys.app, name="journeys")
app.command()(erase.erase)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(workspace.keys)
app.command()(workspace.doctor)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(bench.app, name="bench")
