"""Publish rules: checked as a whole against the rules in force, then an event each.

A rule that names what does not exist is refused, and so is withdrawing one that others name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import new_id
from maatwerk.core.time import Clock
from maatwerk.decisions.contact.words import parse_policy
from maatwerk.decisions.content.region import ready_store
from maatwerk.decisions.content.shelf import (
    audiences_of,
    ready_block,
    ready_layout,
    ready_navigation,
    ready_popup,
)
from maatwerk.decisions.experiments.words import check_change, parse_experiment
from maatwerk.decisions.journeys.campaign import KIND as CAMPAIGN
from maatwerk.decisions.journeys.campaign import as_journey, journey_key
from maatwerk.decisions.journeys.check import check as check_journey
from maatwerk.decisions.journeys.ready_made import journey_of
from maatwerk.decisions.offers.parse import parse_offer, parse_offer_policy, parse_pool
from maatwerk.decisions.offers.words import KIND as OFFER
from maatwerk.decisions.offers.words import POLICY_KEY, POLICY_KIND, POOL_KIND
from maatwerk.decisions.pipeline.merchandise import parse_merchandising
from maatwerk.decisions.recommend.desk import make_ready
from maatwerk.decisions.recommend.questions import parse_questions
from maatwerk.decisions.recommend.varied import check_experiments
from maatwerk.decisions.recommend.words import parse_placement
from maatwerk.decisions.search.synonyms import parse_synonyms
from maatwerk.effects.channels.template import parse_template
from maatwerk.effects.feeds.words import parse_feed
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.names import with_body
from maatwerk.events.rules import RulePublished, RuleWithdrawn
from maatwerk.views.audience.audiences import missing, named_in, ready
from maatwerk.views.audience.words import KIND
from maatwerk.views.rules.book import Rule, RuleBook

KINDS = (
    *("audience", "unit", "placement", "questions", "journey", "merchandising", "synonyms"),
    *("block", "navigation", "layout", "experiment", "contact_policy", OFFER, POLICY_KIND, POOL_KIND),
    *("template", "feed", CAMPAIGN),
    *("popup", "store"),
)
"""Kinds this version understands; the others of the HTTP contract are refused, not kept unread."""

MADE_BY_HAND = "pool-"
"""How the keys of pools begin that were made over HTTP."""
_CURRENCY = "EUR"
"""Amounts of an offer that states no currency are read with its two decimals while the offer is checked."""
_KEY_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")

Document = dict[str, Any]
Wanted = Mapping[tuple[str, str], Document | None]
"""Kind and key to the document to publish, or None to withdraw the rule."""


class Change(msgspec.Struct, frozen=True):
    """What publishing would do to one rule."""

    kind: str
    key: str
    action: str
    """``add``, ``change``, ``withdraw`` or ``none``."""
    before: Document | None
    after: Document | None


def diff(book: RuleBook, wanted: Wanted) -> list[Change]:
    """What would change. Raises `Refused` where the rules as a whole would not be valid."""
    changes = [_change(book, kind, key, document) for (kind, key), document in wanted.items()]
    _check(book, changes)
    return changes


def publish(
    log: Log,
    book: RuleBook,
    wanted: Wanted,
    *,
    clock: Clock,
    chance: Callable[[int], bytes],
    author: str,
    reason: str = "",
) -> list[Change]:
    """Put the changes in force; answers them. What would change nothing is not published again."""
    changes = [change for change in diff(book, wanted) if change.action != "none"]
    now = clock()
    events = [_event(change, now, new_id("r", now, chance(10)), author, reason) for change in changes]
    if events:
        log.append_now(events)
    return changes


def rolled_back(
    book: RuleBook, history: Sequence[Rule], version: int
) -> dict[tuple[str, str], Document | None]:
    """The changes that bring the rules of a version back. Raises `Refused` where there is no such version."""
    if not any(rule.version == version for rule in history):
        raise Refused("version_not_known", f"no rule was published as version {version}", field="version")
    then: dict[tuple[str, str], Document | None] = {}
    for rule in history:
        if rule.version <= version:
            then[rule.kind, rule.key] = rule.document
    now = {(rule.kind, rule.key): rule.document for rule in book.all()}
    wanted = {name: then.get(name) for name in now if then.get(name) != now[name]}
    wanted |= {name: document for name, document in then.items() if document is not None and name not in now}
    return wanted


def _change(book: RuleBook, kind: str, key: str, document: Document | None) -> Change:
    if kind not in KINDS:
        raise Refused(
            "rule_kind_not_known",
            f"this version has no rules of kind {kind!r}",
            field="kind",
            hint=f"one of {', '.join(KINDS)}",
        )
    if not key or len(key) > 100 or not set(key) <= _KEY_CHARS:
        raise Refused(
            "rule_key_not_valid",
            f"{key[:100]!r} is no key",
            field="key",
            hint="a-z, 0-9, dot, hyphen, underscore",
        )
    if kind == "questions" and document is not None:
        parse_questions(key, document)
    if kind == OFFER and document is not None:
        parse_offer(key, document, _CURRENCY)
    if kind == POLICY_KIND and document is not None:
        _one_policy(key, document)
    if kind == POOL_KIND and document is not None:
        parse_pool(key, document, _CURRENCY)
    current = book.get(kind, key)
    before = current.document if current else None
    if kind == "experiment" and document is not None:
        parse_experiment(key, document)
        check_change(key, before, document)
    if document is None and before is None:
        raise Refused("rule_not_found", f"there is no {kind} {key!r}", field="key", status=404)
    action = (
        "none" if document == before else "withdraw" if document is None else "change" if before else "add"
    )
    return Change(kind, key, action, before, document)


def _check(book: RuleBook, changes: Sequence[Change]) -> None:
    after: dict[tuple[str, str], Document] = {
        (rule.kind, rule.key): rule.document or {} for rule in book.all()
    }
    for change in changes:
        if change.after is None:
            after.pop((change.kind, change.key), None)
        else:
            after[change.kind, change.key] = change.after
    units = {key for kind, key in after if kind == "unit"}
    audiences = {key: document for (kind, key), document in after.items() if kind == KIND}
    for change in changes:
        if change.kind == KIND and change.after is None and (users := users_of(change.key, after)):
            raise Refused(
                "audience_in_use",
                f"the audience {change.key!r} is used by {', '.join(users)}",
                field="key",
                hint="change or withdraw these first",
                status=409,
            )
    for (kind, key), document in after.items():
        if kind == KIND:
            ready(key, audiences)
        elif kind == "unit":
            unit = make_ready(key, document).unit
            for fallback in unit.fallback:
                _exists(fallback, units, f"unit.{key}.fallback")
            _aimed(unit.audience, audiences, f"unit.{key}.audience")
        elif kind == "merchandising":
            _aimed(
                parse_merchandising(key, document).said.audience, audiences, f"merchandising.{key}.audience"
            )
        elif kind == CAMPAIGN:
            name = journey_key(key)
            check_journey(name, journey_of(name, as_journey(key, document)), audiences)
        elif kind == "journey":
            check_journey(key, journey_of(key, document), audiences)
        elif kind == OFFER:
            _aimed(str(document.get("audience", "")), audiences, f"offer.{key}.audience")
            _pooled(key, document, after)
            _not_one_persons(key, document, after)
        elif kind == "store":
            ready_store(key, document)
        elif kind == "synonyms":
            parse_synonyms(key, document)
        elif kind in ("block", "popup"):
            _check_content(kind, key, document, after, audiences)
        elif kind == "experiment":
            experiment = parse_experiment(key, document)
            _aimed(experiment.audience, audiences, f"experiment.{key}.audience")
        elif kind == "contact_policy":
            parse_policy(key, document)
        elif kind == "navigation":
            said = ready_navigation(key, document).said
            _aimed(said.audience, audiences, f"navigation.{key}.audience")
            _stand(said.placements, "navigation", after, f"navigation.{key}.placements")
        elif kind == "layout":
            layout = ready_layout(key, document).said
            _aimed(layout.audience, audiences, f"layout.{key}.audience")
            _stand(layout.placements, "", after, f"layout.{key}.placements", layout.page)
        elif kind == "template":
            parse_template(key, document)
        elif kind == "feed":
            feed = parse_feed(key, document)
            _aimed(feed.audience, audiences, f"feed.{key}.audience")
            if feed.unit:
                _exists(feed.unit, units, f"feed.{key}.unit")
        elif kind == "placement":
            placement = parse_placement(key, document)
            _aimed(placement.audience, audiences, f"placement.{key}.audience")
            if placement.kind == "questions" and ("questions", placement.questions) not in after:
                raise Refused(
                    "questions_not_found",
                    f"names the questions {placement.questions!r}, which do not exist",
                    field=f"placement.{key}.questions",
                    hint="publish the questions first, or with it",
                )
            if placement.kind == "products":
                _exists(placement.unit, units, f"placement.{key}.unit")

    check_experiments(after)


def _check_content(
    kind: str,
    key: str,
    document: Document,
    after: Mapping[tuple[str, str], Document],
    audiences: Mapping[str, Document],
) -> None:
    said = (ready_block if kind == "block" else ready_popup)(key, document).said
    for audience in audiences_of(said):
        _aimed(audience, audiences, f"{kind}.{key}.audience")
    place = "content" if kind == "block" else "popup"
    _stand(said.placements, place, after, f"{kind}.{key}.placements")


def _stand(
    placements: Sequence[str],
    kind: str,
    after: Mapping[tuple[str, str], Document],
    field: str,
    page: str = "",
) -> None:
    """The placements exist, are of a kind (empty: any), and on a page (empty: any)."""
    for placement in placements:
        found = after.get(("placement", placement))
        if found is None or (kind and found.get("kind") != kind) or (page and found.get("page") != page):
            what = f"of kind {kind}" if kind else f"of the {page} page"
            raise Refused(
                "placement_not_found",
                f"names the placement {placement!r}, which is none {what}",
                field=field,
                hint="publish the placement first, or with it",
            )


def users_of(audience: str, documents: Mapping[tuple[str, str], Document]) -> list[str]:
    """Which rules name an audience, as ``kind/key``: aimed at it, or asking for it in a condition."""
    found = []
    for (kind, key), document in documents.items():
        named = document.get("audience") == audience or audience in document.get("audiences", ())
        named = named or any(each.get("audience") == audience for each in document.get("variant", ()))
        if kind == KIND and not named:
            when = document.get("when", "")
            named = isinstance(when, str) and bool(when.strip()) and audience in named_in(key, when)
        if named and (kind, key) != (KIND, audience):
            found.append(f"{kind}/{key}")
    return sorted(found)


_PERSONAL = ("predicted", "affinity")


def _not_one_persons(key: str, document: Document, after: Mapping[tuple[str, str], Document]) -> None:
    """A price that rests on what is predicted of her is hers alone, and only where the policy says so."""
    audience = document.get("audience", "")
    if document.get("on") != "catalog" or not audience:
        return
    policy = after.get((POLICY_KIND, POLICY_KEY), {})
    when = str(after.get((KIND, audience), {}).get("when", ""))
    if not policy.get("per_person_prices") and any(f"{name}." in when for name in _PERSONAL):
        raise Refused(
            "price_for_one_person",
            f"the audience {audience!r} rests on predictions or affinities",
            field=f"offer.{key}.audience",
            hint="aim it at a group, or set per_person_prices in the offer_policy and tell your shoppers",
        )


def _pooled(key: str, document: Document, after: Mapping[tuple[str, str], Document]) -> None:
    """An offer's pools are rules, or were made over HTTP, whose names nobody else may give."""
    for pool in document.get("pools", ()):
        if not str(pool).startswith(MADE_BY_HAND) and (POOL_KIND, pool) not in after:
            raise Refused(
                "code_pool_not_found",
                f"names the pool {pool!r}, which does not exist",
                field=f"offer.{key}.pools",
                hint="publish the code_pool first, or with it",
            )


def _one_policy(key: str, document: Document) -> None:
    if key != POLICY_KEY:
        raise Refused(
            "rule_key_not_valid", "a shop has one policy on offers", field="key", hint=f"use {POLICY_KEY!r}"
        )
    parse_offer_policy(key, document)


def _aimed(audience: str, audiences: Mapping[str, Document], field: str) -> None:
    if audience and audience not in audiences:
        raise missing(audience, field)


def _exists(unit: str, units: set[str], field: str) -> None:
    if unit not in units:
        raise Refused(
            "unit_not_found",
            f"names the unit {unit!r}, which does not exist" if unit else "names no unit",
            field=field,
            hint="publish the unit first, or with it",
        )


def _event(change: Change, now: int, event_id: str, author: str, reason: str) -> Event:
    body: RulePublished | RuleWithdrawn
    if change.after is None:
        name, body = "Rule Withdrawn", RuleWithdrawn(change.kind, change.key, author, reason)
    else:
        name = "Rule Published"
        body = RulePublished(change.kind, change.key, change.after, author, reason)
    return with_body(
        name, body, id=event_id, time=now, received=now, kind="rule", origin="internal", proven=True
    )
