"""Questions of taste: what the shop asks in a place, and which answer means which preference."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.pipeline.words import Known

QUESTIONS, CHOICES = 20, 100


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An answer: the facet's value, and how it is written where that is another word."""

    value: str
    label: str = ""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question. ``facet`` is ``brand``, ``category``, ``color``, ``gender`` or a product's attribute
    (``size``,
    ``occasion``); a chosen answer is liked, or disliked where ``dislike`` is set. ``many``: several may be
    chosen."""

    ask: str
    facet: str
    choices: tuple[str | Choice, ...]
    many: bool = True
    dislike: bool = False


class Questions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule of kind ``questions``: a set that a placement of that kind asks anywhere."""

    question: tuple[Asked, ...]
    title: str = ""
    text: str = ""
    button: str = "Save"
    thanks: str = "Thank you. From now on we go by it."


def parse_questions(key: str, document: dict[str, Any]) -> Questions:
    """The questions of a document; `Refused` names what is wrong in it."""
    try:
        said = msgspec.convert(document, Questions)
    except msgspec.ValidationError as fault:
        raise Refused("rule_not_valid", str(fault), field=f"questions.{key}") from None
    if not 1 <= len(said.question) <= QUESTIONS:
        raise Refused(
            "rule_not_valid", f"a set has 1 to {QUESTIONS} questions", field=f"questions.{key}.question"
        )
    for number, asked in enumerate(said.question):
        where = f"questions.{key}.question[{number}]"
        if not asked.facet or "=" in asked.facet:
            raise Refused("rule_not_valid", f"{asked.facet!r} is no facet", field=f"{where}.facet")
        if not 1 <= len(asked.choices) <= CHOICES:
            raise Refused(
                "rule_not_valid", f"a question has 1 to {CHOICES} choices", field=f"{where}.choices"
            )
    return said


def asked_wire(key: str, said: Questions, known: Known) -> dict[str, Any]:
    """The set as a page asks it, with what she answered before chosen already."""
    chosen = {(facet, value, True) for facet, value in known.disliked}
    chosen |= {(facet, value, False) for facet, value in known.liked}
    return {
        "questions": key,
        "text": said.text,
        "button": said.button,
        "thanks": said.thanks,
        "items": [
            {
                "ask": asked.ask,
                "facet": asked.facet,
                "many": asked.many,
                "liking": "dislike" if asked.dislike else "like",
                "choices": [
                    {
                        "value": choice.value,
                        "label": choice.label or choice.value,
                        "chosen": (asked.facet, choice.value, asked.dislike) in chosen,
                    }
                    for choice in (Choice(each) if isinstance(each, str) else each for each in asked.choices)
                ],
            }
            for asked in said.question
        ],
    }
