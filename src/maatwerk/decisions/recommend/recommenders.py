"""All recommenders by key. A new one is one file and one line here."""

from __future__ import annotations

from maatwerk.decisions.recommend.alike import Alike, Newest
from maatwerk.decisions.recommend.complete import CartCompanions, CompleteTheLook
from maatwerk.decisions.recommend.for_you import ForYou
from maatwerk.decisions.recommend.history import BuyAgain, RecentlyViewed
from maatwerk.decisions.recommend.matching import Matching
from maatwerk.decisions.recommend.next_basket import NextBasket
from maatwerk.decisions.recommend.occasions import (
    FreeShippingGap,
    GoesWithOrder,
    NewForYou,
    PriceDropped,
    Replenish,
    UpSell,
)
from maatwerk.decisions.recommend.own_list import OwnList, RelatedLinks
from maatwerk.decisions.recommend.pairs import PAIRS
from maatwerk.decisions.recommend.popular import POPULAR
from maatwerk.decisions.recommend.recommender import Recommender
from maatwerk.decisions.recommend.session import SessionNeighbors

RECOMMENDERS: dict[str, Recommender] = {
    each.key: each
    for each in (
        *POPULAR,
        *PAIRS,
        Alike(),
        Newest(),
        SessionNeighbors(),
        ForYou(),
        CompleteTheLook(),
        CartCompanions(),
        RecentlyViewed(),
        BuyAgain(),
        NextBasket(),
        OwnList(),
        RelatedLinks(),
        Matching(),
        Replenish(),
        GoesWithOrder(),
        NewForYou(),
        PriceDropped(),
        FreeShippingGap(),
        UpSell(),
    )
}
