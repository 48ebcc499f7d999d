"""Text as shops keep it, made plain: HTML away, entities read, names for paths."""

from __future__ import annotations

import html
import re
import unicodedata
from html.parser import HTMLParser

DESCRIPTION_CHARS = 10_000
_BREAKS = frozenset("p br div li ul ol tr table h1 h2 h3 h4 h5 h6 section article blockquote dt dd".split())
_HIDDEN = frozenset("script style head title template noscript".split())
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r"\s*\n\s*")
_NOT_SLUG = re.compile(r"[\W_]+")


class _Words(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def plain(text: str, chars: int = DESCRIPTION_CHARS) -> str:
    """What a reader of this HTML would see, paragraphs and list items on lines of their own.

    The result is text, not safe HTML: whoever puts it into a page escapes it.
    """
    if "<" in text:
        words = _Words()
        words.feed(text)
        words.close()
        text = "".join(words.words)
    else:
        text = html.unescape(text)
    return _LINES.sub("\n", _SPACES.sub(" ", text.replace("\0", ""))).strip()[:chars]


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
