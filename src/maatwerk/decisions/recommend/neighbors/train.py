"""Train a neighbor model from sessions alone.

The newest sessions are set aside first: index and encoder learn from the older ones, the blend learns on the
newest, which is the situation it will serve in. Then the index is built again over all sessions, and the
encoder goes on over the newest of them, those that taught the blend included.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from maatwerk.decisions.recommend.neighbors.describe import describe as describe_plainly
from maatwerk.decisions.recommend.neighbors.index import (
    SessionIndex,
    build_index,
    keep_newest,
    newest_row,
    prefixes,
    session_starts,
)
from maatwerk.decisions.recommend.neighbors.learn_blend import Blend, learn_blend, plain_blend
from maatwerk.decisions.recommend.neighbors.learn_encoder import Encoder, learn, new_encoder
from maatwerk.decisions.recommend.neighbors.nearest import nearest_items
from maatwerk.decisions.recommend.neighbors.predict import known_items
from maatwerk.decisions.recommend.neighbors.words import (
    FEATURES,
    Describe,
    Floats,
    Ints,
    Longs,
    NeighborModel,
    NeighborSettings,
)

FEW_BATCHES = 600  # with fewer in an epoch the encoder needs, and can afford, twice the epochs
CHECK_CASES_MIN = 300  # with fewer, a learned blend would be noise
NEWEST_RATE = 0.5  # of the learning rate, over the newest sessions


def train(
    session: Longs,
    item: Ints,
    item_count: int | None = None,
    settings: NeighborSettings = NeighborSettings(),  # noqa: B008  (frozen)
    describe: Describe = describe_plainly,
) -> NeighborModel:
    """A model from events sorted by session (oldest session first) and, within a session, by time.

    session int64[E] is any number that is equal within a session and differs from its neighbors;
    item int32[E] is in [0, item_count). `describe` may be a faster kernel with the same answers. Raises
    ValueError where the arrays cannot be sessions.
    """
    check(session, item, item_count)
    session, item = keep_newest(session, item, settings.session_length_max)
    count = int(item.max()) + 1 if item_count is None else item_count
    chance = np.random.default_rng(settings.seed)
    if len(item) < FEW_BATCHES * settings.batch:
        settings = twice_the_epochs(settings)
    encoder = None
    if settings.encoder_size and count <= settings.encoder_items_max:
        encoder = new_encoder(count, settings, chance)

    cut = newest_row(session, settings.check_share, settings.check_events_max)
    learn_sessions(encoder, session[:cut], item[:cut], settings, chance)
    older = assemble(
        build_index(session[:cut], item[:cut], count, settings), encoder, plain_blend(), settings
    )
    blend = blend_on(older, session[cut:], item[cut:], describe, settings, chance)
    learn_newest(encoder, session, item, settings.refresh_epochs, settings, chance)
    return assemble(build_index(session, item, count, settings), encoder, blend, settings)


def reindexed(model: NeighborModel, session: Longs, item: Ints) -> NeighborModel:
    """The same model over other sessions of its items: what was learnt stays, what is looked up is new.

    Arrays as for `train`; ``item`` is in [0, items of the model).
    """
    settings = NeighborSettings()
    session, item = keep_newest(session, item, settings.session_length_max)
    index = build_index(session, item, model.item_count, settings)
    return NeighborModel.from_arrays(
        model.arrays() | {name: getattr(index, name) for name in SessionIndex.__slots__}
    )


def twice_the_epochs(settings: NeighborSettings) -> NeighborSettings:
    return replace(
        settings,
        encoder_epochs=2 * settings.encoder_epochs,
        newest_epochs=2 * settings.newest_epochs,
        refresh_epochs=2 * settings.refresh_epochs,
    )


def check(session: Longs, item: Ints, item_count: int | None) -> None:
    if len(session) != len(item):
        raise ValueError(
            f"session has {len(session)} rows and item {len(item)}; give one of each for every event"
        )
    if not len(item):
        raise ValueError("there are no events to train on; give at least one session")
    if int(item.min()) < 0:
        raise ValueError("item numbers must not be negative; number the items 0, 1, 2, ...")
    if item_count is not None and int(item.max()) >= item_count:
        raise ValueError(f"item {int(item.max())} is not below item_count {item_count}; number them from 0")


def learn_sessions(
    encoder: Encoder | None,
    session: Longs,
    item: Ints,
    settings: NeighborSettings,
    chance: np.random.Generator,
) -> None:
    """Teach the encoder all sessions, then the newest once more."""
    if encoder is not None:
        row = newest_row(session, 1.0, settings.encoder_events_max)
        recent, target, _ = prefixes(session[row:], item[row:], settings.encoder_positions)
        learn(encoder, recent, target, settings.encoder_epochs, settings.learning_rate, settings, chance)
        learn_newest(encoder, session, item, settings.newest_epochs, settings, chance)


def learn_newest(
    encoder: Encoder | None,
    session: Longs,
    item: Ints,
    epochs: int,
    settings: NeighborSettings,
    chance: np.random.Generator,
) -> None:
    if encoder is not None:
        row = newest_row(session, settings.newest_share, settings.encoder_events_max)
        recent, target, _ = prefixes(session[row:], item[row:], settings.encoder_positions)
        learn(encoder, recent, target, epochs, settings.learning_rate * NEWEST_RATE, settings, chance)


def blend_on(
    older: NeighborModel,
    session: Longs,
    item: Ints,
    describe: Describe,
    settings: NeighborSettings,
    chance: np.random.Generator,
) -> Blend:
    """Describe every case of the newest sessions as the older model sees it, and learn to order them."""
    starts = session_starts(session)
    cases = len(session) - (len(starts) - 1)
    described = np.empty((cases * settings.shortlist, len(FEATURES)), np.float32)  # filled from the front
    begins, places = [0], []
    for first, end in pairwise(starts.tolist()):
        for row in range(first + 1, end):
            prefix = known_items(older, item[first:row])
            if not len(prefix):
                continue
            candidates, features = describe(older, prefix)
            place = np.flatnonzero(candidates == item[row])
            if len(place):
                described[begins[-1] : begins[-1] + len(features)] = features
                begins.append(begins[-1] + len(features))
                places.append(int(place[0]))
    if len(places) < CHECK_CASES_MIN:
        return plain_blend()
    rows = described[: begins[-1]]
    return learn_blend(rows, np.array(begins), np.array(places, np.int32), settings, chance)


def assemble(
    index: SessionIndex, encoder: Encoder | None, blend: Blend, settings: NeighborSettings
) -> NeighborModel:
    """Put the counted, the encoded and the blended parts together, and find each item's neighbors."""
    items = len(index.item_popularity)
    size, heads = (settings.encoder_size, settings.encoder_heads) if encoder else (0, 0)
    weights = encoder.weights if encoder else {}

    def weight(name: str, *shape: int) -> Floats:
        return weights[name].copy() if encoder else np.zeros(shape, np.float32)

    dials = [
        settings.recent_items,
        settings.decay,
        settings.recency,
        settings.shortlist,
        settings.nearest_items,
        settings.sharpness,
    ]
    model = NeighborModel(
        **{name: getattr(index, name) for name in SessionIndex.__slots__},
        **{name: getattr(blend, name) for name in Blend.__slots__},
        nearest=np.zeros((items, 0), np.int32),
        vectors=encoder.unit_vectors() if encoder else np.zeros((items, 0), np.float32),
        positions=weight("positions", settings.encoder_positions, 0),
        last_weight=weight("last_weight", size, size),
        item_weight=weight("item_weight", size, size),
        attention_bias=weight("bias", size),
        attention=weight("query", size, heads),
        output=weight("output", size, size),
        dials=np.array(dials, np.float64),
    )
    assert len(model.blend_linear) == len(FEATURES)
    if not encoder:
        return model
    return NeighborModel.from_arrays(model.arrays() | {"nearest": nearest_items(model, settings.nearest)})
