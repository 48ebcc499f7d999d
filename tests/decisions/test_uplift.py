"""Whom a treatment moves: found where it differs, and nothing said where it does not."""

from pathlib import Path

import numpy as np
import pytest

from maatwerk.cli.evaluate.uplift import uplift
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments import uplift as learner
from maatwerk.decisions.experiments.uplift import Floats, learned, uplift_at

SEED = 20_261_128


def trial(rows: int, *, differs: bool) -> tuple[Floats, Floats, Floats]:
    """Two features; the first says who is moved, the second who buys anyway."""
    random = np.random.default_rng(SEED)
    features = random.random((rows, 2))
    treated = (random.random(rows) < 0.5).astype(np.float64)
    moved = 0.3 * (features[:, 0] > 0.6) if differs else 0.0
    chance = 0.1 + 0.2 * features[:, 1] + treated * moved
    return features, treated, (random.random(rows) < chance).astype(np.float64)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "ROUNDS", 40)
    monkeypatch.setattr(learner, "BAGS", 1)


def test_it_finds_who_is_moved_and_not_who_buys_anyway() -> None:
    features, treated, outcomes = trial(4_000, differs=True)
    model = learned(features, treated, outcomes, seed=1)
    assert model.differs
    scores = model.scores(features)
    assert abs(np.corrcoef(scores, features[:, 1])[0, 1]) < 0.3
    assert np.corrcoef(scores, features[:, 0] > 0.6)[0, 1] > 0.7
    everybody = uplift_at(scores, treated, outcomes, 1.0)
    assert uplift_at(scores, treated, outcomes, 0.3) > everybody + 0.1


def test_it_abstains_where_nothing_differs() -> None:
    features, treated, outcomes = trial(4_000, differs=False)
    model = learned(features, treated, outcomes, seed=1)
    assert not model.differs
    assert not model.scores(features).any()


def test_a_file_is_read_split_and_scored(tmp_path: Path) -> None:
    features, treated, outcomes = trial(3_000, differs=True)
    lines = ["arm,visit,first,second,where"]
    lines += [
        f"{'mail' if arm else 'none'},{int(came)},{a:.4f},{b:.4f},{'home' if a > 0.5 else 'away'}"
        for (a, b), arm, came in zip(features.tolist(), treated.tolist(), outcomes.tolist(), strict=True)
    ]
    (tmp_path / "trial.csv").write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "scores.csv"
    found = uplift(tmp_path / "trial.csv", "arm", "mail", "visit", 0, out)
    assert (found["rows"], found["features"], found["abstains"]) == (3_000, 4, False)
    assert found["uplift_at_30"] > found["uplift_of_all"]
    rows = out.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "row,score"
    assert len({row.split(",")[0] for row in rows[1:]}) == 1_500
    with pytest.raises(Refused, match="no column"):
        uplift(tmp_path / "trial.csv", "gone", "mail", "visit", 0, None)
    with pytest.raises(Refused, match="in all rows or in none"):
        uplift(tmp_path / "trial.csv", "arm", "post", "visit", 0, None)
