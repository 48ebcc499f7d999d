"""A greeting that is true, in the form she chose.

Nobody says "welcome back" to a stranger, and nobody is called by a name she did not give. What she chose is
her trait ``greeting``: ``first_name``, ``formal`` (salutation and last name) or ``none`` (no name).
"""

from __future__ import annotations

from collections.abc import Mapping

from maatwerk.decisions.content.words import Reader
from maatwerk.views.profile.familiarity import KNOWN, reaches

MARK = "{{greeting}}"
FORMS = ("first_name", "formal", "none")
TRAITS = ("greeting", "firstName", "lastName", "salutation")
"""The traits a greeting is made of."""
NAME_CHARS = 60

_HELLO = {"en": "Hello", "nl": "Hallo", "de": "Hallo", "fr": "Bonjour", "es": "Hola", "it": "Ciao"}
_BACK = {
    "en": "Welcome back", "nl": "Welkom terug", "de": "Willkommen zurück", "fr": "Ravis de vous revoir",
    "es": "Hola de nuevo", "it": "Felici di rivederti",
}  # fmt: skip
_WELCOME = {
    "en": "Welcome", "nl": "Welkom", "de": "Willkommen", "fr": "Bienvenue", "es": "Hola", "it": "Ciao",
}  # fmt: skip


def greeting(reader: Reader) -> str:
    """What may truly be said to her, in her language (English where it is not known)."""
    language = reader.locale.replace("_", "-").split("-")[0].lower()
    if reader.personal and reaches(reader.familiarity, KNOWN):
        words = _BACK.get(language, _BACK["en"])
    elif reader.name and reader.personal:
        words = _HELLO.get(language, _HELLO["en"])
    else:
        words = _WELCOME.get(language, _WELCOME["en"])
    name = called(reader.name) if reader.personal else ""
    return f"{words}, {name}" if name else words


def called(told: Mapping[str, str]) -> str:
    """The name she wants to be called by; empty where she wants none, or did not tell enough for its form."""
    form = told.get("greeting", "first_name")
    if form == "none":
        return ""
    if form == "formal":
        parts = (told.get("salutation", ""), told.get("lastName", ""))
        return _name(" ".join(parts)) if all(parts) else ""
    return _name(told.get("firstName", ""))


def _name(text: str) -> str:
    """A name as it may be shown; what is no name (an address, markup, a novel) is none."""
    name = " ".join(text.split())
    odd = any(not (each.isalpha() or each in " .'’-") for each in name)
    return "" if odd or len(name) > NAME_CHARS else name
