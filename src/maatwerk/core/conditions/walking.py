"""Walks over typed trees: what a term is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from maatwerk.core.conditions.terms import (
    Apply,
    Choose,
    Constant,
    Each,
    Item,
    Join,
    Listing,
    Part,
    Present,
    Read,
    Stream,
    Tally,
    Term,
    Variable,
)

NOW = "now"
"""The name of the moment a condition is asked for."""


class Seen(NamedTuple):
    """One term of a tree. ``outside``: the dotted name it reads from the data rather than from an element;
    ``unnamed``: it reads an item of a map whose key is not written out."""

    term: Term
    outside: str = ""
    unnamed: bool = False
    tally: bool = False


def parts(term: Term) -> tuple[Term, ...]:
    """The terms directly under one; of a tally, those that read the data."""
    match term:
        case Item(of=of, key=key):
            return (of, key)
        case Part(of=of) | Present(of=of):
            return (of,)
        case Listing(items=items) | Apply(args=items) | Join(parts=items):
            return items
        case Choose(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case Each(over=over, condition=condition):
            return (over, condition)
        case Tally(of=of):
            return (of,)
        case Stream(bounds=bounds, follows=follows):
            return (*(bound.at for bound in bounds), *(follow.other for follow in follows))
        case _:
            return ()


def each_term(term: Term) -> Iterator[Term]:
    """A term and all under it, those of streams' elements aside."""
    yield term
    for part in parts(term):
        yield from each_term(part)


def terms_of(term: Term) -> Iterator[Seen]:
    """The same, with what is worth knowing of each."""
    for each in each_term(term):
        match each:
            case Read(path=path, of=None):
                yield Seen(each, outside=".".join(path))
            case Item(of=Read(of=Variable()), key=key) if not isinstance(key, Constant):
                yield Seen(each, unnamed=True)
            case Tally() | Stream():
                yield Seen(each, tally=True)
            case _:
                yield Seen(each)


def reads_now(term: Term) -> bool:
    """Whether its value moves with time by itself."""
    return any(isinstance(each, Read) and each.path == (NOW,) and each.of is None for each in each_term(term))


def tallies(term: Term) -> Iterator[Tally]:
    """Every tally in a condition."""
    for each in each_term(term):
        if isinstance(each, Tally):
            yield each


def mapped(term: Term, change: Callable[[Term], Term | None]) -> Term:
    """The same term with parts replaced: each that ``change`` answers for, outermost first. Conditions inside
    quantifiers and elements of streams stay as they are."""
    changed = change(term)
    if changed is not None:
        return changed
    match term:
        case Item(of=of, key=key):
            return replace(term, of=mapped(of, change), key=mapped(key, change))
        case Part(of=of) | Present(of=of):
            return replace(term, of=mapped(of, change))
        case Listing(items=items):
            return replace(term, items=tuple(mapped(item, change) for item in items))
        case Apply(args=args):
            return replace(term, args=tuple(mapped(arg, change) for arg in args))
        case Join(parts=joined):
            return replace(term, parts=tuple(mapped(part, change) for part in joined))
        case Choose(test=test, then=then, otherwise=otherwise):
            test, then, otherwise = (mapped(part, change) for part in (test, then, otherwise))
            return replace(term, test=test, then=then, otherwise=otherwise)
        case _:
            return term
