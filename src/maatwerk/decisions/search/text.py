"""Words of a text, folded so that spelling habits do not matter: case, accents, hyphens, apostrophes, units.

Any script: what is written without spaces (Chinese, Japanese, Thai) is read in pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from maatwerk.decisions.search.languages import ELISIONS, STOP_WORDS
from maatwerk.decisions.search.units import UNITS, measured

Stem = Callable[[str, str], str]
"""A language and a folded word to its stem; for a language without a stemmer the word itself."""

LETTERS_MOST = 60
"""Longer words are cut: they are no words."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+", re.UNICODE)
_RUN = re.compile(r"[^\W_]+(?:[.,'’](?=\w)[^\W_]+)*[\"″”]?", re.UNICODE)
_UNSPACED = re.compile(r"[฀-๿぀-ヿ㐀-䶿一-鿿]+")
_SPECIAL = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ı": "i", "’": "'"}
)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Lower case, without accents and ligatures: ``Größe`` and ``GROSSE`` are one."""
    lower = unicodedata.normalize("NFKD", word.casefold().translate(_SPECIAL))
    return unicodedata.normalize("NFC", "".join(c for c in lower if not unicodedata.combining(c)))


@lru_cache(maxsize=100_000)
def umlauts_written_out(word: str) -> str:
    """``grün`` as ``gruen``, folded; empty where there is no umlaut."""
    lower = unicodedata.normalize("NFC", word.casefold())
    if not any(c in lower for c in "äöü"):
        return ""
    return fold(lower.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))


def words(text: str, language: str = "") -> list[str]:
    """The folded words of a text in order. A number joined to its unit (``500 ml``, ``43"``) gives one more
    word in a common measure (``500ml``, ``43inch``), after the words as they are written."""
    found: list[str] = []
    elisions = ELISIONS.get(language, ())
    for run in _RUN.findall(text):
        _split(run, elisions, found)
    return measured(found)


def _split(run: str, elisions: tuple[str, ...], found: list[str]) -> None:
    inches = run[-1] in '"″”'
    if inches:
        run = run[:-1]
    if run.isascii() and run.isalpha():
        found.append(run.lower()[:LETTERS_MOST])
        return
    for piece in _UNSPACED.split(run) if _UNSPACED.search(run) else (run,):
        _pieces(piece, elisions, found)
    for unspaced in _UNSPACED.findall(run):
        found.extend([unspaced[n : n + 2] for n in range(len(unspaced) - 1)] or [unspaced])
    if inches and found and found[-1][0].isdigit():
        found.append("inch")


def _pieces(run: str, elisions: tuple[str, ...], found: list[str]) -> None:
    run = fold(run)
    if "'" in run:
        head, _, tail = run.partition("'")
        if head in elisions:
            run = tail
        elif tail in ("s", ""):
            run = head
        else:
            run = run.replace("'", "")
    if not run:
        return
    parts = _WORD.findall(run)
    if len(parts) == 2 and parts[0][0].isdigit() and parts[1] in UNITS:
        found.extend((number(parts[0]), parts[1]))
    elif len(parts) == 1 and parts[0][0].isdigit():
        found.append(number(parts[0]))
    else:
        found.append(run.replace(".", "").replace(",", "")[:LETTERS_MOST])


def number(text: str) -> str:
    """``1.500,00`` stays in digits as far as it can be told: a comma before one or two digits is a point."""
    if re.fullmatch(r"\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    return text.replace(",", "")


def telling(given: Iterable[str], language: str) -> list[str]:
    """Without the words that say nothing (``for``, ``the``); all of them where nothing else is said."""
    said = list(given)
    stop = STOP_WORDS.get(language, frozenset())
    return [word for word in said if word not in stop] or said


def language_of(texts: Iterable[str], known: Iterable[str] = ("en", "nl", "de", "fr", "es")) -> str:
    """The language that a catalog's texts are written in, by their commonest words; English where nothing
    can be told."""
    counts = dict.fromkeys(known, 0)
    for text in texts:
        for word in _RUN.findall(text.lower()):
            for language in counts:
                counts[language] += fold(word) in STOP_WORDS[language]
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else "en"
