"""Serving while a person is erased: the same rate with and without, one after the other in one run."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable

import msgspec
import numpy as np

from maatwerk.cli.bench import servers
from maatwerk.cli.bench.openloop import Found
from maatwerk.flows.erase import Receipt

LONGEST_SECONDS = 180.0
_LOOK_SECONDS = 0.25


class Beside(msgspec.Struct, frozen=True):
    """One rate, first alone, then while somebody is erased. ``erase_seconds``: from the request to the
    receipt; 0 where it was not done in time. ``removed``: her events, decisions and refused messages."""

    rate: int
    alone_p50_ms: float
    alone_p99_ms: float
    beside_p50_ms: float
    beside_p99_ms: float
    alone_answered: int
    beside_answered: int
    errors: int
    erase_seconds: float
    removed: int


def beside(address: str, who: str, rate: int, seconds: float, ask: Callable[[int, float], Found]) -> Beside:
    """Ask at a rate for so long; then erase ``who`` and ask on until it is done, at least as long."""
    alone = ask(rate, seconds)
    erasing = _Erasing(address, who)
    erasing.start()
    began = time.monotonic()
    found: list[Found] = []
    while erasing.is_alive() or time.monotonic() - began < seconds:
        found.append(ask(rate, min(seconds, 5.0)))
    erasing.join()
    times = [each for some in found for each in some.milliseconds]
    return Beside(
        rate=rate,
        alone_p50_ms=round(alone.percentile(0.5), 2),
        alone_p99_ms=round(alone.percentile(0.99), 2),
        beside_p50_ms=round(float(np.quantile(times, 0.5)), 2),
        beside_p99_ms=round(float(np.quantile(times, 0.99)), 2),
        alone_answered=len(alone.milliseconds),
        beside_answered=len(times),
        errors=sum(each.refused + each.broken for each in [alone, *found]),
        erase_seconds=erasing.seconds,
        removed=erasing.removed,
    )


class _Erasing(threading.Thread):
    """Asks for an erasure, and waits for its receipt."""

    def __init__(self, address: str, who: str) -> None:
        super().__init__(name="erasing", daemon=True)
        self._address = address
        self._who = who
        self.seconds = 0.0
        self.removed = 0

    def run(self) -> None:
        began = time.monotonic()
        asked = self._call("DELETE", f"/v1/profiles/anonymous_id/{self._who}")
        while time.monotonic() - began < LONGEST_SECONDS:
            answer = self._call("GET", f"/v1/erasures/{asked['request_id']}")
            if answer["status"] == "done":
                self.seconds = round(time.monotonic() - began, 1)
                receipt = msgspec.convert(answer["receipt"], Receipt)
                stores = {each.store: each.removed for each in receipt.cleared}
                self.removed = stores.get("log", 0)
                return
            time.sleep(_LOOK_SECONDS)

    def _call(self, method: str, path: str) -> dict[str, object]:
        key = {"Authorization": servers.authorization(servers.SECRET_KEY)}
        request = urllib.request.Request(self._address + path, method=method, headers=key)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
            return found


def as_line(found: Beside) -> str:
    """For people."""
    return (
        f"{found.rate:>5}/s  alone p50 {found.alone_p50_ms} p99 {found.alone_p99_ms} ms; "
        f"while a person is erased p50 {found.beside_p50_ms} p99 {found.beside_p99_ms} ms "
        f"({found.beside_answered} answers, errors {found.errors}); "
        f"erased in {found.erase_seconds} s ({found.removed} rows of the log)"
    )
