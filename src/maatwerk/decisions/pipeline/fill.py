"""Fill one slot: candidates, eligible, scored, steered, arranged, explained; then whoever helps out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from maatwerk.decisions.pipeline.arrange import arrange
from maatwerk.decisions.pipeline.eligible import (
    Rule,
    eligible,
    in_stock,
    not_disliked,
    not_in_cart,
    not_on_page,
    not_refused,
    published,
)
from maatwerk.decisions.pipeline.merchandise import Rule as Merchant
from maatwerk.decisions.pipeline.merchandise import Steered, steer
from maatwerk.decisions.pipeline.words import Candidates, Pick, Removed, Rows, Scores, Situation, Slot

NOTHING = "nothing_eligible"
PINNED = "chosen by the shop"
PINNABLE: tuple[Rule, ...] = (
    ("not_published", published),
    ("out_of_stock", in_stock),
    ("on_page_already", not_on_page),
    ("in_cart", not_in_cart),
    ("not_for_her", not_refused),
    ("disliked", not_disliked),
)
"""What a pinned product must meet. The unit's own filters do not count: the merchant chose it by name."""


class Steering(NamedTuple):
    """The merchant's rules that apply to a slot, the strongest first, and metrics that they may weigh."""

    rules: Sequence[Merchant]
    metrics: Mapping[str, Any]


class Source(msgspec.Struct, frozen=True):
    """One unit, ready to be asked: what it proposes, what it lets pass, how it scores and explains.

    ``score`` gives the final scores and their named terms; ``reason`` says in words why a candidate
    (by its place) is there.
    """

    key: str
    title: str
    propose: Callable[[Situation], Candidates]
    rules: Sequence[Rule]
    score: Callable[[Situation, Candidates], tuple[Scores, dict[str, Scores]]]
    reason: Callable[[Situation, Candidates, int], str]
    diversity: float = 0.0


def fill(
    sources: Sequence[Source], situation: Situation, limit: int, steering: Steering | None = None
) -> Slot:
    """At most ``limit`` products from the first source, topped up by the next ones in their order.

    The slot is never empty while any source has anything eligible. ``fallback`` is None when the
    first source did it alone, else the key of the first one that had to help, or `NOTHING`. What the
    merchant pinned stands at its place, whether or not a source proposes it.
    """
    picks: list[Pick] = []
    pins, removed = _pins(steering, situation, limit) if steering else ({}, [])
    wanted = limit - len(pins)
    helped: str | None = None
    taken = situation.taken | {pick.row for pick in pins.values()}
    for number, source in enumerate(sources):
        if len(picks) >= wanted:
            break
        here = msgspec.structs.replace(situation, taken=taken)
        label = "primary" if number == 0 else source.key
        new, out = _ask(source, here, wanted - len(picks), label, steering)
        if new and number:
            helped = helped or source.key
        picks.extend(new)
        removed.extend(out)
        taken = taken | {pick.row for pick in new}
    first = sources[0]
    titles = {source.key: source.title for source in sources}
    # What the crowd chose must not stand under "For you".
    alone = picks and all(pick.source != "primary" for pick in picks)
    title = titles[picks[0].source] if alone else first.title
    for place in sorted(pins):
        picks.insert(place, pins[place])
    return Slot(
        unit=first.key,
        title=title,
        picks=tuple(picks),
        removed=tuple(removed),
        fallback=helped if picks else NOTHING,
    )


def _pins(steering: Steering, situation: Situation, limit: int) -> tuple[dict[int, Pick], list[Removed]]:
    """Pinned products by place, those that may be shown; and those that may not, with the reason."""
    nothing = np.empty(0, np.int32)
    steered = steer(steering.rules, situation.catalog, situation.now, nothing, np.empty(0), steering.metrics)
    here = {place: row for place, row in steered.pins.items() if place < limit}
    if not here:
        return {}, []
    rows: Rows = np.fromiter(here.values(), np.int32, len(here))
    found = Candidates(rows, np.ones(len(rows)), np.full(len(rows), np.nan), "pinned")
    stays, removed_by = eligible(found, situation, PINNABLE)
    pins: dict[int, Pick] = {}
    removed = []
    for number, (place, row) in enumerate(here.items()):
        if stays[number]:
            rules = tuple(steered.notes.get(row, ()))
            pins[place] = Pick(row=row, score=1.0, source="primary", reason=PINNED, rules=rules)
        else:
            removed.append(Removed(row, 1.0, "pinned", removed_by[number]))
    return pins, removed


def _ask(
    source: Source, situation: Situation, limit: int, label: str, steering: Steering | None
) -> tuple[list[Pick], list[Removed]]:
    found = source.propose(situation)
    stays, removed_by = eligible(found, situation, source.rules)
    out = np.flatnonzero(~stays).tolist()
    removed = [
        Removed(row, score, label, removed_by[place])
        for place, row, score in zip(out, found.rows[out].tolist(), found.scores[out].tolist(), strict=True)
    ]
    places = np.flatnonzero(stays)
    if not len(places) or limit <= 0:
        return [], removed
    kept = found if not out else _part(found, places)
    scores, terms = source.score(situation, kept)
    steered = None
    if steering is not None and steering.rules:
        steered = steer(steering.rules, situation.catalog, situation.now, kept.rows, scores, steering.metrics)
        removed.extend(_hidden(steered, kept, scores, label))
        places = np.flatnonzero(steered.stays)
        kept, scores = _part(kept, places), steered.scores[places]
        terms = {name: term[places] for name, term in terms.items()} | {"rules": steered.terms[places]}
    picks = [
        Pick(
            row=int(kept.rows[place]),
            score=round(float(scores[place]), 6),
            source=label,
            reason=source.reason(situation, kept, place),
            terms={name: round(float(term[place]), 6) for name, term in terms.items()},
            rules=tuple(steered.notes.get(int(kept.rows[place]), ())) if steered else (),
        )
        for place in arrange(kept.rows, scores, situation, limit, source.diversity).tolist()
    ]
    return picks, removed


def _hidden(steered: Steered, found: Candidates, scores: Scores, label: str) -> list[Removed]:
    out = np.flatnonzero(~steered.stays).tolist()
    rows = found.rows.tolist()
    return [
        Removed(rows[place], float(scores[place]), label, f"merchandising:{steered.hidden[rows[place]]}")
        for place in out
    ]


def _part(found: Candidates, places: Any) -> Candidates:
    return Candidates(found.rows[places], found.scores[places], found.evidence[places], found.source)
