"""What happened elsewhere and is told by others: mails opened, reviews, posts, visits to a store."""

from __future__ import annotations

import msgspec

from maatwerk.events.browsing import Number


class MailTouched(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message of another sender was delivered, opened, clicked or bounced; Segment's e-mail events."""

    email_id: str = ""
    email_subject: str = ""
    campaign_id: str = ""
    campaign_name: str = ""
    list_id: str = ""
    link_url: str = ""


class Reviewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product was reviewed. ``rating`` is as the review's system counts."""

    product_id: str = ""
    sku: str = ""
    review_id: str = ""
    review_body: str = ""
    rating: Number | None = None

    @property
    def key(self) -> str:
        """The identifier to look the product up by."""
        return self.sku or self.product_id


class Interacted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word, a like or a share in a social network."""

    network: str = ""
    action: str = ""
    url: str = ""
    sku: str = ""
    share_via: str = ""


class StoreVisited(msgspec.Struct, frozen=True, omit_defaults=True):
    """She was in a store: a card was swiped, an appointment kept, a parcel collected."""

    location: str = ""
    reason: str = ""


class Preference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them: ``facet`` is ``brand``, ``category``, ``color``, ``gender`` or a product's attribute."""

    facet: str = ""
    value: str = ""
    liking: str = "like"


class Preferred(msgspec.Struct, frozen=True, omit_defaults=True):
    """What she says she likes and dislikes: by facet or attribute, and value.

    ``liking`` is ``like``, ``dislike`` or ``none`` (taken back).
    """

    questions: str = ""
    preferences: tuple[Preference, ...] = ()


class Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word of hers on one product: it is not for her, it was a gift, or neither any more (``undo``)."""

    sku: str = ""
    product_id: str = ""
    undo: bool = False

    @property
    def key(self) -> str:
        """The identifier to look the product up by."""
        return self.sku or self.product_id


class TasteTurned(msgspec.Struct, frozen=True, omit_defaults=True):
    """She paused what the shop believes of her taste, or takes it up again."""
