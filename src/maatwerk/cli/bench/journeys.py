"""`bench journeys`: people entering, steps taken and how late, with and without a million others waiting.

What is measured is the engine as the background process runs it: the log with its fsync, the projector with
profiles and journeys, `advance` with each person loaded and asked for consent. Those who only wait are
written as the rows the view would hold; everybody else comes in through the log.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.decisions.journeys.words import Inside
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.events.names import with_body
from maatwerk.flows.advance import Advancing, advance
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.projector import Projector
from maatwerk.views.rules.book import RulesView

_CHUNK = 2_000
_DOCUMENT = {
    "name": "Bench",
    "trigger": {"event": ["Signed Up"]},
    "steps": [
        {"key": "wait", "wait": "1h"},
        {"key": "hello", "send": "welcome"},
        {"key": "day", "wait": "1d"},
    ],
}
_MB = 1024


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.now = 1_764_547_200_000
        self.log = SqliteLog(folder / "log.db", clock=lambda: self.now)
        self.log.start()
        self.store = SqliteStore(folder / "views.db", writable=True)
        self.projector = Projector(self.log, self.store, [RulesView(), ProfileView(self.log), JourneysView()])
        self.projector.prepare()
        knowledge = Knowledge(self.log, self.store, lambda: None)
        self.happen([self.event("Rule Published", "r-1", kind="journey", key="bench", document=_DOCUMENT)])
        self.project()
        knowledge.load()
        self.advancing = Advancing(self.log, self.store, self.log, knowledge, messages=1_000_000)

    def event(self, name: str, event_id: str, who: str = "", at: int = 0, **more: Any) -> Event:
        traits = msgspec.Raw(msgspec.json.encode(more.pop("traits", {})))
        ours = name == "Rule Published"
        return with_body(
            name,
            more,
            id=event_id,
            time=at or self.now,
            received=at or self.now,
            anonymous_id=who,
            traits=traits,
            origin="internal" if ours else "collected",
        )

    def happen(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), _CHUNK):
            self.log.append_now(events[start : start + _CHUNK])

    def project(self) -> None:
        while self.projector.run_once(_CHUNK):
            pass

    def waiting(self, timers: int) -> None:
        """So many who wait for another year, as the view holds them."""
        for start in range(0, timers, 50_000):
            inside: dict[str, bytes] = {}
            due: dict[str, bytes] = {}
            for number in range(start, min(start + 50_000, timers)):
                at = self.now + 300 * DAY + number
                key = words.inside_key(f"a/w-{number}", "bench", "")
                inside[key] = words.encode(Inside(1, self.now, at, "wait", touched=self.now))
                due[words.due_key("bench", at, key)] = b""
            with self.store.snapshot() as read:
                checkpoint = read.checkpoint(JourneysView.name)
            self.store.write(JourneysView.name, checkpoint, {words.INSIDE: inside, words.DUE: due})

    def enter(self, prefix: str, people: int, spread_ms: int) -> float:
        """People who told an address, said yes and signed up, over a stretch of time; seconds it took."""
        began = time.perf_counter()
        for start in range(0, people, _CHUNK // 3):
            events = []
            for number in range(start, min(start + _CHUNK // 3, people)):
                who, at = f"a-{prefix}-{number}", self.now + number * spread_ms // people
                email = f"{prefix}{number}@ex.example"
                events += [
                    self.event("Identified", f"i-{who}", who, at, traits={"email": email}),
                    self.event(
                        "Consent Changed", f"c-{who}", who, at, purposes={"email": True}, source="form"
                    ),
                    self.event("Signed Up", f"s-{who}", who, at),
                ]
            self.log.append_now(events)
            self.projector.run_once(_CHUNK)
        self.project()
        return time.perf_counter() - began

    def steps(self, until: int) -> tuple[float, int]:
        """Take all that is due by a moment; seconds, and how many messages came of it."""
        self.now = until
        began, queued = time.perf_counter(), 0
        while True:
            before = self.log.last_offset()
            queued += advance(self.advancing, self.now)
            self.project()
            if self.log.last_offset() == before:
                return time.perf_counter() - began, queued

    def lags(self, people: int, begun: int, seconds: float) -> list[float]:
        """Steps that fall due at an even pace while the engine comes round as it does: how late each was.

        ``begun``: when the first falls due, in the bench's time.
        """
        real, last = time.perf_counter(), self.log.last_offset()
        late: list[float] = []
        while len(late) < people and time.perf_counter() - real < 3 * seconds:
            self.now = begun + int((time.perf_counter() - real) * 1000)
            advance(self.advancing, self.now)
            self.project()
            done = begun + int((time.perf_counter() - real) * 1000)
            for event in self.log.read(last, 100_000):
                last = event.offset
                if event.name == "Message Queued":
                    due = msgspec.json.decode(event.properties)["until"] - 12 * HOUR
                    late.append((done - due) / 1000)
            time.sleep(0.05)
        return sorted(late)


def bench_journeys(
    *, timers: int, people: int, steps: int, rate: int, seconds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """See the module."""
    with TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        say(f"{steps} steps with nobody else waiting")
        bench.enter("alone", steps, 1)
        alone, queued = bench.steps(bench.now + HOUR + 1)
        if queued != steps:
            raise AssertionError(f"{queued} messages of {steps}")
        say(f"{timers} who wait")
        bench.waiting(timers)
        say(f"{people} who enter")
        bench.now += HOUR
        entering = bench.enter("crowd", people, 1)
        say(f"{steps} steps among them")
        among, queued = _among(bench, steps)
        say(f"{rate} steps a second for {seconds} seconds")
        bench.now += 2 * HOUR
        paced = bench.now
        bench.enter("paced", rate * seconds, seconds * 1000)
        lags = bench.lags(rate * seconds, paced + HOUR, seconds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MB
        with bench.store.snapshot() as read:
            waiting = read.count(words.DUE)
        bench.log.close()
        bench.store.close()
    return {
        "timers": timers,
        "waiting_at_the_end": waiting,
        "entered_per_second": round(people / entering),
        "steps_per_second_alone": round(steps / alone),
        "steps_per_second_among_timers": round(queued / among),
        "lag_p50_seconds": round(lags[len(lags) // 2], 3),
        "lag_p99_seconds": round(lags[int(len(lags) * 0.99)], 3),
        "steps_at_a_pace": len(lags),
        "rate_per_second": rate,
        "peak_megabytes": peak,
    }


def _among(bench: _Bench, steps: int) -> tuple[float, int]:
    """The first ``steps`` of the crowd, which is due all at once."""
    bench.now += HOUR + 1_000
    start, queued = time.perf_counter(), 0
    while queued < steps:
        queued += advance(bench.advancing, bench.now)
        bench.project()
    took = time.perf_counter() - start
    # What is left of the crowd must not stand in the way of what is measured at a pace.
    with bench.store.snapshot() as read:
        left = read.scan(words.DUE, prefix="bench\t", limit=1_000_000)
        checkpoint = read.checkpoint(JourneysView.name)
    late = [key for key, _ in left if int(key.split("\t")[1]) < bench.now + DAY]
    gone = [key.split("\t", 2)[2] for key in late]
    deletes = {words.DUE: late, words.INSIDE: gone}
    bench.store.write(JourneysView.name, checkpoint, {}, deletes, after=checkpoint)
    return took, queued


def as_text(found: dict[str, Any]) -> str:
    """For people."""
    return (
        f"entering: {found['entered_per_second']} people a second\n"
        f"steps a second: {found['steps_per_second_alone']} alone, "
        f"{found['steps_per_second_among_timers']} among {found['timers']} timers\n"
        f"lag at {found['rate_per_second']} steps a second: p50 {found['lag_p50_seconds']} s, "
        f"p99 {found['lag_p99_seconds']} s\n"
        f"memory: {found['peak_megabytes']} MB at most"
    )
