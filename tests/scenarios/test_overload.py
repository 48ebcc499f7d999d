"""Far more than can be taken (G17): taken, or told to come back; nothing hangs, what was taken is there."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.scenarios.server import WRITE, Server
from tests.scenarios.test_malformed import resident, settled

PATIENCE_SECONDS = 10.0
"""Clients' usual time-out."""

GROWTH_MIB = 300.0
_numbers = itertools.count()


MARK = b"@@@@@@@@"


def template(size: int) -> bytes:
    """A request with one batch; `MARK` stands where a number makes it one that nobody has sent."""
    message = {"type": "track", "event": "Product Viewed", "properties": {"sku": "s-1"}}
    names = {"anonymousId": "a-@@@@@@@@"}
    batch = [message | names | {"messageId": f"m-@@@@@@@@-{place}"} for place in range(size)]
    content = msgspec.json.encode({"batch": batch})
    key = base64.b64encode(f"{WRITE}:".encode()).decode()
    head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


class Flood:
    """Clients that never wait: when refused they ask again, with something new.

    They speak plain sockets, so that on shared cores it is the server that is flooded and not they.
    """

    def __init__(self, server: Server, clients: int, size: int) -> None:
        self.server = server
        self.clients = clients
        self.statuses: Counter[int] = Counter()
        self.accepted = 0
        self.faults: list[str] = []
        self.times: list[float] = []
        self._template = template(size)

    async def run(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(*(self._client(until) for _ in range(self.clients)))

    async def _client(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        while time.monotonic() < until:
            content = self._template.replace(MARK, b"%08d" % next(_numbers))
            began = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    writer.write(content)
                    await writer.drain()
                    self._count(*await answer(reader))
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
                self.faults.append(repr(fault))
                break
            self.times.append(time.monotonic() - began)
        writer.close()

    def _count(self, status: int, head: bytes, content: bytes) -> None:
        self.statuses[status] += 1
        if status == 200:
            self.accepted += msgspec.json.decode(content)["accepted"]
        elif status not in (429, 503) or b"retry-after: " not in head:
            self.faults.append(f"{head!r} {content[:200]!r}")


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    """Status, header block and body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head[9:12]), head, await reader.readexactly(length)


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
    server = Server(tmp_path / "workspace", seal_every_seconds="3600")
    server.start()
    yield server
    server.stop()


def test_more_than_can_be_taken(server: Server) -> None:
    flooded(server, 60, 1_000, 1)


@pytest.mark.prove
def test_several_times_the_capacity(server: Server) -> None:
    flood, growth = flooded(server, 300, 1_000, 30)
    print(
        f"\n300 clients without pause, 30 s: {dict(flood.statuses)}, {flood.accepted} events stored,"
        f" the slowest answer {max(flood.times):.1f} s, the most a worker grew {growth:+.0f} MiB,"
        f" load {os.getloadavg()[0]:.1f}"
    )
    assert flood.statuses[429] + flood.statuses[503] > 0, "it was not too much"
