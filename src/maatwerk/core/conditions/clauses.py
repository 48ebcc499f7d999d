"""What of a stream has to be kept for one shopper, and how its elements are put together again.

A clause is the part of a stream that a fold can know from an event alone: its name, what the event itself
says, and the few fields that are looked at later. Windows, sequences and the catalog come on top when the
question is asked, so that several audiences share one clause, and a corrected product counts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Literal as One

import msgspec
from msgspec import Struct

from maatwerk.core.conditions.streams import LIMIT
from maatwerk.core.conditions.terms import (
    Apply,
    Bound,
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
from maatwerk.core.conditions.walking import tallies
from maatwerk.core.errors import Impossible

PRODUCT = "product"
"""The field of a happening that is the catalog's product, as it is when it is asked."""

Path = tuple[str, ...]
"""A field of a happening: `("price",)`, or `("properties", "color")`."""


class Clause(Struct, frozen=True):
    """What is kept: of the newest ``cap`` happenings the time and ``columns``. ``where`` reads the happening
    alone."""

    id: str
    source: One["event", "item"]
    name: str
    where: tuple[Term, ...]
    columns: tuple[Path, ...]
    cap: int


def clause_of(stream: Stream, tally: Tally | None = None, by: tuple[Path, ...] = ()) -> Clause:
    """The clause of a stream; ``tally`` where it is the stream of one, ``by`` the fields it is joined by."""
    early = tuple(part for part in stream.where if not reads_product(part))
    columns = {path for part in stream.where if reads_product(part) for path in fields_of(part)}
    if tally is not None and tally.value is not None:
        columns |= fields_of(tally.value)
    columns |= {(follow.by,) for follow in stream.follows if follow.by} | set(by)
    kept = tuple(sorted(columns - {("time",)}))  # every row has its time
    cap = _cap(stream, tally, all_early=len(early) == len(stream.where))
    facts = (stream.source, stream.name, early, kept, cap)
    digest = blake2b(msgspec.json.encode(facts), digest_size=9).hexdigest()
    return Clause(digest, stream.source, stream.name, early, kept, cap)


def clauses(term: Term) -> Iterator[Clause]:
    """Every clause that a condition rests on."""
    for tally in tallies(term):
        yield clause_of(tally.of, tally)
        yield from _others(tally.of)


def span_of(bound: Bound) -> int:
    """How long before now a bound is, in milliseconds."""
    if not isinstance(bound.at, Constant):
        raise Impossible("a span is written out: the checker saw to it")
    return int(bound.at.value)


def reads_product(term: Term) -> bool:
    """Whether it looks at the catalog."""
    return any(isinstance(each, Read) and each.path[0] == PRODUCT for each in inner(term))


def fields_of(term: Term) -> set[Path]:
    """The fields of the happening that a term reads; of its product, what finds it in the catalog."""
    found: set[Path] = set()
    for each in inner(term):
        match each:
            case Item(of=Read(path=path, of=Variable(level=1)), key=Constant(value=str(key))):
                found.add((*path, key))
            case Read(path=path, of=Variable(level=1)) if path[0] == PRODUCT:
                found.add(("sku",))
            case Read(path=path, of=Variable(level=1)) if path != ("properties",):
                found.add(path)
    return {("sku",) if path[0] == PRODUCT else path for path in found}


def inner(term: Term) -> Iterator[Term]:
    """A term about an element, and all under it."""
    yield term
    under: tuple[Term, ...] = ()
    match term:
        case Item(of=of, key=key):
            under = (of, key)
        case Part(of=of) | Present(of=of):
            under = (of,)
        case Listing(items=parts) | Apply(args=parts) | Join(parts=parts):
            under = parts
        case Choose(test=test, then=then, otherwise=otherwise):
            under = (test, then, otherwise)
        case Each(over=over, condition=condition):
            under = (over, condition)
    for each in under:
        yield from inner(each)


def _others(stream: Stream) -> Iterator[Clause]:
    for follow in stream.follows:
        by: tuple[Path, ...] = ((follow.by,),) if follow.by else ()
        yield clause_of(follow.other, None, by)
        yield from _others(follow.other)


def _cap(stream: Stream, tally: Tally | None, *, all_early: bool) -> int:
    """How many of the newest decide: all that may, where the catalog or a sequence has a say, or a window
    that ends before now; else no more than the count is compared with."""
    simple = all_early and not stream.follows and all(bound.side == "since" for bound in stream.bounds)
    if tally is None or not simple:
        return LIMIT
    if tally.op == "latest":
        return 1
    return tally.most if tally.op == "count" and tally.most else LIMIT
