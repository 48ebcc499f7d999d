"""The ten steps of a personalization strategy, gone through by name: each asked of the owner, or measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.experiments.readout import Readout
from maatwerk.flows.insight import Reporting, added
from maatwerk.views.insight.figures import Figures, figures
from maatwerk.views.insight.prepared import Tables
from maatwerk.views.insight.sql import text as sql_text

ANSWER = "review_answer"
ANSWER_CHARS = 2_000
WINDOW_DAYS = 30
TENTH = 0.1
"""Of those who are lost at the worst step, the share that a good measure may be hoped to keep. An
assumption."""
_Z = 1.96
_STEPS = ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"]


KEYS = (
    "meaning",
    "segments",
    "data",
    "skills",
    "processes",
    "platform",
    "profiles",
    "tests",
    "journey",
    "strategy",
)


class Step(msgspec.Struct, frozen=True):
    """One of the ten: ``state`` is ``good``, ``fair`` (something to do) or ``asked`` (only the owner knows).

    ``gain`` in minor units a month: least, likely, most; None where nothing can be said of it. ``draft``
    is where
    the console drafts the rule. ``weeks`` says what it costs in work.
    """

    key: str
    title: str
    question: str
    state: str = "asked"
    evidence: str = ""
    remedy: str = ""
    gain: tuple[float, float, float] | None = None
    weeks: float = 0.0
    draft: str = ""
    answer: str = ""


class Planned(msgspec.Struct, frozen=True):
    """One action of the plan: from when to when (ms)."""

    step: Step
    begins: int
    ends: int


class Keeping(Protocol):
    """Where the owner's answers are kept."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value."""

    def items(self, kind: str) -> dict[str, bytes]:
        """All values of a kind."""


class Known(msgspec.Struct, frozen=True):
    """What the workspace says beside its reports: totals of the log, lag, and rules in force by kind."""

    counts: Mapping[str, int]
    lag_seconds: float
    rules: Mapping[str, int]


def review(reporting: Reporting, known: Known, answers: Mapping[str, str]) -> list[Step]:
    """The ten steps as they stand. Takes as long as the reports do: not on the event loop."""
    with reporting.tables() as tables:
        now = reporting.clock()
        shop = figures(tables, now=now, days=WINDOW_DAYS, currency=reporting.currency)
        adds = added(tables, reporting.begun(), reporting.holdout_share)
        found = [
            _meaning(adds),
            _segments(known),
            _data(tables, known, shop),
            Step(
                "skills", "Skills", "Who reads the reports, who writes rules, who answers shoppers' requests?"
            ),
            Step(
                "processes",
                "Room in the processes",
                "On which day of the week is what was learned acted upon?",
            ),
            _platform(known),
            _profiles(tables, now),
            _tests(known, shop),
            _journey(tables, now, shop, known),
        ]
    found.append(_strategy(found))
    return [msgspec.structs.replace(step, answer=answers.get(step.key, "")) for step in found]


def plan(steps: Sequence[Step], now: int) -> list[Planned]:
    """What there is to do, what brings most for its weeks first, one after the other from tomorrow."""
    todo = [step for step in steps if step.state == "fair" and step.weeks]
    todo.sort(key=lambda step: (-(step.gain[1] if step.gain else 0) / step.weeks, step.weeks))
    begins, found = now + DAY, []
    for step in todo:
        ends = begins + round(step.weeks * 7 * DAY)
        found.append(Planned(step, begins, ends))
        begins = ends
    return found


def answers_of(keeping: Keeping) -> dict[str, str]:
    """The owner's answers by step."""
    return {key: value.decode("utf-8", "replace") for key, value in keeping.items(ANSWER).items()}


def answer(keeping: Keeping, key: str, said: str) -> None:
    """Keep an answer. Raises `Refused` for a step that is none."""
    if key not in KEYS:
        raise Refused("step_not_known", f"there is no step {key[:40]!r}", field="step", status=404)
    keeping.put(ANSWER, key, said.strip()[:ANSWER_CHARS].encode("utf-8", "replace"))


def _meaning(adds: Readout) -> Step:
    title = "What personalization means here, and should bring"
    question = "What is it to bring, in which figure, by when?"
    if adds.state == "no_holdout":
        return Step(
            "meaning",
            title,
            question,
            "fair",
            "The shop keeps no holdout: what it brings cannot be known.",
            "Set holdout_share = 0.1 in maatwerk.toml.",
            None,
            0.2,
        )
    money = adds.added_minor
    gain = (money[1], money[0], money[2]) if money and adds.state != "mismatch" else None
    evidence = (
        f"{adds.treated.visitors:,} visitors are compared with {adds.holdout.visitors:,} in the holdout."
    )
    missing = f" Still missing: {'; '.join(adds.missing)}." if adds.missing else ""
    return Step("meaning", title, question, "good", evidence + missing, "", gain)


def _segments(known: Known) -> Step:
    many = known.rules.get("audience", 0)
    return Step(
        "segments",
        "Segments and personas",
        "Whom do you speak of when you speak of your shoppers?",
        "good" if many >= 3 else "fair",
        f"{many} audience{'' if many == 1 else 's'} in force.",
        "" if many >= 3 else "Take over ready-made audiences: new, loyal, about to leave.",
        None,
        0.5,
        "/console/audiences",
    )


def _data(tables: Tables, known: Known, shop: Figures) -> Step:
    events, rejected = known.counts.get("events_total", 0), known.counts.get("rejected_total", 0)
    unpriced = shop.now.orders - shop.now.priced
    row = tables.ask("SELECT COUNT(*) AS sessions, COUNT(CASE WHEN views > 0 THEN 1 END) AS seen FROM visit")[
        0
    ]
    seen = row["seen"] / row["sessions"] if row["sessions"] else 0.0
    evidence = (
        f"{rejected:,} messages were refused beside {events:,} accepted; {unpriced:,} of "
        f"{shop.now.orders:,} orders "
        f"have no amount that counts; a product is seen in {seen:.0%} of {row['sessions']:,} sessions."
    )
    bad = rejected > 0.01 * max(events, 1) or unpriced > 0.05 * max(shop.now.orders, 1) or not events
    return Step(
        "data",
        "Is the data fit for it?",
        "Which of what you know is not sent yet (margin, returns, the store)?",
        "fair" if bad else "good",
        evidence,
        "Mend what is refused at its sender." if bad else "",
        None,
        1.0,
        "/console/rejected",
    )


def _platform(known: Known) -> Step:
    late = known.lag_seconds > 5
    return Step(
        "platform",
        "A critical look at the platform",
        "Where does a change of the shop have to wait for others?",
        "fair" if late else "good",
        f"The views are {known.lag_seconds:.1f} seconds behind the log.",
        "Give the machine another core, or look at the page Health." if late else "",
        None,
        1.0,
        "/console/health",
    )


def _profiles(tables: Tables, now: int) -> Step:
    row = tables.ask(
        "SELECT COUNT(*) AS sessions, COUNT(CASE WHEN nth > 1 THEN 1 END) AS again FROM visit "
        "WHERE time >= $since",
        {"since": now - WINDOW_DAYS * DAY},
    )[0]
    share = row["again"] / row["sessions"] if row["sessions"] else 0.0
    return Step(
        "profiles",
        "The 360-degree profiles that today's data allow",
        "Where else does a shopper meet you?",
        "good" if share >= 0.2 else "fair",
        f"{share:.0%} of {row['sessions']:,} sessions are of somebody known from before.",
        "" if share >= 0.2 else "Send userId at sign-in and order, and import orders of other channels.",
        None,
        1.0,
    )


def _tests(known: Known, shop: Figures) -> Step:
    many = known.rules.get("experiment", 0)
    repeat = shop.now.repeat_rate
    again = "not yet known" if repeat is None else f"{repeat:.0%}"
    return Step(
        "tests",
        "Talk to customers, and dare to test, for loyalty and not conversion alone",
        "What did you last hear from a customer that you did not expect?",
        "good" if many else "fair",
        f"{many} experiment{'' if many == 1 else 's'} planned or run; repeat rate {again}.",
        "" if many else "Plan an experiment, with coming back as a guard.",
        None,
        2.0,
        "/console/experiments",
    )


def _journey(tables: Tables, now: int, shop: Figures, known: Known) -> Step:
    given = {"steps": _STEPS, "within": "period", "since": now - WINDOW_DAYS * DAY, "until": now}
    reached = {row["step"]: row["who"] for row in tables.ask(sql_text("funnel"), given)}
    counts = [reached.get(step, 0) for step in range(1, len(_STEPS) + 1)]
    title = "Parts of the journey to improve, as action points"
    question = "Which of these hurts you most, and why there?"
    value = shop.now.order_value
    places = [place for place in range(1, len(counts) - 1) if counts[place]]
    if not places or value is None:
        return Step(
            "journey", title, question, "asked", "Not yet known: it needs carts and orders.", "", None, 0.0
        )
    worst = max(places, key=lambda place: counts[place] - counts[place + 1])
    lost = counts[worst] - counts[worst + 1]
    low, share, high = _wilson(counts[-1], counts[worst + 1])
    gain = tuple(TENTH * lost * each * value for each in (low, share, high))
    active = known.rules.get("journey", 0)
    return Step(
        "journey",
        title,
        question,
        "fair",
        f"{lost:,} of {counts[worst]:,} shoppers are lost after “{_STEPS[worst]}” in {WINDOW_DAYS} days; "
        f"{share:.0%} of those who get past it order. {active} journeys in force.",
        "Win back those who stopped there. The gain supposes that one in ten of them goes on "
        "like the others "
        "(an assumption: an experiment tells).",
        (gain[0], gain[1], gain[2]),
        1.0,
        "/console/rules/journey/abandoned-cart",
    )


def _strategy(steps: Sequence[Step]) -> Step:
    todo = sum(step.state == "fair" for step in steps)
    return Step(
        "strategy",
        "The strategy, with a time frame and the tools that fit",
        "Who owns it, and when is it looked at again?",
        "fair" if todo else "good",
        f"{todo} of nine steps have something to do; the plan below puts them in order.",
    )


def _wilson(part: int, whole: int) -> tuple[float, float, float]:
    """A share with its 95 % interval (Wilson, 1927)."""
    if not whole:
        return 0.0, 0.0, 1.0
    share = part / whole
    middle = share + _Z * _Z / (2 * whole)
    reach = _Z * (share * (1 - share) / whole + _Z * _Z / (4 * whole * whole)) ** 0.5
    scale = 1 + _Z * _Z / whole
    return max(0.0, (middle - reach) / scale), share, min(1.0, (middle + reach) / scale)
