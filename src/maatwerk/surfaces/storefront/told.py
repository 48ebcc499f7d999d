"""What was told of a person, as the wire has it: each trait with its sources, orders in full, her taste."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.time import format_time
from maatwerk.views.profile.folds.order_records import Record, Records, Step
from maatwerk.views.profile.folds.preferences import DISLIKE, GIFT, LIKE, NOT_FOR_ME, Stated
from maatwerk.views.profile.folds.traits import TraitState, sources

SHOWN = 10
"""Orders told in full."""


def trait_sources(state: TraitState) -> dict[str, Any]:
    """By trait: whose word counts and since when, and what other sources say where it differs."""
    answer = {}
    for trait, heard in sources(state).items():
        told, value = heard[0]
        others = [
            {"source": other.source, "value": said, "time": format_time(other.time)}
            for other, said in heard[1:]
            if said != value
        ]
        answer[trait] = {
            "source": told.source,
            "time": format_time(told.time),
            "proven": told.proven,
            "priority": told.priority,
        } | ({"others": others} if others else {})
    return answer


def newest_orders(state: Records) -> list[dict[str, Any]]:
    """The newest orders: as placed, and every step since with who reported it."""
    rows = sorted(state.orders.items(), key=lambda row: (row[1].at, row[0]), reverse=True)
    return [_order(key, record) for key, record in rows[:SHOWN]]


def stated(state: Stated) -> dict[str, Any]:
    """What she said of her taste herself."""
    return {
        "likes": [{"facet": facet, "value": value} for facet, value in state.liking(LIKE)],
        "dislikes": [{"facet": facet, "value": value} for facet, value in state.liking(DISLIKE)],
        "not_for_me": state.skus(NOT_FOR_ME),
        "gifts": state.skus(GIFT),
        "paused": state.paused,
    }


def _order(key: str, record: Record) -> dict[str, Any]:
    answer: dict[str, Any] = {"order_id": key}
    if record.placed:
        _, time, source, channel, detail = record.placed
        answer |= _DECODE(detail) | {"order_id": key, "time": format_time(time), "source": source}
        if channel:
            answer["channel"] = channel
    answer["steps"] = [_step(step) for step in record.steps]
    return answer


def _step(step: Step) -> dict[str, Any]:
    said = _DECODE(step.detail)
    said.pop("order_id", None)
    return {"step": step.step, "time": format_time(step.time), "source": step.source} | said


_DECODE = msgspec.json.Decoder(dict[str, Any]).decode
