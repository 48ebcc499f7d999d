"""What the description of the HTTP contract says of every route that a worker serves."""

from __future__ import annotations

from maatwerk.decisions.contact.words import Policy
from maatwerk.decisions.content.region import Store
from maatwerk.decisions.content.words import Block, Layout, Navigation, Popup
from maatwerk.decisions.experiments.words import Experiment
from maatwerk.decisions.offers.words import CodePool, Offer, OfferPolicy
from maatwerk.decisions.pipeline.merchandise import Merchandising
from maatwerk.decisions.recommend.questions import Questions
from maatwerk.decisions.recommend.words import Placement, Unit
from maatwerk.decisions.search.synonyms import Synonyms
from maatwerk.effects.channels.template import Template
from maatwerk.effects.feeds.words import Feed
from maatwerk.flows.claim import CartRedeem, CartRelease, RedeemAsk
from maatwerk.flows.decide import Ask
from maatwerk.flows.mint import PoolAsk
from maatwerk.flows.read_cart import CartAsk
from maatwerk.flows.search import SearchAsk
from maatwerk.surfaces.admin.foretold import Asked as LikeAsked
from maatwerk.surfaces.http.openapi import Operation
from maatwerk.surfaces.storefront.privacy import Said
from maatwerk.views.audience.words import Audience

NDJSON = "application/x-ndjson"
HTML = "text/html"
_MESSAGES = {"batch": "Many messages", "beacon/v1/batch": "Many messages, as a page's last word"}

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/v1/decide"): Operation("Decide every slot of a page, and record what just happened", Ask),
    ("GET", "/v1/search"): Operation(
        "Products for a query, or for a category without one",
        query=(
            "q",
            "filter",
            "facets",
            "sort",
            "page",
            "per_page",
            "category",
            "anonymousId",
            "dial",
            "store",
        ),
    ),
    ("POST", "/v1/search"): Operation("The same, asked in the body", SearchAsk),
    ("GET", "/v1/suggest"): Operation(
        "Queries, products and categories while she types, and her own recent searches",
        query=("q", "anonymousId", "store"),
    ),
    ("POST", "/v1/cart/evaluate"): Operation("What a cart costs under the offers in force, and why", CartAsk),
    ("POST", "/v1/cart/reserve"): Operation(
        "The same, and its codes, uses and budgets are kept for it", CartAsk
    ),
    ("POST", "/v1/cart/redeem"): Operation("What a cart reserved becomes its order's", CartRedeem),
    ("POST", "/v1/cart/release"): Operation("A cart lets go of what it reserved", CartRelease),
    ("POST", "/v1/codes/pool"): Operation("Mint codes, shown once", PoolAsk),
    ("GET", "/v1/codes/pools"): Operation("Pools in figures"),
    ("POST", "/v1/codes/redeem"): Operation("Use a code, once, whatever happens", RedeemAsk),
    ("GET", "/v1/decisions/{id}"): Operation("What was decided, and from what"),
    ("POST", "/v1/decisions/{id}/replay"): Operation("Decide it again from what was known then, and compare"),
    ("GET", "/v1/profiles/{namespace}/{id}"): Operation("What is known of a shopper"),
    ("POST", "/v1/profiles/unmerge"): Operation(
        "Take an identifier away from a profile, so that it stays away", query=("dry_run",)
    ),
    ("GET", "/v1/profiles/{namespace}/{id}/timeline"): Operation(
        "Her events, newest first", query=("limit", "cursor")
    ),
    ("GET", "/v1/profiles/{namespace}/{id}/consent"): Operation(
        "What she granted and objected to, and the ledger of it", query=("limit", "cursor")
    ),
    ("GET", "/v1/profiles/{namespace}/{id}/export"): Operation(
        "Everything known of a person: JSON, or JSON and CSV in a zip file", query=("format",)
    ),
    ("POST", "/v1/consent"): Operation("Grant, withdraw or object; in force when it answers", Said),
    ("DELETE", "/v1/profiles/{namespace}/{id}"): Operation("Forget her, everywhere"),
    ("GET", "/v1/erasures/{request_id}"): Operation("How far an erasure is, and its receipt"),
    ("GET", "/v1/insight"): Operation("The reports there are"),
    ("GET", "/v1/insight/{report}"): Operation(
        "A report, each column with its meaning and its queries; as JSON, or one of its tables "
        "as CSV or Parquet",
        query=(
            "days",
            "steps",
            "within",
            "by",
            "lookback",
            "half_life",
            "weights",
            "start",
            "format",
            "table",
        ),
    ),
    ("GET", "/v1/insight/sql/{name}"): Operation("The SQL behind a figure", media="text/plain"),
    ("GET", "/v1/personas"): Operation("Groups of shoppers, described by what sets them apart"),
    ("GET", "/v1/segments"): Operation(
        "What each product is to the shop, and why", query=("segment", "limit", "cursor")
    ),
    ("POST", "/v1/lookalikes"): Operation("Who is like a list, with similarity against reach", LikeAsked),
    ("GET", "/v1/rules"): Operation("The rules in force", query=("kind", "limit", "cursor")),
    ("GET", "/v1/rules/history"): Operation("What was published and withdrawn", query=("limit", "cursor")),
    ("POST", "/v1/rules/rollback"): Operation("Bring the rules of a version back", query=("dry_run",)),
    ("GET", "/v1/rules/{kind}/{key}"): Operation("One rule"),
    ("PUT", "/v1/rules/{kind}/{key}"): Operation(
        "Publish a rule: a unit or a placement, in TOML or JSON", query=("dry_run", "reason")
    ),
    ("DELETE", "/v1/rules/{kind}/{key}"): Operation("Withdraw a rule", query=("dry_run", "reason")),
    ("GET", "/v1/audiences"): Operation("The audiences in force", query=("limit", "cursor", "ready")),
    ("POST", "/v1/audiences/preview"): Operation("What an audience would be; saves nothing", Audience),
    ("GET", "/v1/audiences/{key}"): Operation("One audience: its size, how it grew, what uses it"),
    ("GET", "/v1/audiences/{key}/members"): Operation(
        "Who belongs to it, since when", query=("limit", "cursor", "format", "purpose")
    ),
    ("PUT", "/v1/audiences/{key}/members"): Operation("Put people on its list, or take them off"),
    ("POST", "/v1/audiences/{key}/members"): Operation("The same as PUT"),
    ("GET", "/v1/memberships"): Operation(
        "Who belongs to which audiences, as CSV", media="text/csv", query=("purpose",)
    ),
    ("PUT", "/v1/catalog/products"): Operation("Publish products, each with its verdict"),
    ("POST", "/v1/catalog/products"): Operation("The same as PUT"),
    ("GET", "/v1/catalog/products/{sku}"): Operation("One product", query=("store",)),
    ("PATCH", "/v1/catalog/products/{sku}"): Operation("Change some fields; the next decision sees it"),
    ("DELETE", "/v1/catalog/products/{sku}"): Operation("Take a product out", query=("store",)),
    ("GET", "/v1/admin/events"): Operation(
        "Every collected message once", media=NDJSON, query=("since", "type", "origin", "purpose", "limit")
    ),
    ("GET", "/v1/admin/stats"): Operation("Totals, and how far the views lag"),
    ("GET", "/v1/admin/rejected"): Operation(
        "Rejected messages with their reasons", query=("limit", "cursor")
    ),
    ("POST", "/v1/admin/rejected/replay"): Operation("Judge rejected messages again after a fix"),
    ("GET", "/v1/projects/{write_key}/settings"): Operation("What Segment's browser client asks first"),
    ("GET", "/sourceConfig"): Operation("What RudderStack's browser client asks first"),
    ("POST", "/v1/m"): Operation("What analytics.js reports of itself; not kept"),
    ("GET", "/u/{token}"): Operation("The page of an unsubscribe link; changes nothing", media=HTML),
    ("POST", "/u/{token}"): Operation("No more of these messages (RFC 8058, one click)", media=HTML),
    ("GET", "/p/{token}"): Operation("A shopper's own page of privacy choices; changes nothing", media=HTML),
    ("POST", "/p/{token}"): Operation("Her choices; in force when it answers", media=HTML),
    ("POST", "/v1/profiles/{namespace}/{id}/privacy-link"): Operation(
        "The address of somebody's page of privacy choices"
    ),
    ("GET", "/v1/messages"): Operation("Messages, newest first: sent, or why not", query=("limit", "cursor")),
    ("GET", "/v1/messages/{id}"): Operation("One message: sent, or why not, and what came of it"),
    ("GET", "/v1/profiles/{namespace}/{id}/messages"): Operation(
        "A person's messages: sent, or why not", query=("limit",)
    ),
    ("GET", "/c/{id}"): Operation("From a link in a message to the shop", query=("u", "k")),
    ("GET", "/i/{token}/{unit}/{place}"): Operation("Her product as of now, drawn", media="image/png"),
    ("POST", "/v1/profiles/{namespace}/{id}/picture-link"): Operation(
        "Addresses of open-time pictures for other senders' letters"
    ),
    ("GET", "/v1/feeds/{key}"): Operation(
        "A product feed as it stands", media="application/xml", query=("format",)
    ),
    ("POST", "/v1/messages/returns"): Operation("Bounces, complaints and deliveries"),
    ("GET", "/healthz"): Operation("Alive"),
    ("GET", "/readyz"): Operation("Ready to answer, or why not"),
    ("GET", "/metrics"): Operation("Figures for Prometheus", media="text/plain"),
    ("POST", "/v1/taste"): Operation(
        "What is believed of her taste, for the shopper herself, and her word on it", Ask
    ),
    ("GET", "/maatwerk-taste.js"): Operation("The browser's part of My taste", media="text/javascript"),
    ("GET", "/v1/experiments"): Operation("The experiments, with their verdicts", query=("limit", "cursor")),
    ("GET", "/v1/experiments/{key}/results"): Operation("What an experiment says as it stands"),
    ("GET", "/v1/assign/{experiment}/{unit}"): Operation("Which variant a unit has; notes nothing"),
    ("GET", "/v1/experiments/definitions"): Operation("The experiments a browser may assign by itself"),
    ("POST", "/ofrep/v1/evaluate/flags"): Operation("All feature flags of a shopper (OpenFeature, OFREP)"),
    ("POST", "/ofrep/v1/evaluate/flags/{key}"): Operation(
        "One feature flag of a shopper (OpenFeature, OFREP)"
    ),
    ("GET", "/maatwerk-experiments.js"): Operation(
        "The browser's part of experiments", media="text/javascript"
    ),
    ("GET", "/maatwerk-popups.js"): Operation(
        "The browser's part of pop-ups and bars", media="text/javascript"
    ),
    ("GET", "/maatwerk.js"): Operation("The browser SDK", media="text/javascript"),
    ("GET", "/maatwerk-consent.js"): Operation(
        "The browser SDK's bridge to consent platforms", media="text/javascript"
    ),
    ("GET", "/.well-known/gpc.json"): Operation("That Global Privacy Control is honored"),
    ("GET", "/openapi.json"): Operation("This description"),
    ("GET", "/docs"): Operation("This description for people", media=HTML),
    **{
        ("POST", f"/{path}" if "/" in path else f"/v1/{path}"): Operation(words)
        for path, words in _MESSAGES.items()
    },
    **{
        ("POST", f"/v1/{path}"): Operation(f"One message: {kind}")
        for kind, paths in {
            "track": ("track", "t"),
            "identify": ("identify", "i"),
            "page": ("page", "p"),
            "screen": ("screen", "s"),
            "group": ("group", "g"),
            "alias": ("alias", "a"),
        }.items()
        for path in paths
    },
    ("POST", "/v1/b"): Operation("Many messages"),
    ("POST", "/v1/import"): Operation("Many messages, as Segment's clients import history"),
}
"""By method and pattern; a test holds it to the routes that are served."""

RULE_SCHEMAS: dict[str, type] = {
    "audience": Audience,
    "unit": Unit,
    "placement": Placement,
    "merchandising": Merchandising,
    "synonyms": Synonyms,
    "questions": Questions,
    "block": Block,
    "popup": Popup,
    "store": Store,
    "experiment": Experiment,
    "contact_policy": Policy,
    "navigation": Navigation,
    "layout": Layout,
    "offer": Offer,
    "offer_policy": OfferPolicy,
    "code_pool": CodePool,
    "template": Template,
    "feed": Feed,
}
"""The documents of each kind of rule, published with the contract."""
