"""The ports of the log, tried: `Log` and, where the engine is both, `Recent`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from maatwerk.core.time import DAY
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Log, Recent, Rejected
from maatwerk.events.names import with_body
from maatwerk.events.verdict import Rejection

_TIME = 1_764_547_200_000


class LogAndRecent(Log, Recent, Protocol):
    """An engine that keeps events and finds a shopper's newest."""


def check_log(make_log: Callable[[], LogAndRecent]) -> None:
    """Raises AssertionError where a log breaks its contract. ``make_log`` gives an empty, started one."""
    for check in (_events, _at_once, _tails, _watched, _rejections, _decisions, _counters):
        check(make_log())


def _event(number: int | str, name: str = "Product Viewed", **fields: Any) -> Event:
    return with_body(
        name, {"sku": "DR01", "n": number}, id=f"m-{number}", time=_TIME, received=_TIME, **fields
    )


def _events(log: LogAndRecent) -> None:
    assert (log.last_offset(), log.read(0, 10)) == (0, [])
    assert log.append_now([_event(1), _event(2), _event(1)]) == [True, True, False], "known within a batch"
    assert log.append_now([_event(2), _event(3, user_id="u-é\U0001f381")]) == [False, True], (
        "known from before"
    )
    assert log.append_now([]) == []
    kept = log.read(0, 10)
    assert [event.id for event in kept] == ["m-1", "m-2", "m-3"]
    offsets = [event.offset for event in kept]
    assert offsets == sorted(set(offsets)), "offsets grow"
    assert offsets[0] > 0
    assert kept[2] == _event(3, user_id="u-é\U0001f381", offset=offsets[2]), "what comes out is what went in"
    assert [event.id for event in log.read(offsets[0], 1)] == ["m-2"], "from an offset, so many"
    assert log.last_offset() >= offsets[2]
    many = [_event(f"many-{n}") for n in range(1_000)]
    assert log.append_now(many) == [True] * 1_000
    assert log.append_now([*many[::3], _event("new")]) == [False] * 334 + [True]
    assert [event.id for event in log.read(offsets[2], 2_000)] == [
        event.id for event in [*many, _event("new")]
    ]


def _at_once(log: LogAndRecent) -> None:
    async def one(number: int) -> bool:
        return (await log.append([_event(number % 50)]))[0]

    async def everyone() -> list[bool]:
        return await asyncio.gather(*(one(number) for number in range(200)))

    answers = asyncio.run(everyone())
    assert sum(answers) == 50, "of concurrent appends of one id, exactly one is new"
    assert len(log.read(0, 1_000)) == 50


def _tails(log: LogAndRecent) -> None:
    log.append_now([_event(n, anonymous_id=f"a-{n % 3}", user_id="u-1" if n % 2 else "") for n in range(12)])
    hers = log.tail(anonymous_ids=["a-0"])
    assert [event.id for event in hers] == ["m-0", "m-3", "m-6", "m-9"]
    assert [event.id for event in log.tail(anonymous_ids=["a-0"], limit=2)] == ["m-6", "m-9"], "the newest"
    assert [event.id for event in log.tail(anonymous_ids=["a-0"], after=hers[1].offset)] == ["m-6", "m-9"]
    both = log.tail(anonymous_ids=["a-0", "a-1"], user_ids=["u-1"])
    numbers = [n for n in range(12) if n % 3 in (0, 1) or n % 2]
    assert [event.id for event in both] == [f"m-{n}" for n in numbers], "each event once, in offset order"
    assert log.tail(anonymous_ids=["", "nobody"], user_ids=[""]) == []
    assert log.tail() == []


def _watched(log: LogAndRecent) -> None:
    log.append_now([_event(1), _event(2, "Product Changed", origin="internal"), _event(3)])
    log.append_now([_event(4, "Rule Published", origin="internal")])
    found = log.rules_and_catalog(0)
    assert [event.id for event in found] == ["m-2", "m-4"]
    assert [event.id for event in log.rules_and_catalog(found[0].offset)] == ["m-4"]
    assert [event.id for event in log.rules_and_catalog(0, limit=1)] == ["m-2"]


def _rejections(log: LogAndRecent) -> None:
    rows = [
        Rejected(
            0, _TIME + n, Rejection(n, "price_not_a_number", "properties.price", "why"), b"{}\xff", n == 1
        )
        for n in range(3)
    ]
    log.append_now([_event(1)], rejected=rows)
    kept = log.rejected()
    assert [row.rejection for row in kept] == [row.rejection for row in rows]
    assert [row.proven for row in kept] == [False, True, False]
    assert kept[0].message == b"{}\xff"
    assert [row.id for row in log.rejected(after=kept[0].id, limit=1)] == [kept[1].id]
    log.discard_rejected([kept[0].id, kept[2].id])
    assert [row.id for row in log.rejected()] == [kept[1].id]
    assert log.counts()["rejected_total"] == 3, "what was rejected stays counted"


def _decisions(log: LogAndRecent) -> None:
    rows = [DecisionRow(f"d-{n}", _TIME + n * DAY, f"a-{n % 2}", "", bytes([n])) for n in range(5)]
    log.append_now([], rows[:4])
    log.append_now([], rows[3:])
    assert log.decision("d-2") == rows[2]
    assert log.decision("d-9") is None
    assert [row.id for row in log.decisions()] == ["d-4", "d-3", "d-2", "d-1", "d-0"], (
        "newest first, each once"
    )
    assert [row.id for row in log.decisions(before="d-3", limit=2)] == ["d-2", "d-1"]
    assert [row.id for row in log.decisions(anonymous_id="a-1")] == ["d-3", "d-1"]
    assert log.counts()["decisions_total"] == 5
    log.note(DecisionRow("d-noted", _TIME + 9 * DAY, "a-0", "", b"n"))
    log.append_now([_event(1)])
    assert log.decision("d-noted") is not None, "a note goes with the next commit"
    assert log.notes_dropped == 0


def _counters(log: LogAndRecent) -> None:
    log.append_now([_event(1), _event(1), _event(2, origin="imported"), _event(3, origin="internal")])
    log.append_now([_event(1), _event(3, origin="internal")])
    log.count("dropped_consent")
    log.count("dropped_consent", 2)
    counts = log.counts()
    assert counts["events_total"] == 2, "distinct collected and imported ids"
    assert counts["internal_total"] == 1
    assert counts["dropped_consent"] == 3
    assert counts["rejected_total"] == counts["decisions_total"] == 0
    log.append_now([_event(4)])
    assert log.counts()["dropped_consent"] == 3
    assert log.counts()["events_total"] == 3
