"""Customers into what they told and what they agreed to: an `identify` each, and `Consent Changed` where
it is known."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.surfaces.files.columns import Columns, message_id
from maatwerk.surfaces.files.mapping import ADDRESS, CONSENTS, Mapping
from maatwerk.surfaces.files.people import address, person, told
from maatwerk.surfaces.files.rows import Reading, Row, Warned, refusal
from maatwerk.surfaces.files.sheets import open_sheet

_YES = frozenset({"yes", "y", "true", "1", "subscribed", "granted", "on", "ja", "oui"})
_NO = frozenset(
    {"no", "n", "false", "0", "unsubscribed", "not_subscribed", "denied", "off", "nein", "non", "nee"}
)
_NO_TRAIT = frozenset(
    {"customer_id", "anonymous_id", "date", "consent_date", "store", "country", "currency", "tags"}
    | {*CONSENTS}
    | {f"{which}_{part}" for which in ("billing", "shipping") for part in ADDRESS}
)  # fmt: skip


def customers(path: Path, mapping: Mapping, reading: Reading, currency: str | None) -> Iterator[Row]:
    """A row for what each record tells, and one for her consent where the record says."""
    with open_sheet(path, mapping, reading) as table:
        columns = Columns(table, mapping, currency)
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            try:
                yield from _rows(record.fields, record.line, mapping, columns)
            except Refused as error:
                yield refusal(error, record.line, table.file)


def _rows(fields: list[str], line: int, mapping: Mapping, columns: Columns) -> Iterator[Row]:
    records = [fields]
    who = person(records, mapping, columns)
    at = columns.text(fields, "date")
    when = {"timestamp": format_time(columns.read_time(at))} if at else {}
    context = columns.context(records)
    warnings: list[Warned] = []
    digest = blake2b("\x1f".join(fields).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    traits = _traits(records, mapping, columns)
    value = {
        "type": "identify",
        "messageId": message_id(mapping.name, digest),
        "traits": traits,
        "context": context,
    }
    purposes = _purposes(fields, columns, warnings)
    yield Row(line, columns.file, value | who | when, warnings=tuple(warnings))
    if purposes:
        asked = columns.text(fields, "consent_date")
        consented = {"timestamp": format_time(columns.read_time(asked))} if asked else when
        value = {
            "type": "track",
            "event": "Consent Changed",
            "messageId": message_id(mapping.name, digest, "consent"),
            "properties": {"purposes": purposes, "source": mapping.source or mapping.name},
            "context": context,
        }
        yield Row(line, columns.file, value | who | consented, lines=0)


def _traits(records: list[list[str]], mapping: Mapping, columns: Columns) -> dict[str, Any]:
    traits = told(records, mapping, columns)
    for which in ("billing", "shipping"):
        if place := address(records, which, columns):
            traits[f"{which}Address"] = place
    for field in mapping.columns:
        if field in _NO_TRAIT or field in {
            "email",
            "phone",
            "first_name",
            "last_name",
            "company",
            "customer_group",
        }:
            continue
        if text := columns.first(records, field):
            traits[field] = text
    if tags := columns.first(records, "tags"):
        traits["tags"] = [tag.strip() for tag in tags.replace("|", ",").split(",") if tag.strip()]
    return traits


def _purposes(fields: list[str], columns: Columns, warnings: list[Warned]) -> dict[str, bool]:
    """What she agreed to. A word that is neither yes nor no grants nothing and denies nothing."""
    purposes = {}
    for field in CONSENTS:
        word = columns.text(fields, field).lower()
        if word in _YES or word in _NO:
            purposes[field.removeprefix("consent_")] = word in _YES
        elif word:
            warnings.append(
                ("consent_not_readable", columns.name_of(field), f"{word[:40]!r} is neither yes nor no")
            )
    return purposes
