"""Everybody at once: whose each happening was, and the tables that an audience's query reads.

``who`` is a number: a user of all that is linked to her, or a device nobody signed in on. Ownership is taken
from the profile view, so that both interpreters mean the same people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.conditions.sql import column, text
from maatwerk.core.conditions.streams import LIMIT
from maatwerk.core.money import digits_of
from maatwerk.events.event import Event
from maatwerk.views.audience.facts import Products
from maatwerk.views.audience.sql import REPEATED, Query
from maatwerk.views.profile import words

_EVER = 2**62

Columns = dict[str, Any]
"""Columns of a table: numpy arrays of one length."""


class History(Protocol):
    """What of a lake the queries need: sealed rows and the log's tail as the tables ``event``, ``line``."""

    def watermark(self) -> int:
        """The log offset up to which everything is sealed."""

    def ask(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        setup: Sequence[str],
        queries: Sequence[str],
        *,
        tail: Sequence[Event] = (),
    ) -> Iterator[dict[str, Any]]:
        """The columns that each query answers with, after ``tables`` were put beside the history and the
        statements of ``setup`` carried out. Raises `Unavailable`."""


class People(msgspec.Struct):
    """Everybody, by number: ``names`` are ``u/…`` or ``a/…``; ``run`` and ``account`` say whose a device was
    when, and whose an event without one is."""

    names: list[str]
    run: Columns
    account: Columns

    def __len__(self) -> int:
        return len(self.names)


def people_of(owners: Iterable[tuple[str, bytes]], users: Iterable[str]) -> People:
    """From the rows of ownership and the names of users. Runs that are nobody's any more are left out."""
    names: list[str] = []
    number: dict[str, int] = {}
    for user in users:
        number[user] = len(names)
        names.append(f"u/{user}")
    accounts = list(number)
    device: list[str] = []
    rows: list[tuple[int, int, int, int, int]] = []
    for anonymous_id, stored in owners:
        runs = words.decode_ownership(stored).runs
        for place, run in enumerate(runs):
            last = place == len(runs) - 1
            until = (_EVER, 0) if last else runs[place + 1].start
            if run.owner:
                if run.owner not in number:
                    number[run.owner] = len(names)
                    names.append(f"u/{run.owner}")
                    accounts.append(run.owner)
                who = number[run.owner]
            elif last and run.profile_id:
                who = len(names)
                names.append(f"a/{anonymous_id}")
            else:
                continue
            device.append(anonymous_id)
            rows.append((*run.start, *until, who))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    run_columns: Columns = {"anonymous_id": np.array(device, dtype=object)}
    for place, name in enumerate(("start", "start_offset", "until", "until_offset", "who")):
        run_columns[name] = np.ascontiguousarray(table[:, place])
    account: Columns = {
        "user_id": np.array(accounts, dtype=object),
        "who": np.array([number[user] for user in accounts], dtype=np.int64),
    }
    return People(names, run_columns, account)


def setup_of(queries: Sequence[Query], currency: str) -> list[str]:
    """Statements that make the tables ``happening`` and ``item`` which the queries read."""
    events = sorted({name for query in queries for name in query.events})
    lines = sorted({name for query in queries for name in query.lines})
    fields = sorted({field for query in queries for field in query.fields} - {"time", "occurrence"})
    wanted = [*fields, *(["order_id"] if "order_id" not in fields else [])]
    made = [_table("happening", _EVENT, events, wanted, currency)]
    items = [*wanted, *(["sku"] if "sku" not in wanted else [])]
    made.append(_table("item", _EVENT | _LINE, lines, items, currency))
    counted = " UNION ALL ".join(f"SELECT who FROM {table}" for table in ("happening", "item"))
    made.append(f"CREATE TABLE heavy AS SELECT who FROM ({counted}) GROUP BY who HAVING count(*) > {LIMIT}")
    return made


def product_table(products: Products) -> Columns:
    """The catalog as conditions read it."""
    found = {}
    for store in products.catalogs.stores():
        for sku in products.catalogs.of(store).skus:
            if sku not in found and (product := products.of(sku)) is not None:
                found[sku] = product
    rows = list(found.values())
    columns: Columns = {
        name: np.array([row.get(name) for row in rows], dtype=object) for name in ("sku", "name", "brand")
    }
    for name in ("price", "margin"):
        columns[name] = np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)
    columns["categories"] = np.array([_JSON(row["categories"]).decode() for row in rows], dtype=object)
    columns["attributes"] = np.array([_JSON(row["attributes"]).decode() for row in rows], dtype=object)
    return columns


PRODUCTS = """CREATE TABLE product AS SELECT sku, name, brand, attributes,
    CASE WHEN isnan(price) THEN NULL ELSE price END AS price,
    CASE WHEN isnan(margin) THEN NULL ELSE margin END AS margin,
    CAST(from_json(categories, '["VARCHAR"]') AS VARCHAR[]) AS categories
FROM catalog"""


def person_table(
    values: Mapping[str, Sequence[Any]], numbers: NDArray[np.int64], people: People
) -> tuple[Columns, str]:
    """Columns of facts by name, of the people of these numbers; and the statement that makes ``person``."""
    users = [name[2:] if name[0] == "u" else None for name in map(people.names.__getitem__, numbers.tolist())]
    columns: Columns = {"who": numbers, "user_id": np.array(users, dtype=object)}
    chosen = ["who", "CAST(user_id AS VARCHAR) AS user_id"]
    for name, found in values.items():
        kind = next((type(value) for value in found if value is not None), str)
        if kind is str:
            columns[name] = np.array(found, dtype=object)
            chosen.append(column(name))
            continue
        columns[name] = np.array([np.nan if value is None else float(value) for value in found], np.float64)
        sql = {bool: "BOOLEAN", int: "BIGINT"}.get(kind, "DOUBLE")
        told = f"CASE WHEN isnan({column(name)}) THEN NULL ELSE {column(name)} END"
        chosen.append(f"CAST({told} AS {sql}) AS {column(name)}")
    return columns, f"CREATE TABLE person AS SELECT {', '.join(chosen)} FROM told"


_TEXTS = ("category", "query", "order_id", "coupon", "sku", "brand", "country", "device", "channel")
_EVENT = {
    **{name: f"NULLIF(e.{name}, '')" for name in (*_TEXTS, "campaign", "store", "tracking", "properties")},
    "value": "CASE WHEN e.currency = {currency} THEN CAST(e.value_minor AS DOUBLE) / {unit} END",
    "price": "CASE WHEN e.currency = {currency} THEN CAST(e.price_minor AS DOUBLE) / {unit} END",
    "quantity": "e.quantity",
}
_LINE = {
    "sku": "l.sku",
    "quantity": "l.quantity",
    "price": "CASE WHEN l.currency = {currency} THEN CAST(l.price_minor AS DOUBLE) / {unit} END",
    "brand": "COALESCE(NULLIF(l.brand, ''), NULLIF(e.brand, ''))",
    "category": "COALESCE(NULLIF(l.category, ''), NULLIF(e.category, ''))",
}
_OWNED = """JOIN run AS r ON r.anonymous_id = e.anonymous_id
    AND (e.time > r.start OR (e.time = r.start AND e."offset" >= r.start_offset))
    AND (e.time < r.until OR (e.time = r.until AND e."offset" < r.until_offset))"""
_CLAIMED = "JOIN account AS r ON r.user_id = e.user_id"


def _table(
    table: str, sources: Mapping[str, str], names: Sequence[str], fields: Sequence[str], currency: str
) -> str:
    unit = {"currency": text(currency), "unit": f"{10 ** digits_of(currency)}.0"}
    columns = ", ".join(f"{sources[field].format(**unit)} AS {column(field)}" for field in fields)
    found = ", ".join(text(name) for name in names) or "''"
    lines = "" if table == "happening" else ' JOIN line AS l ON l."offset" = e."offset"'
    parts = []
    for joined, side in ((_OWNED, "<> ''"), (_CLAIMED, "= ''")):
        select = f'SELECT r.who, e.time, e."offset", e.name, {columns} FROM event AS e{lines} {joined}'
        parts.append(
            f"{select} WHERE e.name IN ({found}) AND e.counted AND e.stitched AND e.anonymous_id {side}"
        )
    union = " UNION ALL ".join(parts)
    if table == "happening":
        return f"CREATE TABLE happening AS {union}"
    repeated = ", ".join(text(name) for name in sorted(REPEATED & set(names))) or "''"
    order = "ORDER BY quantity, name" if "quantity" in fields else "ORDER BY name"
    rank = f'ROW_NUMBER() OVER (PARTITION BY "offset", sku {order})'
    return (
        f"CREATE TABLE item AS SELECT *, 1 AS occurrence FROM ({union}) WHERE name NOT IN ({repeated})"
        f" UNION ALL SELECT *, {rank} AS occurrence FROM ({union}) WHERE name IN ({repeated})"
    )


_JSON = msgspec.json.Encoder().encode
