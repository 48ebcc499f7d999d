"""The shop's own search: every word must be found in a product, in its own spelling or nearly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from maatwerk.demo.catalog import Product

_WORD = re.compile(r"[a-z0-9]+")
_SAME = {
    "trainer": "sneaker", "pant": "trouser", "jumper": "sweater", "pullover": "sweater", "pillow": "cushion",
    "shopper": "tote", "blanket": "throw", "gray": "grey", "tee": "shirt", "purse": "bag", "handbag": "bag",
    "lady": "women", "ladie": "women", "woman": "women", "man": "men", "plate": "tableware", "jean": "denim",
}  # fmt: skip
_IGNORED = frozenset({"a", "and", "for", "in", "of", "or", "the", "with", "s", "my"})
_WORDS_MAX = 8
_LETTERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Found:
    """Products, best first. ``corrected`` is what was searched for instead of a mistyped query, ``partly``
    says that no product has every word.
    """

    products: list[Product]
    corrected: str = ""
    partly: bool = False
    query_id: str = ""
    total: int = 0
    redirect: str = ""
    banner: Mapping[str, str] | None = None


class Finder:
    """An index over the products' words, weighted by the field they stand in."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = list(products)
        self._weights: dict[str, dict[int, float]] = {}
        for row, product in enumerate(self._products):
            for text, weight in _fields(product):
                for word in _words(text):
                    rows = self._weights.setdefault(word, {})
                    rows[row] = max(rows.get(row, 0.0), weight)
        self._vocabulary = sorted(self._weights)

    def find(self, query: str, count: int = 48) -> Found:
        """What the query asks for: products with every word, else with the most and weightiest."""
        said = [word for word in _words(query[:_LETTERS_MAX]) if word not in _IGNORED][:_WORDS_MAX]
        words = [self._spelled(word) for word in said]
        known = [word for word in words if word]
        if not known:
            return Found([])
        hits = [self._rows(word) for word in known]
        every = set(hits[0]).intersection(*hits[1:]) if len(known) == len(words) else set()
        rows = every or set().union(*hits)
        scores = {row: sum(hit.get(row, 0.0) for hit in hits) for row in rows}
        enough = 0.3 * max(scores.values(), default=0.0)  # a word in passing is no find
        rows = {row for row in rows if scores[row] >= enough}
        best = sorted(rows, key=lambda row: (not self._products[row]["stock"], -scores[row], row))
        corrected = " ".join(known) if any(w and w != s for w, s in zip(words, said, strict=True)) else ""
        return Found([self._products[row] for row in best[:count]], corrected, not every)

    def _rows(self, word: str) -> Mapping[int, float]:
        exact = self._weights.get(word, {})
        if len(word) < 3:
            return exact
        rows: dict[int, float] = {}
        for other in self._vocabulary:
            if other.startswith(word) and other != word:
                for row, weight in self._weights[other].items():
                    rows[row] = max(rows.get(row, 0.0), 0.6 * weight)
        return rows | exact

    def _spelled(self, word: str) -> str:
        """The word as the catalog spells it; empty where nothing is near."""
        if word in self._weights or any(other.startswith(word) for other in self._vocabulary):
            return word
        near = get_close_matches(word, self._vocabulary, n=1, cutoff=0.78)
        return near[0] if near else ""


def _fields(product: Mapping[str, Any]) -> list[tuple[str, float]]:
    attributes = product["attributes"]
    return [
        (attributes["type"], 4.0),
        (product["name"], 3.0),
        (attributes["color"], 2.5),
        (attributes["shade"], 2.5),
        (" ".join(product["categories"]), 2.0),
        (attributes["material"], 2.0),
        (product["brand"], 2.0),
        (f"{attributes['style']} {attributes['season']} {attributes['pattern']}", 1.0),
        (product["description"], 0.3),
    ]


def _words(text: str) -> list[str]:
    words = (_singular(word) for word in _WORD.findall(text.lower()))
    return [_SAME.get(word, word) for word in words]


def _singular(word: str) -> str:
    """Crude on purpose: it only has to do the same to queries and products."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
