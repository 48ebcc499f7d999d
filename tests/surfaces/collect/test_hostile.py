"""What nobody should send: refused quickly, nothing stored, and the next good event is taken."""

import asyncio
import gzip
import json
import os
import random
import socket
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.examples import tried
from tests.surfaces.collect.server import WRITE, Peer, served

from maatwerk.surfaces.http import protocol

GOOD = {"type": "track", "event": "Lamp Rubbed", "anonymousId": "a-1"}
AUTH = b"Authorization: Basic d2tfdGVzdDo=\r\n"


def bodies(chance: random.Random) -> Iterator[bytes]:
    """Requests from which no message can be read, for ever."""
    good = json.dumps({"batch": [GOOD]}).encode()
    while True:
        cut = chance.randrange(1, len(good) - 1)
        noise = chance.randbytes(chance.randrange(1, 400))
        deep = chance.choice([13, 1_000, 50_000])
        yield good[:cut]
        yield b'{"batch": [' + noise + b"]}"
        yield b"\xff" + good
        yield good[:-4].replace(b"Lamp", b"\xc3\x28") + b"}]}"
        yield b"[" * deep + b"]" * deep
        yield b'{"batch":[' + b'{"a":' * deep + b"1" + b"}" * deep + b"}"
        yield json.dumps({"batch": chance.choice([5, "x", {}, None, True, {"0": GOOD}])}).encode()
        yield json.dumps({"batch": []}).encode()
        yield json.dumps({"b" * chance.randrange(1, 5_000): GOOD}).encode()
        yield json.dumps({"__proto__": {"batch": [GOOD]}, "constructor": {"batch": [GOOD]}}).encode()
        yield gzip.compress(good)[: -chance.randrange(1, 12)]
        yield b"\x1f\x8b" + noise
        yield b'{"batch": [{"type": "track", "event": "\\ud800", "anonymousId": 01}]}'
        yield b'{"batch": [NaN, Infinity, -Infinity]}'
        yield b"\x00" * chance.randrange(1, 100)
        yield noise


def refused(sent: bytes, address: str) -> bytes:
    """The answer to raw bytes: its status line, or nothing where the connection was closed."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(sent)
        try:
            return line.recv(200).split(b"\r\n")[0]
        except (ConnectionResetError, TimeoutError):
            return b""


SMUGGLED = [
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n"
    + AUTH
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n"
    + AUTH
    + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content-Length: -1\r\n\r\n{}",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content Length: 2\r\n\r\n{}",
    b"POST /v1/batch HTTP/1.1\nHost: x\n bad : y\n\n{}",
    b"NONSENSE\r\n\r\n",
    b"POST /v1/batch HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
]


@pytest.fixture
def live(peer: Peer) -> Iterator[str]:
    with served(peer.routes) as address:
        yield address


@pytest.mark.parametrize("sent", SMUGGLED)
def test_smuggled_and_broken_requests_are_closed_or_refused(peer: Peer, live: str, sent: bytes) -> None:
    status = refused(sent, live)
    assert status == b"" or status.split()[1].startswith(b"4"), status
    assert peer.events() == []
    assert httpx.post(f"{live}/v1/batch", auth=(WRITE, ""), json={"batch": [GOOD]}).json()["accepted"] == 1


def bombard(peer: Peer, live: str, count: int) -> tuple[list[float], float]:
    """Send malformed bodies; their times in seconds, and the growth of this process in MiB."""
    chance = random.Random(7)
    source = bodies(chance)
    times: list[float] = []
    with httpx.Client(auth=(WRITE, ""), timeout=10) as client:
        for _ in range(100):
            client.post(f"{live}/v1/batch", content=next(source))
        before = resident()
        for _ in range(count):
            body = next(source)
            began = time.perf_counter()
            response = client.post(f"{live}/v1/batch", content=body)
            times.append(time.perf_counter() - began)
            assert 400 <= response.status_code < 500, (response.status_code, body[:200])
            assert response.json()["code"]
        growth = resident() - before
        assert peer.events() == []
        stored = [row.message for row in peer.log.rejected(limit=1000)]
        assert stored == [], stored[:3]
        assert client.post(f"{live}/v1/batch", json={"batch": [GOOD]}).json()["accepted"] == 1
    return times, growth


def resident() -> float:
    """Resident memory of this process in MiB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_two_hundred_malformed_requests(peer: Peer, live: str) -> None:
    bombard(peer, live, 200)


@pytest.mark.prove
def test_five_thousand_malformed_requests(peer: Peer, live: str) -> None:
    times, growth = bombard(peer, live, 5_000)
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"malformed: p99 {p99 * 1000:.1f} ms, memory {growth:+.1f} MiB")
    assert p99 < 0.050
    assert growth < 20


def test_gzip_bombs_are_stopped_at_the_limit(peer: Peer, live: str) -> None:
    bomb = gzip.compress(b"\x00" * 200_000_000)
    nested = gzip.compress(gzip.compress(b" " * 50_000_000))
    before = resident()
    for content in (bomb, nested, b"".join([gzip.compress(b" " * 100_000)] * 20)):
        began = time.perf_counter()
        response = httpx.post(f"{live}/v1/batch", auth=(WRITE, ""), content=content)
        assert response.status_code in (400, 413)
        assert time.perf_counter() - began < 1
    assert resident() - before < 30
    assert httpx.post(f"{live}/v1/batch", auth=(WRITE, ""), json={"batch": [GOOD]}).json()["accepted"] == 1


def test_endless_headers_are_refused(live: str) -> None:
    endless = b"POST /v1/batch HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(30))
    assert refused(endless, live).split()[1] == b"431"
    one_long = b"POST /v1/batch HTTP/1.1\r\nX-Long: " + b"y" * 200_000
    assert refused(one_long, live)[9:12] in (b"431", b"")


def test_slow_headers_are_dropped(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.3)
    with served(peer.routes) as address:
        host, port = address.removeprefix("http://").split(":")
        began = time.monotonic()
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(b"POST /v1/batch HTTP/1.1\r\nHost:")
            assert line.recv(10) == b"", "the server hung up"
        assert 0.2 < time.monotonic() - began < 5


def test_a_body_that_does_not_come_is_answered_408(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maatwerk.surfaces.http.body.BODY_READ_SECONDS", 0.3)
    with served(peer.routes) as address:
        status = refused(
            b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content-Length: 50\r\n\r\n{", address
        )
        assert status.split()[1] == b"408"


@pytest.mark.prove
def test_slow_sockets_and_bombs_do_not_slow_good_requests(peer: Peer, live: str) -> None:
    host, port = live.removeprefix("http://").split(":")
    bomb = gzip.compress(b"\x00" * 200_000_000)
    slow = [socket.create_connection((host, int(port)), timeout=60) for _ in range(300)]
    began = time.monotonic()
    for number, line in enumerate(slow):
        whole = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + AUTH + b"Content-Length: 500\r\n\r\n{"
        line.sendall(whole if number % 2 else whole[:30])
    before = resident()
    times: list[float] = []
    with httpx.Client(auth=(WRITE, ""), timeout=10) as client:
        while time.monotonic() - began < 15:
            start = time.perf_counter()
            assert client.post(f"{live}/v1/batch", json={"batch": [GOOD]}).json()["accepted"] == 1
            times.append(time.perf_counter() - start)
            assert client.post(f"{live}/v1/batch", content=bomb).status_code == 413
    for line in slow:
        line.settimeout(max(0.1, 30 - (time.monotonic() - began)))
        answer = line.recv(4096)
        assert answer == b"" or b" 408 " in answer
        line.close()
    p99 = statistics.quantiles(times, n=100)[98]
    growth = resident() - before
    print(
        f"good requests beside 300 slow sockets and bombs: p99 {p99 * 1000:.0f} ms, memory {growth:+.0f} MiB"
    )
    assert p99 < 0.250
    assert growth < 100


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
PATHS = ["batch", "track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a", "b"]


@tried(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    body=json_values
    | st.fixed_dictionaries(
        {"batch": st.lists(json_values, max_size=5)}, optional={"context": json_values, "sentAt": json_values}
    ),
)
def test_no_json_is_our_fault(peer: Peer, path: str, body: Any) -> None:
    response = peer.ask("POST", f"/v1/{path}", json=body)
    assert response.status_code < 500
    if response.status_code == 200:
        answer = response.json()
        sent = len(body["batch"]) if "batch" in body and body["batch"] is not None else 1
        counted = (
            answer["accepted"] + answer["duplicates"] + answer.get("dropped", 0) + len(answer["rejected"])
        )
        assert counted == sent


@tried(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x1f\x8b", b'{"batch":[', b'{"batch":[{"type":"track","event":"']),
)
def test_no_bytes_are_our_fault(peer: Peer, tail: bytes, head: bytes) -> None:
    assert peer.ask("POST", "/v1/batch", content=head + tail).status_code < 500


def test_more_than_can_be_written_is_answered_429_and_nothing_taken_is_lost(
    peer: Peer, tmp_path: Path
) -> None:
    """The log's writer is held up by another process's lock; requests go on coming."""
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    peer.send(GOOD)
    other.execute("BEGIN IMMEDIATE")

    async def flood() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=peer.routes)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://shop.test", auth=(WRITE, "")
        ) as client:
            sending = [
                asyncio.create_task(client.post("/v1/batch", json={"batch": [GOOD] * 2500}))
                for _ in range(12)
            ]
            await asyncio.sleep(2)
            other.execute("COMMIT")
            return await asyncio.gather(*sending)

    answers = asyncio.run(flood())
    other.close()
    refused = [answer for answer in answers if answer.status_code != 200]
    assert 0 < len(refused) < 12
    assert {answer.status_code for answer in refused} == {429}
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    accepted = sum(answer.json()["accepted"] for answer in answers if answer.status_code == 200)
    assert peer.log.counts()["events_total"] == accepted + 1


def test_the_log_survives_a_reopening(tmp_path: Path) -> None:
    """What was acknowledged is there for the next process."""
    peer = Peer(tmp_path)
    peer.send(GOOD | {"messageId": "m-1"})
    peer.close()
    again = Peer(tmp_path)
    assert [event.id for event in again.events()] == ["m-1"]
    assert again.send(GOOD | {"messageId": "m-1"})["duplicates"] == 1
    again.close()
