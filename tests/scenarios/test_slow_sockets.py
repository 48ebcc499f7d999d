"""Slow sockets and gzip bombs beside good requests (G6): the good ones are answered, the others dropped."""

from __future__ import annotations

import gzip
import os
import socket
import statistics
import time

import httpx
import pytest
from tests.scenarios.server import WEB, WRITE, Server
from tests.scenarios.test_malformed import resident, settled
from tests.surfaces.collect.test_hostile import AUTH

P99_SECONDS = 0.250
DROPPED_SECONDS = 30.0
GROWTH_MIB = 100.0
POST = b"POST %s HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content-Length: 5000\r\n\r\n"
KINDS = {
    "nothing": b"",
    "half a header": POST[:30],
    "half a body": POST % b"/v1/batch" + b'{"batch":',
    "half a decision": POST % b"/v1/decide" + b'{"anonymousId":',
    "a body nobody reads": POST % b"/no/such/route" + b"{",
}
TRICKLED = {"half a header": b"X-A: b\r\n", "half a body": b" ", "a body nobody reads": b" "}


class Slow:
    """A socket that says a little, and on some of them a little more every second."""

    def __init__(self, port: int, number: int) -> None:
        self.kind = list(KINDS)[number % len(KINDS)]
        self.began = time.monotonic()
        self.dropped_after: float | None = None
        self._line = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._line.setblocking(False)
        self._trickles = TRICKLED.get(self.kind, b"") if number % 2 else b""
        self._line.send(KINDS[self.kind])

    def look(self) -> None:
        """Send its trickle, and see whether the server hung up."""
        if self.dropped_after is not None:
            return
        try:
            if self._trickles:
                self._line.send(self._trickles)
            while self._line.recv(4096):
                pass  # a refusal comes before the end
        except BlockingIOError:
            return
        except OSError:
            pass
        self.dropped_after = time.monotonic() - self.began
        self._line.close()

    def close(self) -> None:
        self._line.close()


def beside(server: Server, sockets: int, seconds: float) -> tuple[list[float], int, list[Slow], float]:
    """Good requests' times, bombs refused, the sockets, and the most a worker grew in MiB."""
    bomb = gzip.compress(b"\0" * 200_000_000)
    good = {"anonymousId": "a-1", "events": [{"type": "page"}], "context": {"page": {"type": "home"}}}
    times: list[float] = []
    bombs = 0
    with httpx.Client(base_url=server.url, auth=(WRITE, ""), timeout=20) as client:
        for path in ("/v1/decide", "/v1/batch"):
            client.post(path, json=good)
            client.post(path, content=bomb)
        before = most = settled(server)
        workers = server.children("worker")
        slow = [Slow(server.port, number) for number in range(sockets)]
        began = time.monotonic()
        looked = began
        while time.monotonic() - began < seconds:
            start = time.perf_counter()
            answer = client.post("/v1/decide", json=good)
            times.append(time.perf_counter() - start)
            assert answer.json()["recorded"]["accepted"] == 1
            if len(times) % 5 == 0:
                path = ("/v1/batch", "/v1/decide")[bombs % 2]
                assert client.post(path, content=bomb).status_code == 413
                bombs += 1
                most = {role: max(most[role], resident(process)) for role, process in workers.items()}
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                for each in slow:
                    each.look()
            time.sleep(0.005)
    return times, bombs, slow, max(most[role] - before[role] for role in most)


def test_good_requests_beside_slow_sockets_and_bombs(shop: Server) -> None:
    times, bombs, slow, growth = beside(shop, 100, 2)
    for each in slow:
        each.close()
    assert bombs > 1
    assert statistics.median(times) < P99_SECONDS
    assert growth < GROWTH_MIB
    answers = [WEB.get(f"{shop.url}/readyz").status_code for _ in range(10)]
    assert answers == [200] * 10


@pytest.mark.prove
def test_three_hundred_slow_sockets(shop: Server) -> None:
    times, bombs, slow, growth = beside(shop, 300, DROPPED_SECONDS + 2)
    p99 = statistics.quantiles(times, n=100)[98]
    after = {kind: [each.dropped_after for each in slow if each.kind == kind] for kind in KINDS}
    left = {kind: sum(each is None for each in times_) for kind, times_ in after.items()}
    longest = max((each.dropped_after or 0.0) for each in slow)
    for each in slow:
        each.close()
    print(
        f"\n300 slow sockets, {bombs} bombs of 200 MB, all 413: {len(times)} good requests, p99"
        f" {p99 * 1000:.0f} ms; the slowest socket was dropped after {longest:.1f} s;"
        f" the most a worker grew {growth:+.1f} MiB; load {os.getloadavg()[0]:.1f}"
    )
    assert not any(left.values()), left
    assert longest <= DROPPED_SECONDS
    assert p99 < P99_SECONDS
    assert growth < GROWTH_MIB
