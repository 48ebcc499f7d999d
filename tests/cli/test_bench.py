"""The benchmarks run for real on a tiny shop: what they measure is there, and they say when it is not."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from maatwerk.cli.bench.decide import Step, as_text, bench_decide
from maatwerk.cli.bench.openloop import Plan, run
from maatwerk.cli.bench.plan import Shop, Sizes
from maatwerk.cli.bench.rebuild import bench_rebuild
from maatwerk.cli.bench.world import world
from maatwerk.core.errors import Refused

SIZES = Sizes(products=400, events=3_000, shoppers=150)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "world"
    world(folder, SIZES)
    return folder


def test_the_world_is_made_once_and_not_taken_for_another(folder: Path) -> None:
    began = time.perf_counter()
    made = world(folder, SIZES)
    assert time.perf_counter() - began < 0.8 * sum(made.seconds.values())
    assert list(made.seconds) == ["products", "events", "folded", "sealed", "trained"]
    with pytest.raises(Refused, match="holds a world"):
        world(folder, Sizes(products=401, events=3_000, shoppers=150))


def test_the_history_is_as_large_as_asked_in_time_order_and_the_same_again() -> None:
    until = 1_800_000_000_000
    first, second = (list(Shop(SIZES).events(until)) for _ in range(2))
    assert first == second
    assert len(first) == SIZES.events
    messages = [msgspec.json.decode(message) for message in first]
    times = [message["timestamp"] for message in messages]
    assert times == sorted(times)
    assert {message["event"] for message in messages} == {
        "Product Viewed",
        "Product Added",
        "Order Completed",
    }
    assert len({message["messageId"] for message in messages}) == SIZES.events


def test_rebuild_folds_every_event(folder: Path) -> None:
    found = bench_rebuild(folder=folder, sizes=SIZES)
    assert {view.view for view in found.views} == {"profile", "catalog"}
    assert all(view.events >= SIZES.events + SIZES.products for view in found.views)


@pytest.mark.prove
def test_decide_answers_every_slot_in_both_variants(folder: Path) -> None:
    found = bench_decide(folder=folder, sizes=SIZES, rates=(20,), seconds=2, workers=1, warm_seconds=1)
    assert [step.with_events for step in found.steps] == [1.0, 0.0]
    for step in found.steps:
        assert step.answered == 40
        assert step.errors == 0
        assert step.full == 40
        assert 0 < step.p50_ms <= step.p90_ms <= step.p99_ms
        assert step.cpu_ms > step.echo_cpu_ms >= 0
    assert found.worker_mb > 10
    assert "highest rate" in as_text(found)


def test_a_rate_counts_only_where_everything_before_it_held() -> None:
    step = Step(100, 1.0, 1, 1, 0, 1, 1, 14.9, 1, 1, 0, 1, 1, 1, 0.5, False, 0.1)
    assert step.holds
    assert not msgspec.structs.replace(step, p99_ms=15.0).holds
    assert not msgspec.structs.replace(step, errors=1).holds


class _Stalling(asyncio.Protocol):
    """Answers at once, but stands still for 0.4 s at the tenth request of all."""

    asked = 0
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        _Stalling.asked += 1
        if _Stalling.asked == 10:
            time.sleep(0.4)
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")


@pytest.fixture
def stalling() -> Iterator[int]:
    """The port of such a server."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(_Stalling, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield int(server.sockets[0].getsockname()[1])
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.call_later, 0.2, loop.stop)
    thread.join()
    loop.close()


def test_a_stall_is_charged_for_everyone_who_came_meanwhile(stalling: int) -> None:
    request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    found = run(Plan("127.0.0.1", stalling, 100.0, [request] * 80, connections=2, expect=b"{}", times=1))
    assert (len(found.milliseconds), found.refused, found.broken, found.full) == (80, 0, 0, 80)
    assert sum(each > 100 for each in found.milliseconds) >= 20
