"""This process's counters, and `/metrics` in Prometheus' text form."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_PATTERNS = 500


class _Durations:
    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect.bisect_left(_BOUNDS, seconds)] += 1
        self.total += seconds


class Counters:
    """Plain numbers, cheap to add to; formatted only when scraped. One per process.

    ``gauges`` answers figures that are read when asked (totals of the log, lag).
    """

    def __init__(self, gauges: Callable[[], Mapping[str, float]] | None = None, worker: str = "0") -> None:
        self.gauges = gauges
        self.worker = worker
        self._counts: dict[str, float] = {}
        self._requests: dict[tuple[str, int], int] = {}
        self._durations: dict[str, _Durations] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Reading(self))

    def add(self, name: str, by: float = 1) -> None:
        """Add to a counter; it is exposed as ``maatwerk_<name>_total``."""
        self._counts[name] = self._counts.get(name, 0) + by

    def request(self, pattern: str, status: int, seconds: float) -> None:
        """One answered request."""
        key = (pattern, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        durations = self._durations.get(pattern)
        if durations is None:
            if len(self._durations) >= _PATTERNS:
                return
            durations = self._durations[pattern] = _Durations()
        durations.add(seconds)

    def count(self, name: str) -> float:
        """A counter's present value."""
        return self._counts.get(name, 0)

    def exposition(self) -> tuple[bytes, bytes]:
        """Body and content type of `/metrics`."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST.encode()

    def families(self) -> Iterator[Metric]:
        """All metrics of this process."""
        label, worker = ["worker"], [self.worker]
        for name, value in sorted(self._counts.items()):
            family = CounterMetricFamily(f"maatwerk_{name}", f"{name} since this worker began", labels=label)
            family.add_metric(worker, value)
            yield family
        requests = CounterMetricFamily(
            "maatwerk_requests", "Requests answered", labels=["worker", "route", "status"]
        )
        for (pattern, status), value in sorted(self._requests.items()):
            requests.add_metric([self.worker, pattern, str(status)], value)
        yield requests
        times = HistogramMetricFamily(
            "maatwerk_request_seconds", "Time to answer", labels=["worker", "route"]
        )
        for pattern, durations in sorted(self._durations.items()):
            times.add_metric([self.worker, pattern], _cumulative(durations.buckets), durations.total)
        yield times
        for name, value in (self.gauges() if self.gauges else {}).items():
            yield GaugeMetricFamily(f"maatwerk_{name}", name.replace("_", " "), value)


class _Reading(Collector):
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        return self._counters.families()


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    rows: list[tuple[str, float]] = []
    seen = 0
    for bound, count in zip((*map(str, _BOUNDS), "+Inf"), buckets, strict=True):
        seen += count
        rows.append((bound, seen))
    return rows
