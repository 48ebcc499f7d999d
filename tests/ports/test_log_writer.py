"""The writer's process: what workers send is durable when they are told so, and survives its death."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from maatwerk.core.errors import Unavailable
from maatwerk.engines.sqlite import sending
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Rejected
from maatwerk.events.verdict import Rejection

NOW = 1_764_547_200_000

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets here")


def in_a_loop(test: Callable[[Writing], Coroutine[Any, Any, None]]) -> Callable[[Writing], None]:
    def run(writing: Writing) -> None:
        asyncio.run(test(writing))

    return run


class Writing:
    """A writer's process over a folder's log, and logs that send to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = folder / "line"
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(self.address))
        self._listening.listen(8)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        number = self._listening.fileno()
        command = [sys.executable, "-m", "maatwerk.app", "writer", str(self.folder), str(number)]
        self.process = subprocess.Popen(command, pass_fds=[number])
        return self.process

    def log(self) -> SqliteLog:
        log = SqliteLog(self.folder / "log.db", clock=lambda: NOW, writer=self.address)
        log.start()
        return log

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listening.close()


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    made = Writing(tmp_path)
    yield made
    made.end()


def event(number: int | str) -> Event:
    return Event(name="Product Viewed", id=f"m-{number}", time=NOW, received=NOW, anonymous_id="a-1")


@in_a_loop
async def test_what_two_workers_send_is_written_once(writing: Writing) -> None:
    one, other = writing.log(), writing.log()
    one.attach()
    other.attach()
    rejection = Rejected(0, NOW, Rejection(0, "no_name", "event", "it has no name"), b"{}")
    decision = DecisionRow("d-1", NOW, "a-1", "", b"...")
    fresh = await asyncio.gather(
        *(one.append([event(n), event(n)], [decision], [rejection]) for n in range(40)),
        *(other.append([event(n)]) for n in range(40)),
    )
    assert sum(map(sum, fresh)) == 40, "each is new once, whoever came first"
    assert [len(each) for each in fresh] == [2] * 40 + [1] * 40, (
        "the answers are those of the asker's own events"
    )
    one.note(DecisionRow("d-2", NOW, "a-1", "", b"..."))
    one.count("dropped_consent", 3)
    await one.detach(5)
    await other.detach(5)
    counts = other.counts()
    assert (counts["events_total"], counts["decisions_total"], counts["dropped_consent"]) == (40, 2, 3)
    assert counts["rejected_total"] == 40
    one.close()
    other.close()


@in_a_loop
async def test_a_writer_that_dies_loses_nothing_it_acknowledged(writing: Writing) -> None:
    log = writing.log()
    log.attach()
    acknowledged: set[str] = set()
    told = 0

    async def send(number: int) -> None:
        nonlocal told
        try:
            await log.append([event(number)])
            acknowledged.add(f"m-{number}")
        except Unavailable:
            told += 1

    for round_ in range(3):
        waiting = [asyncio.create_task(send(100 * round_ + n)) for n in range(100)]
        await asyncio.sleep(0.01 * round_)
        os.kill(writing.process.pid, signal.SIGKILL)
        writing.process.wait()
        writing.start()
        await asyncio.gather(*waiting)
    assert len(acknowledged) + told == 300, "everybody is told"
    await log.append([event("last")])
    stored = {each.id for each in log.read(0, 1_000)}
    assert acknowledged | {"m-last"} <= stored
    await log.detach(5)
    log.close()


@in_a_loop
async def test_what_nobody_waits_for_is_written_without_a_writer(writing: Writing) -> None:
    writing.process.kill()
    writing.process.wait()
    log = writing.log()
    log.attach()
    log.note(DecisionRow("d-1", NOW, "a-1", "", b"..."))
    log.count("dropped_consent", 2)
    assert log.append_now([event(1)]) == [True], "whoever blocks writes by a thread of this process"
    await log.detach(0.2)
    log.close()
    again = SqliteLog(log.path, clock=lambda: NOW)
    assert again.decision("d-1") is not None
    assert again.counts()["dropped_consent"] == 2
    again.close()


@in_a_loop
async def test_a_writer_that_hangs_is_given_up(writing: Writing) -> None:
    os.kill(writing.process.pid, signal.SIGSTOP)
    log = writing.log()
    log.attach()
    sending.ANSWER_SECONDS, before = 0.3, sending.ANSWER_SECONDS
    try:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(log.append([event(1)]), 20)
    finally:
        sending.ANSWER_SECONDS = before
        await log.detach(0.2)
        log.close()
