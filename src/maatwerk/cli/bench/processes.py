"""What a server's processes use, by role, read from ``/proc``: seconds of CPU and memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_ROLES = ("worker", "background", "train")


class Used(msgspec.Struct):
    """Seconds of CPU since they started, and resident megabytes, by role (``worker``, ``background``,
    ``train``, ``other``); ``each`` is the CPU of every request worker by itself."""

    seconds: dict[str, float]
    megabytes: dict[str, float]
    each: dict[int, float]

    def since(self, before: Used) -> dict[str, float]:
        """Seconds of CPU by role since then."""
        return {role: self.seconds.get(role, 0.0) - before.seconds.get(role, 0.0) for role in self.seconds}


def children() -> set[int]:
    """Of this process."""
    return set(_children_of(os.getpid()))


def used(root: int) -> Used:
    """By a process and all below it. What a child that has ended used counts as ``train`` where its parent
    is the background process, which starts no others."""
    seconds: dict[str, float] = {}
    megabytes: dict[str, float] = {}
    each: dict[int, float] = {}
    for number in _tree(root):
        try:
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            role = _role(Path(f"/proc/{number}/cmdline").read_bytes())
        except OSError:
            continue  # it has just ended
        own, ended = (sum(map(int, fields[at : at + 2])) / _TICKS for at in (11, 13))
        resident = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        seconds[role] = seconds.get(role, 0.0) + own
        if role == "background":
            seconds["train"] = seconds.get("train", 0.0) + ended
        megabytes[role] = max(megabytes.get(role, 0.0), resident)
        if role == "worker":
            each[number] = own
    return Used(seconds, megabytes, each)


def _role(command: bytes) -> str:
    words = command.decode(errors="replace").split("\0")
    if "maatwerk.app" not in words:
        return "other"
    said = words[words.index("maatwerk.app") + 1]
    return next((role for role in _ROLES if said.startswith(role)), "other")


def _tree(root: int) -> Iterator[int]:
    yield root
    for child in _children_of(root):
        yield from _tree(child)


def _children_of(number: int) -> Iterator[int]:
    for file in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            yield from map(int, file.read_text().split())
        except OSError:
            continue
