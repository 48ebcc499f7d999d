"""`export`: what leaves the workspace in a file."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.effects.feeds.words import format_of
from maatwerk.effects.feeds.write import written
from maatwerk.flows.export import Exporting
from maatwerk.flows.export import export as export_person
from maatwerk.flows.feed import feed_of, lines
from maatwerk.surfaces.storefront.portable import archive
from maatwerk.surfaces.storefront.privacy import exported
from maatwerk.surfaces.storefront.profiles import NAMESPACES

app = typer.Typer(no_args_is_help=True, help="What leaves the workspace in a file.")


@app.callback()
def export() -> None:
    """What leaves the workspace in a file."""


@app.command()
def feed(
    key: Annotated[str, typer.Argument(help="A feed's key; `all` and `bestsellers` are always there.")],
    form: Annotated[str, typer.Option("--format", help="`google` (XML) or `meta` (CSV).")] = "google",
    out: Annotated[Path | None, typer.Option("--out", help="The file; else on standard output.")] = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """A product feed for advertising, as the catalog stands."""
    with refusals(), opened(data) as parts:
        parts.knowledge.load()
        named = format_of(form)
        home = parts.settings.shop_url or parts.settings.public_url
        found = feed_of(parts.knowledge.rules, key)
        listed = lines(parts.deciding, found, home, parts.clock())
        size = 0
        with out.open("wb") if out else nullcontext(sys.stdout.buffer) as target:
            for piece in written(listed, named, found.title or key, home):
                size += target.write(piece)
        if out:
            say(f"{size} bytes: {out}", json=json)


@app.command()
def person(
    namespace: Annotated[str, typer.Argument(help="`user_id`, `anonymous_id` or `email`.")],
    identifier: Annotated[str, typer.Argument(help="Whose everything is to be exported.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The zip file; else named after the profile.")
    ] = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Everything known of one person, as JSON and CSV in a zip file (with --json, on standard output)."""
    with refusals(), opened(data) as parts:
        if namespace not in NAMESPACES:
            raise Refused(
                "namespace_not_known", f"{namespace!r} is no namespace", field="namespace",
                hint=f"one of {', '.join(NAMESPACES)}",
            )  # fmt: skip
        parts.knowledge.load()
        exporting = Exporting(parts.log, parts.log, parts.store, lambda: parts.deciding.belonging.signals)
        found = export_person(exporting, namespace, identifier, parts.clock())
        if found is None:
            raise Refused(
                "profile_not_found", f"nobody goes by {namespace} {identifier!r}", field="identifier"
            )
        content = exported(parts.deciding, found)
        if json:
            give(content)
            return
        target = out or Path(f"{found.profile.profile_id}.zip")
        target.write_bytes(archive(content, parts.settings.name))
        target.chmod(0o600)
        say(f"{len(found.events)} events, {len(found.decisions)} decisions: {target}")
