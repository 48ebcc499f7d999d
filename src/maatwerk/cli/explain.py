"""`why` and `replay`: what was decided for whom, on what grounds, and whether it would be again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from maatwerk.app.parts import Parts
from maatwerk.cli.drafts import try_rules
from maatwerk.cli.output import give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.events.decisions import DecisionMade, decode
from maatwerk.flows.outcomes import outcomes
from maatwerk.flows.replay import replay as rerun
from maatwerk.flows.whatif import MOST
from maatwerk.surfaces.storefront.decide import shown
from maatwerk.surfaces.storefront.profiles import profile_wire
from maatwerk.views.profile.evidence import links
from maatwerk.views.profile.find import profile

_LINKS = 20


def why(
    subject: Annotated[str, typer.Argument(help="A decision's id, or a shopper's identifier.")],
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Why a decision was made, or what is known of a shopper and what she was shown last."""
    with refusals(), opened(data) as parts:
        parts.knowledge.load()
        parts.knowledge.refresh_models()
        row = parts.log.decision(subject)
        if row is not None:
            _why_decision(parts, decode(row.payload), json)
        else:
            _why_shopper(parts, subject, json)


def replay(
    decision: Annotated[str, typer.Argument(help="A decision's id; left out, the newest ones.")] = "",
    last: Annotated[
        int, typer.Option("--last", help="How many of the newest decisions, without an id.")
    ] = 20,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="Folder of KIND/KEY.toml drafts: what would they have shown, and sold?"),
    ] = None,
    days: Annotated[float, typer.Option("--days", help="With --rules: over so many days.")] = 7.0,
    most: Annotated[int, typer.Option("--most", help="With --rules: at most so many decisions.")] = MOST,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Decide recorded decisions again from what was known then, and compare; or try draft rules on them."""
    if rules is not None:
        try_rules(rules, days, most, data, json)
        return
    with refusals():
        with opened(data) as parts:
            parts.knowledge.load()
            rows = [parts.log.decision(decision)] if decision else parts.log.decisions(limit=last)
            if rows == [None]:
                raise Refused("decision_not_found", f"there is no decision {decision!r}", field="decision")
            results = []
            for row in rows:
                if row is not None:
                    result = rerun(parts.deciding, decode(row.payload), parts.models.read)
                    results.append({"id": row.id, **msgspec.to_builtins(result)})
        if json:
            give({"results": results})
            return
        for each in results:
            say(f"{each['id']}  {each['verdict']:<10} {each['why']}")


def _why_decision(parts: Parts, record: DecisionMade, json: bool) -> None:
    found = {outcome.placement: outcome for outcome in outcomes(parts.log, record)}
    if json:
        give(shown(record) | {"outcomes": msgspec.to_builtins(list(found.values()))})
        return
    who = record.user_id or record.anonymous_id or "nobody"
    personal = "personal" if record.personal else "impersonal"
    say(f"{record.id}  {format_time(record.time)}  for {who}, {personal}, arm {record.arm}")
    for slot in record.slots:
        fallback = f", fallback {slot.fallback}" if slot.fallback else ""
        say(f"\n{slot.placement}: unit {slot.unit or slot.kind}{fallback}")
        for item in slot.items:
            say(f"  {item.rank}. {item.sku:<20} {item.score:>8.4f}  {item.reason}")
        for rule, count in sorted(slot.removed.items()):
            say(f"     {count} candidates removed by {rule}")
        came = found[slot.placement]
        say(
            f"     seen {came.views}, clicked {came.clicks}, put in a cart {came.carts}, "
            f"bought {came.purchases}" + (f": {', '.join(came.skus)}" if came.skus else "")
        )
    say("\nmodels " + ", ".join(f"{name} {version}" for name, version in sorted(record.models.items())))


def _say_known(wire: dict[str, Any]) -> None:
    """What she told, allowed and bought, and the groups she is in."""
    for trait, value in list(wire["traits"].items())[:_LINKS]:
        say(f"  {trait:<14} {value}")
    for purpose, answer in wire["consent"].items():
        say(f"  {'consent':<14} {purpose} {answer}")
    if wire["audiences"]:
        say(f"  {'audiences':<14} {', '.join(wire['audiences'])}")
    orders = wire["orders"]
    sums = ", ".join(f"{money['amount']} {money['currency']}" for money in orders["revenue"])
    say(f"  {'orders':<14} {orders['count']}" + (f", {sums}" if sums else ""))


def _why_shopper(parts: Parts, subject: str, json: bool) -> None:
    now = parts.clock()
    with parts.store.snapshot() as snapshot:
        found = None
        for namespace in parts.policy().namespaces():
            found = profile(snapshot, parts.log, namespace, subject, now)
            if found is not None:
                break
        evident = links(snapshot, parts.log, found.identifiers) if found is not None else []
    if found is None:
        raise Refused(
            "not_found",
            f"{subject!r} is neither a decision nor a known shopper",
            field="subject",
            hint="give a decision's id, a user id, an anonymous id, an e-mail address or another identifier",
        )
    wire = profile_wire(parts.deciding, found, now)
    devices = found.identifiers.get("anonymous_id", [])
    decisions: list[Any] = [
        row for device in devices[:5] for row in parts.log.decisions(limit=5, anonymous_id=device)
    ]
    if json:
        told = [msgspec.to_builtins(link) for link in evident]
        give(wire | {"links": told, "decisions": [row.id for row in decisions]})
        return
    say(f"{found.profile_id}")
    for user_id in found.identifiers.get("user_id", []):
        say(f"  {'user_id':<14} {user_id}")
    for link in evident[:_LINKS]:
        since = f", since {format_time(link.since)}" if link.since else ""
        say(f"  {link.namespace:<14} {link.value}  {link.sureness} by {link.via}{since}")
    if len(evident) > _LINKS:
        say(f"  and {len(evident) - _LINKS} more identifiers")
    _say_known(wire)
    for facet, values in wire["affinity"].items():
        best = sorted(values.items(), key=lambda pair: -pair[1]["share"])[:4]
        if best:
            say(f"  {facet:<14} " + ", ".join(f"{name} {value['share']:.0%}" for name, value in best))
    for row in decisions:
        say(f"  decided        {row.id}  {format_time(row.time)}")
