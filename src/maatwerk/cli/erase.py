"""`maatwerk erase`: forget a person with a receipt, or verify a receipt; with or without a server running."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from maatwerk.app.erasing import advance, asking, forget_views
from maatwerk.app.judging import judging_of
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.verifying import Verified, verify
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.serve import claim
from maatwerk.cli.workspace import HERE, Data, Json
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.engines.files.workspace import Workspace
from maatwerk.flows import erase as flow
from maatwerk.flows.erase import Receipt

WAIT_SECONDS = 0.25
_ROUNDS = 60


def erase(
    profile: Annotated[
        str, typer.Argument(help="Whom, as NAMESPACE:ID (user_id:u-1, email:jane@example.com).")
    ] = "",
    verify_receipt: Annotated[
        Path | None,
        typer.Option("--verify", help="Verify this receipt instead: look through everything anew."),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", help="With --verify: also look for this value. May be repeated."),
    ] = None,
    receipt: Annotated[Path | None, typer.Option("--receipt", help="Write the receipt to this file.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is done (where a server does the work).")] = True,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Forget a person everywhere, and prove it."""
    with refusals():
        if verify_receipt is not None:
            _verify(data, verify_receipt, value or [], json)
            return
        namespace, colon, named = profile.partition(":")
        if not colon or not named:
            raise Refused(
                "profile_not_named",
                "say whom",
                field="profile",
                hint="as in user_id:u-1, or --verify RECEIPT",
            )
        done = _erase(data, namespace, named, wait, lambda text: say(text, json=json))
        if receipt is not None and done is not None:
            receipt.write_bytes(msgspec.json.format(msgspec.json.encode(done)))
        if json:
            give(done or {"status": "pending"})
        elif done is not None:
            _tell(done, receipt)


def _erase(data: Path, namespace: str, named: str, wait: bool, said: Any) -> Receipt | None:
    try:
        held = claim(_existing(data))
    except Refused as fault:
        if fault.code != "workspace_in_use":
            raise
        return _ask_server(data, namespace, named, wait, said)
    try:
        parts = open_parts(data, projects=True)
        try:
            projector = parts.projector()
            projector.prepare()
            while projector.run_once():
                pass
            request_id = flow.ask(asking(parts), namespace, named, "command")
            return finish(parts, request_id, said)
        finally:
            parts.close()
    finally:
        held.close()


def finish(parts: Parts, request_id: str, said: Any = lambda text: None) -> Receipt:
    """Take an erasure to its end where no server runs. Raises `Unavailable` where it cannot be ended now."""
    projector = parts.projector()
    for _ in range(_ROUNDS):
        waiting = next((each for each in flow.pending(parts.records) if each.request_id == request_id), None)
        if waiting is None:
            break
        if waiting.rounds >= flow.ROUNDS:
            raise Unavailable(waiting.trouble, code="still_found")
        if waiting.step == "views":
            forget_views(parts, projector, waiting, judging_of(parts, projector).let_go)
            continue
        advance(parts, waiting, said)
        if waiting.step == "tell":
            said("waiting for a processor to answer; `maatwerk serve` goes on with it")
            time.sleep(1)
    stored = parts.records.get(flow.DONE, request_id)
    if stored is None:
        raise Unavailable(
            "a processor could not be told yet; `maatwerk serve` goes on with it", code="telling"
        )
    return msgspec.json.decode(stored, type=Receipt)


def _ask_server(data: Path, namespace: str, named: str, wait: bool, said: Any) -> Receipt | None:
    parts = open_parts(data)
    try:
        request_id = flow.ask(asking(parts), namespace, named, "command")
        said(f"request {request_id}: the running server does it")
        step = ""
        while wait:
            stored = parts.records.get(flow.DONE, request_id)
            if stored is not None:
                return msgspec.json.decode(stored, type=Receipt)
            waiting = flow.status(parts.records, request_id) or {}
            if waiting.get("step") != step:
                step = str(waiting.get("step", ""))
                said(f"  {step}")
            time.sleep(WAIT_SECONDS)
        return None
    finally:
        parts.close()


def _existing(data: Path) -> Path:
    if not Workspace(data).exists:
        raise Refused("no_workspace", f"{data} is no workspace", field="--data")
    return data


def _verify(data: Path, path: Path, values: list[str], json: bool) -> None:
    try:
        receipt = msgspec.json.decode(path.read_bytes(), type=Receipt)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Refused("receipt_not_readable", str(fault)[:200], field="--verify") from None
    parts = open_parts(_existing(data))
    try:
        found = verify(parts, receipt, values)
    finally:
        parts.close()
    if json:
        give(found)
    else:
        _tell_verified(found)
    if not found.holds:
        raise SystemExit(1)


def _tell_verified(found: Verified) -> None:
    say(f"signature  {'genuine' if found.genuine else 'NOT this workspace’s, or changed since'}")
    for looked in found.looked:
        where = "; ".join(looked.where)
        say(f"{looked.store:<20} {looked.scanned:>10} looked at  {looked.found:>4} found  {where}")
    say("nothing of her is found" if found.holds else "the receipt does not hold")


def _tell(receipt: Receipt, path: Path | None) -> None:
    for cleared in receipt.cleared:
        say(
            f"{cleared.store:<10} {cleared.scanned:>10} looked through {cleared.removed:>8} removed "
            f"{cleared.changed:>6} changed {cleared.bytes:>12} bytes"
        )
    say(f"done in {receipt.seconds} s; receipt {receipt.request_id}" + (f" in {path}" if path else ""))
    for left in receipt.left:
        say(f"still names her, and is not ours to delete: {left}")
    for backup in receipt.backups:
        say(f"a backup of {backup.taken} holds her until {backup.expires}; restoring it erases her again")
