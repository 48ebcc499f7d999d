"""A journey as a picture: where each step stands and what leads to what. Pure, in units of a step."""

from __future__ import annotations

from typing import NamedTuple

from maatwerk.decisions.journeys.document import Journey, Step, Trigger

_WORDS = {
    "wait": "Wait {0}",
    "until": "Wait until {0}",
    "wait_for": "Wait for {0}",
    "if": "If {0}",
    "split": "Split",
    "experiment": "Experiment {0}",
    "send": "Send {0}",
    "join": "Put on the list {0}",
    "leave": "Take off the list {0}",
    "code": "A code of {0}",
    "update": "Note on her profile",
    "jump": "On to {0}",
    "exit": "Leaves: {0}",
}


class Box(NamedTuple):
    """A step on the picture: its row from the top, and how far it is set in (0 or 1)."""

    key: str
    verb: str
    words: str
    row: int
    column: int


class Line(NamedTuple):
    """From one row to another, with what is said on it."""

    start: int
    end: int
    words: str = ""


class Picture(NamedTuple):
    """Everything to draw. ``begins``: what begins it, in words."""

    begins: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def picture(journey: Journey) -> Picture:
    """Steps one below the other, in their order; what leads elsewhere is a line beside them."""
    row = {step.key: place for place, step in enumerate(journey.steps)}
    branched = {name for step in journey.steps for name in _branches(step)}
    boxes = [
        Box(step.key, step.verb, said(step), row[step.key], int(step.key in branched))
        for step in journey.steps
    ]
    lines = []
    for step in journey.steps:
        lines += [
            Line(row[step.key], row[name], words) for name, words in _branches(step).items() if name in row
        ]
        if not _goes_on(step):
            continue
        after = journey.after(step)
        if after is not None:
            lines.append(Line(row[step.key], row[after.key], "else" if step.then else ""))
    return Picture(begun_by(journey.trigger), tuple(boxes), tuple(dict.fromkeys(lines)))


def said(step: Step) -> str:
    """A step in a few words."""
    field = getattr(step, {"if": "if_"}.get(step.verb, step.verb))
    words = _WORDS[step.verb].format(field)
    if step.wait_for:
        words += f", at most {step.within}"
    if step.offset:
        words += f" ({step.offset})"
    if step.since:
        words += " after it began"
    return words


def begun_by(trigger: Trigger) -> str:
    """What begins it, in a few words."""
    if trigger.event:
        return " or ".join(trigger.event[:3]) + (" …" if len(trigger.event) > 3 else "")
    told = {
        "enters": f"Enters {trigger.enters}",
        "leaves": f"Leaves {trigger.leaves}",
        "date": f"The day of {trigger.date}",
        "catalog": {"back-in-stock": "Back in stock", "price-drop": "A price falls"}.get(trigger.catalog, ""),
        "schedule": f"{trigger.schedule}, {trigger.audience or 'everybody'}",
    }
    return next((words for name, words in told.items() if getattr(trigger, name)), "Begun over HTTP")


def _branches(step: Step) -> dict[str, str]:
    found = {step.then: "yes", step.else_: "no"}
    if step.wait_for:
        found = {step.then: "it came", step.else_: "it did not"}
    total = sum(step.split.values()) or 1
    found |= {name: f"{100 * share // total} %" for name, share in step.split.items()}
    found |= {name: variant for variant, name in step.arms.items()}
    found |= {step.jump: "", step.next: ""}
    found.pop("", None)
    return found


def _goes_on(step: Step) -> bool:
    """Whether a step may lead to what stands below it."""
    return not (step.exit or step.jump or step.split or step.next or (step.then and step.else_))
