"""Asked at the moment of sending: may this message still go out? Pure: facts in, a code out."""

from __future__ import annotations

import msgspec

from maatwerk.views.profile.folds.consent import Ledger, granted


class Facts(msgspec.Struct, frozen=True):
    """What is known at the moment of sending. ``over``: the code of what ended what it is about.

    ``products`` is how many of what it is about can be bought now.
    """

    enabled: bool
    late: bool
    unsubscribed: bool
    consented: bool
    address: bool
    purchased: bool
    over: str
    products: int
    objected: bool = False


def stop_code(facts: Facts) -> str:
    """Why the message is suppressed; nothing where it goes out."""
    for code, holds in (
        ("disabled", not facts.enabled),
        ("late", facts.late),
        ("objected", facts.objected),
        ("unsubscribed", facts.unsubscribed),
        ("no_consent", not facts.consented),
        ("no_address", not facts.address),
        ("purchased", facts.purchased),
        (facts.over, bool(facts.over)),
        ("sold_out", facts.products == 0),
    ):
        if holds:
            return code
    return ""


def consented(narrow: Ledger, wide: Ledger) -> bool:
    """Whether she agreed to mail, in what surely is hers, and did not deny it in anything that may be."""
    return granted(narrow, "email") is True and granted(wide, "email") is not False


def agreed_since(ledger: Ledger, moment: int) -> bool:
    """Whether she explicitly agreed to mail after a moment.

    Browsers repeat an old yes with every event, so only an answer to a question takes an unsubscription back.
    """
    return any(
        change.purpose == "email" and change.granted and change.time > moment for change in ledger.changes
    )
