"""`journeys list|enable|disable|simulate`: which write to shoppers, and what a draft would have."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from maatwerk.app.messaging import sender_of
from maatwerk.app.rehearsing import simulate as simulation
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.decisions.journeys.ready_made import shipped
from maatwerk.flows.advance import enabled
from maatwerk.flows.publish import diff, publish

app = typer.Typer(help="Switch the shipped journeys on and off.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="One of those that `journeys list` shows.")]


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


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="The draft, as TOML; its name is its key.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How far back.")] = 30,
    cost: Annotated[float, typer.Option("--cost", min=0, help="Of one message.")] = 0.0,
    beside: Annotated[bool, typer.Option("--beside", help="With the other journeys in force.")] = False,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Run a draft over what happened lately, with a fast clock: who would have been told what."""
    with refusals():
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise Refused("file_not_readable", str(fault), field="file") from None
        key = file.stem
        with opened(data) as parts:
            parts.knowledge.load()
            diff(parts.knowledge.rules, {("journey", key): document})
            found = simulation(parts, key, document, days=days, cost=cost, alone=not beside)
        if json:
            give({"key": key, "days": days} | found)
            return
        say(f"{found['sent']} messages to {found['people']} people in {days} days, for {found['cost']:.2f}")
        for step, number in found["by_step"].items():
            say(f"  {step}: {number}")
        for code, number in found["left_out"].items():
            say(f"  left out, {code.replace('_', ' ')}: {number}")
        for one in [each for each in found["messages"] if not each["code"]][:20]:
            say(f"  {format_time(one['at'])}  {one['who']}  {one['step']} by {one['channel']}")
