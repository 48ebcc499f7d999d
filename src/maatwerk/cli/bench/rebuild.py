"""`maatwerk bench rebuild`: how many events a second a view is folded anew from the log."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from maatwerk.app.parts import open_parts
from maatwerk.cli.bench.collect import machine
from maatwerk.cli.bench.plan import Sizes
from maatwerk.cli.bench.world import kept_at, world

VIEWS = ("profile", "catalog")


class Rebuilt(msgspec.Struct, frozen=True):
    """One view. ``cpu_seconds`` tells more than ``seconds`` on a machine that does other work as well."""

    view: str
    events: int
    seconds: float
    cpu_seconds: float
    events_per_second: int


class RebuildFound(msgspec.Struct, frozen=True):
    """What the measurement found. ``peak_mb`` is the process's largest resident memory."""

    views: list[Rebuilt]
    sizes: Sizes
    peak_mb: int
    busy: tuple[float, float, float]
    machine: str


def bench_rebuild(
    *, folder: Path | None = None, sizes: Sizes | None = None, say: Callable[[str], None] = lambda text: None
) -> RebuildFound:
    """Fold the views anew beside their rows, and swap.

    Raises `Refused` where the folder holds something else.
    """
    sizes = sizes or Sizes()
    busy = os.getloadavg()
    folder = folder or kept_at(sizes)
    world(folder, sizes, say)
    parts = open_parts(folder, projects=True)
    try:
        projector = parts.projector()
        projector.prepare()
        views = []
        for view in VIEWS:
            began, cpu = time.perf_counter(), time.process_time()
            events = projector.rebuild(view)
            seconds = time.perf_counter() - began
            views.append(
                Rebuilt(
                    view,
                    events,
                    round(seconds, 1),
                    round(time.process_time() - cpu, 1),
                    round(events / seconds),
                )
            )
            say(as_line(views[-1]))
    finally:
        parts.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return RebuildFound(views, sizes, peak, busy, machine())


def as_line(rebuilt: Rebuilt) -> str:
    """A view for people."""
    return (
        f"{rebuilt.view:<8} {rebuilt.events:>10,} events  {rebuilt.events_per_second:>8,} a second  "
        f"({rebuilt.seconds} s, {rebuilt.cpu_seconds} s of CPU)"
    )


def as_text(found: RebuildFound) -> str:
    """The figures for people."""
    return "\n".join(
        [
            *map(as_line, found.views),
            f"peak memory {found.peak_mb} MB; load averages before: "
            + " ".join(f"{each:.1f}" for each in found.busy),
            found.machine,
        ]
    )
