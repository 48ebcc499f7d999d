"""Erasures at work: the background process's turn for them, and the job that does the long steps aside."""

from __future__ import annotations

import base64
import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

import maatwerk
from maatwerk.app.backups import backups_holding, pass_on
from maatwerk.app.parent import PARENT
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.patience import Patience
from maatwerk.app.scrubbing import Scrub
from maatwerk.app.telling import tell_due
from maatwerk.app.training import request_training, retrain_without
from maatwerk.core.errors import Unavailable
from maatwerk.core.traces import plain
from maatwerk.engines.duckdb.forgetting import ForgettableLake
from maatwerk.engines.files.keys import erasure_key
from maatwerk.engines.files.leftovers import ForgettableFiles
from maatwerk.engines.files.searching import Needles
from maatwerk.engines.files.tombstones import LOOK_SECONDS
from maatwerk.engines.sqlite.forgetting import ForgettableLog, ForgettableTables
from maatwerk.engines.sqlite.scrub import Scrubbed
from maatwerk.events.forgetting import Looked
from maatwerk.flows import erase
from maatwerk.flows.erase import Asking, Erasure, Forgetting, Receipt
from maatwerk.views.projector import Projector

LetGo = Callable[[Iterable[str], int], None]
"""Takes people out of the audiences; see `maatwerk.flows.judge.Judging.let_go`."""

TURN_SECONDS = 0.5
SETTLE_SECONDS = 2 * LOOK_SECONDS
"""By then every process refuses her past, and what was on its way is in the log."""

NICE = 10
"""Requests first; but at the lowest priority of all a busy machine would let her wait for long."""

AGAIN_SECONDS = 5.0
"""Between two tries of a step that failed or that waits for a processor."""

_AGAIN_EVENTS = 10_000
_log = logging.getLogger("maatwerk.erasing")


def asking(parts: Parts) -> Asking:
    """What taking in a request needs."""
    return Asking(
        log=parts.log,
        recent=parts.log,
        store=parts.store,
        records=parts.records,
        tombstones=parts.tombstones,
        clock=parts.clock,
        chance=os.urandom,
        processors=parts.settings.erasure_webhooks,
    )


class Eraser:
    """Looks for erasures and moves each on: views here, all else in a job of low priority."""

    def __init__(self, parts: Parts, projector: Projector, let_go: LetGo) -> None:
        self._parts = parts
        self._let_go = let_go
        self._projector = projector
        self._next = 0.0
        self._ready: dict[str, float] = {}
        self._job: subprocess.Popen[bytes] | None = None
        self.holds_history = False
        """Whether an erasure is at work: nobody may seal or train meanwhile."""

    def turn(self) -> None:
        """Called again and again by the process that projects."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + TURN_SECONDS
        waiting = erase.pending(self._parts.records)
        self.holds_history = any(each.step in ("log", "views", "rest") for each in waiting)
        if self._job is not None:
            if self._job.poll() is None:
                return
            self._job = None
        for erasure in waiting:
            if erasure.step == "views":
                forget_views(self._parts, self._projector, erasure, self._let_go)
        if any(self._is_ready(each, now) for each in erase.pending(self._parts.records)):
            self._job = _child("erase", self._parts.workspace.folder)

    def stop(self) -> None:
        """End the job; it goes on where it was after the next start."""
        if self._job is not None and self._job.poll() is None:
            self._job.terminate()

    def _is_ready(self, erasure: Erasure, now: float) -> bool:
        first = erasure.step == "log" and not erasure.rounds
        wait = SETTLE_SECONDS if first else AGAIN_SECONDS if erasure.trouble else 0.0
        wait = AGAIN_SECONDS if erasure.step == "tell" and any(told.tries for told in erasure.told) else wait
        at = self._ready.setdefault(f"{erasure.request_id}/{erasure.step}/{erasure.rounds}", now + wait)
        if now < at:
            return False
        self._ready[f"{erasure.request_id}/{erasure.step}/{erasure.rounds}"] = now + AGAIN_SECONDS
        return True


def forget_views(parts: Parts, projector: Projector, erasure: Erasure, let_go: LetGo) -> None:
    """Step ``views``, in the process that projects."""
    assert erasure.gone is not None
    gone = erasure.gone
    log = ForgettableLog(parts.workspace.log)
    again = log.seen_since(gone)
    needles = Needles(set().union(*map(plain, gone.without(again).traceable()), set()))
    events = [
        event
        for event in parts.log.tail(
            anonymous_ids=[*gone.anonymous_ids], user_ids=[*gone.user_ids], limit=_AGAIN_EVENTS
        )
        if not gone.holds(event)
    ]
    whose = [f"u/{each}" for each in gone.user_ids] + [f"a/{each}" for each in gone.anonymous_ids]
    let_go(whose, parts.clock())
    cleared = projector.erase(gone, events, needles.among)
    erase.add_views(parts.records, erasure, cleared)


def run_job(folder: Path) -> None:
    """The job's process: every step but the projector's, as far as they go."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    parts = open_parts(folder)
    try:
        for erasure in erase.pending(parts.records):
            with Patience(_log).over("erasing"):
                advance(parts, erasure)
    finally:
        parts.close()


def advance(
    parts: Parts, erasure: Erasure, said: Callable[[str], None] = lambda text: None
) -> Receipt | None:
    """Take an erasure on to where the projector is needed, or to its end."""
    forgetting = forgetting_of(parts)
    try:
        if erasure.step == "log":
            said("events, decisions, rejected messages")
            erase.forget_log(forgetting, erasure)
        if erasure.step == "rest":
            said("history, records, files, models; then everything is looked through")
            erase.forget_rest(forgetting, erasure)
            if erasure.step == "log":
                return None
        if erasure.step == "tell":
            tell_due(parts, erasure)
        if erasure.step == "seal":
            said("the receipt")
            return _sealed(parts, forgetting, erasure)
    except Unavailable as fault:
        erasure.trouble = fault.detail
        erase.keep(parts.records, erasure)
        raise
    return None


def _sealed(parts: Parts, forgetting: Forgetting, erasure: Erasure) -> Receipt:
    pass_on(parts)
    receipt = erase.seal(
        forgetting,
        erasure,
        log=parts.log,
        now=parts.clock(),
        key=erasure_key(parts.workspace),
        version=maatwerk.__version__,
        backups=backups_holding(parts, erasure.at),
    )
    request_training(parts.workspace.folder)
    return receipt


def forgetting_of(parts: Parts) -> Forgetting:
    """The engines of a workspace, each as what can forget."""
    workspace = parts.workspace
    log, lake = ForgettableLog(workspace.log), ForgettableLake(workspace.lake)
    files = ForgettableFiles(workspace.folder)
    records = ForgettableTables(workspace.records, keeps=frozenset({erase.PENDING}))
    return Forgetting(
        records=parts.records,
        log=log,
        history=lake,
        others=(records, files),
        left=lambda: files.left,
        seen_since=log.seen_since,
        clear=lambda names, traces: clear(workspace.folder, names, traces),
        models=lambda erasures: retrain_without(parts, erasures),
        looks=(log, lake, parts.models, files),
    )


def clear(folder: Path, names: Sequence[str], traces: Sequence[bytes]) -> list[Looked]:
    """Clear databases, in a process that holds no other connection to them. Raises `Unavailable`."""
    asked = Scrub(list(names), [base64.b64encode(each).decode() for each in traces])
    child = subprocess.run(
        [sys.executable, "-m", "maatwerk.app", "scrub", str(folder)],
        env=os.environ | {PARENT: str(os.getpid())},
        input=msgspec.json.encode(asked),
        stdout=subprocess.PIPE,
        check=False,
    )
    if child.returncode:
        raise Unavailable("databases could not be cleared of what rows leave behind")
    done = msgspec.json.decode(child.stdout, type=list[Scrubbed])
    return [
        Looked(f"{each.store} (file)", each.pages, each.bytes, each.found, [f"{each.cleared} pages cleared"])
        for each in done
    ]


def _child(role: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "maatwerk.app", role, str(folder)],
        env=os.environ | {PARENT: str(os.getpid()), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )
