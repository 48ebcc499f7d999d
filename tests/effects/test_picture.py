"""Pictures drawn when a mail is opened: always a whole PNG, whatever the photograph is."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from maatwerk.effects.channels.letter import Shown
from maatwerk.effects.channels.picture import HEIGHT, WIDTH, draw

DRESS = Shown("Linen dress in a long name that goes on and on and on and on", "€49.00", "€59.00", "/p", "/i")


def photograph(kind: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "#b5543a").save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize(
    "photo", [photograph("JPEG"), photograph("PNG"), b"", b"<svg/>", photograph("PNG")[:80]]
)
def test_a_card_is_drawn_whatever_the_photograph(photo: bytes) -> None:
    with Image.open(io.BytesIO(draw(DRESS, photo))) as card:
        assert (card.format, card.size) == ("PNG", (WIDTH, HEIGHT))
        middle = card.convert("RGB").getpixel((20, 20))
        assert (middle == (239, 235, 228)) == (photo not in (photograph("JPEG"), photograph("PNG")))
