"""The SQLite store of views, and the records, held to their contracts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.views.profile.memory import MemoryStore

from maatwerk.core.errors import Impossible
from maatwerk.engines.sqlite.records import SqliteRecords
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.testing import check_store


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], SqliteStore]]:
    made: list[SqliteStore] = []

    def one() -> SqliteStore:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(SqliteStore(folder / "views.db", writable=True))
        return made[-1]

    yield one
    for store in made:
        store.close()


def test_the_port(make: Callable[[], SqliteStore]) -> None:
    check_store(make)


def test_the_memory_that_laws_are_tried_on_keeps_the_port_too() -> None:
    check_store(MemoryStore)


def test_a_reader_of_its_own_sees_what_the_projector_writes(make: Callable[[], SqliteStore]) -> None:
    store = make()
    reader = SqliteStore(store.path, writable=False)
    store.write("view", 3, {"shard": {"a": b"1"}})
    with reader.snapshot() as read:
        assert (read.checkpoint("view"), read.get("shard", "a")) == (3, b"1")
    with pytest.raises(Impossible, match="for reading"):
        reader.write("view", 4, {})
    reader.close()


def test_a_failed_write_changes_nothing(make: Callable[[], SqliteStore]) -> None:
    store = make()
    store.write("view", 3, {"shard": {"a": b"1"}})
    with pytest.raises(Impossible, match="no name for a table"):
        store.write("view", 4, {"shard": {"a": b"2"}, "new": {"a": b"1"}, "drop table": {"a": b"1"}})
    with store.snapshot() as read:
        assert (read.checkpoint("view"), read.get("shard", "a"), read.count("new")) == (3, b"1", 0)
    store.write("view", 5, {"new": {"a": b"1"}})
    with store.snapshot() as read:
        assert read.get("new", "a") == b"1"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    opened = SqliteRecords(tmp_path / "records.db")
    yield opened
    opened.close()


def test_a_lease_has_one_holder(records: SqliteRecords) -> None:
    assert records.claim("background", "projector", "one", now_ms=0, until_ms=100)
    assert not records.claim("background", "projector", "two", now_ms=50, until_ms=150)
    assert records.claim("background", "projector", "one", now_ms=50, until_ms=150), (
        "its holder may extend it"
    )
    assert records.holder("background", "projector", now_ms=149) == "one"
    assert records.claim("background", "projector", "two", now_ms=150, until_ms=250), "it runs out"
    assert not records.release("background", "projector", "one")
    assert records.release("background", "projector", "two")
    assert records.holder("background", "projector", now_ms=200) == ""


def test_what_is_settled_is_never_claimed_again(records: SqliteRecords) -> None:
    records.claim("outbox", "m-1", "one", now_ms=0, until_ms=100)
    assert not records.settle("outbox", "m-1", "two", "sent")
    assert records.settle("outbox", "m-1", "one", "sent")
    assert not records.settle("outbox", "m-1", "one", "again")
    assert not records.claim("outbox", "m-1", "two", now_ms=500, until_ms=600)
    assert records.outcome("outbox", "m-1") == "sent"
    assert records.expire("outbox", before_ms=101) == 1
    assert records.outcome("outbox", "m-1") == ""


def test_values(records: SqliteRecords, tmp_path: Path) -> None:
    assert records.get("secret", "key") is None
    assert records.put_once("secret", "key", b"first") == b"first"
    other = SqliteRecords(tmp_path / "records.db")
    assert other.put_once("secret", "key", b"second") == b"first", "who comes first decides"
    other.put("secret", "key", b"third")
    other.put("secret", "old", b"x")
    other.drop("secret", "old")
    assert records.items("secret") == {"key": b"third"}
    other.close()
