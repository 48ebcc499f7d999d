"""The content of a rule book made ready once: parsed, cleaned, and put where it may stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import PLACEMENTS_PER_DECISION
from maatwerk.decisions.content.greet import MARK
from maatwerk.decisions.content.plain import address, plain
from maatwerk.decisions.content.region import Store, ready_store
from maatwerk.decisions.content.words import (
    PRODUCTS,
    TEXT_CHARS,
    VARIANTS,
    Aimed,
    Block,
    Hours,
    Layout,
    Navigation,
    Popup,
    Variant,
    check_aim,
    check_aimed,
    convert,
)
from maatwerk.views.profile.folds.promotions import TIMES

A = TypeVar("A", bound=Aimed)


class ReadyBlock(msgspec.Struct, frozen=True):
    """A block or a pop-up with its hours, and its variants' texts as they may be shown."""

    key: str
    said: Block | Popup
    hours: Hours
    texts: tuple[str, ...]
    version: int = 0


class Ready(msgspec.Struct, Generic[A], frozen=True):
    """A rule that has no words of its own to show, with its hours."""

    key: str
    said: A
    hours: Hours
    version: int = 0


class Shelf:
    """The content in force; ``refused`` says what was left out, and why."""

    def __init__(
        self,
        documents: Iterable[tuple[str, str, int, dict[str, Any]]] = (),
        clean: Callable[[str], str] = plain,
    ) -> None:
        """``documents``: kind, key, version and document of every rule in force. ``clean`` makes rich text
        harmless; without it every text is shown as it is written."""
        self.blocks: dict[str, ReadyBlock] = {}
        self.navigations: list[Ready[Navigation]] = []
        self.layouts: dict[str, list[Ready[Layout]]] = {}
        self.popups: dict[str, ReadyBlock] = {}
        self.stores: dict[str, Store] = {}
        self.refused: dict[str, str] = {}
        for kind, key, version, document in documents:
            try:
                if kind == "block":
                    self.blocks[key] = ready_block(key, document, version, clean)
                elif kind == "popup":
                    self.popups[key] = ready_popup(key, document, version, clean)
                elif kind == "store":
                    self.stores[key] = ready_store(key, document)
                elif kind == "navigation":
                    self.navigations.append(ready_navigation(key, document, version))
                elif kind == "layout":
                    layout = ready_layout(key, document, version)
                    self.layouts.setdefault(layout.said.page, []).append(layout)
            except Refused as refused:
                self.refused[f"{kind}/{key}"] = str(refused)
        self._standing: dict[str, list[ReadyBlock]] = {}
        spoken = [*self.blocks.values(), *self.popups.values()]
        for block in sorted(spoken, key=lambda each: (-each.said.priority, each.key)):
            for placement in block.said.placements:
                self._standing.setdefault(placement, []).append(block)
        self.navigations.sort(key=_strength)
        for layouts in self.layouts.values():
            layouts.sort(key=_strength)
        aims = {each.said.audience for each in self.navigations}
        aims |= {each.said.audience for layouts in self.layouts.values() for each in layouts}
        self.audiences = frozenset(aim for each in spoken for aim in audiences_of(each.said))
        self.audiences |= aims - {""}
        self.greets = any(
            MARK in variant.title or MARK in variant.text for each in spoken for variant in each.said.variant
        )
        """Whether anything calls her by her name."""

    def standing(self, placement: str) -> list[ReadyBlock]:
        """The blocks that may stand in a placement, the strongest first."""
        return self._standing.get(placement, [])


def _strength(rule: Ready[Any]) -> tuple[int, str]:
    return -rule.said.priority, rule.key


def ready_block(
    key: str, document: Mapping[str, Any], version: int = 0, clean: Callable[[str], str] = plain
) -> ReadyBlock:
    """The block of a document. Raises `Refused` naming what is wrong in it."""
    block = convert("block", key, dict(document), Block)
    return _ready(key, block, f"block.{key}", version, clean)


def ready_popup(
    key: str, document: Mapping[str, Any], version: int = 0, clean: Callable[[str], str] = plain
) -> ReadyBlock:
    """The pop-up of a document. Raises `Refused`."""
    field = f"popup.{key}"
    popup = convert("popup", key, dict(document), Popup)
    if popup.trigger.on == "audience" and not popup.audience:
        raise Refused("rule_not_valid", "whose entry opens it?", field=f"{field}.audience", hint="name it")
    if popup.countdown and not popup.until:
        raise Refused(
            "rule_not_valid", "a countdown counts to its end", field=f"{field}.until", hint="say when it ends"
        )
    if not 1 <= popup.most <= TIMES or popup.days < 1 or popup.quiet_days < 1:
        raise Refused(
            "rule_not_valid", f"1 to {TIMES} times in 1 day or more", field=f"{field}.most", hint="most = 1"
        )
    if not 0 <= popup.trigger.percent <= 100 or popup.trigger.seconds < 0:
        raise Refused("rule_not_valid", "a percent is 0 to 100", field=f"{field}.trigger")
    return _ready(key, popup, field, version, clean)


def _ready(
    key: str, block: Block | Popup, field: str, version: int, clean: Callable[[str], str]
) -> ReadyBlock:
    if not block.placements:
        raise Refused("rule_not_valid", "a block stands somewhere", field=f"{field}.placements")
    if not 1 <= len(block.variant) <= VARIANTS:
        raise Refused("rule_not_valid", f"a block has 1 to {VARIANTS} variants", field=f"{field}.variant")
    if len(block.products) > PRODUCTS:
        raise Refused("rule_not_valid", f"at most {PRODUCTS} products", field=f"{field}.products")
    hours = check_aimed(block, field)
    for number, variant in enumerate(block.variant):
        _check(variant, f"{field}.variant[{number}]")
    return ReadyBlock(key, block, hours, tuple(clean(each.text) for each in block.variant), version)


def ready_navigation(key: str, document: Mapping[str, Any], version: int = 0) -> Ready[Navigation]:
    """The navigation rule of a document. Raises `Refused`."""
    said = convert("navigation", key, dict(document), Navigation)
    if said.arm and not said.placements:
        raise Refused(
            "rule_not_valid",
            "an order under test says where it is tried",
            field=f"navigation.{key}.placements",
            hint="name the placements",
        )
    return Ready(key, said, check_aimed(said, f"navigation.{key}"), version)


def ready_layout(key: str, document: Mapping[str, Any], version: int = 0) -> Ready[Layout]:
    """The layout of a document. Raises `Refused`."""
    field = f"layout.{key}"
    said = convert("layout", key, dict(document), Layout)
    if not 1 <= len(said.placements) <= PLACEMENTS_PER_DECISION:
        most = PLACEMENTS_PER_DECISION
        raise Refused("rule_not_valid", f"a layout has 1 to {most} placements", field=f"{field}.placements")
    if len(set(said.placements)) < len(said.placements):
        raise Refused("rule_not_valid", "it names a placement twice", field=f"{field}.placements")
    return Ready(key, said, check_aimed(said, field), version)


def audiences_of(block: Block | Popup) -> frozenset[str]:
    """The audiences that a block or one of its variants is for."""
    return frozenset({block.audience, *(variant.audience for variant in block.variant)} - {""})


def _check(variant: Variant, field: str) -> None:
    check_aim(variant.familiarity, variant.arm, field)
    if not (variant.title or variant.text or variant.image or variant.data):
        raise Refused(
            "rule_not_valid", "it says nothing", field=field, hint="a title, a text, an image or data"
        )
    if len(variant.text) > TEXT_CHARS:
        raise Refused("rule_not_valid", f"at most {TEXT_CHARS} letters", field=f"{field}.text")
    if variant.image:
        _web(variant.image.url, f"{field}.image.url")
    if variant.link:
        _web(variant.link.url, f"{field}.link.url")


def _web(url: str, field: str) -> None:
    if not address(url):
        raise Refused(
            "rule_not_valid",
            f"{url[:100]!r} is no address of the web",
            field=field,
            hint="https://… or a path that begins with /",
        )
