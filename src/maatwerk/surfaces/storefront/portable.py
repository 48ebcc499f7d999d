"""An export as a person takes it with her: one JSON document, and the same as tables in a zip file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from maatwerk.core.time import format_time
from maatwerk.events.consent import OBJECTIONS
from maatwerk.events.event import Event
from maatwerk.events.names import properties, traits
from maatwerk.flows.export import Export
from maatwerk.surfaces.storefront.decide import shown
from maatwerk.views.profile.folds.orders import placed
from maatwerk.views.profile.folds.traits import TraitState

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\0")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_README = """This is everything that {shop} keeps of you in its personalization engine, as of {at}.

export.json   all of it, for programs
*.csv         the same as tables: who you are (identifiers, traits), what you allowed (consent),
              did (events), bought (orders), were sent (messages) and were shown, with the reason
              (decisions), the groups you are in (audiences), what is reckoned of you (predicted), and tests
              you were part of (experiments)
"""


def document(export: Export, known: Mapping[str, Any]) -> dict[str, Any]:
    """The export as JSON. ``known`` is the profile as the API answers it."""
    shopper = export.profile.shopper
    return {
        "exported_at": format_time(export.at),
        "cut": export.cut,
        **known,
        "identifiers": known["identifiers"],
        "links": [_link(msgspec.structs.asdict(link)) for link in export.links],
        "traits": known["traits"],
        "traits_told": _told(shopper.traits),
        "consent": known["consent"],
        "objections": {to: shopper.objected(to) for to in OBJECTIONS},
        "consent_ledger": [entry.wire() for entry in export.ledger],
        "orders_placed": [_order(key, order) for key, order in placed(shopper.orders)],
        "events": [_event(event) for event in export.events],
        "messages": [_event(event) for event in export.messages()],
        "decisions": [
            shown(record) | {"outcomes": msgspec.to_builtins(found)} for record, found in export.decisions
        ],
        "experiments": [
            {"experiment": experiment, "variant": variant, "since": format_time(at)}
            for (experiment, variant), at in sorted(export.experiments().items())
        ],
        "rejected": [
            {
                "received": format_time(row.received),
                "code": row.rejection.code,
                "detail": row.rejection.detail,
                "message": row.message.decode("utf-8", "replace"),
            }
            for row in export.rejected
        ],
    }


def archive(content: Mapping[str, Any], shop: str) -> bytes:
    """The document and its tables in a zip file; the same content makes the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:

        def add(name: str, text: bytes) -> None:
            file.writestr(zipfile.ZipInfo(name, _EARLIEST), text, zipfile.ZIP_DEFLATED)

        add("README.txt", _README.format(shop=shop, at=content["exported_at"]).encode())
        add("export.json", msgspec.json.format(msgspec.json.encode(content), indent=2))
        for name, rows in _tables(content):
            add(f"{name}.csv", table(rows))
    return packed.getvalue()


def table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as CSV (RFC 4180, UTF-8 with a mark, for spreadsheets); no cell begins a formula (ASVS 1.2.10)."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.startswith(_FORMULAS) and not isinstance(value, (int, float)) else text


def _tables(content: Mapping[str, Any]) -> Iterable[tuple[str, Iterable[Mapping[str, Any]]]]:
    yield "identifiers", content["links"]
    yield "traits", content["traits_told"]
    yield "consent", content["consent_ledger"]
    yield "events", content["events"]
    yield "orders", content["orders_placed"]
    yield "messages", content["messages"]
    yield "decisions", list(_shown(content["decisions"]))
    yield "experiments", content["experiments"]
    yield (
        "audiences",
        [each if isinstance(each, dict) else {"audience": each} for each in content["audiences"]],
    )
    yield "predicted", [{"what": name, "value": value} for name, value in content["predicted"].items()]
    yield "rejected", content["rejected"]


def _shown(decisions: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """One row for each thing that was shown, with its reason."""
    for decision in decisions:
        said = {
            "decision": decision["id"],
            "time": decision["time"],
            "personal": decision.get("personal", False),
        }
        for slot in decision["slots"]:
            where = said | {
                "placement": slot["placement"],
                "kind": slot["kind"],
                "unit": slot.get("unit", ""),
            }
            items = slot.get("items") or [{"reason": slot.get("reason", "")}]
            for item in items:
                yield where | {name: item.get(name) for name in ("sku", "rank", "score", "reason")}


def _link(link: dict[str, Any]) -> dict[str, Any]:
    return link | {name: format_time(link[name]) if link[name] else None for name in ("since", "until")}


def _told(state: TraitState) -> list[dict[str, Any]]:
    return [
        {
            "trait": name,
            "value": msgspec.json.decode(told.value),
            "time": format_time(told.time),
            "source": told.source,
            "proven": told.proven,
        }
        for name, heard in sorted(state.told.items())
        for told in heard
    ]


def _order(key: str, order: Any) -> dict[str, Any]:
    fields = msgspec.to_builtins(
        dict(zip(order.__struct_fields__, (getattr(order, f) for f in order.__struct_fields__), strict=True))
    )
    return {"order_id": key, **fields, "time": format_time(order.time)}


def _event(event: Event) -> dict[str, Any]:
    return {
        "time": format_time(event.time),
        "event": event.said or event.name,
        "type": event.kind,
        "messageId": event.id,
        "anonymousId": event.anonymous_id or None,
        "userId": event.user_id or None,
        "properties": properties(event),
        "traits": traits(event),
        "context": msgspec.to_builtins(event.context),
        "origin": event.origin,
        "flags": list(event.flags),
    }
