"""`maatwerk bench collect`: durable events a second, in batches, and proof that all of them are there."""

from __future__ import annotations

import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.cli.bench import servers
from maatwerk.cli.bench.load import Load, Plan, load

MUST, AIM = 20_000, 50_000
"""Events a second, acknowledged durable, in batches of 100 for 60 seconds."""

_SETTLE_SECONDS = 15.0
_CATCH_UP_SECONDS = 600.0


class Collected(msgspec.Struct, frozen=True):
    """What the measurement found."""

    events_per_second: float
    acknowledged: int
    stored: int
    """New distinct message ids that the server counts after the load."""
    complete: bool
    """Whether all that was acknowledged is counted, and no more than was sent."""
    p50_ms: float
    p90_ms: float
    p99_ms: float
    refused: int
    broken: int
    echo_events_per_second: float
    echo_p99_ms: float
    share_of_echo: float
    lag_seconds_at_end: float
    must: int
    aim: int
    seconds: float
    batch: int
    connections: int
    workers: int
    tool: str
    machine: str


def bench_collect(
    *,
    seconds: int = 60,
    batch: int = 100,
    connections: int = 16,
    workers: int = 2,
    url: str = "",
    write_key: str = servers.WRITE_KEY,
    secret_key: str = servers.SECRET_KEY,
    say: Callable[[str], None] = lambda text: None,
) -> Collected:
    """Load a real server with batches of events with ids of their own, and the empty echo beside it.

    Without ``url`` a `maatwerk serve` of its own is started on a new workspace. A request that was on
    its way when the load ended may be stored without having been acknowledged: never the other way.
    Raises `Unavailable` where a server does not answer.
    """
    plan = Plan(
        seconds=seconds, connections=connections, batch=batch, run=secrets.token_hex(4), write_key=write_key
    )
    say(f"the empty echo, {_echo_seconds(seconds)} s")
    with servers.echo(workers) as address:
        beside = load(address, msgspec.structs.replace(plan, seconds=_echo_seconds(seconds)))
    with ExitStack() as stack:
        if not url:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maatwerk-bench-")))
            url = stack.enter_context(servers.maatwerk(folder / "shop", workers))
        before = servers.stats(url, secret_key)["events_total"]
        say(f"collect, {seconds} s, {connections} connections, batches of {batch}")
        found = load(url, plan)
        lag = servers.stats(url, secret_key).get("lag_seconds", 0.0)
        stored = _settled(url, secret_key) - before
    return _figures(plan, found, beside, stored, lag, workers)


def _echo_seconds(seconds: int) -> int:
    return max(3, seconds // 6)


def _settled(url: str, secret_key: str) -> int:
    """``events_total`` once it stays the same: what was on its way has arrived."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    last = -1
    while time.monotonic() < deadline:
        total = int(servers.stats(url, secret_key)["events_total"])
        if total == last:
            return total
        last = total
        time.sleep(0.5)
    return last


def _figures(plan: Plan, found: Load, beside: Load, stored: int, lag: float, workers: int) -> Collected:
    acknowledged = found.answered * plan.batch
    on_the_way = plan.connections * plan.batch
    rate = acknowledged / found.seconds
    echo_rate = beside.answered * plan.batch / beside.seconds
    return Collected(
        events_per_second=round(rate),
        acknowledged=acknowledged,
        stored=stored,
        complete=acknowledged <= stored <= acknowledged + on_the_way,
        p50_ms=round(found.p50_ms, 2),
        p90_ms=round(found.p90_ms, 2),
        p99_ms=round(found.p99_ms, 2),
        refused=found.refused,
        broken=found.broken,
        echo_events_per_second=round(echo_rate),
        echo_p99_ms=round(beside.p99_ms, 2),
        share_of_echo=round(rate / echo_rate, 3),
        lag_seconds_at_end=lag,
        must=MUST,
        aim=AIM,
        seconds=round(found.seconds, 1),
        batch=plan.batch,
        connections=plan.connections,
        workers=workers,
        tool=found.tool,
        machine=machine(),
    )


def machine() -> str:
    """The machine in words, for beside the figures."""
    system = f"{platform.machine()}, {platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def as_text(found: Collected) -> str:
    """The figures for people."""
    rows: dict[str, Any] = {
        "events/s, acknowledged durable": f"{found.events_per_second:,.0f}"
        f"  (must {found.must:,}, aim {found.aim:,})",
        "p50 / p90 / p99 of a batch": f"{found.p50_ms} / {found.p90_ms} / {found.p99_ms} ms",
        "acknowledged and stored": f"{found.acknowledged:,} and {found.stored:,}"
        + ("" if found.complete else "  DIFFERENT"),
        "refused, broken": f"{found.refused}, {found.broken}",
        "empty echo beside it": f"{found.echo_events_per_second:,.0f} events/s, p99 {found.echo_p99_ms} ms",
        "share of the echo": f"{found.share_of_echo:.1%}",
        "lag of the views at the end": f"{found.lag_seconds_at_end} s",
        "how": f"{found.seconds} s, batches of {found.batch}, {found.connections} connections, "
        f"{found.workers} workers, by {found.tool}",
        "machine": found.machine,
    }
    return "\n".join(f"{name:<32} {value}" for name, value in rows.items())
