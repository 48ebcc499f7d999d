"""`evaluate next-item`: the file formats, the metrics and the predictions file."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from maatwerk.cli.evaluate.metrics import hit_rate, mean_reciprocal_rank, percentiles_ms
from maatwerk.cli.evaluate.next_item import next_item
from maatwerk.cli.evaluate.sessions import read_cases, read_sessions
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.neighbors import NeighborSettings

QUICK = NeighborSettings(encoder_size=0)
LOOPS = [["a", "b", "c", "d"], ["x", "y", "z"]]


def write_train(path: Path, sessions: int = 60) -> Path:
    rows = ["session_id,item_id,time"]
    for number in range(sessions):
        loop = LOOPS[number % 2]
        rows += [f"s{number},{item},{number * 100 + place}" for place, item in enumerate(loop)]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_prefix_cases_are_answered_in_the_order_given(tmp_path: Path) -> None:
    train = write_train(tmp_path / "train.csv")
    test = tmp_path / "test.jsonl.gz"
    cases = [{"prefix": ["x"], "target": "y"}, {"prefix": ["a", "b"], "target": "c"}, {"prefix": ["x", "y"]}]
    with gzip.open(test, "wt") as out:
        out.writelines(json.dumps(case) + "\n" for case in cases)
    found = next_item(train, test, k=3, predictions=tmp_path / "out.txt", settings=QUICK)
    lines = [line.split(" ") for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert [len(line) for line in lines] == [3, 3, 3]
    assert "y" in lines[0]
    assert "c" in lines[1]
    assert set(lines[2]) == {"x", "y", "z"}
    assert (found["n"], found["n_with_target"], found["hr"]) == (3, 2, 1.0)
    assert 0 < found["p50_ms"] <= found["p90_ms"] <= found["p99_ms"]
    assert found["rows"] == 210
    assert found["model_bytes"] > 0
    assert json.loads(json.dumps(found)) == found


def test_without_targets_there_is_no_quality_to_report(tmp_path: Path) -> None:
    test = tmp_path / "test.jsonl"
    test.write_text('{"prefix": ["a"]}\n')
    found = next_item(write_train(tmp_path / "train.csv"), test, settings=QUICK)
    assert "hr" not in found
    assert found["n_with_target"] == 0


def test_a_table_gives_every_prefix_by_time(tmp_path: Path) -> None:
    test = tmp_path / "test.tsv"
    test.write_text("SessionId\tItemId\tTime\n9\tb\t20.5\n9\ta\t10\n9\tc\t30\n4\tx\t2\n4\ty\t3\n")
    assert [tuple(case) for case in read_cases(test)] == [(["a"], "b"), (["a", "b"], "c"), (["x"], "y")]


def test_sessions_are_ordered_by_their_newest_event(tmp_path: Path) -> None:
    train = tmp_path / "train.tsv"
    train.write_text(
        "SessionId\tItemId\tTime\n1\ta\t50\n1\tb\t2026-01-01T00:00:00Z\n2\tc\t60\n3\td\t10\n2\te\t55\n"
    )
    sessions = read_sessions(train)
    assert [sessions.names[item] for item in sessions.item] == ["d", "e", "c", "a", "b"]
    assert sessions.session.tolist() == [0, 1, 1, 2, 2]


def test_sessions_with_positions_are_taken_in_file_order(tmp_path: Path) -> None:
    train = tmp_path / "train.csv"
    train.write_text("session_id,position,item_id\n8,1,b\n8,0,a\n3,0,c\n")
    sessions = read_sessions(train)
    assert [sessions.names[item] for item in sessions.item] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("session_id,time\n1,2\n", "item"),
        ("session_id,item_id\n1,2\n", "time"),
        ("session_id,item_id,time\n1,2,soon\n", "time"),
        ("session_id,item_id,position\n1,2,soon\n", "position"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_field(tmp_path: Path, text: str, field: str) -> None:
    train = tmp_path / "train.csv"
    train.write_text(text)
    with pytest.raises(Refused) as refused:
        read_sessions(train)
    assert refused.value.field == field
    assert refused.value.hint


@pytest.mark.parametrize("text", ["session_id,item_id,time\n1,2\n", "session_id,item_id,time\n"])
def test_ragged_and_empty_tables_are_refused(tmp_path: Path, text: str) -> None:
    train = tmp_path / "train.csv"
    train.write_text(text)
    with pytest.raises(Refused):
        read_sessions(train)


def test_files_that_are_missing_or_hold_no_case_are_refused(tmp_path: Path) -> None:
    train = write_train(tmp_path / "train.csv")
    with pytest.raises(Refused, match="cannot be opened"):
        next_item(train, tmp_path / "none.jsonl")
    (tmp_path / "single.csv").write_text("session_id,item_id,time\n1,a,1\n2,b,2\n")
    with pytest.raises(Refused, match="no case"):
        next_item(train, tmp_path / "single.csv")
    (tmp_path / "bad.jsonl").write_text('{"prefix": "a"}\n')
    with pytest.raises(Refused, match="list of items"):
        next_item(train, tmp_path / "bad.jsonl")


def test_metrics_by_hand() -> None:
    ranks = [1, 4, 0, 21]
    assert hit_rate(ranks, 20) == 0.5
    assert mean_reciprocal_rank(ranks, 20) == pytest.approx((1 + 0.25) / 4)
    assert percentiles_ms([1_000_000] * 10) == {"p50_ms": 1.0, "p90_ms": 1.0, "p99_ms": 1.0}


@pytest.mark.bench_data
def test_serenade_sample_is_not_below_the_plain_baseline(bench_data: Path) -> None:
    """Plain V-SKNN reaches HR .665 and MRR .311 there; the standard error of HR is .014."""
    folder = bench_data / "sessions"
    found = next_item(
        folder / "serenade_example_train.tsv.gz", folder / "serenade_example_valid.tsv.gz", settings=QUICK
    )
    assert found["n"] == 1121
    assert found["hr"] > 0.665 - 0.014
    assert found["mrr"] > 0.311 - 0.011
    assert np.isfinite(found["coverage"])
