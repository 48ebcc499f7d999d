"""The audiences of a rule book made ready: parsed, checked, joined and compiled once, not once a shopper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from maatwerk.core import conditions
from maatwerk.core.conditions import Clause, RefusedCondition
from maatwerk.core.conditions.terms import (
    Apply,
    Checked,
    Constant,
    Item,
    Join,
    Listing,
    Read,
    Term,
)
from maatwerk.core.conditions.types import BOOL, STRING, TIMESTAMP, list_of
from maatwerk.core.conditions.walking import each_term, mapped
from maatwerk.core.errors import Refused
from maatwerk.views.audience.facts import MOVING
from maatwerk.views.audience.vocabulary import FACTS, SCHEMA
from maatwerk.views.audience.words import KIND, Audience, read_audience

Document = dict[str, Any]

CLAUSES_MOST = 60
"""Clauses that one audience may rest on, those of audiences it names included."""


class Ready(msgspec.Struct, frozen=True):
    """One audience with its condition compiled. ``checked`` holds list, schedule and named audiences too."""

    key: str
    version: int
    audience: Audience
    checked: Checked
    matches: Callable[[Any], bool]
    unlisted: Callable[[Any], bool]
    """The same of somebody who is on no list."""
    next_change: Callable[[Any], int]
    clauses: tuple[Clause, ...]
    names: frozenset[str]
    """Names of facts that it reads."""
    references: tuple[str, ...]
    """Audiences that its own condition names."""


class Audiences:
    """Those in force, by key; ``refused`` says what was left out, and why."""

    def __init__(self, documents: Iterable[tuple[str, int, Document]] = ()) -> None:
        """``documents``: key, version and document of every audience in force."""
        given = list(documents)
        by_key = {key: document for key, _, document in given}
        self.by_key: dict[str, Ready] = {}
        self.refused: dict[str, str] = {}
        for key, version, _ in given:
            try:
                self.by_key[key] = ready(key, by_key, version)
            except Refused as refused:
                self.refused[key] = str(refused)
        self.clauses: dict[str, Clause] = {
            clause.id: clause for each in self.by_key.values() for clause in each.clauses
        }
        self.public = tuple(key for key, each in sorted(self.by_key.items()) if each.audience.public)

    def __len__(self) -> int:
        return len(self.by_key)

    def of(self, facts: Mapping[str, Any], keys: Iterable[str] | None = None) -> list[str]:
        """Which of the audiences (``keys``; None: all) somebody belongs to, sorted."""
        wanted = self.by_key if keys is None else keys
        known = [each for key in wanted if (each := self.by_key.get(key))]
        if facts["listed"]:
            return sorted(each.key for each in known if each.matches(facts))
        return sorted(each.key for each in known if each.unlisted(facts))

    def next_change(self, facts: Mapping[str, Any]) -> int:
        """The first moment after now at which time alone may change any of it."""
        return min((each.next_change(facts) for each in self.by_key.values()), default=conditions.NEVER)


NONE = Audiences()


def ready(key: str, documents: Mapping[str, Document], version: int = 0) -> Ready:
    """The audience ``key`` of these documents, compiled; `Refused` names what is wrong in it."""
    audience = read_audience(key, documents[key])
    root, references = _root(key, audience, documents, ())
    checked = Checked(root, SCHEMA, _expression(key, audience))
    kept = {clause.id: clause for clause in conditions.clauses(root)}
    if len(kept) > CLAUSES_MOST:
        raise Refused(
            "condition_too_large",
            f"it rests on {len(kept)} kinds of happenings, more than {CLAUSES_MOST}",
            field=f"audience.{key}.when",
        )
    return Ready(
        key,
        version,
        audience,
        checked,
        conditions.compile(checked),
        conditions.compile(msgspec.structs.replace(checked, root=_without_lists(root))),
        conditions.next_change(checked, MOVING),
        tuple(kept.values()),
        frozenset(conditions.names(checked)),
        tuple(references),
    )


def _root(
    key: str, audience: Audience, documents: Mapping[str, Document], above: tuple[str, ...]
) -> tuple[Term, list[str]]:
    """Whom it holds for, as one term: the condition or the list, within the schedule."""
    listed = Item(Read(("listed",), FACTS["listed"]), Constant(key, STRING), FACTS["listed"].item or BOOL)
    who: list[Term] = [listed]
    references: list[str] = []
    if audience.members:
        names = Listing(tuple(Constant(each, STRING) for each in audience.members), list_of(STRING))
        who.insert(0, Apply("in", (Read(("profile", "user_id"), FACTS["profile.user_id"]), names), BOOL))
    if audience.when.strip():
        root = _checked(key, audience.when).root
        references = _references(root)
        root = _joined(key, root, documents, (*above, key))
        who.insert(0, root)
    term: Term = who[0] if len(who) == 1 else Join("||", tuple(who))
    now = Read(("now",), TIMESTAMP)
    times: list[Term] = []
    if audience.starts:
        times.append(Apply(">=", (now, Constant(audience.starts_at(), TIMESTAMP)), BOOL))
    if audience.ends:
        times.append(Apply("<", (now, Constant(audience.ends_at(), TIMESTAMP)), BOOL))
    return (Join("&&", (*times, term)) if times else term), references


def _joined(key: str, root: Term, documents: Mapping[str, Document], above: tuple[str, ...]) -> Term:
    """The condition with those of the audiences that it names in their places."""

    def put_in(term: Term) -> Term | None:
        match term:
            case Item(of=Read(path=("audiences",)), key=Constant(value=str(other))):
                if other in above:
                    ring = " -> ".join((*above, other))
                    raise Refused("audiences_in_a_ring", f"{ring} names itself", field=f"audience.{key}.when")
                if other not in documents:
                    raise missing(other, f"audience.{key}.when")
                return _root(other, read_audience(other, documents[other]), documents, above)[0]
        return None

    joined = mapped(root, put_in)
    if any(isinstance(each, Read) and each.path == ("audiences",) for each in each_term(joined)):
        raise Refused(
            "condition_type",
            "an audience is named in quotes, and not inside exists or all",
            field=f"audience.{key}.when",
            hint='such as audiences["vip"]',
        )
    return joined


def _checked(key: str, text: str) -> Checked:
    try:
        return conditions.check(conditions.parse(text), SCHEMA)
    except RefusedCondition as refused:
        raise RefusedAudience(refused, f"audience.{key}.when") from None


def named_in(key: str, when: str) -> list[str]:
    """The audiences that a condition names. Raises `Refused`."""
    return _references(_checked(key, when).root)


def _expression(key: str, audience: Audience) -> conditions.Expression:
    text = audience.when.strip() or "false"
    try:
        return conditions.parse(text)
    except RefusedCondition as refused:
        raise RefusedAudience(refused, f"audience.{key}.when") from None


def _without_lists(root: Term) -> Term:
    """A condition with no list in it."""

    def off(term: Term) -> Term | None:
        match term:
            case Item(of=Read(path=("listed",))):
                return _NEVER
            case Join(op="||", parts=parts):
                left = [part for each in parts if (part := mapped(each, off)) != _NEVER]
                return _NEVER if not left else left[0] if len(left) == 1 else Join("||", tuple(left))
        return None

    return mapped(root, off)


_NEVER = Constant(False, BOOL)


def _references(root: Term) -> list[str]:
    found: dict[str, None] = {}
    for each in each_term(root):
        match each:
            case Item(of=Read(path=("audiences",)), key=Constant(value=str(other))):
                found[other] = None
    return list(found)


class RefusedAudience(Refused):
    """A condition that cannot be accepted, with its place: line and column from 1, 0 where there is none."""

    def __init__(self, refused: RefusedCondition, field: str) -> None:
        super().__init__(refused.code, refused.detail, field=field, hint=refused.hint)
        self.line, self.column = refused.line, refused.column


def missing(key: str, field: str) -> Refused:
    """A rule names an audience that is not there."""
    return Refused(
        "audience_not_found",
        f"names the audience {key!r}, which does not exist",
        field=field,
        hint="publish the audience first, or with it",
    )


def documents_of(rules: Iterable[Any]) -> list[tuple[str, int, Document]]:
    """Key, version and document of the audiences among rules."""
    return [(rule.key, rule.version, rule.document or {}) for rule in rules if rule.kind == KIND]
