"""The load generators: what they say was acknowledged is what the log holds, and both send the same."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.surfaces.collect.server import SECRET, WRITE, Peer, served

from maatwerk.cli.bench import load as loading
from maatwerk.cli.bench import servers
from maatwerk.cli.bench.collect import as_text, bench_collect
from maatwerk.cli.bench.load import Load, Plan

PLAN = Plan(seconds=1, connections=2, batch=10, run="r", write_key=WRITE)


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    peer = Peer(tmp_path)
    yield peer
    peer.close()


def by_wrk(url: str, plan: Plan) -> Load:
    if shutil.which("wrk") is None:
        pytest.skip("no wrk on this machine")
    return loading._by_wrk(url, plan)


def by_sockets(url: str, plan: Plan) -> Load:
    return asyncio.run(loading._by_sockets(url, plan))


@pytest.mark.parametrize("way", [by_wrk, by_sockets])
def test_what_is_acknowledged_is_stored(peer: Peer, way: object) -> None:
    with served(peer.routes) as address:
        found = (by_wrk if way is by_wrk else by_sockets)(f"{address}/v1/batch", PLAN)
        stored = servers.stats(address, SECRET)["events_total"]
    assert (found.refused, found.broken) == (0, 0)
    assert found.answered > 0
    assert found.answered * PLAN.batch <= stored <= (found.answered + PLAN.connections) * PLAN.batch
    assert 0 < found.p50_ms <= found.p90_ms <= found.p99_ms
    assert peer.log.rejected() == []


def test_a_wrong_key_is_counted_as_refused(peer: Peer) -> None:
    with served(peer.routes) as address:
        found = by_sockets(f"{address}/v1/batch", Plan(1, 1, 5, "r", "wk_wrong"))
    assert found.answered == 0
    assert found.refused == found.requests > 0


def test_every_message_has_an_id_of_its_own() -> None:
    bodies = [
        json.loads(loading.body_of(PLAN, thread, count)) for thread in range(2) for count in range(1, 4)
    ]
    ids = [message["messageId"] for body in bodies for message in body["batch"]]
    assert len(ids) == len(set(ids)) == 60


def test_the_measurement_against_a_server_that_runs(peer: Peer) -> None:
    with served(peer.routes) as address:
        found = bench_collect(
            seconds=1, batch=20, connections=2, workers=1, url=address, write_key=WRITE, secret_key=SECRET
        )
    assert found.complete
    assert found.acknowledged > 0
    assert found.echo_events_per_second > found.events_per_second, "nothing is faster than nothing"
    assert f"{found.events_per_second:,.0f}" in as_text(found)
