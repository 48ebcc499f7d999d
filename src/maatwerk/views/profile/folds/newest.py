"""The newest so many of a multiset: the memory most signals share.

Lawful because what falls out of a part would fall out of the whole: there are as many newer ones.
Tuples are in order, oldest first; what is kept compares by time first.
"""

from __future__ import annotations

from bisect import insort
from typing import Any, Protocol, TypeVar


class Ordered(Protocol):
    """Records that compare."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes before."""
        ...


R = TypeVar("R", bound=Ordered)


def with_one(kept: tuple[R, ...], one: R, limit: int) -> tuple[R, ...]:
    """One more."""
    if not kept or not one < kept[-1]:
        return (*kept[-(limit - 1) :], one)
    rows = list(kept)
    insort(rows, one)
    return tuple(rows[-limit:])


def merged(left: tuple[R, ...], right: tuple[R, ...], limit: int) -> tuple[R, ...]:
    """Those of both."""
    if not left or not right:
        return left or right
    return tuple(sorted(left + right)[-limit:])


def by_key(rows: dict[str, R], limit: int) -> dict[str, R]:
    """The newest of a map, in order of their keys, so that equal maps are stored equally."""
    if len(rows) > limit:
        rows = dict(sorted(rows.items(), key=lambda row: (row[1], row[0]))[-limit:])
    return dict(sorted(rows.items()))
