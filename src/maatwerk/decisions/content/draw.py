"""A chosen variant as markup and as data. All that is not cleaned text is escaped here, and nowhere else."""

from __future__ import annotations

from typing import Any

from maatwerk.decisions.content.greet import MARK, greeting
from maatwerk.decisions.content.plain import address, plain
from maatwerk.decisions.content.shelf import ReadyBlock
from maatwerk.decisions.content.words import Image, Reader


def drawn(block: ReadyBlock, number: int, reader: Reader) -> tuple[str, dict[str, Any]]:
    """HTML for a page that takes it as it is, and the same in parts for one that draws it itself."""
    variant, text = block.said.variant[number], block.texts[number]
    title = variant.title
    if MARK in title or MARK in text:
        words = greeting(reader)
        title, text = title.replace(MARK, words), text.replace(MARK, plain(words))
    parts = [_image(variant.image)] if variant.image else []
    inner = f'<h2 class="maatwerk-title">{plain(title)}</h2>' if title else ""
    inner += text
    if variant.link:
        url = plain(address(variant.link.url))
        inner += f'<p><a class="maatwerk-button" href="{url}">{plain(variant.link.label)}</a></p>'
    parts.append(f'<div class="maatwerk-words">{inner}</div>' if inner else "")
    data: dict[str, Any] = {"title": title, "text": text}
    if variant.image:
        data["image"] = {"url": address(variant.image.url), "alt": variant.image.alt}
    if variant.link:
        data["link"] = {"url": address(variant.link.url), "label": variant.link.label}
    return f'<div class="maatwerk-block">{"".join(parts)}</div>', data | variant.data


def _image(image: Image) -> str:
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", image.width), ("height", image.height))
        if value > 0
    )
    return f'<img class="maatwerk-image" src="{plain(address(image.url))}" alt="{plain(image.alt)}"{size}>'
