"""kill -9 under load, again and again: nothing acknowledged is lost, nothing counts twice, it is soon back.

Two cycles always; two hundred with `make prove` (trust goal G1).
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.scenarios.server import SECRET, WRITE, Server

RESTART_SECONDS = 5.0
BATCH = 10


class Sender(threading.Thread):
    """Sends batches without pause; repeats what was not acknowledged, as every client does."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.acknowledged: set[str] = set()
        self.sent: set[str] = set()
        self.stopping = threading.Event()
        self._url = url

    def run(self) -> None:
        number = 0
        waiting: list[dict[str, Any]] = []
        with httpx.Client(base_url=self._url, auth=(WRITE, ""), timeout=2) as client:
            while not self.stopping.is_set():
                if not waiting:
                    waiting = [self._message(number + place) for place in range(BATCH)]
                    number += BATCH
                    self.sent.update(message["messageId"] for message in waiting)
                try:
                    answer = client.post("/v1/batch", json={"batch": waiting})
                except httpx.HTTPError:
                    time.sleep(0.05)
                    continue
                if answer.status_code == 200:
                    self.acknowledged.update(message["messageId"] for message in waiting)
                    waiting = []

    def _message(self, number: int) -> dict[str, Any]:
        return {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"{self.name}-{number}",
            "anonymousId": f"a-{number % 500}",
            "properties": {"sku": f"s-{number % 50}"},
        }


def stored(server: Server) -> list[str]:
    """Message ids of all collected events, in the log's order."""
    ids: list[str] = []
    since = "0"
    with httpx.Client(base_url=server.url, auth=(SECRET, ""), timeout=60) as client:
        while True:
            answer = client.get(f"/v1/admin/events?origin=collected&since={since}&limit=10000")
            assert answer.status_code == 200, answer.text
            lines = [msgspec.json.decode(line) for line in answer.content.splitlines() if line.strip()]
            if not lines:
                return ids
            ids.extend(line["messageId"] for line in lines)
            since = answer.headers["x-next-cursor"]


def crash_cycles(folder: Path, cycles: int) -> list[float]:
    """Seconds of every restart."""
    server = Server(folder, workers=2)
    server.start()
    senders = [Sender(server.url, f"m{os.getpid()}-{number}") for number in range(4)]
    for sender in senders:
        sender.start()
    restarts = []
    for cycle in range(cycles):
        time.sleep(0.2 + 0.05 * (cycle % 5))  # under load, at ever another moment of it
        server.kill()
        restarts.append(server.start())
        if cycle % 20 == 19:
            print(f"{cycle + 1} crashes, longest restart {max(restarts):.2f} s", flush=True)
    for sender in senders:
        sender.stopping.set()
        sender.join()
    ids = stored(server)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    sent = set().union(*(sender.sent for sender in senders))
    assert acknowledged, "nothing was acknowledged: this proves nothing"
    assert not acknowledged - set(ids), "acknowledged, but lost"
    assert len(ids) == len(set(ids)), "stored twice"
    assert not set(ids) - sent, "stored, but never sent"
    assert server.settled_stats()["events_total"] == len(ids), "the total shown is not the number of ids"
    server.await_folded()
    server.stop()
    print(
        f"{cycles} crashes: {len(acknowledged)} events acknowledged, none lost; {len(ids)} stored, each once"
    )
    return restarts


def test_two_crashes_lose_nothing(tmp_path: Path) -> None:
    crash_cycles(tmp_path / "workspace", 2)


@pytest.mark.prove
def test_two_hundred_crashes_lose_nothing(tmp_path: Path) -> None:
    restarts = sorted(crash_cycles(tmp_path / "workspace", 200))
    print(f"\nrestarts: median {restarts[100]:.2f} s, longest {restarts[-1]:.2f} s")
    assert restarts[-1] < RESTART_SECONDS
