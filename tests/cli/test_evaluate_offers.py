"""`evaluate offers`: a log whose truth is known, and one that cannot say."""

from pathlib import Path

import numpy as np
import pytest

from maatwerk.cli.evaluate.offers import offers
from maatwerk.core.errors import Refused

SEED = 20_261_128


def log(path: Path, rows: int) -> Path:
    """Four items at random, of which one is clicked far more often."""
    random = np.random.default_rng(SEED)
    items = random.integers(0, 4, rows)
    clicks = random.random(rows) < np.array([0.05, 0.05, 0.05, 0.4])[items]
    lines = ["timestamp,item_id,position,click,propensity_score"]
    lines += [
        f"2026-11-01T00:{number // 60:02d}:{number % 60:02d}Z,{item},1,{int(clicked)},0.25"
        for number, (item, clicked) in enumerate(zip(items.tolist(), clicks.tolist(), strict=True))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_better_policy_is_worth_more_and_its_interval_holds_the_truth(tmp_path: Path) -> None:
    found = offers(log(tmp_path / "log.csv", 3_000))
    best, chance = found["policies"]["probably-best"], found["policies"]["random"]
    assert best["says"] == chance["says"] == "estimate"
    assert best["dr"]["low"] < 0.4 * 0.97 + 0.05 * 0.03 < best["dr"]["high"]
    assert chance["snips"]["low"] < 0.1375 < chance["snips"]["high"]
    assert found["clicks"] > 300


def test_a_short_log_cannot_say(tmp_path: Path) -> None:
    assert offers(log(tmp_path / "log.csv", 120))["policies"]["probably-best"]["says"] == "cannot"
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Refused, match="no such column"):
        offers(tmp_path / "other.csv")
