"""A product drawn as a picture when a mail is opened: its photograph, its name, its price as they are now."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from maatwerk.effects.channels.letter import Shown

WIDTH, HEIGHT = 528, 640
"""Twice the 264 points of a column, for screens of two pixels a point."""
_PHOTO = 528
_PAPER, _SOFT, _INK, _GREY = "#fffdfa", "#efebe4", "#23211e", "#6b665e"
_MOST_PIXELS = 40_000_000


def draw(product: Shown, photo: bytes) -> bytes:
    """PNG. Without a photograph that can be read the product's initials stand for it."""
    card = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    canvas = ImageDraw.Draw(card)
    picture = _opened(photo)
    if picture is not None:
        card.paste(picture, (0, 0))
    else:
        canvas.rectangle((0, 0, WIDTH, _PHOTO), fill=_SOFT)
        initials = "".join(word[0] for word in product.name.split()[:2]).upper()
        canvas.text((WIDTH / 2, _PHOTO / 2), initials, fill=_GREY, font=_font(160), anchor="mm")
    canvas.text((0, _PHOTO + 20), _fitted(canvas, product.name), fill=_INK, font=_font(30))
    canvas.text((0, _PHOTO + 64), product.price, fill=_INK, font=_font(28))
    if product.was:
        left = canvas.textlength(product.price, font=_font(28)) + 16
        canvas.text((left, _PHOTO + 64), product.was, fill=_GREY, font=_font(28))
        right = left + canvas.textlength(product.was, font=_font(28))
        canvas.line((left, _PHOTO + 81, right, _PHOTO + 81), fill=_GREY, width=2)
    written = io.BytesIO()
    card.save(written, "PNG", optimize=True)
    return written.getvalue()


def _opened(photo: bytes) -> Image.Image | None:
    """The photograph, cut to the square; None for what is none, or what would unfold to too much."""
    try:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG", "WEBP", "GIF")) as found:
            if found.width * found.height > _MOST_PIXELS:
                return None
            side = min(found.width, found.height)
            left, top = (found.width - side) // 2, (found.height - side) // 2
            cut = found.convert("RGB").crop((left, top, left + side, top + side))
            return cut.resize((_PHOTO, _PHOTO))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def _fitted(canvas: ImageDraw.ImageDraw, text: str) -> str:
    while text and canvas.textlength(text, font=_font(30)) > WIDTH:
        text = text[:-2].rstrip() + "…"
    return text


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
