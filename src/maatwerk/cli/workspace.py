"""`init`, `serve`, `status`, `keys`, `doctor`, `train`: a workspace and its processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.retention import periods_of
from maatwerk.app.starting import make_workspace
from maatwerk.app.telling import webhook_secret
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.serve import Supervisor, claim, listen
from maatwerk.core.errors import Refused
from maatwerk.core.time import HOUR
from maatwerk.engines.files import keys as key_file
from maatwerk.engines.files.workspace import Workspace
from maatwerk.flows.record import TC_STRINGS
from maatwerk.settings import read_settings

Data = Annotated[Path, typer.Option("--data", help="The workspace's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]
HERE = Path()


def init(data: Data = HERE, json: Json = False) -> None:
    """Make a folder a workspace: settings, keys, starter rules."""
    with refusals():
        made = make_workspace(data)
        if json:
            give({"created": made.created, "folder": str(data), "write_key": made.write_key})
            return
        say(f"{'made' if made.created else 'already is'} a workspace: {data}")
        if made.secret_key:
            say(f"write key   {made.write_key}")
            say(f"secret key  {made.secret_key}   (kept only in {Workspace(data).first_keys})")
        say(f"next: maatwerk import catalog PATH --data {data}, then maatwerk serve --data {data}")


def serve(
    data: Data = HERE,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Request workers, one process each.")] = None,
    json: Json = False,
) -> None:
    """Serve a workspace; an empty or missing folder becomes one."""
    with refusals():
        claimed = claim(data) if Workspace(data).exists else None
        make_workspace(data)
        settings = read_settings(data, host=host, port=port, workers=workers)
        opened = listen(settings.host, settings.port, settings.workers)
        address, number = opened[0].getsockname()[:2]
        supervisor = Supervisor(
            data,
            opened,
            settings.workers,
            os.environ,
            say=lambda text: say(text, json=json),
            claimed=claimed,
        )
        supervisor.start()
        if json:
            give({"url": f"http://{address}:{number}", "workers": settings.workers})
        say(
            f"Maatwerk serves {data} at http://{address}:{number}  (console at /console, Ctrl-C stops)",
            json=json,
        )
        supervisor.run()


def status(data: Data = HERE, json: Json = False) -> None:
    """What the workspace holds, and how far its views lag."""
    with refusals():
        with opened(data) as parts:
            result = _status(parts)
        if json:
            give(result)
            return
        for name, value in result.items():
            say(f"{name:<22} {value}")


def keys(
    action: Annotated[str, typer.Argument(help="`show` or `rotate` (a new secret key).")] = "show",
    overlap_hours: Annotated[int, typer.Option(help="How long the old secret key still counts.")] = 24,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Show the workspace's keys, or rotate the secret one."""
    with refusals():
        with opened(data) as parts:
            result = _keys(parts, action, overlap_hours)
        if json:
            give(result)
            return
        for name, value in result.items():
            say(f"{name:<12} {value}")


def train(data: Data = HERE, json: Json = False) -> None:
    """Train lists and models now, on everything the workspace knows."""
    from maatwerk.app.training import train_workspace

    with refusals():
        with opened(data) as parts:
            published = train_workspace(
                parts, lambda sealed: say(f"published {sealed.name} ({len(sealed.skus)} products)", json=json)
            )
        if json:
            give({"published": published})
        elif not published:
            say("nothing to learn from yet")


def doctor(data: Data = HERE, json: Json = False) -> None:
    """What is missing or odd in the workspace's set-up, each with its remedy."""
    with refusals():
        with opened(data) as parts:
            findings = _findings(parts)
            periods = periods_of(parts.settings).told()
        if json:
            give({"findings": findings, "kept_days": periods})
            return
        kept = ", ".join(f"{what} {days} days" for what, days in periods.items())
        say(f"{'kept':<8} {kept}")
        for finding in findings:
            say(f"{finding['severity']:<8} {finding['what']}\n         {finding['remedy']}")
        if not findings:
            say("nothing to remark")


@contextmanager
def opened(data: Path) -> Iterator[Parts]:
    """A workspace that exists, open. `Refused` names the command that makes one."""
    if not Workspace(data).exists:
        raise Refused(
            "no_workspace",
            f"{data} is no workspace",
            field="--data",
            hint="maatwerk init --data DIR makes one",
        )
    parts = open_parts(data)
    try:
        yield parts
    finally:
        parts.close()


def _status(parts: Parts) -> dict[str, Any]:
    parts.knowledge.load()
    lag = parts.projector().lag(parts.clock())
    catalog = parts.knowledge.catalogs.of("default")
    return parts.log.counts() | {
        "products": int(catalog.tops().sum()),
        "available": int(catalog.available[: catalog.size][catalog.tops()].sum()),
        "models": parts.models.versions(),
        "lag_events": lag.offsets,
        "lag_seconds": round(lag.seconds, 3),
        "sealed_to": parts.lake.watermark(),
    }


def _keys(parts: Parts, action: str, overlap_hours: int) -> dict[str, Any]:
    if action == "rotate":
        secret = key_file.rotate_secret(parts.workspace, parts.clock(), overlap_hours * HOUR)
        return {"secret_key": secret, "note": f"older ones count for {overlap_hours} h more"}
    if action != "show":
        raise Refused("action_not_known", f"{action!r} is no action", field="action", hint="show or rotate")
    held = key_file.load(parts.workspace)
    shown = {"write_key": parts.keys.write_key, "webhook_secret": webhook_secret(parts)}
    for number, secret_key in enumerate(held.secret, 1):
        shown[f"secret_{number}"] = secret_key.hint
    return shown


def _findings(parts: Parts) -> list[dict[str, str]]:
    found = []

    def finding(severity: str, what: str, remedy: str) -> None:
        found.append({"severity": severity, "what": what, "remedy": remedy})

    settings = parts.settings
    if settings.consent.personalization:
        finding(
            "warning",
            "personalization is taken as granted where nothing was stated",
            "state consent with every event, or set [consent] personalization = false in maatwerk.toml",
        )
    if not settings.public_url:
        finding("warning", "public_url is not set", "set it, so that links in messages lead here")
    if not settings.smtp_url:
        finding("note", "no mail is sent", "set smtp_url to send reminders and alerts")
    elif not settings.mail_from or not settings.mail_address:
        finding("warning", "mails have no sender or no postal address", "set mail_from and mail_address")
    if parts.workspace.first_keys.exists():
        finding(
            "warning",
            f"the first secret key still lies in {parts.workspace.first_keys.name}",
            "move it to a safe place and delete the file",
        )
    parts.knowledge.load()
    if not parts.knowledge.catalogs.of("default").size:
        finding("warning", "the catalog is empty", "maatwerk import catalog PATH")
    counts = parts.log.counts()
    if counts.get("rejected_total", 0):
        finding(
            "note",
            f"{counts['rejected_total']} messages were rejected",
            "the console's page Rejected, or GET /v1/admin/rejected, says why",
        )
    if counts.get(TC_STRINGS, 0) and not settings.tcf.vendor:
        finding(
            "warning",
            f"{counts[TC_STRINGS]} TC strings came in, and the shop's number among the vendors is not set",
            "set vendor in [tcf]; until then only what a string grants to the publisher itself counts",
        )
    for rule, why in parts.deciding.desk.refused.items():
        finding("error", f"the rule {rule} is not in force", why)
    return found
