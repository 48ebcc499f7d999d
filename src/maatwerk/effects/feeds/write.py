"""Google Merchant Center's XML and Meta's CSV, written in pieces as products come.

Sources: https://support.google.com/merchants/answer/7052112 (RSS 2.0 with the namespace ``g``), and
https://www.facebook.com/business/help/120325381656392 (comma-separated, one header line).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from html import escape
from typing import Literal

from maatwerk.effects.feeds.words import Line

_PIECE = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\0")
META = (
    "id", "item_group_id", "title", "description", "availability", "condition", "price", "sale_price", "link",
    "image_link", "additional_image_link", "brand", "google_product_category", "gtin", "color", "size",
    "gender", "age_group", "custom_label_0", )  # fmt: skip


def written(lines: Iterable[Line], form: Literal["google", "meta"], title: str, home: str) -> Iterator[bytes]:
    """The feed, in pieces of some 64 KiB."""
    texts = _google(lines, title, home) if form == "google" else _meta(lines)
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    if piece:
        yield "".join(piece).encode()


def _google(lines: Iterable[Line], title: str, home: str) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">'
        f"<channel><title>{_xml(title)}</title><link>{_xml(home)}</link>"
        f"<description>{_xml(title)}</description>\n"
    )
    for line in lines:
        fields = [
            ("id", line.sku),
            ("item_group_id", line.group),
            ("title", line.title),
            ("description", line.description),
            ("link", line.url),
            ("image_link", line.image),
            *(("additional_image_link", url) for url in line.more_images),
            ("availability", "in_stock"),
            ("condition", "new"),
            ("price", line.price),
            ("sale_price", line.sale_price),
            ("brand", line.brand),
            ("product_type", line.category),
            ("gtin", line.gtin),
            ("color", line.color),
            ("size", line.size),
            ("gender", line.gender),
            ("age_group", line.age_group),
            ("custom_label_0", line.label),
        ]
        told = "".join([f"<g:{name}>{_xml(text)}</g:{name}>" for name, text in fields if text])
        yield f"<item>{told}</item>\n"
    yield "</channel></rss>\n"


def _meta(lines: Iterable[Line]) -> Iterator[str]:
    memory = io.StringIO()
    writer = csv.writer(memory, lineterminator="\n")
    writer.writerow(META)
    for line in lines:
        cells = (
            *(line.sku, line.group, line.title, line.description, "in stock", "new"),
            *(line.price, line.sale_price, line.url, line.image, ",".join(line.more_images)),
            *(line.brand, line.category, line.gtin, line.color, line.size),
            *(line.gender, line.age_group, line.label),
        )
        writer.writerow(map(_cell, cells))
        yield memory.getvalue()
        memory.seek(0)
        memory.truncate()
    yield memory.getvalue()


def _cell(text: str) -> str:
    """No formula for whoever opens the file in a spreadsheet."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _xml(text: str) -> str:
    return escape("".join(each for each in text if each.isprintable() or each in "\n\t"), quote=False)
