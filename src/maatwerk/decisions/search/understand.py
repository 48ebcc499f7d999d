"""From what she typed to what is looked for: corrections, synonyms, compounds, units, parts of SKUs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from maatwerk.decisions.search.index import Alternative, Concept, Term
from maatwerk.decisions.search.spelling import Vocabulary, allowed_slips
from maatwerk.decisions.search.text import Stem, telling, words
from maatwerk.decisions.search.units import measure

CONCEPTS_MOST = 12
LETTERS_MOST = 200
"""Of a query; what is longer is pasted text."""

_SYNONYM, _COMPOUND, _JOINED, _PREFIX, _SKU = 0.9, 0.9, 0.95, 0.4, 1.0
_SLIPS = (1.0, 0.8, 0.5)
_RARE, _COMMONER = 2, 25
"""A word that hardly any product has, and one letter from a word this many times as common, may be a slip."""

Synonyms = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
"""Stems in a row to the words that may stand for them."""


class Understood(msgspec.Struct, frozen=True):
    """What a query means. ``corrected`` is the query as it is probably meant, where words were mistyped;
    ``synonyms`` what was added, as ``said = other``."""

    text: str
    said: tuple[str, ...]
    concepts: tuple[Concept, ...]
    phrase: tuple[str, ...]
    corrected: str = ""
    synonyms: tuple[str, ...] = ()


class Reader:
    """Understands queries over one index."""

    def __init__(self, vocabulary: Vocabulary, stem: Stem, synonyms: Synonyms | None = None) -> None:
        self.vocabulary = vocabulary
        self._language = vocabulary.language
        self.stem = stem
        self._synonyms = synonyms or {}
        self._longest = max(map(len, self._synonyms), default=0)

    def term(self, word: str, kind: str = "word") -> Term:
        """A word to look up."""
        return Term(word, self.stem(self._language, word), kind)

    def understand(self, text: str, *, typing: bool = True) -> Understood:
        """``typing``: the last word may be unfinished."""
        text = " ".join(text[:LETTERS_MOST].split())
        said = tuple(telling(words(text, self._language), self._language))[: 2 * CONCEPTS_MOST]
        concepts: list[Concept] = []
        corrected: list[str] = []
        place = 0
        while place < len(said) and len(concepts) < CONCEPTS_MOST:
            last = place == len(said) - 1
            length, concept, better = self._at(said, place, typing and last)
            concepts.append(concept)
            corrected.append(better)
            place += length
        synonyms = [
            f"{concept.said} = {' '.join(term.text for term in each.terms)}"
            for concept in concepts
            for each in concept.alternatives
            if each.why == "synonym"
        ]
        meant = " ".join(corrected)
        whole = " ".join(concept.said for concept in concepts)
        return Understood(
            text,
            said,
            tuple(concepts),
            tuple(self.stem(self._language, word) for word in said if not _is_measure(word)),
            meant if meant != whole else "",
            tuple(synonyms),
        )

    def _at(self, said: Sequence[str], place: int, unfinished: bool) -> tuple[int, Concept, str]:
        """How many words the concept at a place takes, the concept, and its words as they are meant."""
        for length in range(min(self._longest, len(said) - place), 1, -1):
            span = said[place : place + length]
            others = self._others(span)
            if others:
                mine = Alternative(tuple(map(self.term, span)))
                return length, Concept(" ".join(span), (mine, *others)), " ".join(span)
        if place + 2 < len(said) and measure(said[place], said[place + 1]) == said[place + 2]:
            return (
                3,
                self._size(said[place], said[place + 1], said[place + 2]),
                " ".join(said[place : place + 2]),
            )
        if place + 1 < len(said) and self._joins(said[place], said[place + 1]):
            pair = (said[place], said[place + 1])
            both = Alternative(tuple(map(self.term, pair)))
            one = Alternative((self.term("".join(pair)),), _JOINED, "joined")
            return 2, Concept(" ".join(pair), (both, one)), " ".join(pair)
        concept, better = self._one(said[place], unfinished)
        return 1, concept, better

    def _others(self, span: Sequence[str]) -> list[Alternative]:
        stems = tuple(self.stem(self._language, word) for word in span)
        found = self._synonyms.get(stems, ())
        return [Alternative(tuple(map(self.term, words_)), _SYNONYM, "synonym") for words_ in found]

    def _size(self, number: str, unit: str, joined: str) -> Concept:
        exact = Alternative((self.term(joined),))
        loose = Alternative((self.term(number), self.term(unit)), 0.6)
        return Concept(f"{number} {unit}", (exact, loose))

    def _joins(self, left: str, right: str) -> bool:
        """Whether two words are commonly written as one here: ``play station``."""
        if not (left.isalpha() and right.isalpha()):
            return False
        vocabulary = self.vocabulary
        together = vocabulary.counts.get(left + right, 0)
        return together > 0 and (together > 2 or not (vocabulary.count(left) and vocabulary.count(right)))

    def _one(self, word: str, unfinished: bool) -> tuple[Concept, str]:
        vocabulary = self.vocabulary
        ways = [Alternative((self.term(word),)), *self._others((word,))]
        better = word
        common = vocabulary.count(word)
        parts = vocabulary.parts(word)
        if parts:
            ways.append(Alternative(tuple(map(self.term, parts)), _COMPOUND, "compound"))
        if len(word) >= 2 and (unfinished or not common):
            ways.append(Alternative((self.term(word, "prefix"),), _PREFIX, "prefix"))
        if len(word) >= 3 and (any(letter.isdigit() for letter in word) or not common):
            ways.append(Alternative((Term(word, word, "sku"),), _SKU, "sku"))
        if common <= _RARE and not parts:
            more = self._corrections(word, common, unfinished)
            ways.extend(more)
            if more and not common:
                better = " ".join(term.text for term in more[0].terms)
        return Concept(word, tuple(ways)), better

    def _corrections(self, word: str, common: int, unfinished: bool) -> list[Alternative]:
        vocabulary = self.vocabulary
        if not common and unfinished and vocabulary.begins(word):
            return []
        slips_most = min(allowed_slips(word), 1) if common else allowed_slips(word)
        near = vocabulary.near(word, slips_most, at_least=_COMMONER * common) if slips_most else []
        if near and not common:
            near = [each for each in near if each[1] == near[0][1]]
        found = [Alternative((self.term(other),), _SLIPS[slips], "correction") for other, slips in near]
        if found or common or not word.isalpha():
            return found
        halves = vocabulary.halves(word)
        return [Alternative(tuple(map(self.term, halves)), _JOINED, "correction")] if halves else []


def _is_measure(word: str) -> bool:
    return word[0].isdigit() and not word.isdigit()
