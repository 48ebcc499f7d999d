"""Ask an audience of everybody: who belongs to it now, or would, by one query over history."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.chance import die
from maatwerk.core.conditions.compile import compile_value
from maatwerk.core.conditions.parse import parse
from maatwerk.core.conditions.terms import Checked, Term
from maatwerk.events.event import Event
from maatwerk.events.log import Log, Recent
from maatwerk.flows.belong import Belonging
from maatwerk.views.audience import everyone
from maatwerk.views.audience.audiences import Ready
from maatwerk.views.audience.everyone import History, People
from maatwerk.views.audience.sql import Query, query_of
from maatwerk.views.audience.vocabulary import SCHEMA
from maatwerk.views.profile import words
from maatwerk.views.profile.load import load
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.store import Snapshot, Store

FACTS_MOST = 20_000
"""People whose facts are read for one question; of more, so many are drawn, and the answer is an estimate."""

_UNWRITTEN = parse("true")
_TAIL_CHUNK = 20_000
_TAIL_MOST = 200_000


@dataclass
class Asking:
    """What asking everybody needs. It reads; it may run in a thread beside others."""

    log: Log
    recent: Recent
    store: Store
    history: History
    belonging: Belonging


class Found(msgspec.Struct):
    """Members among ``asked`` of ``people``: all of them, or a sample where asking all would take long."""

    members: list[str]
    asked: int
    people: int

    @property
    def exact(self) -> bool:
        """Whether everybody was asked."""
        return self.asked == self.people

    def size(self) -> int:
        """How many there are, estimated where only some were asked."""
        return round(len(self.members) * self.people / self.asked) if self.asked else 0

    def margin(self) -> int:
        """Half of the 95 % interval of the size; 0 where it is exact."""
        if self.exact or not self.asked:
            return 0
        share = len(self.members) / self.asked
        left = 1 - self.asked / self.people
        variance = max(share * (1 - share), 1 / self.asked) * left / self.asked
        return round(1.96 * self.people * math.sqrt(variance))


def ask(
    parts: Asking,
    audiences: Sequence[Ready],
    now: int,
    *,
    people: People | None = None,
    only: Sequence[str] | None = None,
    tail: Sequence[Event] | None = None,
) -> Iterator[Found]:
    """Who belongs to each of the audiences at ``now``, in their order. ``only``: of these people."""
    people = people or everybody(parts.store)
    if not len(people):
        yield from (Found([], 0, 0) for _ in audiences)
        return
    facts: dict[str, Term] = {}
    tail = unsealed(parts) if tail is None else tail
    queries = [query_of(each.checked, now, facts=facts) for each in audiences]
    numbers = _asked(people, only, sampled=bool(facts))
    values = _facts(parts, people, numbers, facts, now) if facts else {}
    tables, setup = _tables(parts, people, numbers, values, queries)
    total = len(people) if only is None else len(numbers)
    for columns in parts.history.ask(tables, setup, [query.sql for query in queries], tail=tail):
        yield Found([people.names[who] for who in columns["who"].tolist()], len(numbers), total)


def everybody(store: Store) -> People:
    """All people, numbered."""
    return everyone.people_of(store.every(words.OWNERS), (key for key, _ in store.every(words.DEVICES)))


def unsealed(parts: Asking) -> list[Event]:
    """The log's events above the sealed history."""
    after = parts.history.watermark()
    found: list[Event] = []
    while len(found) < _TAIL_MOST and (events := parts.log.read(after, _TAIL_CHUNK)):
        found += events
        after = events[-1].offset
    return found


def shopper_of(parts: Asking, read: Snapshot, who: str, now: int) -> Shopper:
    """One of them, whole."""
    kind, _, value = who.partition("/")
    named: dict[str, Any] = {"user_id": value} if kind == "u" else {"anonymous_id": value}
    return load(read, parts.recent, **named, trusted=True, now=now, signals=parts.belonging.signals)


def _asked(people: People, only: Sequence[str] | None, *, sampled: bool) -> NDArray[np.int64]:
    if only is not None:
        wanted = set(only)
        return np.array([place for place, name in enumerate(people.names) if name in wanted], np.int64)
    if not sampled or len(people) <= FACTS_MOST:
        return np.arange(len(people), dtype=np.int64)
    share = FACTS_MOST / len(people)
    return np.array(
        [place for place, name in enumerate(people.names) if die("audience-sample", name) < share], np.int64
    )


def _facts(
    parts: Asking, people: People, numbers: NDArray[np.int64], facts: Mapping[str, Term], now: int
) -> dict[str, list[Any]]:
    """The value of every fact, person by person."""
    closures = {name: compile_value(Checked(term, SCHEMA, _UNWRITTEN)) for name, term in facts.items()}
    values: dict[str, list[Any]] = {name: [] for name in facts}
    for start in range(0, len(numbers), 500):
        with parts.store.snapshot() as read:
            for who in numbers[start : start + 500].tolist():
                told = parts.belonging.facts(shopper_of(parts, read, people.names[who], now), now)
                for name, closure in closures.items():
                    values[name].append(closure(told))
    return values


def _tables(
    parts: Asking,
    people: People,
    numbers: NDArray[np.int64],
    values: Mapping[str, Sequence[Any]],
    queries: Sequence[Query],
) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    told, person = everyone.person_table(values, numbers, people)
    tables: dict[str, Mapping[str, Any]] = {"run": people.run, "account": people.account, "told": told}
    setup = [person, *everyone.setup_of(queries, parts.belonging.seeing.currency)]
    if any(query.products for query in queries):
        tables["catalog"] = everyone.product_table(parts.belonging.seeing.products)
        setup.append(everyone.PRODUCTS)
    return tables, setup
