"""Personas: groups of shoppers by what they go for, described by what sets them apart.

K-means over taste vectors (Lloyd 1982, begun by k-means++, Arthur and Vassilvitskii 2007). Names stay: a
new run begins at the former groups, and each group takes the key and title of the former one with which it
shares most members (the assignment of greatest overlap), where that is enough of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.say import enough
from maatwerk.views.predicted.tastes import ENOUGH_MASS, Tastes
from maatwerk.views.predicted.words import Likeness

NAME = "personas"
"""The sealed model's name."""
ENOUGH = 60
"""Shoppers of whose taste something can be said, below which there are no groups yet."""
_MOST, _EACH = 8, 25
_ROUNDS = 100
_SAME = 0.3
"""The overlap (shared members over all members of both) from which a group is the former one."""
_STANDS_OUT = 1.3
_TOLD = 3


class Persona(msgspec.Struct, frozen=True):
    """A group in words. ``categories`` are what it goes for most: name, its share, and times the shop's."""

    key: str
    title: str
    size: int
    share: float
    sentences: tuple[str, ...] = ()
    categories: tuple[tuple[str, float, float], ...] = ()


class Personas(msgspec.Struct, frozen=True):
    """The groups in force: ``centers`` (groups, dimensions), and how far members usually are from them."""

    centers: Floats
    near: float
    categories: tuple[str, ...]
    usual: Floats
    groups: tuple[Persona, ...]
    next: int = 1
    people: int = 0
    version: str = ""

    def sealed(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Arrays and facts."""
        facts = {name: getattr(self, name) for name in ("near", "categories", "groups", "next", "people")}
        return {"centers": self.centers, "usual": self.usual}, msgspec.to_builtins(facts)

    @property
    def not_enough(self) -> str:
        """``not enough data yet: 12 of 60 …``, or nothing."""
        return enough(self.people, ENOUGH, "shoppers who looked at a few products")

    def places(self, tastes: Tastes) -> NDArray[np.int64]:
        """(n,) each one's group."""
        found: NDArray[np.int64] = _apart(tastes.vectors(), self.centers).argmin(axis=1)
        return found

    def likeness(self, tastes: Tastes) -> Likeness | None:
        """The group of one shopper, and how much sooner that than another; None where too little is known."""
        if not len(self.groups) or float(tastes.mass[0]) < ENOUGH_MASS:
            return None
        apart = _apart(tastes.vectors()[:1], self.centers)[0]
        odds = np.exp(-(apart - apart.min()) / max(2 * self.near / 3, 1e-6))
        place = int(apart.argmin())
        group = self.groups[place]
        return Likeness(group.key, group.title, float(odds[place] / odds.sum()), group.sentences)


NONE = Personas(np.empty((0, 0)), 1.0, (), np.empty(0), ())


def unsealed(version: str, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> Personas:
    """From what was sealed."""
    kept = {name: facts[name] for name in ("near", "categories", "groups", "next", "people")}
    known = msgspec.convert({"centers": [], "usual": [], "version": version} | kept, _Kept, strict=False)
    return Personas(
        np.asarray(arrays["centers"]), known.near, known.categories, np.asarray(arrays["usual"]),
        known.groups, known.next, known.people, version,
    )  # fmt: skip


class _Kept(msgspec.Struct):
    near: float
    categories: tuple[str, ...]
    groups: tuple[Persona, ...]
    next: int
    people: int


def group(
    tastes: Tastes,
    categories: Sequence[str],
    usual: Floats,
    habits: Mapping[str, Floats],
    former: Personas = NONE,
    before: NDArray[np.int64] | None = None,
    seed: int = 7,
) -> Personas:
    """Groups of these shoppers.

    ``habits`` are further columns (n,) that describe and do not group: ``orders``, ``discounted`` (shares),
    ``days_since``. ``before``: each one's group among the ``former``, by the former's own vocabulary.
    """
    people = len(tastes.mass)
    if people < ENOUGH:
        return msgspec.structs.replace(
            NONE, people=people, next=former.next, categories=tuple(categories), usual=usual
        )
    vectors = tastes.vectors()
    count = int(np.clip(round(np.sqrt(people / _EACH)), 2, _MOST))
    begun = _begin(vectors, count, before, seed)
    centers, places = _lloyd(vectors, begun)
    keys, titles, following = _named(places, len(centers), former, before)
    near = float(_apart(vectors, centers).min(axis=1).mean())
    described = [
        _described(tastes, categories, usual, habits, places == number) for number in range(len(centers))
    ]
    groups = _titled(described, keys, titles)
    order = sorted(range(len(groups)), key=lambda number: -groups[number].size)
    return Personas(
        centers[order], near, tuple(categories), usual, tuple(groups[number] for number in order),
        following, people,
    )  # fmt: skip


def _begin(vectors: Floats, count: int, before: NDArray[np.int64] | None, seed: int) -> Floats:
    """Former groups that still have members, then points far from what is chosen (k-means++)."""
    chance = np.random.default_rng(seed)
    centers: list[Floats] = []
    if before is not None and len(before):
        sizes = np.bincount(before)
        kept = np.argsort(-sizes, kind="stable")[:count]
        centers = [vectors[before == number].mean(axis=0) for number in kept if sizes[number] >= _EACH / 3]
    if not centers:
        centers = [vectors[int(chance.integers(len(vectors)))]]
    while len(centers) < count:
        apart = _apart(vectors, np.array(centers)).min(axis=1)
        if apart.sum() <= 1e-12:
            break
        centers.append(vectors[int(chance.choice(len(vectors), p=apart / apart.sum()))])
    return np.array(centers)


def _lloyd(vectors: Floats, centers: Floats) -> tuple[Floats, NDArray[np.int64]]:
    places = np.full(len(vectors), -1)
    for _ in range(_ROUNDS):
        now = _apart(vectors, centers).argmin(axis=1)
        if (now == places).all():
            break
        places = now
        held = [number for number in range(len(centers)) if (places == number).any()]
        centers = np.array([vectors[places == number].mean(axis=0) for number in held])
        if len(held) < len(centers):
            continue
    return centers, _apart(vectors, centers).argmin(axis=1)


def _apart(vectors: Floats, centers: Floats) -> Floats:
    """(n, groups) squared distances."""
    found: Floats = np.maximum(
        (vectors**2).sum(axis=1)[:, None] - 2 * vectors @ centers.T + (centers**2).sum(axis=1), 0
    )
    return found


def _named(
    places: NDArray[np.int64], count: int, former: Personas, before: NDArray[np.int64] | None
) -> tuple[list[str], list[str], int]:
    """Keys and kept titles (empty: to be found), and the next free number."""
    from scipy.optimize import linear_sum_assignment  # here: a process that only serves need not load it

    keys, titles, following = [""] * count, [""] * count, former.next
    if before is not None and len(former.groups):
        shared = np.zeros((count, len(former.groups)))
        for own in range(count):
            for other in range(len(former.groups)):
                both = (places == own) & (before == other)
                either = (places == own) | (before == other)
                shared[own, other] = both.sum() / max(either.sum(), 1)
        for own, other in zip(*linear_sum_assignment(-shared), strict=True):
            if shared[own, other] >= _SAME:
                keys[own], titles[own] = former.groups[other].key, former.groups[other].title
    for number, key in enumerate(keys):
        if not key:
            keys[number] = f"p{following}"
            following += 1
    return keys, titles, following


def _described(
    tastes: Tastes,
    categories: Sequence[str],
    usual: Floats,
    habits: Mapping[str, Floats],
    mine: NDArray[np.bool_],
) -> tuple[str, Persona]:
    """A title of its own, and the group without a name."""
    shares = tastes.shares[mine].mean(axis=0)[:-1]
    shop = tastes.shares.mean(axis=0)[:-1]
    lifts = shares / np.maximum(shop, 1e-6)
    ranked = np.argsort(-shares * np.log(np.maximum(lifts, 1.01)), kind="stable")[:_TOLD].tolist()
    stands = [number for number in ranked if lifts[number] >= _STANDS_OUT] or ranked[:1]
    sentences = [
        f"{shares[number]:.0%} of their interest is in {plain(categories[number])}, "
        f"{lifts[number]:.1f} times the shop's usual"
        for number in stands
    ]
    price = float(tastes.price[mine].mean() - tastes.price.mean())
    level = "" if abs(price) < 0.2 else "higher priced" if price > 0 else "lower priced"
    if level:
        sentences.append(f"within a category they look at {level} products than others do")
    reduced, others = float(tastes.reduced[mine].mean()), float(tastes.reduced.mean())
    if reduced > _STANDS_OUT * others and reduced - others > 0.03:
        sentences.append(f"{reduced:.0%} of it in reduced products, elsewhere {others:.0%}")
    sentences += _habits(habits, mine)
    title = _title([categories[number] for number in stands[:2]], level)
    listed = tuple(
        (categories[number], round(float(shares[number]), 4), round(float(lifts[number]), 2))
        for number in ranked
    )
    size = int(mine.sum())
    return title, Persona("", title, size, size / len(mine), tuple(sentences), listed)


def _habits(habits: Mapping[str, Floats], mine: NDArray[np.bool_]) -> list[str]:
    found = []
    if "orders" in habits:
        own, all_of = float(habits["orders"][mine].mean()), float(habits["orders"].mean())
        by_chance = 2 * np.sqrt(all_of / max(int(mine.sum()), 1))
        if abs(own - all_of) > max(by_chance, (1 - 1 / _STANDS_OUT) * all_of):
            found.append(
                f"they order {'more' if own > all_of else 'less'}: {own:.2f} orders each, others {all_of:.2f}"
            )
    if "days_since" in habits:
        own, all_of = float(np.median(habits["days_since"][mine])), float(np.median(habits["days_since"]))
        if own > 1.5 * all_of + 1:
            found.append(f"they were last here {own:.0f} days ago, others {all_of:.0f}")
    return found


def _title(names: Sequence[str], level: str) -> str:
    text = " and ".join(plain(name) for name in names)
    tops = {name.partition("/")[0] for name in names}
    if len(names) > 1 and len(tops) == 1 and all("/" in name for name in names):
        text = (
            f"{next(iter(tops))}: {' and '.join(name.partition('/')[2].replace('/', ', ') for name in names)}"
        )
    text = text.replace("-", " ")
    return (text[:1].upper() + text[1:]) + (f", {level}" if level else "")


def plain(category: str) -> str:
    """``women/dresses`` as ``women: dresses``."""
    return category.replace("/", ": ", 1).replace("/", ", ").replace("-", " ") or "uncategorized products"


def _titled(
    described: Sequence[tuple[str, Persona]], keys: Sequence[str], kept: Sequence[str]
) -> list[Persona]:
    taken = {title for title in kept if title}
    groups = []
    for (title, persona), key, former in zip(described, keys, kept, strict=True):
        name = former
        if not name:
            name, number = title, 2
            while name in taken:
                name, number = f"{title} ({number})", number + 1
            taken.add(name)
        groups.append(msgspec.structs.replace(persona, key=key, title=name))
    return groups
