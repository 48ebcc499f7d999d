"""A server that wakes up fourteen months later: it lets go by itself of what is past its period."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.server import Server

from maatwerk.core.time import DAY

HERS = ("a-longgone", "u-longgone", "longgone@shop.test", "longgone words")


def later(server: Server, days: int) -> None:
    """Set the workspace's clock forward."""
    anchor = server.folder / "clock.json"
    said = json.loads(anchor.read_text())
    anchor.write_text(json.dumps(said | {"shown_ms": said["shown_ms"] + days * DAY}))


def where(server: Server, value: str) -> list[str]:
    files = [path for path in server.folder.rglob("*") if path.is_file()] + [server.output]
    return sorted(path.name for path in files if value.encode() in path.read_bytes())


def counted(server: Server, name: str, least: int) -> Any:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        stats = server.call("GET", "/v1/admin/stats")
        if stats[name] >= least:
            return stats
        time.sleep(0.1)
    raise AssertionError(f"{name} did not reach {least}: {stats}")


@pytest.mark.prove
def test_fourteen_months_later_nothing_of_her_is_left(tmp_path: Path) -> None:
    server = Server(tmp_path / "workspace", workers=1, seal_every_seconds="1")
    server.start()
    who = {"anonymousId": "a-longgone", "userId": "u-longgone"}
    server.post("/v1/batch", {"batch": [
        {"type": "identify", **who, "traits": {"email": "longgone@shop.test"}},
        {"type": "track", "event": "Products Searched", **who, "properties": {"query": "longgone words"}},
        {"type": "track", "event": "Product Viewed", **who, "properties": {"price": "longgone words"}},
    ]}, secret=True)  # fmt: skip
    server.post("/v1/decide", {**who, "context": {"page": {"type": "home"}}}, secret=True)
    server.await_folded()
    time.sleep(2.5)  # sealed, too
    server.stop()
    assert all(where(server, value) for value in HERS), "the scan can fail"
    later(server, 426)
    server.start()
    stats = counted(server, "retired_events", 2)
    assert (stats["retired_decisions"], stats["retired_rejected"]) == (1, 1)
    counted(server, "retired_sealed", 2)
    server.call("GET", "/v1/profiles/user_id/u-longgone", status=404)
    server.stop()
    server.start()  # files of the sealed history go when no query can want them any more
    until = time.monotonic() + 20
    while any(where(server, value) for value in HERS) and time.monotonic() < until:
        time.sleep(0.2)
    assert {value: names for value in HERS if (names := where(server, value))} == {}
    server.stop()
