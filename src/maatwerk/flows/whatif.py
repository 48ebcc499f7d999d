"""What would another rule have shown, and would it have sold more: recorded decisions, asked anew.

Each decision of a window is put to the rules in force and to the draft, with the shopper as she was known
then and today's catalog and models, so that only the rules make a difference. What came of those whose answer
stays, weighed by the odds they had, says what the draft would have brought; where the log gave the draft's
answers no chance, it cannot say, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from maatwerk.decisions.content.shelf import Shelf
from maatwerk.decisions.experiments.offpolicy import Estimates, estimated
from maatwerk.decisions.recommend.varied import Varied
from maatwerk.effects.clean import clean
from maatwerk.events.decisions import DecisionMade, SlotDecided, decode
from maatwerk.events.log import DecisionRow
from maatwerk.flows.decide import Deciding
from maatwerk.flows.expose import take_part
from maatwerk.flows.outcomes import outcomes
from maatwerk.flows.page import Decided, Question, decide_page
from maatwerk.flows.publish import Wanted, diff
from maatwerk.flows.replay import Cannot, Standing, asked_in_person, documents_of, question_of
from maatwerk.views.profile.shopper import Shopper

MOST = 1_000
"""Decisions asked anew; of more in the window these are spread over it evenly."""
EXAMPLES = 12
_CHUNK = 1_000
_PRIOR = 20.0
"""Decisions' worth of the overall click rate that each answer's own rate is pulled to."""

Answer = tuple[str, ...]
"""What a slot showed: SKUs in their order, or a block and its variant, or links."""


class Log(Protocol):
    """The decisions stream, oldest first."""

    def decisions_between(
        self, since_ms: int, until_ms: int, after: str = "", limit: int = 1
    ) -> Sequence[DecisionRow]:
        """Decisions made in ``[since_ms, until_ms)``, after an id."""


class Example(msgspec.Struct, frozen=True):
    """One shopper who would have seen something else, and what both rules show her."""

    decision: str
    time: int
    anonymous_id: str
    user_id: str
    before: Answer
    after: Answer


class Effect(msgspec.Struct, frozen=True):
    """One placement: how many of its answers change, examples, and the clicks to be expected an answer.

    ``estimates`` are shares of answers with a click; None where nothing changes.
    """

    placement: str
    answers: int
    changed: int
    supported: int
    """Of those that change, how many the log had a chance to show."""
    examples: tuple[Example, ...]
    estimates: Estimates | None


class WhatIf(msgspec.Struct, frozen=True):
    """What a draft would have changed in a window. ``cannot``: decisions that could not be asked anew, by
    why."""

    since: int
    until: int
    decisions: int
    read: int
    cannot: dict[str, int]
    effects: tuple[Effect, ...]


class _Row(msgspec.Struct):
    record: DecisionMade
    slot: SlotDecided
    before: Answer
    after: Answer
    supported: bool
    clicked: bool


def what_if(
    deciding: Deciding,
    log: Log,
    wanted: Wanted,
    *,
    since: int,
    until: int,
    most: int = MOST,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> WhatIf:
    """Ask a window's decisions anew. Raises `Refused` where the draft would not be accepted as a rule."""
    diff(deciding.knowledge.rules, wanted)
    now_shop, then_shop = _shops(deciding, wanted)
    ids, total = _chosen(log, since, until, most)
    rows: dict[str, list[_Row]] = {}
    cannot: dict[str, int] = {}
    for done, record in enumerate(_records(deciding, ids)):
        progress(done, len(ids))
        try:
            for row in _asked(deciding, record, now_shop, then_shop):
                rows.setdefault(row.slot.placement, []).append(row)
        except Cannot as reason:
            cannot[str(reason)] = cannot.get(str(reason), 0) + 1
    effects = tuple(_effect(placement, mine) for placement, mine in sorted(rows.items()))
    return WhatIf(since, until, total, len(ids), cannot, effects)


def _shops(deciding: Deciding, wanted: Wanted) -> tuple[Standing, Standing]:
    knowledge = deciding.knowledge
    documents = documents_of(knowledge.rules)
    kept = [each for each in documents if (each[0], each[1]) not in wanted]
    drafted = [*kept, *((kind, key, 0, doc) for (kind, key), doc in wanted.items() if doc is not None)]

    def shop(of: Sequence[tuple[str, str, int, dict[str, Any]]]) -> Standing:
        return Standing(
            knowledge.catalogs,
            knowledge.rules,
            knowledge.models,
            lambda catalog: knowledge.baseline(catalog).shares,
            Varied(of),
            Shelf(of, clean),
        )

    return shop(documents), shop(sorted(drafted, key=lambda each: (each[0], each[1])))


def _chosen(log: Log, since: int, until: int, most: int) -> tuple[list[str], int]:
    """Ids spread evenly over the window, and how many decisions it has."""
    ids: list[str] = []
    while page := log.decisions_between(since, until, ids[-1] if ids else "", _CHUNK):
        ids += [row.id for row in page]
    if len(ids) <= most:
        return ids, len(ids)
    places = np.linspace(0, len(ids) - 1, most).astype(int).tolist()
    return [ids[place] for place in places], len(ids)


def _records(deciding: Deciding, ids: Sequence[str]) -> Iterator[DecisionMade]:
    for each in ids:
        row = deciding.recording.log.decision(each)
        if row is not None:
            yield decode(row.payload)


def _asked(
    deciding: Deciding, record: DecisionMade, now_shop: Standing, then_shop: Standing
) -> Iterator[_Row]:
    slots = {slot.placement: slot for slot in record.slots if slot.kind in ("products", "content", "none")}
    if not slots:
        return
    question, shopper = question_of(deciding, record, now_shop)
    before = _answers(question, now_shop, record.variants)
    drafted, _ = question_of(deciding, record, then_shop)
    after = _drafted(drafted, then_shop, record, shopper)
    changed = [key for key in slots if before.get(key, ()) != after.get(key, ())]
    shown = _could_show(question, now_shop, record, [slots[key] for key in changed])
    clicks = {each.placement: each.clicks > 0 for each in outcomes(deciding.recent, record)}
    for key, slot in slots.items():
        was, would = before.get(key, ()), after.get(key, ())
        supported = was == would or would in shown.get(key, ())
        yield _Row(record, slot, was, would, supported, clicks.get(key, False))


def _answers(question: Question, shop: Standing, variants: Mapping[str, str]) -> dict[str, Answer]:
    desk = shop.varied.desk_of(
        {key: each for key, each in variants.items() if key in shop.varied.board.experiments}
    )
    asked = msgspec.structs.replace(question, desk=desk, variants=variants)
    return {each.placement: answer_of(asked, each) for each in decide_page(asked, lambda _: False)[0]}


def _drafted(question: Question, shop: Standing, record: DecisionMade, shopper: Shopper) -> dict[str, Answer]:
    """The draft's answers: experiments it concludes or begins put her into the arms that she would have."""
    may = asked_in_person(record)
    part = take_part(shop.varied, question, shopper, record.anonymous_id, record.user_id, may)
    same = {key: each for key, each in record.variants.items() if _same_state(shop, key)}
    return _answers(question, shop, {**part.question.variants, **same})


def _same_state(shop: Standing, key: str) -> bool:
    """Whether an experiment of the log goes on in the draft: then she keeps the variant she really had."""
    experiment = shop.varied.board.experiments.get(key)
    return experiment is not None and experiment.state == "running"


def _could_show(
    question: Question, shop: Standing, record: DecisionMade, slots: Sequence[SlotDecided]
) -> dict[str, set[Answer]]:
    """What each slot's experiment might have shown her instead, by the arms that have traffic."""
    found: dict[str, set[Answer]] = {}
    for key in {slot.experiment for slot in slots if slot.experiment}:
        experiment = shop.varied.board.experiments.get(key)
        if experiment is None:
            continue
        for variant, weight in zip(experiment.keys, experiment.weights, strict=True):
            if weight > 0:
                answers = _answers(question, shop, {**record.variants, key: variant})
                for slot in slots:
                    if slot.experiment == key:
                        found.setdefault(slot.placement, set()).add(answers.get(slot.placement, ()))
    return found


def answer_of(question: Question, answer: Decided) -> Answer:
    """What an answer shows, to be compared with another."""
    if answer.slot is not None:
        return tuple(question.catalog.skus[pick.row] for pick in answer.slot.picks)
    if answer.content is not None:
        block = answer.content.block
        return (block.key, str(answer.content.variant + 1)) if block else ()
    return tuple(link.category for link in answer.links)


def _effect(placement: str, rows: Sequence[_Row]) -> Effect:
    changed = [row for row in rows if row.before != row.after]
    examples = tuple(
        Example(
            row.record.id, row.record.time, row.record.anonymous_id, row.record.user_id, row.before, row.after
        )
        for row in changed[:EXAMPLES]
    )
    supported = sum(row.supported for row in changed)
    return Effect(
        placement, len(rows), len(changed), supported, examples, _estimates(rows) if changed else None
    )


def _estimates(rows: Sequence[_Row]) -> Estimates:
    """The draft's share of answers with a click, from the rows whose answer stays."""
    rewards = np.array([float(row.clicked) for row in rows])
    odds = np.array([min(max(row.slot.propensity, 1e-6), 1.0) for row in rows])
    stays = np.array([float(row.before == row.after) for row in rows])
    support = float(np.mean([row.supported for row in rows]))
    rates = _rates(rows, rewards)
    overall = float(rewards.mean())
    expected = np.array([rates.get(row.before, overall) for row in rows])
    expected_rule = np.array([rates.get(row.after, overall) for row in rows])
    people: dict[str, int] = {}
    numbers = np.array(
        [
            people.setdefault(row.record.anonymous_id or row.record.user_id or row.record.id, len(people))
            for row in rows
        ],
        np.int64,
    )
    return estimated(
        rewards,
        odds,
        stays,
        expected=expected,
        expected_rule=expected_rule,
        support=support,
        clusters=numbers,
    )


def _rates(rows: Sequence[_Row], rewards: np.ndarray[Any, Any]) -> dict[Answer, float]:
    """Each answer's click rate, pulled to the overall one as far as it was seldom shown."""
    overall = float(rewards.mean())
    shown: dict[Answer, list[float]] = {}
    for row, reward in zip(rows, rewards.tolist(), strict=True):
        mine = shown.setdefault(row.before, [0.0, 0.0])
        mine[0] += 1
        mine[1] += reward
    return {
        answer: (clicks + _PRIOR * overall) / (count + _PRIOR) for answer, (count, clicks) in shown.items()
    }
