"""How a condition is refused: with the place in its text, so that an editor can put the cursor there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from maatwerk.core.errors import Refused


class RefusedCondition(Refused):
    """A condition that cannot be accepted. `line` and `column` count from 1; both 0: not from a text."""

    def __init__(self, code: str, detail: str, *, hint: str = "", text: str = "", offset: int = -1) -> None:
        self.line, self.column = position(text, offset) if offset >= 0 else (0, 0)
        where = f"line {self.line}, column {self.column}: " if self.line else ""
        super().__init__(f"condition_{code}", where + detail, field="condition", hint=hint)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A remedy for a misspelled name: the nearest known one, or all of them while they are few."""
    known = sorted(known)
    if near := get_close_matches(wrong, known, n=1, cutoff=0.6):
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}" if known else ""
