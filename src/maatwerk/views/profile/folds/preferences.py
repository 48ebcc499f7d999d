"""What she said of her taste herself: likes and dislikes, products that are not for her, gifts, a pause.

Her newest word counts. It goes before anything that follows from what she did.
"""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.newest import by_key

LIKE, DISLIKE, NONE = "like", "dislike", "none"
NOT_FOR_ME, GIFT = "not-for-me", "gift"
LIMIT = 200
_CHARS = 200


class Word(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """When, and what: ``like``, ``dislike`` or ``none`` (taken back); for products whether it still holds."""

    time: int
    said: str


class Stated(msgspec.Struct, frozen=True, array_like=True):
    """``tastes`` by facet and value joined with ``=``; ``products`` by kind and SKU joined with ``=``."""

    tastes: dict[str, Word] = {}
    products: dict[str, Word] = {}
    pause: Word = Word(0, "")

    @property
    def paused(self) -> bool:
        """Whether her taste is not to be used for now."""
        return self.pause.said == "paused"

    def liking(self, liking: str) -> list[tuple[str, str]]:
        """Facet and value of what she likes, or dislikes."""
        return [tuple(key.split("=", 1)) for key, word in self.tastes.items() if word.said == liking]  # type: ignore[misc]

    def skus(self, kind: str) -> list[str]:
        """Products that are ``not-for-me``, or were a ``gift``."""
        named = (key.split("=", 1) for key, word in self.products.items() if word.said != NONE)
        return [sku for its_kind, sku in named if its_kind == kind]


_KINDS = {"Product Disliked": NOT_FOR_ME, "Gift Marked": GIFT}
_TURNS = {"Taste Paused": "paused", "Taste Resumed": "resumed"}


class Preferences:
    """The fold of what she said of her taste."""

    name = "preferences"
    version = 1
    names = frozenset({"Preferences Given", *_KINDS, *_TURNS})
    state = Stated

    def step(self, state: Stated, event: Event) -> Stated:
        """See `maatwerk.views.fold.Fold`."""
        if event.name in _TURNS:
            return self.merge(state, Stated(pause=Word(event.time, _TURNS[event.name])))
        said = body(event)
        if event.name in _KINDS:
            kind = _KINDS[event.name]
            word = Word(event.time, NONE if said.undo else kind)
            return self.merge(state, Stated(products={f"{kind}={said.key[:_CHARS]}": word}))
        tastes: dict[str, Word] = {}
        for each in said.preferences[:LIMIT]:
            if each.facet and each.value and each.liking in (LIKE, DISLIKE, NONE) and "=" not in each.facet:
                key, word = f"{each.facet[:_CHARS]}={each.value[:_CHARS]}", Word(event.time, each.liking)
                tastes[key] = max(tastes.get(key, word), word)
        return self.merge(state, Stated(tastes))

    def merge(self, left: Stated, right: Stated) -> Stated:
        """See `maatwerk.views.fold.Fold`."""
        return Stated(
            _newer(left.tastes, right.tastes),
            _newer(left.products, right.products),
            max(left.pause, right.pause),
        )


def _newer(left: dict[str, Word], right: dict[str, Word]) -> dict[str, Word]:
    if not right:
        return left
    words = dict(left)
    for key, word in right.items():
        words[key] = max(words[key], word) if key in words else word
    return by_key(words, LIMIT)
