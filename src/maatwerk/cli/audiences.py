"""`maatwerk audiences …`: which there are, who is in them, ready-made ones, lists in and memberships out."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from maatwerk.app.parts import Parts
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.flows.judge import size_of
from maatwerk.flows.lists import members_of_csv, put_on_list
from maatwerk.flows.publish import Document, publish
from maatwerk.views.audience import rows
from maatwerk.views.audience.ready_made import READY_MADE
from maatwerk.views.audience.words import KIND

app = typer.Typer(help="Audiences: list, members, export, import, ready-made.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The audience's key.")]


@app.command("list")
def listed(data: Data = HERE, json: Json = False) -> None:
    """Audiences in force, with their sizes."""
    with refusals(), opened(data) as parts:
        parts.knowledge.load()
        with parts.store.snapshot() as read:
            found = [
                {"key": key, "name": each.audience.name, "size": size_of(read, key)}
                for key, each in sorted(parts.deciding.belonging.audiences.by_key.items())
            ]
    if json:
        give({"audiences": found})
        return
    for each in found:
        say(f"{each['size']:>9,}  {each['key']:<28} {each['name']}")
    if not found:
        say("no audiences; `maatwerk audiences ready` lists those that can be taken over")


@app.command()
def members(key: Key, data: Data = HERE, json: Json = False) -> None:
    """Who belongs to an audience, since when, as CSV."""
    with refusals(), opened(data) as parts:
        parts.knowledge.load()
        if key not in parts.deciding.belonging.audiences.by_key:
            raise Refused("audience_not_found", f"there is no audience {key!r}", field="key")
        prefix = f"{key}{rows.SEPARATOR}"
        found = [
            (row[len(prefix) :], rows.decode_since(stored).at)
            for row, stored in parts.store.every(rows.MEMBERS)
            if row.startswith(prefix)
        ]
    if json:
        give({"members": [{"who": who, "since": format_time(at)} for who, at in found]})
        return
    _write(["user_id", "anonymous_id", "since"], [[*_ids(who), format_time(at)] for who, at in found])


@app.command()
def export(data: Data = HERE, json: Json = False) -> None:
    """Everybody who belongs to an audience, one line each, as CSV for any marketing tool."""
    with refusals(), opened(data) as parts:
        found = [
            (who, sorted(rows.decode_belongs(stored).member))
            for who, stored in parts.store.every(rows.STATE)
            if rows.decode_belongs(stored).member
        ]
    if json:
        give({"profiles": [{"who": who, "audiences": keys} for who, keys in found]})
        return
    _write(["user_id", "anonymous_id", "audiences"], [[*_ids(who), " ".join(keys)] for who, keys in found])


@app.command("import")
def import_list(
    key: Key,
    file: Annotated[Path, typer.Argument(help="CSV with a column user_id, email, anonymous_id or phone.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take them off the list instead.")] = False,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Put the people of a CSV file on the list of an audience."""
    with refusals(), opened(data) as parts:
        parts.knowledge.load()
        if key not in parts.deciding.belonging.audiences.by_key:
            raise Refused("audience_not_found", f"there is no audience {key!r}", field="key")
        if not file.is_file():
            raise Refused("file_not_found", f"{file} is no file", field="file")
        people = members_of_csv(file.read_text(encoding="utf-8"))
        add, off = ([], people) if remove else (people, [])
        done = put_on_list(
            parts.log, parts.store, parts.log, key, add, off,
            clock=parts.clock, chance=os.urandom, source="csv",
        )  # fmt: skip
    if json:
        give({"added": done.added, "removed": done.removed, "unknown": done.unknown})
        return
    say(f"{done.added} added, {done.removed} removed, {len(done.unknown)} unknown")


@app.command()
def ready(
    take: Annotated[str, typer.Option("--take", help="Put this one in force; `all`: every one.")] = "",
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Ready-made audiences, and taking them over."""
    if take:
        with refusals(), opened(data) as parts:
            _take(parts, take)
    if json:
        give({"ready": [{"key": key, **document} for key, document in READY_MADE.items()]})
        return
    for key, document in READY_MADE.items():
        say(f"{key:<28} {document['description']}")


def _take(parts: Parts, key: str) -> None:
    if key != "all" and key not in READY_MADE:
        raise Refused("audience_not_found", f"there is no ready-made audience {key!r}", field="--take")
    parts.knowledge.load()
    wanted: dict[tuple[str, str], Document | None] = {
        (KIND, name): document for name, document in READY_MADE.items() if key in ("all", name)
    }
    author = os.environ.get("USER", "command line")
    publish(
        parts.log, parts.knowledge.rules, wanted, clock=parts.clock, chance=os.urandom, author=author
    )  # fmt: skip


def _ids(who: str) -> list[str]:
    kind, _, value = who.partition("/")
    return [value, ""] if kind == "u" else ["", value]


def _write(head: list[str], lines: list[list[str]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(head)
    writer.writerows(lines)
