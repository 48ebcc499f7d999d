"""A full disk: nothing acknowledged is lost, pages are decided all the same, and room is used at once (G3).

On a small file system of its own, where this machine lets us mount one; three times over with `make prove`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.conftest import CATALOG
from tests.scenarios.server import WEB, WRITE, Server
from tests.scenarios.test_crash import stored

REFUSALS = {429, 503, 507}
ROOM_SECONDS = 5.0
SAID_BYTES = 20_000
MEGABYTE = 1_000_000


def run(*command: str | Path) -> bool:
    try:
        return (
            subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False


def small_disk(folder: Path, kind: str, megabytes: int) -> None:
    """Mount one; skips where that is not permitted."""
    folder.mkdir()
    if kind == "tmpfs":
        made = run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "maatwerk-test", folder)
    else:
        image = folder.with_suffix(".img")
        with image.open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
        made = run("mkfs.ext4", "-q", "-m", "0", image) and run("mount", "-o", "loop", image, folder)
    if not made:
        pytest.skip("this machine does not let us mount a small file system")


class Shop(Server):
    """A server on a small disk, and a ballast that can be thrown out."""

    def __init__(self, disk: Path) -> None:
        super().__init__(disk / "workspace", seal_every_seconds="1", train_every_seconds="3600")
        self.output = disk.with_name("server.output")
        self.disk = disk
        self.ballast = disk / "ballast"
        self.acknowledged: set[str] = set()
        self.refused: dict[int, int] = {}
        self._number = 0

    def load(self, room: int) -> None:
        """Leave only so much room, in bytes."""
        free = shutil.disk_usage(self.disk).free - room
        with self.ballast.open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), max(free, 1))

    def batch(self) -> list[dict[str, Any]]:
        self._number += 1
        return [
            {
                "type": "page",
                "messageId": f"m-{self._number}-{place}",
                "anonymousId": f"a-{place}",
                "properties": {"title": "x" * 2_000},
            }
            for place in range(50)
        ]

    def send(self, messages: list[dict[str, Any]]) -> bool:
        """Whether it was acknowledged; a refusal must be one that tells the client to come back."""
        answer = WEB.post(f"{self.url}/v1/batch", json={"batch": messages}, auth=(WRITE, ""))
        if answer.status_code == 200:
            self.acknowledged |= {message["messageId"] for message in messages}
            return True
        assert answer.status_code in REFUSALS, answer.text
        assert int(answer.headers["retry-after"]) >= 1
        self.refused[answer.status_code] = self.refused.get(answer.status_code, 0) + 1
        return False

    def fill(self) -> None:
        """Until nothing is taken several times in a row."""
        in_a_row = 0
        until = time.monotonic() + 60
        while in_a_row < 12:
            in_a_row = 0 if self.send(self.batch()) else in_a_row + 1
            assert time.monotonic() < until, "the disk was never full"


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    kind = "ext4" if request.node.get_closest_marker("prove") else "tmpfs"
    disk = tmp_path / "small"
    small_disk(disk, kind, 64)
    shop = Shop(disk)
    try:
        shop.start()
        shop.call("PUT", "/v1/catalog/products", {"products": CATALOG})
        yield shop
    finally:
        shop.stop()
        subprocess.run(["umount", "-l", disk], check=True)


def one_full_disk(shop: Shop) -> float:
    """Fill, look, make room; the seconds until events are taken again."""
    shop.load(3 * MEGABYTE)
    shop.fill()
    alive = serving(shop)
    said = shop.output.stat().st_size

    undecided = [decide_with_events(shop, f"b-{number}") for number in range(6)]
    assert any(undecided), "the disk had room"
    look(shop)
    assert serving(shop) == alive, f"a process died of a full disk: {shop.said()}"
    assert shop.output.stat().st_size - said < SAID_BYTES, "a full disk is not to be filled with complaints"

    shop.ballast.unlink()
    began = time.monotonic()
    while not shop.send(shop.batch()):
        assert time.monotonic() - began < ROOM_SECONDS, "room was not used"
        time.sleep(0.05)
    took = time.monotonic() - began
    while WEB.get(f"{shop.url}/readyz").status_code != 200:
        assert time.monotonic() - began < ROOM_SECONDS, WEB.get(f"{shop.url}/readyz").text
        time.sleep(0.1)

    for messages in undecided:  # what the SDK does with events that no answer acknowledged
        if messages:
            assert shop.send(messages)
    assert serving(shop) == alive
    return took


def serving(shop: Shop) -> dict[str, int]:
    """The processes that must live on; training comes and goes."""
    return {role: process for role, process in shop.children().items() if role != "train"}


def decide_with_events(shop: Shop, who: str) -> list[dict[str, Any]]:
    """A page is decided whatever becomes of its events; those that were not taken."""
    seen = {"type": "track", "event": "Product Viewed", "properties": {"sku": "w-dr-1"}}
    events = [message | {"anonymousId": who} for message in shop.batch()[:12]]
    events[0] |= seen
    body = {"anonymousId": who, "context": {"page": {"type": "home"}}, "events": events}
    answer = shop.post("/v1/decide", body)
    assert answer["placements"]["home.bestsellers"]["items"]
    assert answer["personal"] is True, "the request's own events count for this page, kept or not"
    if answer["recorded"].get("retry"):
        assert answer["recorded"] == {
            "accepted": 0, "duplicates": 0, "rejected": [], "failed": 12, "retry": True,
        }  # fmt: skip
        return events
    shop.acknowledged |= {event["messageId"] for event in events}
    return []


def look(shop: Shop) -> None:
    """What a load balancer, and a page without events, see meanwhile."""
    reasons: list[str] = []
    for _ in range(20):
        assert WEB.get(f"{shop.url}/healthz").status_code == 200
        ready = WEB.get(f"{shop.url}/readyz")
        if ready.status_code == 503:
            assert int(ready.headers["retry-after"]) >= 1
            reasons += ready.json()["reasons"]
        answer = shop.post("/v1/decide", {"anonymousId": "a-1", "context": {"page": {"type": "home"}}})
        assert answer["placements"]["home.bestsellers"]["items"]
        shop.send(shop.batch())
    assert any("full" in reason for reason in reasons), reasons


def nothing_is_lost(shop: Shop) -> int:
    """All that was acknowledged is there once, and the background process has caught up."""
    shop.await_folded()
    ids = stored(shop)
    assert len(ids) == len(set(ids))
    assert not shop.acknowledged - set(ids), "acknowledged, but lost"
    assert shop.settled_stats()["failed_writes"] > 0
    until = time.monotonic() + 20
    while not any((shop.folder / "lake").glob("event-*.parquet")) or "works again" not in shop.said():
        assert time.monotonic() < until, shop.said()
        time.sleep(0.2)
    shop.stop()
    assert shop.process.returncode == 0
    assert "Traceback" not in shop.said()
    return len(ids)


def test_a_full_disk_costs_nothing_that_was_acknowledged(shop: Shop) -> None:
    one_full_disk(shop)
    nothing_is_lost(shop)


@pytest.mark.prove
def test_three_full_disks(shop: Shop) -> None:
    took = [one_full_disk(shop) for _ in range(3)]
    kept = nothing_is_lost(shop)
    print(
        f"\nfull disk (ext4), three times: {shop.refused} refusals, {kept} events kept, none lost;"
        f" taken again after {max(took):.2f} s at most"
    )
