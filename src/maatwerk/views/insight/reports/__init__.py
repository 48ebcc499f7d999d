"""Reports: each answers one question, from the prepared tables, in tables whose columns say what they
mean."""

from __future__ import annotations

from maatwerk.views.insight.reports.customers import COHORTS, CUSTOMERS
from maatwerk.views.insight.reports.funnels import FUNNELS, PATHS
from maatwerk.views.insight.reports.goods import BASKETS, COUPONS, PRODUCTS
from maatwerk.views.insight.reports.shop import SHOP
from maatwerk.views.insight.reports.trends import TRENDS
from maatwerk.views.insight.reports.visits import CHANNELS, SESSIONS

KINDS = (SHOP, FUNNELS, PATHS, SESSIONS, CHANNELS, COHORTS, CUSTOMERS, PRODUCTS, BASKETS, COUPONS, TRENDS)
"""A new report is one file and one line here: its page, its answer and its files follow from it."""
