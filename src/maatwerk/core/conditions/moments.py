"""When an answer can change by itself: the next moment, computed from the data, at which time alone does it.

Nothing has to be asked again before that moment unless something happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from maatwerk.core.conditions.clauses import Clause, Path, clause_of, span_of
from maatwerk.core.conditions.compile import closure_of
from maatwerk.core.conditions.reading import CannotTell, Run
from maatwerk.core.conditions.tallying import HAPPENINGS
from maatwerk.core.conditions.terms import Apply, Checked, Constant, Read, Stream, Term
from maatwerk.core.conditions.walking import NOW, each_term, reads_now, tallies

NEVER = 2**62

AGAIN_MS = 3_600_000
"""Where a condition reckons with now in a way that cannot be solved, it is asked again after an hour."""

Candidates = Callable[[Any], Iterator[int]]


def next_change(checked: Checked, moving: Mapping[str, Callable[[Any], int]]) -> Callable[[Any], int]:
    """A function of the data: the first moment after its ``now`` at which the condition may give another
    answer though nothing happens; `NEVER` where time changes nothing.

    ``moving`` gives, by a name's first part, when such a fact may change by itself (0: never).
    """
    found: list[Candidates] = []
    for tally in tallies(checked.root):
        found += _of_stream(tally.of, clause_of(tally.of, tally))
    for term in each_term(checked.root):
        match term:
            case Apply(operation=op, args=(left, right)) if op in _COMPARED and reads_now(term):
                found.append(_root(checked, left, right))
            case Read(path=path, of=None) if path[0] in moving:
                found.append(_moved(moving[path[0]]))
    if any(reads_now(term) for term in each_term(checked.root)) and not _compared_only(checked.root):
        found.append(lambda data: iter((data[NOW] + AGAIN_MS,)))

    def moment(data: Any) -> int:
        now = data[NOW]
        soonest = NEVER
        for candidates in found:
            for at in candidates(data):
                if now < at < soonest:
                    soonest = at
        return soonest

    return moment


_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})


def _of_stream(stream: Stream, clause: Clause) -> Iterator[Candidates]:
    spans = [span_of(bound) for bound in stream.bounds if bound.ago]
    spans += [follow.span for follow in stream.follows if follow.negated]
    if spans:
        yield _each_row(clause.id, tuple(sorted(set(spans))))
    for follow in stream.follows:
        by: tuple[Path, ...] = ((follow.by,),) if follow.by else ()
        yield from _of_stream(follow.other, clause_of(follow.other, None, by))


def _each_row(key: str, spans: tuple[int, ...]) -> Candidates:
    def candidates(data: Any) -> Iterator[int]:
        now = data[NOW]
        for span in spans:
            # newest first: the last row that is not yet so old is the next to become it
            nearest = 0
            for row in data[HAPPENINGS].rows(key):
                if row[0] + span <= now:
                    break
                nearest = row[0] + span
            if nearest:
                yield nearest

    return candidates


def _moved(moves: Callable[[Any], int]) -> Candidates:
    return lambda data: iter((moves(data),))


def _root(checked: Checked, left: Term, right: Term) -> Candidates:
    """When both sides of a comparison meet, and the moment after."""
    one, other = _linear(checked, left), _linear(checked, right)
    if one is None or other is None:
        return lambda data: iter((data[NOW] + AGAIN_MS,))

    def candidates(data: Any) -> Iterator[int]:
        try:
            (slope, start), (slope_too, start_too) = one(data), other(data)
        except CannotTell:
            return
        if slope != slope_too:
            at = (start_too - start) // (slope - slope_too)
            yield from (at, at + 1)

    return candidates


Linear = Callable[[Any], tuple[int, int]]


def _linear(checked: Checked, term: Term) -> Linear | None:
    """A value as ``slope x now + start``; None where it is not of that shape."""
    match term:
        case Read(path=path, of=None) if path == (NOW,):
            return lambda data: (1, 0)
        case Constant(value=value):
            return lambda data: (0, int(value))
        case Apply(operation="+" | "-" as op, args=(left, right)) if reads_now(term):
            one, other = _linear(checked, left), _linear(checked, right)
            if one is None or other is None:
                return None
            return _joined(one, other, 1 if op == "+" else -1)
    if reads_now(term) or term.type.kind not in ("timestamp", "duration"):
        return None
    value_of: Run = closure_of(checked, term)
    return lambda data: (0, int(value_of(data)))


def _joined(one: Linear, other: Linear, sign: int) -> Linear:
    def joined(data: Any) -> tuple[int, int]:
        (slope, start), (slope_too, start_too) = one(data), other(data)
        return slope + sign * slope_too, start + sign * start_too

    return joined


def _compared_only(root: Term) -> bool:
    """Whether now is looked at in comparisons alone."""
    inside = sum(
        sum(isinstance(each, Read) and each.path == (NOW,) for each in each_term(term))
        for term in each_term(root)
        if isinstance(term, Apply) and term.operation in _COMPARED and not _holds_comparison(term)
    )
    whole = sum(isinstance(each, Read) and each.path == (NOW,) for each in each_term(root))
    return inside == whole


def _holds_comparison(term: Apply) -> bool:
    return any(
        isinstance(each, Apply) and each.operation in _COMPARED
        for arg in term.args
        for each in each_term(arg)
    )
