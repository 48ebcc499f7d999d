"""Synonyms as the merchant writes them, both ways or one way, of any number of words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.search.text import Stem, words

WORDS_MOST = 8


class OneWay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Who says ``from`` finds ``to`` as well, not the other way round."""

    from_: str = msgspec.field(name="from")
    to: tuple[str, ...]


class Synonyms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """``two-way``: groups that mean the same; ``one-way``: the narrower for the wider."""

    two_way: tuple[tuple[str, ...], ...] = ()
    one_way: tuple[OneWay, ...] = ()


Table = dict[tuple[str, ...], list[tuple[str, ...]]]


def parse_synonyms(key: str, document: Mapping[str, Any]) -> Synonyms:
    """The synonyms of a document. Raises `Refused` naming what is wrong."""
    field = f"synonyms.{key}"
    try:
        said = msgspec.convert(document, Synonyms)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=field) from None
    texts = [text for group in said.two_way for text in group]
    texts += [text for each in said.one_way for text in (each.from_, *each.to)]
    for text in texts:
        if not 1 <= len(words(text)) <= WORDS_MOST:
            raise Refused(
                "rule_not_valid", f"{text[:60]!r} has no words, or too many", field=field, hint="1 to 8 words"
            )
    for group in said.two_way:
        if len(group) < 2:
            raise Refused("rule_not_valid", "a group has two words or more", field=f"{field}.two-way")
    return said


def table(documents: Iterable[Synonyms], language: str, stem: Stem) -> Table:
    """By the stems of what is said the words that may stand for it."""
    found: Table = {}

    def add(said: str, other: str) -> None:
        key = tuple(stem(language, word) for word in words(said, language))
        value = tuple(words(other, language))
        if key and value and value not in found.setdefault(key, []):
            found[key].append(value)

    for document in documents:
        for group in document.two_way:
            for said in group:
                for other in group:
                    if said != other:
                        add(said, other)
        for each in document.one_way:
            for other in each.to:
                add(each.from_, other)
    return found
