"""May this message go to her, as far as she and her address are concerned? Facts in, a code out."""

from __future__ import annotations

import msgspec

from maatwerk.decisions.contact.quiet import send_at
from maatwerk.decisions.contact.words import CONSENTED, Policy
from maatwerk.views.profile.folds.consent import Ledger, granted, withdrawn

COMPLAINT, BOUNCE, RESTING, ASKED = "complaint", "bounce", "resting", "asked"
"""Why an address is written to no more: a complaint, a hard bounce, soft ones (for a while), or her wish."""


class Facts(msgspec.Struct, frozen=True):
    """What is known of her at the moment of sending.

    ``stopped`` is why the address itself is out (one of the reasons above, or nothing); ``declined`` whether
    she switched this topic off; ``confirmed`` whether a yes by mail came, where the policy asks for one.
    """

    channel: str
    transactional: bool
    address: bool
    consented: bool
    objected: bool = False
    stopped: str = ""
    declined: bool = False
    confirmed: bool = True


def refusal(facts: Facts) -> str:
    """Why she may not be written to; nothing where she may. What is owed to her stops at a dead address
    alone."""
    marketing = not facts.transactional
    for code, holds in (
        ("objected", marketing and facts.objected),
        ("complained", marketing and facts.stopped == COMPLAINT),
        ("unsubscribed", marketing and facts.stopped == ASKED),
        ("topic_declined", marketing and facts.declined),
        ("no_consent", marketing and facts.channel in CONSENTED and not facts.consented),
        ("no_address", not facts.address),
        ("bounced", facts.stopped == BOUNCE or (marketing and facts.stopped == RESTING)),
        ("not_confirmed", marketing and not facts.confirmed),
    ):
        if holds:
            return code
    return ""


def free_at(policy: Policy, channel: str, transactional: bool, wish: int, zone: str, otherwise: str) -> int:
    """When it may go out at the earliest, by quiet hours."""
    if transactional or channel not in policy.quiet_channels:
        return wish
    return send_at(wish, zone, policy.quiet_start, policy.quiet_end, otherwise)


def consented(narrow: Ledger, wide: Ledger, channel: str) -> bool:
    """Whether she agreed to a channel, in what surely is hers, and denied it in nothing that may be."""
    return granted(narrow, channel) is True and granted(wide, channel) is not False


def agreed_since(ledger: Ledger, moment: int, channel: str) -> bool:
    """Whether she explicitly agreed to a channel after a moment.

    Browsers repeat an old yes with every event, so only an answer to a question takes an unsubscription back.
    """
    return not withdrawn(ledger, channel) and any(
        change.purpose == channel and change.granted and change.time > moment for change in ledger.changes
    )
