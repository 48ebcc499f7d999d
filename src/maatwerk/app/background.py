"""The background process: folds the log into views, seals, retires, and starts low-priority training.

One process, its turns short: what must be prompt (projecting, timers, sending) is done between
naps of milliseconds; what takes long (training) runs in a process of its own at the lowest priority.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from maatwerk.app.agreeing import Agreeing
from maatwerk.app.backups import expire_backups
from maatwerk.app.claiming import offering_of
from maatwerk.app.erasing import Eraser
from maatwerk.app.judging import judging_of
from maatwerk.app.messaging import Messenger
from maatwerk.app.parent import PARENT
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.patience import Patience
from maatwerk.app.reporting import prepared_of, reporting_of
from maatwerk.app.retention import retiring_of
from maatwerk.app.searching import indexing_of
from maatwerk.app.training import take_request
from maatwerk.core.time import DAY
from maatwerk.engines.duckdb.prepared import PreparedTables
from maatwerk.flows.index import Indexing
from maatwerk.flows.judge import AT_ONCE, Judging
from maatwerk.flows.retire import Retiring, retire
from maatwerk.flows.unmerge import say_merges
from maatwerk.views.insight.prepared import Ground
from maatwerk.views.projector import Projector

NAP_SECONDS = 0.02
LONGEST_NAP_SECONDS = 0.2
REST = 4.0
"""A round that left nothing waiting is followed by a nap this much longer than itself. What comes meanwhile
is folded together: a transaction for every single event would take a core from the requests."""
FOLDED_AT_ONCE = 1_000
SEALED_AT_ONCE = 20_000
RETIRE_SECONDS = 600
MODELS_SECONDS = 5.0
PREPARE_SECONDS = 20.0
NICE = 5
_CLAIMS_DAYS = 30
TRAIN_SOON_SECONDS = 5
"""A shop that has just got its first events should not wait minutes for its first models."""

_log = logging.getLogger("maatwerk.background")


class Every:
    """Says when a thing is due again, in real seconds."""

    def __init__(self, seconds: float, *, first: float | None = None) -> None:
        self.seconds = seconds
        self._at = time.monotonic() + (seconds if first is None else first)

    def due(self) -> bool:
        """Whether it is time; asking then starts the next stretch."""
        now = time.monotonic()
        if now < self._at:
            return False
        self._at = now + self.seconds
        return True

    def soon(self) -> None:
        """Due at the next asking."""
        self._at = 0.0


class Background:
    """What the process does in turns."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.projector: Projector = parts.projector()
        self._patience = Patience(_log)
        self.stopping = False
        self._seal = Every(parts.settings.seal_every_seconds, first=2)
        begun = bool(parts.models.versions())
        often = parts.settings.train_every_seconds or math.inf
        self._train = Every(often, first=often if begun or often == math.inf else TRAIN_SOON_SECONDS)
        # A faster clock is for trying things out: what grows old there is to be seen going.
        self._retire = Every(max(1.0, RETIRE_SECONDS / max(1.0, parts.settings.clock_speed)), first=0)
        self._old: Retiring | None = None
        self._trained_to = -1
        self._eraser = Eraser(parts, self.projector, lambda who, now: self._judge_now().let_go(who, now))
        self._job: subprocess.Popen[bytes] | None = None
        self._judge: Judging | None = None
        self._index: Indexing | None = None
        self._judged = 0
        self._learn = Every(MODELS_SECONDS)
        self._prepare = Every(PREPARE_SECONDS)
        self._reports: threading.Thread | None = None
        # Retiring comes first: who is past her retention is not judged once more.
        self.turns: list[Callable[[], None]] = [
            self._merging,
            self._eraser.turn,
            self._retiring,
            self._judging,
            self._indexing,
            self._sealing,
            self._preparing,
            self._training,
        ]

    def run(self) -> None:
        """Until told to stop."""
        prepared = False
        nap = NAP_SECONDS
        while not prepared and not self.stopping:
            with self._patience.over("preparing the views"):
                self.projector.prepare()
                prepared = True
            if not prepared:
                time.sleep(LONGEST_NAP_SECONDS)
        while not self.stopping:
            began = time.monotonic()
            folded = self._round()
            if folded >= FOLDED_AT_ONCE or self._judged >= AT_ONCE:
                nap = NAP_SECONDS
                continue  # more may wait already
            nap = max(NAP_SECONDS, REST * (time.monotonic() - began)) if folded or self._judged else nap * 1.5
            nap = min(nap, LONGEST_NAP_SECONDS)
            time.sleep(nap)
        if self._job is not None and self._job.poll() is None:
            self._job.terminate()
        self._eraser.stop()

    def _round(self) -> int:
        """Fold, and give every turn its turn; how many events were folded. No failure stops another."""
        folded = self._judged = 0
        with self._patience.over("folding"):
            folded = self.projector.run_once(FOLDED_AT_ONCE)
        for turn in self.turns:
            name = getattr(turn, "__name__", type(turn).__name__).strip("_")
            with self._patience.over(name, always=False):
                turn()
        return folded

    def stop(self) -> None:
        """End after the present turn."""
        self.stopping = True

    def _judging(self) -> None:
        judge = self._judge_now()
        if self._learn.due():
            judge.knowledge.refresh_models()
        self._judged = judge.turn(self.parts.clock())

    def _indexing(self) -> None:
        if self._index is None:
            self._index = indexing_of(self.parts, self._judge_now().knowledge)
        self._index.turn(self.parts.clock())

    def _judge_now(self) -> Judging:
        if self._judge is None:
            self._judge = judging_of(self.parts, self.projector)
        return self._judge

    def _merging(self) -> None:
        say_merges(self.parts.log, self.parts.store)

    def _sealing(self) -> None:
        if not self._eraser.holds_history and self._seal.due():
            with self._patience.over("sealing"):
                seal(self.parts)

    def _preparing(self) -> None:
        """The tables of reports, where making them takes long. In a thread: it computes outside the
        interpreter."""
        if self._eraser.holds_history or not self._prepare.due():
            return
        if self._reports is not None and self._reports.is_alive():
            return
        prepared = prepared_of(self.parts)
        if prepared.due(self.parts.log.last_offset(), self.parts.lake.watermark()):
            self._judge_now().knowledge.refresh(self.parts.clock())
            ground = reporting_of(self.parts, self._judge_now().knowledge).ground()
            self._reports = threading.Thread(
                target=self._make, args=(prepared, ground), name="reports", daemon=True
            )
            self._reports.start()

    def _make(self, prepared: PreparedTables, ground: Ground) -> None:
        with self._patience.over("preparing reports"):
            prepared.make(ground)

    def _training(self) -> None:
        running = self._job is not None and self._job.poll() is None
        if self._eraser.holds_history:
            if running and self._job is not None:
                self._job.terminate()  # what it has read holds somebody who is being forgotten
            return
        if running:
            return
        asked = take_request(self.parts.workspace.folder)
        if self._train.due() or asked:
            offset = self.parts.log.last_offset()
            if asked or offset != self._trained_to:
                self._trained_to = offset
                self._job = start_training(self.parts.workspace.folder)

    def _retiring(self) -> None:
        if not self._eraser.holds_history and self._retire.due():
            self.parts.store.fold_away()
            if self._old is None:
                self._old = retiring_of(self.parts, self.projector, self._judge_now())
            if not retire(self._old, self.parts.clock()):
                self._retire.soon()  # there is more
            expire_backups(self.parts)
            # Whoever repeats a redemption does so sooner; holds that ran out by then are long done with.
            offering_of(self.parts).minting.claims.sweep(self.parts.clock() - _CLAIMS_DAYS * DAY)


def seal(parts: Parts, least: int = 1) -> int:
    """Seal what the log has above the lake's watermark; answers how many events that were."""
    sealed = 0
    while True:
        events = parts.log.read(parts.lake.watermark(), SEALED_AT_ONCE)
        if len(events) < least:
            return sealed
        parts.lake.seal(events)
        sealed += len(events)
        if len(events) < SEALED_AT_ONCE:
            return sealed


def start_training(folder: Path) -> subprocess.Popen[bytes]:
    """Train in a process of its own, at the lowest priority."""
    return subprocess.Popen(
        [sys.executable, "-m", "maatwerk.app", "train", str(folder)],
        env=os.environ | {PARENT: str(os.getpid()), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )


def serve_background(folder: Path) -> None:
    """Run until SIGTERM."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)  # requests first; what is read here can wait a moment
    parts = open_parts(folder, projects=True)
    background = Background(parts)
    messenger = Messenger(parts)
    agreeing = Agreeing(parts)
    signal.signal(signal.SIGTERM, lambda *_: background.stop())
    signal.signal(signal.SIGINT, lambda *_: background.stop())
    messenger.start()
    agreeing.start()
    try:
        background.run()
    finally:
        agreeing.stop()
        messenger.stop()
        parts.close()
