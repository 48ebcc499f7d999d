"""`rules check|diff|publish|rollback`: the rule book as TOML files, `KIND/KEY.toml` in one folder."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from maatwerk.app.parts import Parts
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.events.names import RULE_NAMES
from maatwerk.flows.publish import KINDS, Change, Document, diff, publish, rolled_back
from maatwerk.flows.warn import warnings
from maatwerk.views.rules import book

app = typer.Typer(help="Check, compare, publish and roll back rules.", no_args_is_help=True)

Folder = Annotated[
    Path | None,
    typer.Option("--rules", help="Folder of KIND/KEY.toml files; default: rules/ of the workspace."),
]
_HISTORY_MOST = 100_000


@app.command()
def check(rules: Folder = None, data: Data = HERE, json: Json = False) -> None:
    """Whether the files are valid as a whole."""
    _show(rules, data, json, "valid")


@app.command("diff")
def show_diff(rules: Folder = None, data: Data = HERE, json: Json = False) -> None:
    """What publishing the files would change. Rules in force that no file names stay."""
    _show(rules, data, json, "")


@app.command("publish")
def put_in_force(
    rules: Folder = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.")] = "",
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Put the files in force."""
    with refusals():
        with opened(data) as parts:
            changes = _publish(parts, read_rules(rules or parts.workspace.rules), reason)
        _tell(changes, json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(help="A version of the history (GET /v1/rules/history).")],
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Bring the rules of a version back, as a new version."""
    with refusals():
        with opened(data) as parts:
            parts.knowledge.load()
            with parts.store.snapshot() as snapshot:
                history = [book.decode(row) for _, row in snapshot.scan(book.HISTORY, limit=_HISTORY_MOST)]
                newer = parts.log.rules_and_catalog(snapshot.checkpoint("rules"))
            history += [book.rule_of(event) for event in newer if event.name in RULE_NAMES]
            wanted = rolled_back(parts.knowledge.rules, history, version)
            changes = _publish(parts, wanted, f"rolled back to {version}")
        _tell(changes, json)


def _show(rules: Path | None, data: Path, json: bool, nothing: str) -> None:
    with refusals():
        with opened(data) as parts:
            parts.knowledge.load()
            changes = diff(parts.knowledge.rules, read_rules(rules or parts.workspace.rules))
            catalog = parts.knowledge.catalogs.of("default")
            warned = warnings(parts.knowledge.rules, changes, catalog, parts.clock())
        if nothing and not json:
            say(nothing)
        _tell([change for change in changes if change.action != "none"], json, warned)


def _publish(parts: Parts, wanted: dict[tuple[str, str], Document | None], reason: str) -> list[Change]:
    parts.knowledge.load()
    return publish(
        parts.log,
        parts.knowledge.rules,
        wanted,
        clock=parts.clock,
        chance=os.urandom,
        author=os.environ.get("USER", "command line"),
        reason=reason,
    )


def read_rules(folder: Path) -> dict[tuple[str, str], Document | None]:
    """The documents of a folder's ``KIND/KEY.toml`` files. Raises `Refused`."""
    if not folder.is_dir():
        raise Refused("folder_not_found", f"{folder} is no folder", field="--rules")
    wanted: dict[tuple[str, str], Document | None] = {}
    for path in sorted(folder.glob("*/*.toml")):
        if path.parent.name not in KINDS:
            raise Refused(
                "rule_kind_not_known",
                f"{path.parent.name!r} is no kind of rule",
                field=str(path.relative_to(folder)),
                hint=f"folders are named {', '.join(KINDS)}",
            )
        try:
            wanted[path.parent.name, path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused("rule_not_readable", str(error), field=str(path.relative_to(folder))) from None
    return wanted


def _tell(changes: list[Change], json: bool, warned: Sequence[str] = ()) -> None:
    if json:
        give({"changes": [msgspec.to_builtins(change) for change in changes], "warnings": list(warned)})
        return
    for text in warned:
        say(f"warning: {text}")
    for change in changes:
        say(f"{change.action:<9} {change.kind}/{change.key}")
    if not changes:
        say("no changes")
