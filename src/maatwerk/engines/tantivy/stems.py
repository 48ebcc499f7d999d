"""Snowball stemmers, as tantivy has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from maatwerk.decisions.search.languages import STEMMERS

_KEPT = 300_000


@lru_cache(maxsize=_KEPT)
def stem(language: str, word: str) -> str:
    """A folded word's stem; the word itself for a language without a stemmer, and for what holds digits."""
    name = STEMMERS.get(language)
    if name is None or not word.isalpha():
        return word
    found = _stemmer(name)(word)
    return found[0] if found and found[0] else word


@lru_cache(maxsize=32)
def _stemmer(name: str) -> Callable[[str], list[str]]:
    import tantivy  # here: a worker that has not yet searched need not load it

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    analyze: Callable[[str], list[str]] = builder.filter(tantivy.Filter.stemmer(name)).build().analyze
    return analyze
