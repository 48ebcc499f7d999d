"""The neighbor model: what it learns and promises, and that compiled kernels give the same answers."""

import sys
from pathlib import Path

import numpy as np
import pytest

from maatwerk.decisions.recommend import neighbors
from maatwerk.decisions.recommend.neighbors import NeighborModel, NeighborSettings
from maatwerk.decisions.recommend.neighbors.encode import encode_cases
from maatwerk.decisions.recommend.neighbors.index import build_index, keep_newest, newest_row, prefixes
from maatwerk.decisions.recommend.neighbors.learn_encoder import Encoder, new_encoder, take_step
from maatwerk.decisions.recommend.neighbors.nearest import best_columns
from maatwerk.engines.numba import neighbors as compiled

TOPICS, WIDTH, SESSIONS = 12, 10, 1200
PLAIN = NeighborSettings(encoder_size=0)
ENCODED = NeighborSettings(encoder_size=16, encoder_epochs=2, refresh_epochs=1, batch=128, nearest=12)


def topic_sessions(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sessions that stay within one of TOPICS groups of WIDTH items; often i is followed by i + 1."""
    chance = np.random.default_rng(seed)
    sessions, items = [], []
    for number in range(SESSIONS):
        topic, at = chance.integers(TOPICS), chance.integers(WIDTH)
        for _ in range(chance.integers(2, 9)):
            sessions.append(number)
            items.append(topic * WIDTH + at)
            at = (at + 1) % WIDTH if chance.random() < 0.7 else chance.integers(WIDTH)
    return np.array(sessions), np.array(items, np.int32)


@pytest.fixture(scope="module", params=["plain", "encoded"])
def model(request: pytest.FixtureRequest) -> NeighborModel:
    return neighbors.train(*topic_sessions(), settings=PLAIN if request.param == "plain" else ENCODED)


def test_the_next_item_is_found_within_the_topic_and_mostly_first(model: NeighborModel) -> None:
    firsts = [
        neighbors.predict(model, [topic * WIDTH + 3, topic * WIDTH + 4], 5)[0][0] for topic in range(TOPICS)
    ]
    assert sum(first == topic * WIDTH + 5 for topic, first in enumerate(firsts)) >= TOPICS - 1
    items, _ = neighbors.predict(model, [33, 34], 8)
    assert {int(item) // WIDTH for item in items} == {3}


def test_an_answer_has_k_distinct_items_with_falling_scores(model: NeighborModel) -> None:
    for prefix in ([5], [5, 5, 5], list(range(0, 40, 3)), []):
        items, scores = neighbors.predict(model, prefix, 110)
        assert len(items) == len(set(items.tolist())) == 110
        assert items.dtype == np.int32
        assert scores.dtype == np.float32
        assert (np.diff(scores) <= 0).all()


def test_unknown_items_are_passed_over(model: NeighborModel) -> None:
    with_unknown = neighbors.predict(model, [33, 10**9, -4, 34], 10)
    without = neighbors.predict(model, [33, 34], 10)
    assert np.array_equal(with_unknown[0], without[0])
    assert np.array_equal(neighbors.predict(model, [10**9], 10)[0], model.popular[:10])


def test_the_same_question_gets_the_same_answer_from_saved_arrays(
    model: NeighborModel, tmp_path: Path
) -> None:
    for name, array in model.arrays().items():
        np.save(tmp_path / f"{name}.npy", array)
    mapped = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in model.arrays()}
    again = NeighborModel.from_arrays(mapped)
    for predict in (neighbors.predict, compiled.predict):
        kept, loaded = predict(model, [17, 18, 17], 20), predict(again, [17, 18, 17], 20)
        assert np.array_equal(kept[0], loaded[0])
        assert np.allclose(kept[1], loaded[1], atol=1e-5)


def test_arrays_that_are_missing_are_named(model: NeighborModel) -> None:
    arrays = model.arrays()
    del arrays["blend_bias"]
    with pytest.raises(ValueError, match="blend_bias"):
        NeighborModel.from_arrays(arrays)


def test_training_twice_gives_the_same_model() -> None:
    one, two = (neighbors.train(*topic_sessions(), settings=PLAIN) for _ in range(2))
    for name, array in one.arrays().items():
        assert np.array_equal(array, two.arrays()[name]), name


def test_compiled_kernels_describe_as_the_definition_does(model: NeighborModel) -> None:
    pytest.importorskip("numba")
    _, items = topic_sessions(seed=5)
    chance = np.random.default_rng(7)
    for _ in range(150):
        begin = chance.integers(len(items) - 20)
        prefix = items[begin : begin + chance.integers(1, 20)]
        expected, features = neighbors.describe(model, prefix)
        found, compiled_features = compiled.describe(model, prefix)
        assert np.array_equal(expected, found)
        assert np.allclose(features, compiled_features, atol=2e-4)


def test_compiled_kernels_rank_as_the_definition_does(model: NeighborModel) -> None:
    pytest.importorskip("numba")
    _, items = topic_sessions(seed=6)
    for begin in range(0, 1000, 10):
        prefix = items[begin : begin + 1 + begin % 15]
        expected, scores = neighbors.predict(model, prefix, 20)
        found, compiled_scores = compiled.predict(model, prefix, 20)
        assert np.allclose(scores, compiled_scores, atol=2e-3)
        clear = np.abs(np.diff(scores, append=scores[-1] - 1)) > 1e-2  # near ties may fall either way
        clear &= np.abs(np.diff(scores, prepend=scores[0] + 1)) > 1e-2
        assert np.array_equal(expected[clear], found[clear])


def test_without_numba_the_kernels_say_what_to_install(
    model: NeighborModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "maatwerk.engines.numba.kernels", None)
    compiled.kernel.cache_clear()
    with pytest.raises(RuntimeError, match=r"maatwerk\[speed\]"):
        compiled.predict(model, [1, 2])
    compiled.kernel.cache_clear()


@pytest.mark.parametrize(
    ("sessions", "items", "word"),
    [([0], [1, 2], "rows"), ([], [], "no events"), ([0], [-1], "negative"), ([0], [7], "item_count")],
)
def test_arrays_that_are_no_sessions_are_refused(sessions: list[int], items: list[int], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        neighbors.train(np.array(sessions, np.int64), np.array(items, np.int32), item_count=5)


def test_few_sessions_still_make_a_model() -> None:
    model = neighbors.train(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1], np.int32), settings=PLAIN)
    assert (
        neighbors.predict(model, [0], 2)[0].tolist() == [0, 1] or neighbors.predict(model, [0], 1)[0][0] == 1
    )


def test_the_index_lists_each_session_of_an_item_once_newest_first_and_bounded() -> None:
    session = np.array([0, 0, 0, 1, 2, 2])
    item = np.array([4, 4, 1, 4, 4, 0], np.int32)
    index = build_index(session, item, 5, NeighborSettings(sessions_per_item=2))
    assert index.item_sessions[index.item_start[4] : index.item_start[5]].tolist() == [2, 1]
    assert index.item_rarity[4] == 0.0


def test_the_newest_row_honors_share_and_bound() -> None:
    session = np.array([0, 0, 1, 1, 1, 2, 3, 3])
    assert newest_row(session, 0.5, 100) == 5
    assert newest_row(session, 0.5, 2) == 6
    assert newest_row(session, 1.0, 100) == 0
    assert newest_row(session, 0.1, 100) == 8
    assert keep_newest(session, session, 2)[0].tolist() == [0, 0, 1, 1, 2, 3, 3]


def test_best_columns_are_those_a_full_sort_finds() -> None:
    values = np.random.default_rng(4).normal(size=(40, 3000)).astype(np.float32)
    values[3] = 0.5  # a row that is all one tie
    values[5, 17] = 9.0
    best = np.sort(np.take_along_axis(values, best_columns(values, 30), axis=1), axis=1)
    assert np.array_equal(best, np.sort(values, axis=1)[:, -30:])
    assert np.array_equal(np.sort(best_columns(values[:, :30], 30)), np.tile(np.arange(30), (40, 1)))


def test_prefixes_put_the_last_item_first() -> None:
    recent, target, rows = prefixes(np.array([7, 7, 7, 9, 9]), np.array([1, 2, 3, 4, 5], np.int32), 3)
    assert recent.tolist() == [[1, -1, -1], [2, 1, -1], [4, -1, -1]]
    assert target.tolist() == [2, 3, 5]
    assert rows.tolist() == [1, 2, 4]


def test_the_encoder_moves_against_the_slope_of_its_loss() -> None:
    """A finite difference of the loss along the step that was taken, against the step's own length."""
    settings = NeighborSettings(encoder_size=6, dropout=0.0)
    recent = np.array([[1, 2, 3], [4, -1, -1], [5, 6, 5]], np.int32)
    target, shown = np.array([2, 9, 10], np.int32), np.array([1, 2, 5, 9, 10, 12], np.int32)

    def step(encoder: Encoder, rate: float) -> float:
        return take_step(
            encoder, recent, target, shown, np.zeros(6, np.float32), rate, settings, np.random.default_rng(0)
        )

    encoder = new_encoder(20, settings, np.random.default_rng(3))
    losses = [step(encoder, 0.01) for _ in range(120)]
    assert losses[-1] < 0.05 < losses[0]
    untouched = new_encoder(20, settings, np.random.default_rng(3)).vectors[15]
    assert np.array_equal(encoder.vectors[15], untouched)


def test_a_state_is_a_unit_vector_that_padding_does_not_change() -> None:
    model = neighbors.train(*topic_sessions(), settings=ENCODED)
    short = encode_cases(model, np.array([[3, 4]], np.int32))
    padded = encode_cases(model, np.array([[3, 4, -1, -1]], np.int32))
    assert np.allclose(short, padded, atol=1e-5)
    assert np.linalg.norm(short) == pytest.approx(1, abs=1e-4)
