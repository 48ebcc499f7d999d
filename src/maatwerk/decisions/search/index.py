"""The port of the index: words in, numbers of products and scores out. It knows no price and no shopper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint64]

FIELDS = ("title", "brand", "category", "attributes", "parts", "body")
"""Fields of a product that are read by stems, and `weights` are for."""

WEIGHTS = {"title": 3.0, "brand": 2.0, "category": 1.5, "attributes": 1.5, "parts": 1.2, "body": 0.7}
OTHERS = 0.3
"""A word counts with its best field, and with this much of each other field that has it too."""


class Term(msgspec.Struct, frozen=True):
    """One word to look up. ``kind``: ``word`` (by its stem, in all fields), ``prefix`` (words that begin with
    it), ``sku`` (part of a SKU)."""

    text: str
    stem: str = ""
    kind: str = "word"


class Alternative(msgspec.Struct, frozen=True):
    """Words that together stand for what was said, and how well (1: it is what was said)."""

    terms: tuple[Term, ...]
    weight: float = 1.0
    why: str = ""
    """``synonym``, ``correction``, ``compound``, ``joined``, ``prefix``, ``sku`` or nothing."""


class Concept(msgspec.Struct, frozen=True):
    """One thing that was said, in the ways it may be written in the catalog."""

    said: str
    alternatives: tuple[Alternative, ...]


class Wanted(msgspec.Struct, frozen=True):
    """What to look for: at least ``required`` of the concepts; ``phrase`` (stems) is worth more in a row.

    ``category`` keeps to a category and those below it; ``weights`` are those of `FIELDS`.
    """

    concepts: tuple[Concept, ...]
    required: int
    phrase: tuple[str, ...] = ()
    category: str = ""
    weights: tuple[float, ...] = tuple(WEIGHTS[field] for field in FIELDS)
    ids: tuple[int, ...] = ()
    """Only these products, where given."""


class Matches(NamedTuple):
    """Numbers of the best products with their scores, best first, and how many match in all."""

    ids: Ids
    scores: NDArray[np.float64]
    total: int


class Entry(msgspec.Struct, frozen=True):
    """What is indexed of one product: its number, words by field joined with spaces, its categories."""

    id: int
    fields: dict[str, str]
    words: str
    skus: tuple[str, ...]
    categories: tuple[str, ...]


class SearchIndex(Protocol):
    """Reads one store's index. ``generation`` grows with every commit that this process has taken over."""

    generation: int

    def find(self, wanted: Wanted, limit: int) -> Matches:
        """The best matches."""

    def every(self, wanted: Wanted) -> Ids:
        """Numbers of all that match, in no order."""

    def words(self, prefix: str = "") -> Mapping[str, int]:
        """Unstemmed words and in how many products each occurs."""

    def refresh(self) -> bool:
        """Take over what was committed; whether there was anything. Costs a microsecond when not."""


class IndexWriter(Protocol):
    """Writes one store's index; one process alone does."""

    mark: int
    """The log offset that the index counts up to; -1 where it must be built anew."""

    def put(self, entries: Iterable[Entry]) -> None:
        """Add products, or replace them."""

    def remove(self, ids: Iterable[int]) -> None:
        """Take products out."""

    def clear(self) -> None:
        """Take all products out."""

    def commit(self, mark: int) -> None:
        """Make it durable and visible to readers."""


def id_of(sku: str) -> int:
    """The number an index knows a product by: 63 bits of a hash, the same in every process."""
    return int.from_bytes(blake2b(sku.encode(), digest_size=8).digest(), "big") >> 1
