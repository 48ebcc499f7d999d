"""The projector with several views: checkpoints of their own, versions, failures, rebuilding."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Event_
from threading import Thread

import pytest

from maatwerk.core.errors import Impossible, Unavailable
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.views.projector import Projector, Rows
from maatwerk.views.store import Snapshot

NOW = 1_764_547_200_000


class Count:
    """Counts events by name; remembers totals between calls, as a view may."""

    def __init__(self, name: str, version: int = 1, names: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.version = version
        self.names = names
        self.tables = (f"{name}_total",)
        self.fails = False
        self._kept: dict[str, int] = {}

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        for event in events:
            if not self.names or event.name in self.names:
                if event.name not in self._kept:
                    stored = read.get(self.tables[0], event.name)
                    self._kept[event.name] = int(stored) if stored else 0
                self._kept[event.name] += self.version
        if self.fails:
            raise RuntimeError("a bug")
        return {self.tables[0]: {name: str(total).encode() for name, total in self._kept.items()}}, {}

    def forget(self) -> None:
        self._kept.clear()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(tmp_path / "log.db", clock=lambda: NOW)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "views.db", writable=True)
    yield opened
    opened.close()


def append(log: SqliteLog, *names: str, received: int = NOW) -> None:
    first = log.last_offset()
    log.append_now([Event(name, f"m-{first + n}", NOW, received) for n, name in enumerate(names)])


def totals(store: SqliteStore, view: str) -> tuple[int, dict[str, int]]:
    with store.snapshot() as read:
        return read.checkpoint(view), {key: int(value) for key, value in read.scan(f"{view}_total")}


def test_views_fold_the_log_each_with_its_checkpoint(log: SqliteLog, store: SqliteStore) -> None:
    append(log, "a", "b", "a")
    first = Projector(log, store, [Count("one")])
    assert first.prepare() == []
    assert first.run_once() == 3
    append(log, "a")
    both = Projector(log, store, [Count("one"), Count("two", names=frozenset({"b"}))])
    both.prepare()
    while both.run_once(2):
        pass
    assert totals(store, "one") == (4, {"a": 3, "b": 1}), "what was folded is not folded again"
    assert totals(store, "two") == (4, {"b": 1}), "a new view starts at the beginning"
    assert both.run_once() == 0


def test_a_new_version_is_folded_anew(log: SqliteLog, store: SqliteStore) -> None:
    append(log, "a", "b")
    for version, stale in ((1, []), (1, []), (2, ["one"])):
        projector = Projector(log, store, [Count("one", version), Count("two")])
        assert projector.prepare() == stale
        projector.run_once()
    assert totals(store, "one") == (2, {"a": 2, "b": 2})
    assert totals(store, "two") == (2, {"a": 1, "b": 1})


def test_a_view_that_fails_is_folded_whole_later(log: SqliteLog, store: SqliteStore) -> None:
    good, bad = Count("good"), Count("bad")
    projector = Projector(log, store, [bad, good])
    projector.prepare()
    append(log, "a")
    projector.run_once()
    append(log, "a", "b")
    bad.fails = True
    for _ in range(3):
        with pytest.raises(RuntimeError):
            projector.run_once(1)
    assert (totals(store, "good")[0], totals(store, "bad")[0]) == (3, 1), "the others go on"
    bad.fails = False
    while projector.run_once():
        pass
    assert totals(store, "bad") == totals(store, "good") == (3, {"a": 2, "b": 1})


def test_lag(log: SqliteLog, store: SqliteStore) -> None:
    projector = Projector(log, store, [Count("one")])
    projector.prepare()
    assert (projector.lag(NOW).offsets, projector.lag(NOW).seconds) == (0, 0.0)
    append(log, "a", received=NOW - 2_500)
    append(log, "b", received=NOW)
    lag = projector.lag(NOW)
    assert (lag.offsets, lag.seconds) == (2, 2.5)
    projector.run_once()
    assert projector.lag(NOW).offsets == 0


def test_a_rebuilt_view_replaces_what_was_wrong(log: SqliteLog, store: SqliteStore) -> None:
    append(log, "a", "b", "a")
    projector = Projector(log, store, [Count("one"), Count("two")])
    projector.prepare()
    projector.run_once()
    store.write("one", 3, {"one_total": {"a": b"99", "never": b"1"}})
    assert projector.rebuild("one") == 3
    assert totals(store, "one") == (3, {"a": 2, "b": 1})
    append(log, "a")
    projector.run_once()
    assert totals(store, "one") == (4, {"a": 3, "b": 1}), "and goes on from there"
    with pytest.raises(Impossible, match="no view"):
        projector.rebuild("three")


def test_two_projectors_fold_nothing_twice(log: SqliteLog, store: SqliteStore) -> None:
    other = SqliteStore(store.path, writable=True)
    both = [Projector(log, each, [Count("one")]) for each in (store, other)]
    for projector in both:
        projector.prepare()
    stop = Event_()

    def project(projector: Projector) -> None:
        while not stop.is_set() or projector.lag(NOW).offsets:
            with suppress(Unavailable):
                projector.run_once(7)

    threads = [Thread(target=project, args=(projector,)) for projector in both]
    for thread in threads:
        thread.start()
    for _ in range(50):
        append(log, "a", "b", "a")
    stop.set()
    for thread in threads:
        thread.join()
    assert totals(store, "one") == (150, {"a": 100, "b": 50})
    other.close()


def test_two_views_may_not_share_a_table(log: SqliteLog, store: SqliteStore) -> None:
    with pytest.raises(Impossible, match="share a table"):
        Projector(log, store, [Count("one"), Count("one")])
