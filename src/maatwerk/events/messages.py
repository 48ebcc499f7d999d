"""What we sent, and why not; a shopper's answer to it."""

from __future__ import annotations

from typing import Any

import msgspec


class MessageQueued(msgspec.Struct, frozen=True, omit_defaults=True):
    """An intention to send: the outbox is a view of these, so the key is the event's id."""

    message_id: str
    journey: str
    step: str
    channel: str
    occurrence: str
    """What it is about: a cart, a product; with journey, step and person it makes the message unique."""
    due: int
    """Milliseconds since the epoch, UTC."""
    skus: tuple[str, ...] = ()
    cart_id: str = ""
    store: str = "default"
    until: int = 0
    """Not to be sent later than this; 0: as its step says."""
    about: str = ""
    """What ``occurrence`` names: ``cart``, ``product``, ``order`` or ``profile``."""
    template: str = ""
    """The template it is written with; the journey's own where empty."""
    purpose: str = "marketing"
    """``marketing`` (at most once when in doubt) or ``transactional`` (at least once)."""
    channels: tuple[str, ...] = ()
    """Channels to fall back to, in their order, where ``channel`` does not reach her."""
    data: dict[str, Any] = {}
    """What the template may say besides: a code, the unit that chooses its products, words of a campaign."""


class MessageSettled(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an intention ended: ``Message Sent`` or ``Message Suppressed``, with the reason.

    ``code`` for a suppression: ``no_consent``, ``objected``, ``unsubscribed``, ``no_address``, ``purchased``,
    ``emptied``, ``sold_out``, ``withdrawn``, ``late``, ``capped``, ``disabled``, ``ambiguous``,
    ``failed``, ``bounced``, ``complained``, ``topic_declined``, ``nothing_to_say``; and where a step
    came to nothing before a message was queued also ``repeated`` or ``continued``.
    """

    message_id: str
    journey: str
    step: str
    channel: str
    occurrence: str = ""
    code: str = ""
    detail: str = ""


class MessageTouched(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came back of a message: ``Message Delivered``, ``Clicked``, ``Bounced`` or ``Complained``.

    ``code`` is the receiving side's status (``5.1.1``); ``hard`` a bounce that will not mend itself.
    """

    message_id: str
    channel: str = "email"
    url: str = ""
    code: str = ""
    detail: str = ""
    hard: bool = False


class Unsubscribed(msgspec.Struct, frozen=True, omit_defaults=True):
    """She asked for no more of this channel; ``source`` says where (``one_click``, ``page``)."""

    channel: str
    message_id: str = ""
    source: str = ""
    topic: str = ""
    """Of this topic alone; empty: of all in this channel."""
