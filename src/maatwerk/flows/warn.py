"""What to know before rules are published: where merchandising rules pull against each other."""

from __future__ import annotations

from collections.abc import Iterable

from maatwerk.decisions.pipeline.conflicts import conflicts
from maatwerk.decisions.pipeline.merchandise import Rule, parse_merchandising
from maatwerk.flows.publish import Change
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.rules.book import RuleBook

KIND = "merchandising"


def warnings(book: RuleBook, changes: Iterable[Change], catalog: Catalog, now: int) -> list[str]:
    """Of changes that are valid; nothing of it forbids publishing them."""
    changed = {change.key: change.after for change in changes if change.kind == KIND}
    after = {rule.key: rule.document for rule in book.all() if rule.kind == KIND} | changed
    rules: list[Rule] = [parse_merchandising(key, each) for key, each in after.items() if each is not None]
    found: dict[str, None] = {}
    for rule in rules:
        if changed.get(rule.key) is not None:
            found.update(dict.fromkeys(conflicts(rule, rules, catalog, now)))
    return list(found)
