"""`journeys list|enable|disable`: which of the shipped journeys write to shoppers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from maatwerk.app.messaging import sender_of
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys.ready_made import shipped
from maatwerk.flows.advance import enabled
from maatwerk.flows.publish import publish

app = typer.Typer(help="Switch the shipped journeys on and off.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="abandoned-cart or back-in-stock.")]


@app.command("list")
def show(data: Data = HERE, json: Json = False) -> None:
    """The shipped journeys, their steps, and which are on."""
    with refusals():
        with opened(data) as parts:
            parts.knowledge.load()
            on = enabled(parts.knowledge.rules)
        rows = [
            {
                "key": key,
                "enabled": key in on,
                "name": on.get(key, journey).name,
                "steps": [{"key": step.key, "verb": step.verb} for step in on.get(key, journey).steps],
            }
            for key, journey in (shipped() | on).items()
        ]
        if json:
            give({"journeys": rows})
            return
        for row in rows:
            say(f"{'on ' if row['enabled'] else 'off'}  {row['key']}")


@app.command()
def enable(key: Key, data: Data = HERE, json: Json = False) -> None:
    """Switch a journey on; it writes to those whose carts and wishes come from now on."""
    _switch(key, {"enabled": True}, data, json)


@app.command()
def disable(key: Key, data: Data = HERE, json: Json = False) -> None:
    """Switch a journey off; what is queued is not sent."""
    _switch(key, {"enabled": False}, data, json)


def _switch(key: str, document: dict[str, object], data: Path, json: bool) -> None:
    with refusals():
        warning = ""
        with opened(data) as parts:
            parts.knowledge.load()
            publish(
                parts.log,
                parts.knowledge.rules,
                {("journey", key): document},
                clock=parts.clock,
                chance=os.urandom,
                author=os.environ.get("USER", "command line"),
            )
            if document["enabled"]:
                try:
                    if not parts.settings.smtp_url:
                        raise Refused(
                            "smtp_url_missing", "no mail is sent without smtp_url", field="smtp_url"
                        )
                    sender_of(parts)
                except Refused as fault:
                    warning = str(fault)
        if json:
            give({"key": key, "enabled": document["enabled"], "warning": warning})
            return
        say(f"{key} is {'on' if document['enabled'] else 'off'}")
        if warning:
            say(f"but: {warning}")
