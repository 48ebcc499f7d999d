"""Category paths: slugs joined by ``/``, with the shop's own titles beside them, and the gender they tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maatwerk.surfaces.files.text import one_line, slug

PATHS = 50
DEPTH = 10
TITLES = 100_000
"""Bounds: paths of a product, names in a path, titles of a shop."""

_GENDERS = {
    word: line
    for line, words in {
        "women": "women woman womens female ladies lady damen dames femme femmes mujer donna kvinder",
        "men": "men man mens male gentlemen herren heren homme hommes hombre uomo herrer",
        "girls": "girls girl madchen meisjes fille filles",
        "boys": "boys boy jungen jongens garcon garcons",
        "unisex": "unisex",
    }.items()
    for word in words.split()
}


def path_of(names: Iterable[str], titles: dict[str, str]) -> str:
    """The path of names from the root down; remembers each part's title."""
    path = ""
    for name in list(names)[:DEPTH]:
        part = slug(name)
        if not part:
            continue
        path = f"{path}/{part}" if path else part
        if path not in titles and len(titles) < TITLES:
            titles[path] = one_line(name, 255)
    return path


def deepest(paths: Iterable[str]) -> list[str]:
    """The paths without those that another one goes through, in order, each once."""
    once = [path for path in dict.fromkeys(paths) if path]
    through = {path[:end] for path in once for end in _slashes(path)}
    return [path for path in once if path not in through][:PATHS]


def gender_of(named: Sequence[str], categories: Sequence[str], age_group: str = "") -> str:
    """``women``, ``men``, ``girls``, ``boys``, ``unisex``, or nothing where the shop does not say.

    What an attribute names wins over what the category paths say; two lines together are ``unisex``.
    """
    lines = {_GENDERS[word] for word in map(slug, named) if word in _GENDERS}
    if not lines:
        lines = {_GENDERS[part] for path in categories for part in path.split("/") if part in _GENDERS}
    if age_group.lower() in {"kids", "toddler", "infant", "newborn"}:
        lines = {{"women": "girls", "men": "boys"}.get(line, line) for line in lines}
    if len(lines) > 1:
        return "unisex"
    return next(iter(lines), "")


def _slashes(path: str) -> list[int]:
    return [place for place, char in enumerate(path) if char == "/"]
