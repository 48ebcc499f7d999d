"""What she searched for, and how much was found."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.newest import merged, with_one

LIMIT = 50


class Asked(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One search."""

    time: int
    query: str
    query_id: str


class Answered(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One search's answer; ``results`` is -1 where the number was not told."""

    time: int
    query: str
    query_id: str
    results: int


class SearchState(msgspec.Struct, frozen=True, array_like=True):
    """The newest 50 of each, oldest first."""

    asked: tuple[Asked, ...] = ()
    answered: tuple[Answered, ...] = ()


class Search(msgspec.Struct, frozen=True):
    """A search joined to its answer; ``results`` None: not told."""

    time: int
    query: str
    query_id: str = ""
    results: int | None = None


class Searches:
    """The fold of searches."""

    name = "searches"
    version = 1
    names = frozenset({"Products Searched", "Search Results Received"})
    state = SearchState

    def step(self, state: SearchState, event: Event) -> SearchState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        query = " ".join(said.query.split())
        if event.name == "Products Searched":
            if not query:
                return state
            asked = with_one(state.asked, Asked(event.time, query, said.query_id), LIMIT)
            return SearchState(asked, state.answered)
        results = -1 if said.results is None else said.results
        answer = Answered(event.time, query, said.query_id, results)
        return SearchState(state.asked, with_one(state.answered, answer, LIMIT))

    def merge(self, left: SearchState, right: SearchState) -> SearchState:
        """See `maatwerk.views.fold.Fold`."""
        return SearchState(
            merged(left.asked, right.asked, LIMIT), merged(left.answered, right.answered, LIMIT)
        )


def searches(state: SearchState) -> list[Search]:
    """Searches with their answers, newest first; an answer whose question is unknown stands for it."""
    results = {answer.query_id: answer.results for answer in state.answered if answer.query_id}
    known = {asked.query_id for asked in state.asked if asked.query_id}
    found = [
        Search(asked.time, asked.query, asked.query_id, _told(results.get(asked.query_id, -1)))
        for asked in state.asked
    ]
    found += [
        Search(answer.time, answer.query, answer.query_id, _told(answer.results))
        for answer in state.answered
        if answer.query and answer.query_id not in known
    ]
    return sorted(found, key=lambda search: (search.time, search.query), reverse=True)


def _told(results: int) -> int | None:
    return None if results < 0 else results
