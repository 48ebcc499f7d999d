"""`evaluate for-you` and `evaluate next-basket`: the files, the figures, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from maatwerk.cli.evaluate.baskets import baskets
from maatwerk.cli.evaluate.for_you import for_you
from maatwerk.cli.evaluate.next_basket import next_basket
from maatwerk.core.errors import Refused


def test_for_you_ranks_what_she_has_not_had_and_keeps_the_last_item_out(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("".join(f"u{n} a{n % 3} b{n % 3} c{n % 3}\n" for n in range(60)))
    found = for_you(file, predictions=tmp_path / "out.txt", k=2)
    lines = [line.split() for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert [line[0] for line in lines] == [f"u{n}" for n in range(60)]
    assert all(len(line) == 3 and not {f"a{n % 3}", f"b{n % 3}"} & set(line) for n, line in enumerate(lines))
    assert found["n"] == 60
    assert found["hr"] == 0.0  # nobody was ever seen with a c
    assert found["blend"] is None
    open_ended = for_you(file, k=1, holdout=False)
    assert "hr" not in open_ended


def test_attributes_bring_in_what_nobody_had(tmp_path: Path) -> None:
    file, said = tmp_path / "people.txt", tmp_path / "said.json"
    file.write_text("".join(f"u{n} a{n % 3} b{n % 3} c{n % 3}\n" for n in range(60)))
    said.write_text(json.dumps({f"{letter}{n}": [f"kind {n}"] for letter in "abc" for n in range(3)}))
    assert for_you(file, said, k=1)["hr"] == 1.0


def test_the_next_basket_is_told_from_those_before(tmp_path: Path) -> None:
    history, future = tmp_path / "history.json", tmp_path / "future.json"
    history.write_text(json.dumps({f"u{n}": [[-1], [n, 90], [n, 91], [n], [-1]] for n in range(30)}))
    future.write_text(json.dumps({f"u{n}": [[-1], [n], [-1]] for n in range(20)}))
    found = next_basket(history, future, tmp_path / "out.json", k=1)
    lists = json.loads((tmp_path / "out.json").read_text())
    assert lists["u7"] == [7]
    assert (found["n"], found["n_with_future"], found["recall"], found["ndcg"]) == (30, 20, 1.0, 1.0)


@pytest.mark.parametrize(("text", "code"), [("u1 a\n", "bad_row"), ("", "no_cases")])
def test_people_that_cannot_be_told_are_refused(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "people.txt"
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        for_you(file)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "code"), [("[]", "bad_json"), ("{", "bad_json"), ('{"u": [[-1]]}', "no_cases")]
)
def test_baskets_that_cannot_be_told_are_refused(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        next_basket(file)
    assert refused.value.code == code


def test_baskets_are_orders_without_returns_and_lines_that_repeat(tmp_path: Path) -> None:
    file, out = tmp_path / "lines.csv", tmp_path / "rules.csv"
    file.write_text(
        "InvoiceNo,StockCode,Quantity\n"
        "1,tea,2\n1,cup,1\n1,tea,3\n"  # a line of the same item again: once for the rules, five pieces
        "2,tea,1\n2,cup,1\n2,tea,1\n2,cup,1\n"  # the whole order twice: once
        "3,tea,1\n3,pot,1\nC4,tea,-1\n"
    )
    found = baskets(file, out, least=1)
    assert (found["lines"], found["baskets"], found["items"]) == (10, 3, 3)
    assert (found["return_lines"], found["repeated_lines"], found["quantity"]) == (1, 2, 10.0)
    rows = {(row["item"], row["with"]): row for row in csv.DictReader(out.read_text().splitlines())}
    assert float(rows["tea", "cup"]["support"]) == pytest.approx(2 / 3)
    assert float(rows["tea", "cup"]["confidence"]) == pytest.approx(2 / 3)
    assert float(rows["cup", "tea"]["confidence"]) == 1.0
    assert float(rows["cup", "tea"]["lift"]) == 1.0
