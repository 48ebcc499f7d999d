"""Rich text made harmless: only the tags and attributes that a text needs are left, and addresses of the web.

The parser and its rules are ammonia's (nh3), which reads markup as browsers do. The list here is of what is
good, so that whatever browsers come to understand next is out until it is put in.
"""

from __future__ import annotations

import nh3

TAGS = frozenset(
    "p br b strong i em u s small sub sup mark ul ol li h2 h3 h4 blockquote hr a span "
    "figure figcaption img".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "*": {"lang", "dir"}}
_SCHEMES = {"http", "https", "mailto", "tel"}


def clean(text: str) -> str:
    """The same text, harmless: no script, no style, no form, no foreign address but of the web."""
    return nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "svg", "math"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
