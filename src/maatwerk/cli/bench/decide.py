"""`maatwerk bench decide`: what two slots of a product page cost, and how many a second keep their time."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from maatwerk.cli.bench import servers
from maatwerk.cli.bench.collect import machine
from maatwerk.cli.bench.forgetting import Beside, beside
from maatwerk.cli.bench.forgetting import as_line as as_erased
from maatwerk.cli.bench.openloop import Found, Plan, run
from maatwerk.cli.bench.plan import Shop, Sizes, shopper, sku
from maatwerk.cli.bench.processes import Used, children, used
from maatwerk.cli.bench.world import kept_at, world

P99_MS, P90_MS = 15.0, 7.0
MUST, AIM = 500, 1_000
"""Decisions a second that keep within these."""

RATES = (100, 250, 500, 750, 1000, 1250, 1500)
PLACEMENTS = ("product.complete-the-look", "product.recommendations")
_WARM_RATE, _WARM_SECONDS = 100, 8
_ECHO_SECONDS = 4
_SETTLE_SECONDS, _SETTLED_SECONDS, _IDLE_SHARE = 90.0, 2.0, 0.15


class Step(msgspec.Struct, frozen=True):
    """One rate, held for a while. CPU is in milliseconds a request; ``times_echo`` sets that of workers and
    background process (training aside) beside the empty echo's at the same rate."""

    rate: int
    with_events: float
    answered: int
    full: int
    """Answers with something in every slot."""
    errors: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    cpu_ms: float
    worker_cpu_ms: float
    background_cpu_ms: float
    echo_cpu_ms: float
    echo_p99_ms: float
    times_echo: float
    busiest_worker: float
    """Its share of all workers' CPU: 0.5 is even between two."""
    trained: bool
    """Whether training ran beside it."""
    load_late_ms: float

    @property
    def holds(self) -> bool:
        """Whether every request was answered and 99 of 100 in time."""
        return not self.errors and self.p99_ms < P99_MS


class DecideFound(msgspec.Struct, frozen=True):
    """What the measurement found. The highest rates are those of the unbroken row of rates that hold."""

    steps: list[Step]
    highest_with_events: int
    highest_without: int
    p90_at_must_ms: float
    must: int
    aim: int
    sizes: Sizes
    worker_mb: float
    background_mb: float
    train_mb: float
    workers: int
    seconds: float
    busy: tuple[float, float, float]
    """Load averages of the machine before it began: what else was running."""
    machine: str
    erased: list[Beside] = []


def bench_decide(
    *,
    folder: Path | None = None,
    sizes: Sizes | None = None,
    rates: Sequence[int] = RATES,
    seconds: float = 10.0,
    share: float = 1.0,
    workers: int = 2,
    erase: bool = False,
    warm_seconds: float = _WARM_SECONDS,
    say: Callable[[str], None] = lambda text: None,
) -> DecideFound:
    """Step through the rates, first with the page view itself in ``share`` of the requests, then without.

    ``erase``: then each rate again, alone and while a person is erased.

    Raises `Refused` for a folder that holds something else, `Unavailable` where a server does not answer.
    """
    sizes = sizes or Sizes()
    busy = os.getloadavg()
    folder = folder or kept_at(sizes)
    world(folder, sizes, say)
    asking = Asking(sizes)
    steps: list[Step] = []
    with _server(servers.echo(workers)) as echo, _server(servers.maatwerk(folder, workers)) as server:
        say("warming up")
        asking.ask(server.address, _WARM_RATE, warm_seconds, share)
        if warm_seconds >= _SETTLED_SECONDS:
            server.settle()
        for with_events in dict.fromkeys((share, 0.0)):
            for rate in rates:
                step = _step(asking, echo, server, rate, seconds, with_events)
                say(as_line(step))
                steps.append(step)
        erased = [_erased(asking, server, rate, seconds, share, say) for rate in rates] if erase else []
        after = used(server.process)
    return DecideFound(
        steps=steps,
        highest_with_events=_highest([step for step in steps if step.with_events]),
        highest_without=_highest([step for step in steps if not step.with_events]),
        p90_at_must_ms=next((step.p90_ms for step in steps if step.rate == MUST), float("nan")),
        must=MUST,
        aim=AIM,
        sizes=sizes,
        worker_mb=round(after.megabytes.get("worker", 0.0)),
        background_mb=round(after.megabytes.get("background", 0.0)),
        train_mb=round(after.megabytes.get("train", 0.0)),
        workers=workers,
        seconds=seconds,
        busy=busy,
        machine=machine(),
        erased=erased,
    )


def _erased(
    asking: Asking, server: _Server, rate: int, seconds: float, share: float, say: Callable[[str], None]
) -> Beside:
    found = beside(
        server.address,
        asking.somebody(),
        rate,
        seconds,
        lambda rate, seconds: asking.ask(server.address, rate, seconds, share),
    )
    say(as_erased(found))
    return found


class _Server(msgspec.Struct):
    address: str
    process: int

    def used(self) -> Used:
        return used(self.process)

    def settle(self) -> None:
        """Wait until what a start brings (the background process reads the catalog, and looks its words
        over for the search) is done: a server starts once, and serves for weeks."""
        until = time.monotonic() + _SETTLE_SECONDS
        before = self.used()
        while time.monotonic() < until:
            time.sleep(_SETTLED_SECONDS)
            now = self.used()
            if sum(now.since(before).values()) < _IDLE_SHARE * _SETTLED_SECONDS:
                return
            before = now


@contextmanager
def _server(starting: AbstractContextManager[str]) -> Iterator[_Server]:
    before = children()
    with starting as address:
        (process,) = children() - before
        yield _Server(address, process)


class Asking:
    """Writes the requests: known shoppers on pages of products that many look at."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._shop = Shop(sizes)
        self._random = random.Random(sizes.seed)
        self._run = secrets.token_hex(4)
        self._count = 0

    def somebody(self) -> str:
        """A known shopper, another each time."""
        self._count += 1
        return shopper(self._count % self._sizes.shoppers)

    def ask(self, address: str, rate: float, seconds: float, share: float, path: str = "/v1/decide") -> Found:
        """Send so many a second, for so long."""
        host, port = address.split("/")[2].split(":")
        requests = [self.request(path, share) for _ in range(max(int(rate * seconds), 1))]
        wanted = len(PLACEMENTS) if path == "/v1/decide" else 0
        return run(Plan(host, int(port), rate, requests, expect=b'"rank":1,', times=wanted))

    def request(self, path: str, share: float) -> bytes:
        """One whole HTTP request."""
        body = msgspec.json.encode(self.body(share))
        key = servers.authorization(servers.WRITE_KEY)
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {key}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return (head + kind).encode() + body

    def body(self, share: float) -> dict[str, object]:
        """A page view's question, as the browser SDK puts it."""
        self._count += 1
        who = shopper(self._random.randrange(self._sizes.shoppers))
        number = int(self._sizes.products * self._random.random() ** 2)
        said = self._shop.mention(number)
        consent = {"storage": True, "analytics": True, "personalization": True, "advertising": True}
        event = {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"b-{self._run}-{self._count}",
            "anonymousId": who,
            "context": {"consent": {"categoryPreferences": consent}, "locale": "nl-NL"},
            "properties": said,
        }
        return {
            "anonymousId": who,
            "sessionId": f"s-{who}",
            "context": {
                "page": {"type": "product", "sku": sku(number), "category": said["category"]},
                "locale": "nl-NL",
                "device": "mobile",
                "consent": {"categoryPreferences": consent},
            },
            "events": [event] if self._random.random() < share else [],
            "placements": list(PLACEMENTS),
        }


def _step(asking: Asking, echo: _Server, server: _Server, rate: int, seconds: float, share: float) -> Step:
    echoed = echo.used()
    beside = asking.ask(echo.address, rate, min(_ECHO_SECONDS, seconds), share, path="/")
    echo_cpu = sum(echo.used().since(echoed).values()) * 1000 / max(len(beside.milliseconds), 1)
    before = server.used()
    found = asking.ask(server.address, rate, seconds, share)
    after = server.used()
    spent, answered = after.since(before), max(len(found.milliseconds), 1)
    cpu = {role: value * 1000 / answered for role, value in spent.items()}
    total = cpu.get("worker", 0.0) + cpu.get("background", 0.0)
    by_worker = [value - before.each.get(number, 0.0) for number, value in after.each.items()]
    return Step(
        rate=rate,
        with_events=share,
        answered=len(found.milliseconds),
        full=found.full,
        errors=found.refused + found.broken,
        p50_ms=round(found.percentile(0.5), 2),
        p90_ms=round(found.percentile(0.9), 2),
        p99_ms=round(found.percentile(0.99), 2),
        cpu_ms=round(total, 3),
        worker_cpu_ms=round(cpu.get("worker", 0.0), 3),
        background_cpu_ms=round(cpu.get("background", 0.0), 3),
        echo_cpu_ms=round(echo_cpu, 3),
        echo_p99_ms=round(beside.percentile(0.99), 2),
        times_echo=round(total / echo_cpu, 1) if echo_cpu else float("nan"),
        busiest_worker=round(max(by_worker, default=0.0) / max(sum(by_worker), 1e-9), 2),
        trained=spent.get("train", 0.0) > 0.5,
        load_late_ms=round(found.late_ms, 2),
    )


def _highest(steps: Sequence[Step]) -> int:
    highest = 0
    for step in sorted(steps, key=lambda step: step.rate):
        if not step.holds:
            break
        highest = step.rate
    return highest


def as_line(step: Step) -> str:
    """A step for people."""
    return (
        f"{step.rate:>5}/s {'with' if step.with_events else 'without':>7} event  "
        f"p50 {step.p50_ms:>7} p90 {step.p90_ms:>7} p99 {step.p99_ms:>7} ms  errors {step.errors:<3} "
        f"full {step.full / max(step.answered, 1):.0%}  cpu {step.cpu_ms} ms "
        f"({step.times_echo} x echo {step.echo_cpu_ms}, echo p99 {step.echo_p99_ms})  "
        f"busiest {step.busiest_worker:.2f}  load late {step.load_late_ms}"
        f"{'  beside training' if step.trained else ''}"
    )


def as_text(found: DecideFound) -> str:
    """The figures for people."""
    sizes = found.sizes
    lines = [as_line(step) for step in found.steps] + [as_erased(each) for each in found.erased]
    lines += [
        "",
        f"highest rate with p99 < {P99_MS:g} ms: {found.highest_with_events}/s with the event, "
        f"{found.highest_without}/s without (must {found.must} with p90 < {P90_MS:g} ms, aim {found.aim})",
        f"{sizes.products:,} products, {sizes.events:,} events, {sizes.shoppers:,} shoppers; two slots",
        f"memory: {found.worker_mb} MB a worker, {found.background_mb} MB background",
        f"{found.workers} workers, {found.seconds:g} s a step; load averages before: "
        + " ".join(f"{each:.1f}" for each in found.busy),
        found.machine,
    ]
    return "\n".join(lines)
