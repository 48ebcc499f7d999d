"""Malformed requests to a running server: refused or closed, nothing stored, the next good one taken (G5).

A few hundred always; five thousand with `make prove`.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.scenarios.server import WRITE, Server
from tests.surfaces.collect.test_hostile import AUTH, SMUGGLED, bodies, refused

GROWTH_MIB = 20.0
P99_SECONDS = 0.050
COLLECT = ("/v1/batch", "/v1/b", "/beacon/v1/batch", "/v1/import")
WELL_FORMED = {"anonymousId": "a-1", "context": {"page": {"type": "home"}}, "placements": ["home.hero"]}

WRONG: list[dict[str, Any]] = [
    {"anonymousId": {"a": 1}},
    {"anonymousId": ["a"]},
    {"userId": [[]]},
    {"context": "home"},
    {"context": []},
    {"context": {"page": "home"}},
    {"context": {"page": {"type": ["home"]}}},
    {"context": {"page": {"type": "home", "sku": {"$gt": ""}}}},
    {"context": {"cart": [1]}},
    {"context": {"cart": {"items": "x"}}},
    {"context": {"cart": {"items": [5]}}},
    {"context": {"cart": {"items": [{"sku": "a", "quantity": "many"}]}}},
    {"context": {"cart": {"items": [{"sku": "a", "price": {}}]}}},
    {"context": {"locale": {}}},
    {"events": {}},
    {"events": "x"},
    {"placements": "home.hero"},
    {"placements": [1, 2]},
    {"placements": ["home.hero"] * 21},
    {"placements": {"__proto__": []}},
    {"explain": "perhaps"},
    {"explain": True},
    {"requestId": {}},
    {"sessionId": [1]},
]
"""Decisions asked in a wrong type, or for more than the write key may have."""

ODD = [
    b"POST /v1/decide HTTP/1.1\r\nHost: x\r\n"
    + AUTH
    + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n"
    + AUTH
    + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
    b"POST /v1/decide HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
    b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 40_000 + b"\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(30)) + b"\r\n",
    b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nX-\x00: 1\r\n" + AUTH + b"Content-Length: 2\r\n\r\n{}",
    *(sent.replace(b"/v1/batch", b"/v1/decide") for sent in SMUGGLED),
    *SMUGGLED,
]


def wrong_decisions(chance: random.Random) -> Iterator[bytes]:
    """Decisions nobody can answer, for ever."""
    good = json.dumps(WELL_FORMED).encode()
    while True:
        deep = chance.choice([1_000, 50_000])
        yield good[: chance.randrange(1, len(good) - 1)]
        yield b"\xff" + good
        yield good.replace(b"a-1", b"\xc3\x28")
        yield b"[" * deep + b"]" * deep
        yield b'{"context":' * deep + b"1" + b"}" * deep
        yield json.dumps([WELL_FORMED]).encode()
        yield chance.choice([b"5", b"null", b'"x"', b"true", b"{]", b"", b"NaN"])
        yield b'{"anonymousId": "\\ud800", "placements": NaN}'
        yield gzip.compress(good)[: -chance.randrange(1, 12)]
        yield b"\x1f\x8b" + chance.randbytes(200)
        yield chance.randbytes(chance.randrange(1, 400))
        yield json.dumps(WELL_FORMED | chance.choice(WRONG)).encode()
        yield json.dumps(WELL_FORMED | chance.choice(WRONG)).encode()
        yield b'{"anonymousId": "a", ' + b" " * 1_100_000 + b"}"


def requests(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Path and body, half of them to collect and half to decide."""
    for number, collect, decide in zip(
        itertools.count(), bodies(chance), wrong_decisions(chance), strict=False
    ):
        yield COLLECT[number % len(COLLECT)], collect
        yield "/v1/decide", decide


def resident(process: int) -> float:
    """MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def settled(server: Server) -> dict[str, float]:
    """The workers' memory once they have compiled their kernels and are at rest."""
    before: dict[str, float] = {}
    for _ in range(60):
        now = {role: resident(process) for role, process in server.children("worker").items()}
        if before and all(abs(now[role] - before[role]) < 0.5 for role in now):
            return now
        before = now
        time.sleep(0.5)
    return before


def bombard(server: Server, count: int) -> tuple[list[float], float]:
    """The times of the refusals in seconds, and the most that a worker grew, in MiB."""
    chance = random.Random(11)
    source = requests(chance)
    times: list[float] = []
    before: dict[str, float] = {}
    stats = server.settled_stats()
    with httpx.Client(base_url=server.url, auth=(WRITE, ""), timeout=20) as client:
        for number in range(count + 100):
            if number == 100:  # what is loaded on first use is no growth
                before, times = settled(server), []
            path, body = next(source)
            began = time.perf_counter()
            answer = client.post(
                path, content=body, headers={"connection": "close"} if number % 10 == 0 else {}
            )
            times.append(time.perf_counter() - began)
            assert 400 <= answer.status_code < 500, (path, answer.status_code, body[:200])
            assert answer.json()["code"], answer.text
            if number % 10 == 5:
                status = refused(ODD[number // 10 % len(ODD)], server.url)
                assert status == b"" or status.split()[1].startswith(b"4"), (
                    status,
                    ODD[number // 10 % len(ODD)],
                )
    after = settled(server)
    growth = max(after[role] - before[role] for role in before)
    now = server.settled_stats()
    for name in ("events_total", "rejected_total", "decisions_total"):
        assert now[name] == stats[name], f"{name} grew"
    taken = server.post("/v1/decide", WELL_FORMED | {"events": [{"type": "page", "anonymousId": "a-1"}]})
    assert taken["recorded"]["accepted"] == 1
    message = {"type": "page", "anonymousId": "a-1"}
    assert server.post("/v1/batch", {"batch": [message]})["accepted"] == 1
    assert "unexpected failure" not in server.said(), server.said()
    return times, growth


def test_three_hundred_malformed_requests(shop: Server) -> None:
    _, growth = bombard(shop, 300)
    assert growth < GROWTH_MIB


@pytest.mark.prove
def test_five_thousand_malformed_requests(shop: Server) -> None:
    times, growth = bombard(shop, 5_000)
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"\n5000 malformed requests: p99 {p99 * 1000:.1f} ms, the most a worker grew {growth:+.1f} MiB")
    assert p99 < P99_SECONDS
    assert growth < GROWTH_MIB
