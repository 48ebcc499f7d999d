"""The SQLite log: its port, its formats, its bounds."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import maatwerk
from maatwerk.core.errors import Impossible, Refused
from maatwerk.core.limits import APPEND_QUEUE_EVENTS, DECISION_QUEUE
from maatwerk.core.time import DAY
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Overloaded, Rejected
from maatwerk.events.verdict import Rejection
from maatwerk.testing import check_log

NOW = 1_764_547_200_000


def event(number: int | str, **fields: Any) -> Event:
    return Event(name="Product Viewed", id=f"m-{number}", time=NOW, received=NOW, **fields)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], SqliteLog]]:
    made: list[SqliteLog] = []

    def one() -> SqliteLog:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        log = SqliteLog(folder / "log.db", clock=lambda: NOW)
        log.start()
        made.append(log)
        return log

    yield one
    for log in made:
        log.close()


def test_the_port(make: Callable[[], SqliteLog]) -> None:
    check_log(make)


def test_what_was_appended_is_there_after_reopening(make: Callable[[], SqliteLog]) -> None:
    log = make()
    log.append_now([event(1), event(2)])
    log.count("dropped_consent", 4)
    log.close()
    again = SqliteLog(log.path, clock=lambda: NOW)
    again.start()
    assert again.append_now([event(2), event(3)]) == [False, True]
    assert [each.id for each in again.read(0, 9)] == ["m-1", "m-2", "m-3"]
    assert again.counts()["dropped_consent"] == 4
    again.close()


def test_a_newer_format_is_refused(make: Callable[[], SqliteLog]) -> None:
    log = make()
    log.close()
    with sqlite3.connect(log.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Refused, match="format 99"):
        SqliteLog(log.path, clock=lambda: NOW)


def test_a_log_that_was_not_started_says_so(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", clock=lambda: NOW)
    with pytest.raises(Impossible):
        log.append_now([event(1)])
    log.close()


def test_the_queue_is_bounded(make: Callable[[], SqliteLog]) -> None:
    log = make()

    async def flood() -> list[object]:
        batches = [[event(f"{n}-{i}") for i in range(1_000)] for n in range(2 * APPEND_QUEUE_EVENTS // 1_000)]
        return await asyncio.gather(*(log.append(batch) for batch in batches), return_exceptions=True)

    # Another writer holds the file, so that nothing leaves the queue meanwhile.
    holder = sqlite3.connect(log.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    async def release() -> None:
        await asyncio.sleep(0.3)
        holder.execute("ROLLBACK")

    async def both() -> list[object]:
        answers, _ = await asyncio.gather(flood(), release())
        return answers

    answers = asyncio.run(both())
    refused = [answer for answer in answers if isinstance(answer, Overloaded)]
    accepted = [answer for answer in answers if isinstance(answer, list)]
    assert len(refused) + len(accepted) == len(answers)
    assert refused, "beyond its bound the queue says so"
    assert len(accepted) * 1_000 >= APPEND_QUEUE_EVENTS
    assert log.counts()["events_total"] == len(accepted) * 1_000, "accepted is stored, refused is not"
    holder.close()


def test_notes_are_written_soon_and_dropped_beyond_their_bound(make: Callable[[], SqliteLog]) -> None:
    log = make()
    log.note(DecisionRow("d-alone", NOW, "a", "", b""))
    until = time.monotonic() + 5
    while log.decision("d-alone") is None and time.monotonic() < until:
        time.sleep(0.02)
    assert log.decision("d-alone") is not None
    holder = sqlite3.connect(log.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for n in range(2 * DECISION_QUEUE + 1):
        log.note(DecisionRow(f"d-{n}", NOW, "a", "", b""))
    holder.execute("ROLLBACK")
    holder.close()
    log.append_now([event(1)])
    dropped = log.notes_dropped
    assert dropped > 0
    assert log.counts()["decisions_total"] + dropped == 2 * DECISION_QUEUE + 2
    assert log.decision(f"d-{2 * DECISION_QUEUE}") is not None, "the newest are kept"


def test_a_caller_that_goes_away_harms_nobody(make: Callable[[], SqliteLog]) -> None:
    log = make()
    holder = sqlite3.connect(log.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(log.append([event("left")]), 0.05)
        asyncio.get_running_loop().create_task(log.append([event("closed")]))
        await asyncio.sleep(0)  # it is queued; then the loop closes

    asyncio.run(leave())
    holder.execute("ROLLBACK")
    holder.close()
    assert log.append_now([event("next"), event("left"), event("closed")]) == [True, False, False]


def test_retention(make: Callable[[], SqliteLog]) -> None:
    log = make()
    decisions = [DecisionRow(f"d-{n}", NOW - n * DAY, "a", "", b"") for n in range(100)]
    rejection = Rejection(0, "code", "", "")
    rejected = [Rejected(0, NOW - n * DAY, rejection, b"{}") for n in range(40)]
    log.append_now([], decisions, rejected)
    assert log.expire_decisions() == 9
    assert log.expire_rejected() == 9
    assert log.expire_decisions(before_ms=NOW - 10 * DAY) == 80
    assert len(log.rejected()) == 31
    assert log.counts()["decisions_total"] == 100, "what was decided stays counted"


def test_the_write_ahead_log_is_folded_away_when_idle(make: Callable[[], SqliteLog]) -> None:
    log = make()
    log.append_now([event(n) for n in range(500)])
    wal = log.path.with_name("log.db-wal")
    assert wal.stat().st_size > 0
    until = time.monotonic() + 10
    while wal.stat().st_size and time.monotonic() < until:
        time.sleep(0.05)
    assert wal.stat().st_size == 0


def test_identifiers_of_one_digest_stay_apart(make: Callable[[], SqliteLog]) -> None:
    log = make()
    log.append_now([event(1, anonymous_id="a-1"), event(2, anonymous_id="a-2")])
    with sqlite3.connect(log.path) as connection:  # as if both had the same 64 bits
        connection.execute("UPDATE event SET anonymous = (SELECT anonymous FROM event WHERE offset = 1)")
    connection.close()
    assert [each.id for each in log.tail(anonymous_ids=["a-1"])] == ["m-1"]


APPENDER = """
import sys, time
from pathlib import Path
from typing import Any
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.events.event import Event

path, who, count, shared = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "shared"
log = SqliteLog(path, clock=lambda: 0)
log.start()
fresh = 0
for batch in range(count):
    ids = [f"{'both' if shared and i % 2 else who}-{batch}-{i}" for i in range(20)]
    fresh += sum(log.append_now([Event(name="Page Viewed", id=i, time=1, received=1) for i in ids]))
    print(batch, flush=True)
log.close()
print("fresh", fresh, flush=True)
"""


def appender(path: Path, who: str, count: int, ids: str) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", APPENDER, str(path), who, str(count), ids]
    source = str(Path(maatwerk.__file__).parent.parent)
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": source}
    )


def test_two_processes_append_to_one_file(make: Callable[[], SqliteLog]) -> None:
    log = make()
    both = [appender(log.path, who, 40, "shared") for who in ("one", "two")]
    seen: list[int] = []
    while any(process.poll() is None for process in both):
        seen += [each.offset for each in log.read(seen[-1] if seen else 0, 10_000)]
        time.sleep(0.005)
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    seen += [each.offset for each in log.read(seen[-1] if seen else 0, 10_000)]
    kept = log.read(0, 10_000)
    assert seen == [each.offset for each in kept], "a reader that remembers an offset misses nothing"
    assert len({each.id for each in kept}) == len(kept) == 40 * 10 * 3
    assert sum(int(output.split("fresh ")[1]) for output in outputs) == len(kept), "each new exactly once"
    assert log.counts()["events_total"] == len(kept)


def test_killed_processes_lose_nothing_they_acknowledged(make: Callable[[], SqliteLog]) -> None:
    log = make()
    acknowledged = 0
    for cycle in range(5):
        process = appender(log.path, f"cycle{cycle}", 10_000, "own")
        assert process.stdout is not None
        for _ in range(10 + cycle * 7):
            process.stdout.readline()
        process.kill()
        lines = process.communicate()[0].splitlines()
        last = int(lines[-1]) if lines and lines[-1].isdigit() else 10 + cycle * 7 - 1
        acknowledged = (last + 1) * 20
        kept = [each.id for each in log.read(0, 100_000) if each.id.startswith(f"cycle{cycle}-")]
        assert len(kept) == len(set(kept)) >= acknowledged
        assert len(kept) % 20 == 0, "a batch is kept whole or not at all"
        assert log.append_now([event(f"after-{cycle}")]) == [True], "the survivor goes on at once"
    assert log.counts()["events_total"] == len(log.read(0, 100_000))
