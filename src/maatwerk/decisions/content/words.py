"""The room's words: a content block and its variants, and whom something is for."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time, parse_time
from maatwerk.views.profile.familiarity import STAGES, reaches

R = TypeVar("R", bound=msgspec.Struct)

VARIANTS, PRODUCTS, TEXT_CHARS = 50, 50, 20_000
FOR_EVER = 1 << 62


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A picture by its address. ``alt`` says what it shows; empty, it is decoration. With ``width`` and
    ``height`` (pixels) the page keeps room for it."""

    url: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the block leads, and the words on its button."""

    url: str
    label: str


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to say it. Of a block's variants the first, as written, whose every condition holds is shown.

    ``locale``: a language (``nl``) or a locale (``nl-BE``); ``familiarity``: the least stage; ``arm``:
    ``EXPERIMENT/VARIANT``. ``text`` is rich text, cleaned before anybody sees it. ``{{greeting}}`` in title
    or text becomes a greeting that is true of her. ``data`` goes to the page as it is.
    """

    key: str = ""
    audience: str = ""
    locale: str = ""
    familiarity: str = ""
    arm: str = ""
    title: str = ""
    text: str = ""
    image: Image | None = None
    link: Link | None = None
    data: dict[str, Any] = {}


class Aimed(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
    rename={"from_": "from"},
):
    """What every rule of this room may say of whom it is for, and when (RFC 3339). Higher ``priority``
    wins."""

    active: bool = True
    priority: int = 100
    audience: str = ""
    familiarity: str = ""
    arm: str = ""
    country: tuple[str, ...] = ()
    from_: str = ""
    until: str = ""


class Block(Aimed, frozen=True, kw_only=True):
    """A rule of kind ``block``: what may stand in ``placements``, for whom, and when.

    Where it promotes ``products`` it is shown only while one of them can be bought; where it promotes an
    ``offer``, only while that can be redeemed and applies to her.
    """

    placements: tuple[str, ...]
    variant: tuple[Variant, ...]
    name: str = ""
    products: tuple[str, ...] = ()
    offer: str = ""


class Navigation(Aimed, frozen=True, kw_only=True):
    """A rule of kind ``navigation``: how the shop's top categories are ordered, in these ``placements``
    (none: in all of kind navigation). ``by`` her ``interest``, with ``order`` where she has none, or by
    ``order`` alone; categories that it does not name follow."""

    by: Literal["interest", "order"] = "interest"
    order: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()


class Layout(Aimed, frozen=True, kw_only=True):
    """A rule of kind ``layout``: which placements a page has, in which order."""

    page: str
    placements: tuple[str, ...]
    name: str = ""


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What opens a pop-up: ``time`` (``seconds`` on the page), ``scroll`` (``percent`` of it), ``exit`` (the
    pointer leaves for the browser's own controls), ``arrival`` (from a campaign: ``source``, ``medium`` and
    ``campaign`` as in the address's ``utm_``), ``cart`` (worth at least ``least`` and at most ``most``),
    ``audience`` (she belongs to the pop-up's audience). What the server can tell opens it after
    ``seconds``."""

    on: Literal["time", "scroll", "exit", "arrival", "cart", "audience"] = "time"
    seconds: int = 10
    percent: int = 50
    source: str = ""
    medium: str = ""
    campaign: str = ""
    least: float = 0.0
    most: float = 0.0


class Popup(Aimed, frozen=True, kw_only=True):
    """A rule of kind ``popup``: a dialog, a note in the corner, or a bar.

    At most ``most`` times in ``days``; closed, it stays away for ``quiet_days``; followed, for good.
    ``ribbon`` is what is left of it where she puts it aside; ``countdown`` counts to its own ``until``. On
    phones only bars are shown, and what says that it is needed there (``phones``).
    """

    placements: tuple[str, ...]
    variant: tuple[Variant, ...]
    name: str = ""
    style: Literal["dialog", "corner", "bar"] = "dialog"
    trigger: Trigger = Trigger()
    pages: tuple[str, ...] = ()
    most: int = 1
    days: int = 7
    quiet_days: int = 30
    phones: bool = False
    ribbon: str = ""
    countdown: bool = False
    products: tuple[str, ...] = ()
    offer: str = ""


class Hours(NamedTuple):
    """From when (included) until when (not), in milliseconds."""

    since: int
    until: int


class Reader(msgspec.Struct, frozen=True):
    """Who reads, as far as content may go by it.

    ``unit`` keys chance (nobody: empty), ``arms`` are those of running experiments as ``EXPERIMENT/VARIANT``,
    ``offers`` those that can be redeemed and apply to her. ``name`` holds what a greeting is made of.
    """

    now: int
    seed: str = ""
    unit: str = ""
    audiences: frozenset[str] = frozenset()
    familiarity: str = "unknown"
    personal: bool = False
    locale: str = ""
    country: str = ""
    device: str = ""
    arms: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    name: dict[str, str] = {}


def convert(kind: str, key: str, document: dict[str, Any], to: type[R]) -> R:
    """A document as a record; `Refused` names the rule and what is wrong in it."""
    try:
        return msgspec.convert(document, to)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=f"{kind}.{key}") from None


def hours_of(since: str, until: str, field: str) -> Hours:
    """A schedule as written. Raises `Refused` where it never begins or is no time."""
    hours = Hours(_moment(since, 0, f"{field}.from"), _moment(until, FOR_EVER, f"{field}.until"))
    if hours.since >= hours.until:
        raise Refused(
            "rule_not_valid", "it would end before it begins", field=f"{field}.until", hint="a later time"
        )
    return hours


def check_aim(familiarity: str, arm: str, field: str) -> None:
    """Raises `Refused` where a stage or an experiment's arm is not written as one."""
    if familiarity and familiarity not in STAGES:
        raise Refused(
            "rule_not_valid",
            f"{familiarity!r} is no stage of familiarity",
            field=f"{field}.familiarity",
            hint=f"one of {', '.join(STAGES)}",
        )
    experiment, slash, variant = arm.partition("/")
    if arm and not (experiment and slash and variant):
        raise Refused(
            "rule_not_valid", f"{arm!r} names no arm", field=f"{field}.arm", hint="EXPERIMENT/VARIANT"
        )


def check_aimed(said: Aimed, field: str) -> Hours:
    """The hours of a rule whose aim is written as one. Raises `Refused`."""
    check_aim(said.familiarity, said.arm, field)
    if any(len(country) != 2 or not country.isalpha() for country in said.country):
        raise Refused(
            "rule_not_valid", "a country has two letters", field=f"{field}.country", hint="as in NL"
        )
    return hours_of(said.from_, said.until, field)


def closed_to(reader: Reader, said: Aimed, hours: Hours) -> str:
    """What but an experiment keeps a rule from her now, in words; empty where nothing does."""
    if not said.active:
        return "switched off"
    if reader.now < hours.since:
        return f"begins {format_time(hours.since)}"
    if reader.now >= hours.until:
        return f"ended {format_time(hours.until)}"
    countries = [country.upper() for country in said.country]
    if countries and reader.country.upper() not in countries:
        return f"for {', '.join(countries)} alone"
    return kept_from(reader, said.audience, said.familiarity)


def kept_from(reader: Reader, audience: str, familiarity: str, locale: str = "") -> str:
    """What keeps something from her, in words; empty where nothing does. It fails closed."""
    if audience and audience not in reader.audiences:
        return f"for the audience {audience} alone"
    if not reaches(reader.familiarity, familiarity):
        return f"for shoppers who are {familiarity} or longer"
    return f"for readers of {locale}" if locale and not speaks(reader.locale, locale) else ""


def not_her_arm(reader: Reader, arm: str) -> str:
    """Whether an experiment keeps something from her, in words."""
    return f"for the experiment's arm {arm} alone" if arm and arm not in reader.arms else ""


class Exposure(msgspec.Struct, frozen=True):
    """She counts in an experiment: what she sees here depends on her arm."""

    experiment: str
    variant: str


def exposed(reader: Reader, arm: str) -> Exposure | None:
    """Her own arm of the experiment that an arm is of; None where she is in none."""
    if not arm:
        return None
    experiment = arm.partition("/")[0]
    mine = next((each for each in sorted(reader.arms) if each.startswith(f"{experiment}/")), "")
    return Exposure(experiment, mine.partition("/")[2]) if mine else None


def speaks(locale: str, wanted: str) -> bool:
    """Whether a locale is the wanted one or, where a language is wanted, of it."""
    mine, his = locale.replace("_", "-").lower(), wanted.replace("_", "-").lower()
    return mine == his or ("-" not in his and mine.split("-")[0] == his)


def _moment(text: str, otherwise: int, field: str) -> int:
    if not text:
        return otherwise
    try:
        return parse_time(text)
    except Refused as refused:
        raise Refused(refused.code, refused.detail, field=field, hint="as in 2027-03-01T00:00:00Z") from None
