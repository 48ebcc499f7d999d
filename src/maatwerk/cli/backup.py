"""`maatwerk backup` and `maatwerk restore`: a copy while serving, and back without those who were erased."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maatwerk.app.backups import ERASURES, back_up, newer_erasures, persons_of
from maatwerk.app.backups import restore as copy_back
from maatwerk.app.erasing import asking
from maatwerk.app.parts import open_parts
from maatwerk.cli.erase import finish
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.serve import claim
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.flows import erase as flow


def backup(
    to: Annotated[Path, typer.Argument(help="The folder that holds backups, outside the workspace.")],
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Copy the workspace, while it is being served or not."""
    with refusals():
        with opened(data) as parts:
            made = back_up(parts, to)
        if json:
            give(made)
            return
        say(f"{made.path}  ({made.bytes:,} bytes)")


def restore(
    backup: Annotated[Path, typer.Argument(help="One backup: a folder below the one that holds them.")],
    data: Data = HERE,
    erasures: Annotated[
        Path | None,
        typer.Option("--erasures", help="A newer list of erasures (erasures.jsonl of the lost workspace)."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a workspace of a backup, and erase again whoever was erased since it was made."""
    with refusals():
        copy_back(backup, data)
        held = claim(data)
        try:
            parts = open_parts(data, projects=True)
            try:
                lists = [backup.parent / ERASURES, *([erasures] if erasures else [])]
                entries = newer_erasures(parts, lists)
                projector = parts.projector()
                projector.prepare()
                while projector.run_once():
                    pass
                again = persons_of(parts, entries) if entries else []
                for entry, gone in again:
                    request_id = flow.begin(asking(parts), gone, "restore", f"{entry.request_id}-restored")
                    finish(parts, request_id, lambda text: say(f"  {text}", json=json))
            finally:
                parts.close()
        finally:
            held.close()
        if json:
            give({"folder": str(data), "erasures": len(entries), "erased_again": len(again)})
            return
        say(f"restored into {data}; of {len(entries)} newer erasures {len(again)} were done again")
