"""Writers of several processes take turns."""

from __future__ import annotations

import threading
import time
from itertools import groupby
from pathlib import Path

from maatwerk.engines.sqlite.opening import Lock

ROUNDS = 60


def test_a_busy_writer_does_not_keep_another_waiting(tmp_path: Path) -> None:
    """Two locks on one file stand for two processes: each has files of its own."""
    turns: list[int] = []
    together = threading.Barrier(2)

    def write(number: int) -> None:
        lock = Lock(tmp_path / "log.db-lock")
        together.wait()
        for _ in range(ROUNDS):
            with lock.held():
                turns.append(number)
                time.sleep(0.001)
        lock.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    while_both = turns[: min(len(turns) - turns[::-1].index(number) for number in range(2))]
    runs = [len(list(run)) for _, run in groupby(while_both)]
    assert sum(runs) / len(runs) < 2.0
