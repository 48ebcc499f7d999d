"""The port of the views' store, tried."""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.core.errors import Unavailable
from maatwerk.views.store import Store


def check_store(make_store: Callable[[], Store]) -> None:
    """Raises AssertionError where a store breaks its contract; ``make_store`` gives an empty one."""
    _check_rows(make_store())
    _check_moments(make_store())
    _check_clearing(make_store())
    _check_swapping(make_store())
    _check_order(make_store())


def _check_rows(store: Store) -> None:
    with store.snapshot() as read:
        assert read.checkpoint("view") == 0, "a view that has not begun is at 0"
        assert read.get("shard", "a") is None, "a table that was never written is empty"
        assert read.get_many("shard", ["a"]) == {}
        assert read.scan("shard") == []
        assert read.count("shard") == 0
    rows = {f"k-{n:03d}": bytes([n]) for n in range(100)}
    store.write("view", 7, {"shard": rows | {"é\x00": b"odd"}, "owner": {"k-000": b"other table"}})
    store.write("view", 9, {"shard": {"k-001": b"again"}}, {"shard": ["k-002", "never was"]})
    with store.snapshot() as read:
        assert read.checkpoint("view") == 9
        assert read.get("shard", "k-000") == b"\x00"
        assert read.get("shard", "k-001") == b"again", "a later write wins"
        assert read.get("shard", "k-002") is None, "a deleted row is gone"
        assert read.get("shard", "é\x00") == b"odd", "any text is a key"
        assert read.get("owner", "k-000") == b"other table", "tables are apart"
        wanted = [f"k-{n:03d}" for n in range(150)]
        assert len(read.get_many("shard", wanted)) == 99
        assert read.count("shard") == 100
        page = read.scan("shard", prefix="k-", after="k-010", limit=5)
        assert [key for key, _ in page] == ["k-011", "k-012", "k-013", "k-014", "k-015"]
        assert [key for key, _ in read.scan("shard", prefix="k-09")] == [f"k-09{n}" for n in range(10)]
    everything = [key for key, _ in store.every("shard")]
    assert everything == sorted(everything), "every row, in key order"
    assert len(everything) == 100


def _check_moments(store: Store) -> None:
    store.write("view", 1, {"shard": {"a": b"1"}})
    with store.snapshot() as read:
        assert read.get("shard", "a") == b"1"
        store.write("view", 2, {"shard": {"a": b"2"}})
        assert (read.checkpoint("view"), read.get("shard", "a")) == (1, b"1"), "a snapshot is one moment"
        with store.snapshot() as later:
            assert (later.checkpoint("view"), later.get("shard", "a")) == (2, b"2")


def _check_clearing(store: Store) -> None:
    store.write("one", 5, {"shard": {"a": b"1"}})
    store.write("two", 6, {"other": {"a": b"1"}})
    store.clear("one", ["shard"])
    with store.snapshot() as read:
        assert (read.checkpoint("one"), read.count("shard")) == (0, 0)
        assert (read.checkpoint("two"), read.count("other")) == (6, 1), "another view is left alone"


def _check_order(store: Store) -> None:
    store.write("view", 5, {"shard": {"a": b"1"}}, after=0)
    store.write("view", 7, {"shard": {"a": b"2"}}, after=5)
    try:
        store.write("view", 9, {"shard": {"a": b"3"}}, after=5)
    except Unavailable:
        pass
    else:
        raise AssertionError("who did not see the last write may not write after it")
    with store.snapshot() as read:
        assert (read.checkpoint("view"), read.get("shard", "a")) == (7, b"2")


def _check_swapping(store: Store) -> None:
    store.write("one", 5, {"shard": {"a": b"old", "b": b"old"}, "owner": {"a": b"old"}})
    store.write("new", 9, {"shard_new": {"a": b"new"}})
    with store.snapshot() as before:
        assert before.get("shard", "a") == b"old"
        store.swap("one", "new", {"shard": "shard_new", "owner": "owner_new"})
        assert before.get("shard", "b") == b"old", "who reads goes on reading the moment"
    with store.snapshot() as read:
        assert (read.checkpoint("one"), read.checkpoint("new")) == (9, 0)
        assert read.scan("shard") == [("a", b"new")]
        assert (read.count("owner"), read.count("shard_new")) == (0, 0)
    store.write("new", 1, {"shard_new": {"c": b"again"}})
    with store.snapshot() as read:
        assert read.get("shard_new", "c") == b"again"
