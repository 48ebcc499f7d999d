"""Processes stopped, killed, frozen and started twice; models swapped and damaged; clocks set back."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.scenarios.conftest import CATALOG, product
from tests.scenarios.server import SECRET, WEB, WRITE, Server
from tests.scenarios.test_crash import stored

from maatwerk.engines.files.models import ModelFiles

BACK_SECONDS = 15.0  # of a machine that runs other things besides
_names = itertools.count()
HOME = {"context": {"page": {"type": "home"}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A small shop with two workers; whatever harm a test does to it, it leaves it running."""
    server = Server(tmp_path_factory.mktemp("lifecycle") / "workspace")
    server.start()
    server.call("PUT", "/v1/catalog/products", {"products": CATALOG})
    yield server
    server.stop()


def wait(what: Callable[[], Any], why: str, seconds: float = BACK_SECONDS) -> Any:
    """Until something is true; its answer."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, why
        time.sleep(0.05)
    return found


def viewed(who: str, sku: str, number: int = 0) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"{who}-{sku}-{number}",
        "anonymousId": who,
        "properties": {"sku": sku},
    }


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Shopper(threading.Thread):
    """Looks and asks, with a moment's pause. ``dropped`` is every request that was taken and not answered
    well."""

    def __init__(self, server: Server, name: str, *, anew: bool, pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self.server = server
        self.anew = anew  # a connection for each request
        self.pause = pause
        self.acknowledged: set[str] = set()
        self.answered = 0
        self.refused = 0
        self.dropped: list[str] = []
        self.slowest = 0.0
        self.stopping = threading.Event()

    def run(self) -> None:
        number = 0
        with httpx.Client(timeout=20) as kept:
            while not self.stopping.is_set():
                number += 1
                self._ask(WEB if self.anew else kept, number)
                time.sleep(self.pause)

    def _ask(self, client: httpx.Client, number: int) -> None:
        event = viewed(self.name, "w-dr-1", number)
        began = time.monotonic()
        try:
            answer = client.post(
                f"{self.server.url}/v1/decide",
                json={"anonymousId": self.name, "events": [event]} | HOME,
                auth=(WRITE, ""),
            )
        except httpx.ConnectError:
            self.refused += 1
            time.sleep(0.05)
            return
        except httpx.HTTPError as fault:
            self.dropped.append(repr(fault))
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status_code == 200 and answer.json()["recorded"]["accepted"] == 1:
            self.answered += 1
            self.acknowledged.add(event["messageId"])
        else:
            self.dropped.append(answer.text[:500])


class Crowd:
    """Shoppers, half of them on connections of their own for each request."""

    def __init__(self, server: Server, size: int = 6, pause: float = 0.005) -> None:
        names = [f"s{next(_names)}" for _ in range(size)]
        self.shoppers = [
            Shopper(server, name, anew=place % 2 == 0, pause=pause) for place, name in enumerate(names)
        ]

    def __enter__(self) -> Crowd:
        for shopper in self.shoppers:
            shopper.start()
        return self

    def __exit__(self, *_: object) -> None:
        for shopper in self.shoppers:
            shopper.stopping.set()
        for shopper in self.shoppers:
            shopper.join(30)

    @property
    def dropped(self) -> list[str]:
        return [fault for shopper in self.shoppers for fault in shopper.dropped]

    @property
    def answered(self) -> int:
        return sum(shopper.answered for shopper in self.shoppers)

    @property
    def acknowledged(self) -> set[str]:
        return set().union(*(shopper.acknowledged for shopper in self.shoppers))


def stop_under_load(server: Server) -> tuple[int, float]:
    """SIGTERM while shoppers ask; requests answered, and the seconds it took to end."""
    with Crowd(server) as crowd:
        wait(lambda: crowd.answered > 30, "nothing was answered")
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        took = time.monotonic() - began
        time.sleep(0.3)
    assert crowd.dropped == []
    server.start()
    assert not crowd.acknowledged - set(stored(server)), "acknowledged, but lost"
    assert "Traceback" not in server.said()
    return crowd.answered, took


def test_sigterm_under_load_drops_no_request(server: Server) -> None:
    stop_under_load(server)


@pytest.mark.prove
def test_sigterm_under_load_ten_times(server: Server) -> None:
    stops = [stop_under_load(server) for _ in range(10)]
    print(
        f"\n10 SIGTERMs under load: {sum(count for count, _ in stops)} requests answered, 0 dropped;"
        f" ended after {max(took for _, took in stops):.1f} s at most"
    )


def test_ctrl_c_ends_cleanly_and_soon(server: Server) -> None:
    server.post("/v1/decide", {"anonymousId": "a-1"} | HOME)
    before = server.settled_stats()
    server.post("/v1/decide", {"anonymousId": "a-1"} | HOME)  # its record is not written yet
    children = server.children()
    began = time.monotonic()
    os.killpg(server.process.pid, signal.SIGINT)  # what a terminal does
    assert server.process.wait(10) == 0
    assert time.monotonic() - began < 5
    assert not [role for role, process in children.items() if alive(process)]
    assert "Traceback" not in server.said(), server.said()
    server.start()
    assert server.settled_stats()["decisions_total"] == before["decisions_total"] + 1


def test_killed_children_are_started_again(server: Server) -> None:
    roles = {"worker-0", "worker-1", "background"}
    killed = {role: process for role, process in server.children().items() if role in roles}
    for process in killed.values():
        os.kill(process, signal.SIGKILL)

    def all_new() -> bool:
        found = server.children()
        return found.keys() >= roles and not set(found.values()) & set(killed.values())

    wait(all_new, "they did not come back")
    for _ in range(10):  # one that is still starting leaves the connection to the other
        server.post("/v1/decide", {"anonymousId": "a-1", "events": [viewed("a-1", "w-dr-1")]} | HOME)
    server.await_folded()


def test_killing_the_parent_leaves_nothing_behind(server: Server) -> None:
    roles = {"worker-0", "worker-1", "background"}
    wait(lambda: server.children().keys() >= roles, "not all children run")
    children = server.children()
    server.kill()
    wait(lambda: not any(map(alive, children.values())), "children outlived their parent", 5)
    wait(lambda: free(server.port), "the port was not freed", 5)
    server.start()  # the lock on the folder went with it, too


def free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_folder_is_served_once(server: Server) -> None:
    second = Server(server.folder)
    second.output = server.output.with_name("second.output")
    second.launch()
    assert second.process.wait(30) == 1
    said = second.said()
    assert "workspace_in_use" in said
    assert str(server.process.pid) in said
    assert "Traceback" not in said
    assert server.process.poll() is None
    server.post("/v1/decide", HOME)


def test_a_taken_port_is_told(server: Server, tmp_path: Path) -> None:
    second = Server(tmp_path / "other")
    second.port = server.port
    second.launch()
    assert second.process.wait(30) == 1
    assert "port_taken" in second.said()
    assert "Traceback" not in second.said()


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path / "workspace")
    server.folder.mkdir()
    (server.folder / "workspace-format").write_text("2\n")
    (server.folder / "maatwerk.toml").touch()
    server.launch()
    assert server.process.wait(30) == 1
    assert "workspace_too_new" in server.said()
    assert "install a newer Maatwerk" in server.said()
    assert "Traceback" not in server.said()


def test_a_frozen_background_process_costs_lag_and_no_answer(server: Server) -> None:
    background = server.children("background")["background"]
    ask = {"anonymousId": "frozen", "placements": ["home.recently-viewed"]}
    server.await_folded()
    os.kill(background, signal.SIGSTOP)
    try:
        for sku in ("w-dr-1", "w-sh-2"):
            server.post("/v1/track", viewed("frozen", sku))
        answer = server.post("/v1/decide", ask)
        shown = answer["placements"]["home.recently-viewed"]["items"]
        assert [item["sku"] for item in shown] == ["w-sh-2", "w-dr-1"]
        assert "tailCut" not in answer
        time.sleep(1)
        stats = server.call("GET", "/v1/admin/stats")
        assert stats["lag_events"] >= 2
        assert stats["lag_seconds"] >= 1
        many = [viewed("frozen", "w-ba-1", number) for number in range(600)]
        server.post("/v1/batch", {"batch": many})
        began = time.monotonic()
        answer = server.post("/v1/decide", ask)
        assert time.monotonic() - began < 2
        assert answer["tailCut"] is True, "past the bound of the tail the answer is flagged"
        assert answer["placements"]["home.recently-viewed"]["items"][0]["sku"] == "w-ba-1"
    finally:
        os.kill(background, signal.SIGCONT)
    server.await_folded()
    assert "tailCut" not in server.post("/v1/decide", ask)


# ---- models


def train(server: Server) -> None:
    """Publish every model anew, by the running background process."""
    before = (server.folder / "models/current.json").read_bytes() if trained(server) else b""
    (server.folder / "train-now").touch()
    wait(lambda: trained(server) and (server.folder / "models/current.json").read_bytes() != before, "x", 60)
    wait(lambda: not server.children("train"), "training did not end", 60)


def trained(server: Server) -> bool:
    return (server.folder / "models/current.json").exists()


def browse(server: Server) -> None:
    """Enough to learn something from."""
    skus = [each["sku"] for each in CATALOG]
    views = [viewed(f"v-{n % 100}", skus[(n * 7 + n % 3) % len(skus)], n) for n in range(1_000)]
    for start in range(0, len(views), 500):
        server.post("/v1/batch", {"batch": views[start : start + 500]})
    server.await_folded()
    if not trained(server):
        train(server)


def swaps_under_load(server: Server, swaps: int) -> Crowd:
    browse(server)
    with Crowd(server, 4, pause=0.05) as crowd:
        for _ in range(swaps):
            train(server)
            time.sleep(1.2)  # workers look once a second
    assert crowd.answered > 50
    assert crowd.dropped == []
    assert "Traceback" not in server.said()
    return crowd


@pytest.mark.prove
def test_models_are_swapped_while_pages_are_decided(server: Server) -> None:
    swaps_under_load(server, 1)


@pytest.mark.prove
def test_models_are_swapped_ten_times(server: Server) -> None:
    crowd = swaps_under_load(server, 10)
    slowest = max(shopper.slowest for shopper in crowd.shoppers)
    print(f"\n10 swaps of models: {crowd.answered} decisions, all 200, the slowest {slowest * 1000:.0f} ms")


def models_in_force(server: Server) -> dict[str, str]:
    """As a decision of whichever worker says."""
    answer = server.post("/v1/decide", {"anonymousId": "a-1", "requestId": f"r-{time.time_ns()}"} | HOME)
    path = f"/v1/decisions/{answer['decisionId']}"
    wait(lambda: WEB.get(server.url + path, auth=(SECRET, "")).status_code == 200, "no record")
    models: dict[str, str] = server.call("GET", path)["models"]
    return models


@pytest.mark.prove
def test_damaged_models_leave_the_last_good_ones_in_force(server: Server) -> None:
    browse(server)
    time.sleep(1.5)
    good = wait(lambda: models_in_force(server), "no models")
    train(server)
    damaged: set[str] = set()  # not what has no arrays: it learnt nothing here
    for file in (server.folder / "models").glob("*/[!.]*/*.npy"):  # all of the newest version, in place
        if file.parent.name not in good.values():
            os.truncate(file, file.stat().st_size // 2)
            damaged.add(file.parent.parent.name)
    assert {"popularity", "neighbors"} <= damaged
    for _ in range(20):
        server.post("/v1/decide", {"anonymousId": "a-1"} | HOME)
    current = server.folder / "models/current.json"
    os.utime(current)
    time.sleep(1.5)
    assert models_in_force(server).keys() == good.keys()
    server.stop()
    server.start()  # now only the disk knows what was in force before
    found = wait(lambda: models_in_force(server), "no models")
    assert {name: found[name] for name in damaged} == {name: good[name] for name in damaged}
    current.write_text("{")
    time.sleep(1.5)
    assert models_in_force(server).keys() == good.keys()
    fresh = ModelFiles(server.folder / "models").changed() or {}
    assert fresh.keys() == good.keys()
    assert all(fresh[name].version == good[name] for name in damaged), "nor would it be after a start"
    train(server)
    # Those that are learned anew each time; what is learned of the catalog alone stays while that stays.
    made = {"popularity", "viewed-viewed", "neighbors"} & good.keys()
    assert made
    wait(lambda: all(models_in_force(server)[each] != good[each] for each in made), "new models, no heed")


# ---- time

BACKWARD = """
import time
from pathlib import Path

_real, _file = time.time_ns, Path({file!r})
time.time_ns = lambda: _real() + int(_file.read_text() or 0) * 1_000_000
"""


def test_when_the_clock_is_set_back_time_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(BACKWARD.format(file=str(offset)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    server = Server(tmp_path / "workspace", workers=1)
    server.start()
    try:
        server.call("PUT", "/v1/catalog/products", {"products": [product("x-1", "women/x", "women")]})
        server.post("/v1/track", viewed("a-1", "x-1", 1))
        beside = offset.with_name("beside")
        beside.write_text(str(-3_600_000))
        os.replace(beside, offset)
        for number in range(2, 5):
            server.post("/v1/track", viewed("a-1", "x-1", number))
        times = received(server)
        assert len(times) == 4
        assert times == sorted(times), "time went back"
        answer = server.post("/v1/decide", {"anonymousId": "a-1", "placements": ["home.recently-viewed"]})
        assert answer["placements"]["home.recently-viewed"]["items"][0]["sku"] == "x-1"
        server.await_folded()
        assert server.call("GET", "/v1/admin/stats")["lag_seconds"] == 0
    finally:
        server.stop()


def received(server: Server) -> list[str]:
    with httpx.Client(base_url=server.url, auth=(SECRET, "")) as client:
        lines = client.get("/v1/admin/events?origin=collected").text.splitlines()
    return [httpx.Response(200, content=line).json()["receivedAt"] for line in lines if line.strip()]
