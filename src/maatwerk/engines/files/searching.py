"""Many byte strings looked for in one pass, whose cost hardly grows with their number.

The last four bytes of each, hashed to 16 bits, mark a table; a block's four-byte words at every alignment
are looked up in it at once, and what is left is compared whole (after Karp and Rabin, 1987).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.traces import LEAST_BYTES

BLOCK_BYTES = 4 * 1024 * 1024
_WORD = 4
_SPREAD = np.uint32(2_654_435_761)
_SHIFT = np.uint32(16)


class Needles:
    """What is looked for: strings of at least `LEAST_BYTES`; shorter ones are left out."""

    def __init__(self, traces: Iterable[bytes]) -> None:
        self.traces = sorted({trace for trace in traces if len(trace) >= LEAST_BYTES})
        self.longest = max(map(len, self.traces), default=0)
        self._by_word: dict[int, list[bytes]] = {}
        for trace in self.traces:
            self._by_word.setdefault(int.from_bytes(trace[-_WORD:], "little"), []).append(trace)
        words = np.array(list(self._by_word), np.uint32)
        self._marked = np.zeros(1 << 16, np.bool_)
        self._marked[_hashed(words)] = True

    def __bool__(self) -> bool:
        return bool(self.traces)

    def places(self, block: bytes) -> list[int]:
        """Where in a block any of them begins, in order; each place once."""
        found: set[int] = set()
        if not self.traces or len(block) < LEAST_BYTES:
            return []
        whole = np.frombuffer(block, np.uint8)
        for shift in range(_WORD):
            size = (len(block) - shift) // _WORD * _WORD
            words = whole[shift : shift + size].view("<u4")
            hits = np.flatnonzero(self._marked[_hashed(words)])
            self._verify(block, whole, words[hits], hits.astype(np.int64) * _WORD + shift, found)
        return sorted(found)

    def _verify(
        self,
        block: bytes,
        whole: NDArray[np.uint8],
        words: NDArray[np.uint32],
        ends: NDArray[np.int64],
        found: set[int],
    ) -> None:
        for word in np.unique(words).tolist():
            for trace in self._by_word.get(word, ()):
                starts = ends[words == word] + _WORD - len(trace)
                starts = starts[starts >= 0]
                for place in range(len(trace) - _WORD):  # byte by byte: few starts are left after the first
                    starts = starts[whole[starts + place] == trace[place]]
                    if not len(starts):
                        break
                found.update(starts.tolist())

    def among(self, rows: Sequence[bytes]) -> list[int]:
        """Which of these rows hold any of them, by their place in the sequence."""
        if not self.traces:
            return []
        block = b"\xff\xfe\xff".join(rows)  # in no text, and in no spelling of one
        places = self.places(block)
        if not places:
            return []
        lengths = np.fromiter(map(len, rows), np.int64, len(rows)) + 3
        begins = np.cumsum(lengths) - lengths
        return sorted(set((np.searchsorted(begins, places, side="right") - 1).tolist()))


def occurrences(path: Path, needles: Needles) -> tuple[int, list[int]]:
    """Bytes read of a file, and where in it any of them begins."""
    found: list[int] = []
    at = 0
    kept = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            joined = kept + block
            found += [at - len(kept) + place for place in needles.places(joined)]
            at += len(block)
            kept = joined[-(needles.longest - 1) :] if needles.longest > 1 else b""
    return at, sorted(set(found))


def files_below(folder: Path) -> Iterator[Path]:
    """Every file, in order."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _hashed(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (words * _SPREAD) >> _SHIFT
