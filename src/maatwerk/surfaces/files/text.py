"""Text as shops keep it, made plain: HTML away, entities read, names for paths."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

DESCRIPTION_CHARS = 10_000
_BREAKS = frozenset(
    "p br hr div li ul ol tr table h1 h2 h3 h4 h5 h6 section article blockquote dt dd".split()
)
_HIDDEN = frozenset("script style head title template noscript".split())
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r"\s*\n\s*")
_TAG = re.compile(r"<(/?)(!--|[a-zA-Z][a-zA-Z0-9]*|[!?])")
_MARK = re.compile("[>\"']")
_NOT_SLUG = re.compile(r"[\W_]+")


def plain(text: str, chars: int = DESCRIPTION_CHARS) -> str:
    """What a reader of this HTML would see, paragraphs and list items on lines of their own.

    The result is text, not safe HTML: whoever puts it into a page escapes it. The time it takes grows with
    the text and no faster, whatever is in it, which the standard library's parser does not promise.
    """
    words = "".join(_words(text)) if "<" in text else html.unescape(text)
    return _LINES.sub("\n", _SPACES.sub(" ", words.replace("\0", ""))).strip()[:chars]


def _words(text: str) -> Iterator[str]:
    """The text between tags, a line end for each tag that breaks the line."""
    at, end = 0, len(text)
    last = {mark: text.rfind(mark) for mark in "<>\"'"}
    while at <= last["<"]:
        opens = text.index("<", at)
        yield html.unescape(text[at:opens])
        tag = _TAG.match(text, opens)
        if tag is None:  # a sign, as in 3 < 4
            yield "<"
            at = opens + 1
            continue
        name = tag.group(2).lower()
        if name == "!--":
            closes = text.find("-->", tag.end())
            at = closes + 3 if closes >= 0 else end
            continue
        at = _tag_end(text, tag.end(), last)
        if name in _BREAKS:
            yield "\n"
        elif name in _HIDDEN and not tag.group(1):
            closing = re.compile(f"</{name}", re.IGNORECASE).search(text, at)
            at = closing.start() if closing else end
    yield html.unescape(text[at:])


def _tag_end(text: str, at: int, last: dict[str, int]) -> int:
    """Past the tag's ``>``, those between quotation marks left aside; the text's end where there is none."""
    while at <= last[">"]:
        mark = _MARK.search(text, at)
        if mark is None:
            break
        at = mark.end()
        if mark.group() == ">":
            return at
        if last[mark.group()] >= at:
            at = text.index(mark.group(), at) + 1
    return len(text)


def one_line(text: str, chars: int = 1_000) -> str:
    """A name or value: entities read, tags away, white space single."""
    if "<" in text or "&" in text:
        text = plain(text, chars)
    return " ".join(text.split())[:chars]


def slug(name: str) -> str:
    """``hoodies-sweatshirts`` for ``Hoodies & Sweatshirts``: lower case, accents away, other scripts kept."""
    folded = unicodedata.normalize("NFKD", html.unescape(name)).lower()
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = folded.replace("'", "").replace("’", "")
    return _NOT_SLUG.sub("-", unicodedata.normalize("NFC", folded)).strip("-")
