"""One clock for all processes of a workspace; it may run fast, and never goes back."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from maatwerk.engines.files.workspace import write_whole


class Anchor(msgspec.Struct):
    """A real moment, the workspace's moment then, and how fast it went on from there."""

    real_ms: int
    shown_ms: int
    speed: float


class WorkspaceClock:
    """Milliseconds since the epoch. Its anchor is a file, so that a restart of a sped-up demo does
    not fall behind what it has already recorded."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        real = time.time_ns() // 1_000_000
        anchor = _read(path)
        if anchor is None:
            anchor = Anchor(real, real, 1.0)
        shown = anchor.shown_ms + int(max(real - anchor.real_ms, 0) * anchor.speed)
        if speed == 1.0 and shown < real:
            shown = real  # a clock of normal speed is the real one, once that has caught up
        if anchor.speed != speed or not path.exists():
            anchor = Anchor(real, shown, speed)
            write_whole(path, msgspec.json.encode(anchor))
        elif speed == 1.0 and anchor.shown_ms - anchor.real_ms <= 0:
            anchor = Anchor(real, real, 1.0)
        self._anchor = anchor
        self._last = 0

    def __call__(self) -> int:
        """The present."""
        real = time.time_ns() // 1_000_000
        shown = self._anchor.shown_ms + int((real - self._anchor.real_ms) * self._anchor.speed)
        self._last = max(self._last, shown)
        return self._last


def _read(path: Path) -> Anchor | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Anchor)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
