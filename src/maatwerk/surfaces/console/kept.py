"""Answers kept for some seconds: one computation at a time, in a thread; meanwhile the last answer serves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

ENTRIES = 32
STALE_FACTOR = 3
"""For so many lifetimes an old answer may be given at once while a new one is made."""


class Kept:
    """A small table of answers by key; the least lately made falls out."""

    def __init__(self, seconds: float, stale_factor: float = STALE_FACTOR) -> None:
        self._seconds = seconds
        self._stale_seconds = seconds * stale_factor
        self._answers: dict[Hashable, tuple[float, Any]] = {}
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer of ``make``, at most so many seconds old, or a little older while a new one is made."""
        found = self._answers.get(key)
        age = time.monotonic() - found[0] if found else float("inf")
        if found and age < self._seconds:
            answer: T = found[1]
            return answer
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._make(key, make))
        if found and age < self._stale_seconds:
            answer = found[1]
            return answer
        answer = await asyncio.shield(task)
        return answer

    async def _make(self, key: Hashable, make: Callable[[], T]) -> T:
        try:
            answer = await asyncio.to_thread(make)
            self._answers.pop(key, None)
            if len(self._answers) >= ENTRIES:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = (time.monotonic(), answer)
            return answer
        finally:
            self._running.pop(key, None)
