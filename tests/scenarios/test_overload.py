"""Far more than can be taken (G17): taken, or told to come back; nothing hangs, what was taken is there."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.scenarios.server import WRITE, Server
from tests.scenarios.test_malformed import resident, settled

PATIENCE_SECONDS = 20.0
GROWTH_MIB = 300.0
_numbers = itertools.count()


def body(size: int) -> bytes:
    """A batch that nobody has sent."""
    number = next(_numbers)
    message = {"type": "track", "event": "Product Viewed", "properties": {"sku": "s-1"}}
    batch = [
        message | {"messageId": f"m-{number}-{place}", "anonymousId": f"a-{number}"} for place in range(size)
    ]
    return msgspec.json.encode({"batch": batch})


class Flood:
    """Clients that never wait: when refused they ask again, with something new."""

    def __init__(self, server: Server, clients: int, size: int) -> None:
        self.server = server
        self.clients = clients
        self.size = size
        self.statuses: Counter[int] = Counter()
        self.accepted = 0
        self.faults: list[str] = []
        self.slowest = 0.0
        self.decided: list[float] = []

    async def run(self, seconds: float) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(
            base_url=self.server.url, auth=(WRITE, ""), timeout=PATIENCE_SECONDS, limits=limits
        ) as client:
            until = time.monotonic() + seconds
            await asyncio.gather(*(self._send(client, until) for _ in range(self.clients)))

    async def _send(self, client: httpx.AsyncClient, until: float) -> None:
        while time.monotonic() < until:
            content = body(self.size)
            began = time.monotonic()
            try:
                answer = await client.post("/v1/batch", content=content)
            except httpx.HTTPError as fault:
                self.faults.append(repr(fault))
                continue
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.accepted += answer.json()["accepted"]
            elif answer.status_code in (429, 503):
                assert int(answer.headers["retry-after"]) >= 1
            else:
                self.faults.append(answer.text[:300])


def flooded(server: Server, clients: int, size: int, seconds: float) -> tuple[Flood, float]:
    before: dict[str, float] = settled(server)
    flood = Flood(server, clients, size)
    asyncio.run(flood.run(seconds))
    workers = server.children("worker")
    growth = max(resident(process) - before[role] for role, process in workers.items())
    assert flood.faults == []
    assert flood.accepted > 0
    assert set(flood.statuses) <= {200, 429, 503}
    stats: dict[str, Any] = server.settled_stats()
    assert stats["events_total"] == flood.accepted, "what was taken and what is there differ"
    assert growth < GROWTH_MIB
    assert server.post("/v1/decide", {"context": {"page": {"type": "home"}}})["placements"]
    return flood, growth


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "workspace", train_every_seconds="3600", seal_every_seconds="3600")
    server.start()
    yield server
    server.stop()


def test_more_than_can_be_taken(server: Server) -> None:
    flooded(server, 60, 1_000, 3)


@pytest.mark.prove
def test_several_times_the_capacity(server: Server) -> None:
    flood, growth = flooded(server, 300, 1_000, 30)
    print(
        f"\n300 clients without pause, 30 s: {dict(flood.statuses)}, {flood.accepted} events stored,"
        f" the slowest answer {flood.slowest:.1f} s, the most a worker grew {growth:+.0f} MiB,"
        f" load {os.getloadavg()[0]:.1f}"
    )
    assert flood.statuses[429] + flood.statuses[503] > 0, "it was not too much"
