"""What a page would show now, to nobody or to a shopper, by the pipeline that serves; nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maatwerk.decisions.content.shelf import Shelf
from maatwerk.decisions.pipeline.words import Known, Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.taste import known, nobody
from maatwerk.flows.decide import Deciding
from maatwerk.flows.page import Decided, Question, cart_worth, decide_page
from maatwerk.flows.publish import Change
from maatwerk.flows.read import content_of
from maatwerk.views.profile.folds import orders as order_fold
from maatwerk.views.profile.shopper import NOBODY, Shopper
from maatwerk.views.rules.book import RuleBook


def draft_desk(book: RuleBook, changes: Iterable[Change]) -> Desk:
    """Units, placements and merchandising as they would be with changes that are not published."""
    after = {(rule.kind, rule.key): rule.document for rule in book.all()}
    after |= {(change.kind, change.key): change.after for change in changes}
    return Desk([(kind, key, 0, each) for (kind, key), each in after.items() if each is not None])


def preview(
    deciding: Deciding,
    placements: Sequence[str],
    page: Page,
    *,
    now: int,
    shopper: Shopper | None = None,
    cart: Sequence[str] = (),
    store: str = "default",
    desk: Desk | None = None,
    shelf: Shelf | None = None,
    locale: str = "",
    country: str = "",
) -> tuple[Question, list[Decided]]:
    """The question asked and its answers. ``cart``: SKUs, where the shopper has none of her own. ``desk`` and
    ``shelf``: of rules not in force yet, else those that are."""
    catalog = deciding.knowledge.catalogs.of(store)
    lines = [(sku, 1) for sku in cart]
    if shopper is not None and shopper.cart.lines:
        lines = [(line.sku, line.quantity) for line in shopper.cart.lines]
    who: Known = nobody(catalog.rows(cart))
    if shopper is not None and shopper.known_events:
        who = known(
            [(action.time, action.kind, action.sku) for action in shopper.activity.actions],
            [sku for sku, _ in lines],
            catalog,
            deciding.knowledge.baseline(catalog).shares,
            now,
            orders=order_fold.reckoned(shopper.orders)[0],
            familiarity=shopper.familiarity,
            stated=shopper.preferences,
        )
    shelf = shelf or deciding.shelf
    aimed = (desk or deciding.desk).audiences | shelf.audiences
    audiences = deciding.belonging.of(deciding.store, shopper, now, aimed) if shopper and aimed else ()
    question = Question(
        now=now,
        seed=deciding.seed,
        placements=tuple(placements),
        page=page,
        known=who,
        catalog=catalog,
        desk=desk or deciding.desk,
        tools=Tools(deciding.knowledge.models, deciding.predict),
        navigation=deciding.navigation,
        audiences=frozenset(audiences),
        cart_minor=cart_worth(catalog, lines),
        locale=locale,
        country=country,
        shelf=shelf,
        **content_of(
            shelf, shopper or NOBODY, (shopper.anonymous_id or shopper.user_id) if shopper else "", catalog
        ),
    )
    return question, decide_page(question, lambda placement: False)[0]


def _unit(shopper: Shopper | None) -> str:
    return (shopper.anonymous_id or shopper.user_id) if shopper else ""
