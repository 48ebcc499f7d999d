"""The words of a catalog: how often each occurs, what is spelled nearly like one, what it is composed of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

import numpy as np

from maatwerk.decisions.search.languages import JOINTS
from maatwerk.decisions.search.text import Stem

_PART_LEAST = 3
_COMPOUND_LEAST = 7
_COMPARED = 60
"""Words that are compared letter by letter before the first letter has to agree."""
_SPLITS_MOST = 200_000


class Vocabulary:
    """The words of one index, as of one of its commits.

    ``counts``: folded word to the number of products that have it. A word counts as known when itself or its
    stem occurs.
    """

    def __init__(self, counts: Mapping[str, int], language: str, stem: Stem) -> None:
        self.language = language
        self.counts = dict(counts)
        self._stem = stem
        self._stems: dict[str, int] = {}
        for word, count in self.counts.items():
            root = stem(language, word)
            self._stems[root] = max(self._stems.get(root, 0), count)
        self._words = [word for word in self.counts if len(word) > _PART_LEAST and word.isalpha()]
        self._lengths = np.fromiter(map(len, self._words), np.int16, len(self._words))
        self._frequencies = np.fromiter((self.counts[w] for w in self._words), np.int64, len(self._words))
        self._letters = np.fromiter(map(_letters, self._words), np.uint64, len(self._words))
        self._sorted = sorted(self.counts)
        self._firsts = np.fromiter((ord(word[0]) for word in self._words), np.uint32, len(self._words))
        self._splits: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.counts)

    def count(self, word: str) -> int:
        """In how many products a word occurs, in this or another form."""
        return max(self.counts.get(word, 0), self._stems.get(self._stem(self.language, word), 0))

    def begins(self, prefix: str, most: int = 1) -> list[str]:
        """Words that begin like this, in order."""
        at = bisect_left(self._sorted, prefix)
        found = self._sorted[at : at + most]
        return [word for word in found if word.startswith(prefix)]

    def halves(self, word: str) -> tuple[str, ...]:
        """Two known words that were written as one (``harleydavidson``); empty where it is not so."""
        best: tuple[int, tuple[str, ...]] = (0, ())
        for at in range(_PART_LEAST, len(word) - _PART_LEAST + 1):
            worth = min(self.counts.get(word[:at], 0), self.counts.get(word[at:], 0))
            if worth > best[0]:
                best = (worth, (word[:at], word[at:]))
        return best[1]

    def near(self, word: str, distance: int, most: int = 3, at_least: int = 1) -> list[tuple[str, int]]:
        """Words within so many slips of the finger, the nearest and commonest first, with their slips.

        A slip is a letter lost, added, changed, or swapped with the next (Damerau, 1964). Words are first
        sifted by length, by the letters they are made of and, where ``at_least`` products are asked for, by
        how common they are, so that few are compared.
        """
        common = self._frequencies >= at_least
        if not common.any():
            return []
        apart = np.bitwise_count(self._letters ^ np.uint64(_letters(word)))
        sifted = np.flatnonzero(
            common & (apart <= 2 * distance) & (np.abs(self._lengths - np.int16(len(word))) <= distance)
        )
        if len(sifted) > _COMPARED:
            # people seldom mistype a word's first letter
            same = sifted[self._firsts[sifted] == ord(word[0])]
            sifted = same if len(same) else sifted[:_COMPARED]
        found = []
        for place in sifted.tolist():
            other = self._words[place]
            slips = slips_between(word, other, distance)
            if 0 < slips <= distance:
                found.append((slips, other[0] != word[0], -self.counts[other], other))
        return [(other, slips) for slips, _, _, other in sorted(found)[:most]]

    def parts(self, word: str) -> tuple[str, ...]:
        """The words a German or Dutch compound is made of (``winterjas``: ``winter``, ``jas``); empty where
        it is none. Of several readings the one whose parts are commonest in this catalog."""
        joints = JOINTS.get(self.language)
        if joints is None or len(word) < _COMPOUND_LEAST or not word.isalpha():
            return ()
        known = self._splits.get(word)
        if known is None:
            if len(self._splits) >= _SPLITS_MOST:
                self._splits.clear()
            known = self._splits[word] = self._split(word, joints, 2)
        return known

    def _split(self, word: str, joints: tuple[str, ...], deeper: int) -> tuple[str, ...]:
        best: tuple[float, tuple[str, ...]] = (0.0, ())
        for at in range(_PART_LEAST, len(word) - _PART_LEAST + 1):
            tail = word[at:]
            ending = self._known(tail)
            inner = () if ending or not deeper else self._split(tail, joints, deeper - 1)
            if not ending and not inner:
                continue
            for joint in joints:
                head = word[:at].removesuffix(joint) if joint else word[:at]
                if len(head) < _PART_LEAST or (joint and not word[:at].endswith(joint)):
                    continue
                beginning = self._known(head)
                if beginning:
                    worth = (np.log1p(beginning) * max(np.log1p(ending), 0.5)) * (
                        1.25 if head in self.counts else 1.0
                    )
                    if worth > best[0]:
                        best = (float(worth), (head, *(inner or (tail,))))
        return best[1]

    def _known(self, word: str) -> int:
        return self.count(word) if len(word) >= _PART_LEAST else 0


def slips_between(left: str, right: str, most: int) -> int:
    """The number of slips between two words (optimal string alignment), or ``most`` + 1 where it is more."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    two_back: list[int] = []
    back = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        now = [row]
        for column, b in enumerate(right, 1):
            best = min(back[column] + 1, now[-1] + 1, back[column - 1] + (a != b))
            if row > 1 and column > 1 and a == right[column - 2] and left[row - 2] == b:
                best = min(best, two_back[column - 2] + 1)
            now.append(best)
        if min(now) > most:
            return most + 1
        two_back, back = back, now
    return back[-1]


def counted(texts: Iterable[Iterable[str]]) -> dict[str, int]:
    """In how many of the texts (given as words) each word occurs."""
    counts: dict[str, int] = {}
    for words in texts:
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    return counts


def allowed_slips(word: str) -> int:
    """None in short words, where every slip is another word; one from four letters, two from eight."""
    if not word.isalpha():
        return 0
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def _letters(word: str) -> int:
    """A bit for each letter that occurs; others share the rest of 64 bits."""
    bits = 0
    for letter in word:
        code = ord(letter) - 97
        bits |= 1 << (code if 0 <= code < 26 else 26 + ord(letter) % 38)
    return bits
