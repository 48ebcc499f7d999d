"""`maatwerk bench audiences`: everybody asked at once, one event judged, what live audiences cost a page."""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np

from maatwerk.app.judging import judging_of
from maatwerk.app.parts import Parts, open_parts
from maatwerk.cli.bench.plan import Sizes, shopper
from maatwerk.cli.bench.world import world
from maatwerk.core.time import DAY
from maatwerk.engines.duckdb.lake import SHAPE, ParquetLake
from maatwerk.events.event import Event
from maatwerk.events.names import with_body
from maatwerk.flows.belong import Belonging
from maatwerk.flows.decide import Ask, Deciding, decide
from maatwerk.flows.everyone import Asking, ask
from maatwerk.flows.publish import Document, publish
from maatwerk.flows.record import Asked
from maatwerk.views.audience.audiences import Audiences
from maatwerk.views.audience.everyone import people_of
from maatwerk.views.audience.ready_made import READY_MADE
from maatwerk.views.insight.rows import EVENT_COLUMNS, LINE_COLUMNS
from maatwerk.views.profile import words

Say = Callable[[str], None]

AUDIENCES = 50
SMALL = Sizes(products=5_000, events=60_000, shoppers=3_000)
_NAMES = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Products Searched")


def behavioral(number: int = AUDIENCES) -> dict[str, Document]:
    """Audiences over behavior alone: counts, sums, recency, distinct values, sequences, in many windows."""
    shapes = (
        'event("Product Viewed").within(days({days})).count() >= {few}',
        'item("Product Viewed").where(e, e.price > {price}.0).within(days({days})).count() >= {few}',
        'item("Order Completed").within(days({year})).sum(e, e.price * e.quantity) >= {price}.0',
        'event("Order Completed").count() >= 1 && now - event("Order Completed").latest() > days({days})',
        'item("Product Viewed").within(days({days})).distinct(e, e.category) >= {few}',
        'item("Product Viewed").within(days({days})).notFollowedBy(item("Order Completed"), days(3), "sku")'
        ".count() >= {few}",
        'event("Product Added").within(days({days})).notFollowedBy(event("Order Completed"), hours(1))'
        ".count() >= 1",
        'event("Product Viewed").where(e, e.category == "category-{few}").within(days({days})).count() >= 2'
        ' || event("Products Searched").within(days({days})).count() >= {few}',
    )
    found: dict[str, Document] = {}
    for place in range(number):
        days = 3 + 3 * (place % 30)
        when = shapes[place % len(shapes)].format(
            days=days, few=2 + place % 4, price=20 + 10 * (place % 9), year=100 + 5 * place
        )
        found[f"bench-{place}"] = {"name": f"Measured {place}", "when": when, "public": True}
    return found


def live() -> dict[str, Document]:
    """Fifty as a shop has them: the ready-made ones, and behavior."""
    made = {key: {**document, "public": True} for key, document in READY_MADE.items()}
    return made | behavioral(AUDIENCES - len(made))


def bench_audiences(*, profiles: int, events: int, decisions: int, say: Say) -> dict[str, Any]:
    """All three figures."""
    with tempfile.TemporaryDirectory(prefix="maatwerk-bench-") as folder:
        whole = _everybody(Path(folder), profiles, events, say)
        small = _small(Path(folder) / "workspace", decisions, say)
    return {"profiles": profiles, "events": events, "audiences": AUDIENCES, **whole, **small}


# -- everybody at once


def _everybody(folder: Path, profiles: int, events: int, say: Say) -> dict[str, Any]:
    now = 1_795_000_000_000
    began = time.perf_counter()
    _history(folder / "lake", profiles, events, now)
    say(f"history of {events:,} events: {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    people = people_of(_owners(profiles), ())
    owned = time.perf_counter() - began
    lake = ParquetLake(folder / "lake", currency="EUR", memory_mb=2048, threads=2)
    audiences = list(Audiences((key, 1, each) for key, each in behavioral().items()).by_key.values())
    parts = Asking(_NoLog(), _NoLog(), _NoLog(), lake, _belonging())  # history alone
    began = time.perf_counter()
    sizes = []
    first = 0.0
    for found in ask(parts, audiences, now, people=people, tail=()):
        first = first or time.perf_counter() - began
        sizes.append(found.size())
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"{len(sizes)} audiences of {profiles:,} people: {took:.1f} s, {peak:,.0f} MB at most")
    return {
        "people_seconds": round(owned, 2),
        "evaluation_seconds": round(took, 2),
        "first_answer_seconds": round(first, 2),
        "peak_megabytes": round(peak),
        "members": sum(sizes),
        "largest": max(sizes),
        "smallest": min(sizes),
    }


class _NoLog:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the measured questions are of history alone, and asked for {name}")


def _belonging() -> Belonging:
    from maatwerk.views.catalog.columns import Catalogs

    class Nothing:
        catalogs = Catalogs()

    return Belonging(Nothing(), "EUR")  # type: ignore[arg-type]  # no facts are asked


def _owners(profiles: int) -> Iterator[tuple[str, bytes]]:
    run = words.Run(profile_id="p-0")
    row = words.encode(words.Ownership(runs=[run]))
    for number in range(profiles):
        yield f"a-{number}", row


def _history(lake: Path, profiles: int, events: int, now: int) -> None:
    """Sealed files as sealing writes them, made by one query: a few shoppers do much, most do little."""
    lake.mkdir(parents=True)
    names = ", ".join(f"'{name}'" for name in _NAMES)
    told = {
        "offset": "i + 1",
        "time": f"CAST({now} - (hash(i, 7) % {200 * DAY}) AS BIGINT)",
        "name": f"[{names}][CASE WHEN r < 70 THEN 1 WHEN r < 82 THEN 2 WHEN r < 86 THEN 3 WHEN r < 92 THEN 4"
        " ELSE 5 END]",
        "origin": "'collected'",
        "anonymous_id": f"'a-' || CAST(floor({profiles} * pow(u, 1.5)) AS BIGINT)",
        "counted": "TRUE",
        "stitched": "TRUE",
        "proven": "FALSE",
        "store": "'default'",
        "currency": "'EUR'",
        "category": "'category-' || (hash(i, 3) % 12)",
        "sku": "'S' || (hash(i, 4) % 50000)",
        "price_minor": "CAST(500 + hash(i, 5) % 15000 AS BIGINT)",
        "value_minor": "CASE WHEN r >= 86 AND r < 92 THEN CAST(500 + hash(i, 5) % 15000 AS BIGINT) END",
        "quantity": "1.0",
        "order_id": "CASE WHEN r >= 86 AND r < 92 THEN 'o-' || i ELSE '' END",
    }
    base = (
        f"SELECT range AS i, hash(range, 1) % 100 AS r, (hash(range, 2) % 1000000) / 1000000.0 AS u"
        f" FROM range({events})"
    )
    with duckdb.connect(config={"memory_limit": "2048MB", "threads": 2}) as connection:
        for table, columns in (("event", EVENT_COLUMNS), ("line", LINE_COLUMNS)):
            empty = {"VARCHAR": "''", "BOOLEAN": "FALSE"}
            chosen = ", ".join(
                f'CAST({told.get(name, empty.get(kind, "NULL"))} AS {kind}) AS "{name}"'
                for name, kind in columns.items()
            )
            only = "" if table == "event" else " WHERE r < 92"
            file = lake / f"{table}-{0:012d}-{events:012d}.parquet"
            connection.execute(
                f"COPY (SELECT {chosen} FROM ({base}){only}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
            )
    manifest = {"parts": [{"after": 0, "upto": events}], "shape": SHAPE}
    (lake / "manifest.json").write_bytes(msgspec.json.encode(manifest))


# -- one event, and one page


def _small(folder: Path, decisions: int, say: Say) -> dict[str, Any]:
    world(folder, SMALL, say)
    parts = open_parts(folder, projects=True)
    try:
        without = parts.deciding
        parts.knowledge.load()
        parts.knowledge.refresh_models()
        wanted: dict[tuple[str, str], Document | None] = {
            ("audience", key): document for key, document in live().items()
        }
        publish(
            parts.log,
            parts.knowledge.rules,
            wanted,
            clock=parts.clock,
            chance=_chance,
            author="bench",
        )
        updates = _updates(parts, say)
        pages = _pages(parts, without, decisions, say)
    finally:
        parts.close()
    return updates | pages


def _updates(parts: Parts, say: Say, count: int = 1_000) -> dict[str, Any]:
    """From the log to who belongs: one event at a time, folded and judged."""
    projector = parts.projector()
    judging = judging_of(parts, projector)
    began = time.perf_counter()
    while projector.run_once() or judging.turn(parts.clock()) or judging.sweeping is not None:
        pass
    say(f"history read and everybody judged: {time.perf_counter() - began:.1f} s")
    random = np.random.default_rng(1)
    times = []
    for number in range(count):
        now = parts.clock()
        name = ("Product Viewed", "Product Added", "Order Completed")[number % 3]
        body: dict[str, Any] = {"sku": f"S{number % 100}", "price": "20.00", "currency": "EUR"}
        if name == "Order Completed":
            body = {"order_id": f"bench-{number}", "total": "20.00", "currency": "EUR", "products": [body]}
        who = shopper(int(random.integers(SMALL.shoppers)))
        parts.log.append_now([_event(name, body, f"bench-{number}", now, who)])
        began = time.perf_counter()
        projector.run_once()
        judging.turn(now)
        times.append((time.perf_counter() - began) * 1000)
    while projector.run_once() or judging.turn(parts.clock()):
        pass
    p50, p99 = np.quantile(times, [0.5, 0.99])
    say(f"one event, folded and judged: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    return {"update_p50_ms": round(float(p50), 3), "update_p99_ms": round(float(p99), 3)}


def _event(name: str, body: dict[str, Any], event_id: str, now: int, who: str) -> Event:
    return with_body(name, body, id=event_id, time=now, received=now, anonymous_id=who)


def _pages(parts: Parts, live_ones: Deciding, decisions: int, say: Say) -> dict[str, Any]:
    """The same pages with the audiences live and without any, turn by turn: CPU of one decision."""
    parts.knowledge.refresh(parts.clock())
    belonging, none = live_ones.belonging, Belonging(parts.knowledge, parts.settings.currency)
    random = np.random.default_rng(2)
    asks = [
        Ask(anonymous_id=shopper(int(random.integers(SMALL.shoppers))), placements=("home.for-you",))
        for _ in range(50)
    ]
    costs: dict[str, list[float]] = {"with": [], "without": []}

    async def run() -> None:
        for turn in range(max(4, decisions // 50)):
            for name in ("with", "without") if turn % 2 else ("without", "with"):
                live_ones.belonging = belonging if name == "with" else none
                for each in asks:
                    began = time.process_time()
                    await decide(live_ones, each, Asked(), signed=False)
                    costs[name].append((time.process_time() - began) * 1000)

    asyncio.run(run())
    live_ones.belonging = belonging
    found = {name: statistics.median(values) for name, values in costs.items()}
    p99 = {name: float(np.quantile(values, 0.99)) for name, values in costs.items()}
    slower = found["with"] / found["without"] - 1
    say(
        f"a decision: {found['without']:.3f} ms of CPU, {found['with']:.3f} with 50 audiences ({slower:+.1%})"
    )
    return {
        "decide_ms": round(found["without"], 3),
        "decide_with_ms": round(found["with"], 3),
        "decide_p99_ms": round(p99["without"], 3),
        "decide_with_p99_ms": round(p99["with"], 3),
        "decide_slower": round(slower, 4),
    }


def _chance(size: int) -> bytes:
    return time.monotonic_ns().to_bytes(16, "big")[-size:]
