"""Sizes in one measure, so that ``0.5 l``, ``500ml`` and ``50 cl`` are the same word."""

from __future__ import annotations

UNITS: dict[str, tuple[str, float]] = {
    "ml": ("ml", 1), "cl": ("ml", 10), "dl": ("ml", 100), "l": ("ml", 1000), "liter": ("ml", 1000),
    "litre": ("ml", 1000), "liters": ("ml", 1000), "litres": ("ml", 1000), "litro": ("ml", 1000),
    "mg": ("mg", 1), "g": ("g", 1), "gr": ("g", 1), "gram": ("g", 1), "grams": ("g", 1), "gramm": ("g", 1),
    "kg": ("g", 1000), "kilo": ("g", 1000), "lb": ("lb", 1), "lbs": ("lb", 1), "oz": ("oz", 1),
    "mm": ("mm", 1), "cm": ("mm", 10), "m": ("mm", 1000), "meter": ("mm", 1000), "metre": ("mm", 1000),
    "inch": ("inch", 1), "inches": ("inch", 1), "in": ("inch", 1), "zoll": ("inch", 1), "duim": ("inch", 1),
    "pouces": ("inch", 1), "pouce": ("inch", 1), "pulgadas": ("inch", 1), "ft": ("ft", 1), "feet": ("ft", 1),
    "foot": ("ft", 1), "mb": ("mb", 1), "gb": ("gb", 1), "tb": ("gb", 1000), "w": ("w", 1), "watt": ("w", 1),
    "kw": ("w", 1000), "v": ("v", 1), "volt": ("v", 1), "mah": ("mah", 1), "hz": ("hz", 1),
}  # fmt: skip
"""A unit as it is written, to the measure it is kept in and how many of it one is."""


def measure(number: str, unit: str) -> str:
    """``0.5`` and ``l`` give ``500ml``; empty where it is no size."""
    known = UNITS.get(unit)
    if known is None or not number[:1].isdigit():
        return ""
    try:
        value = float(number) * known[1]
    except ValueError:
        return ""
    return f"{value:.6g}{known[0]}"


def measured(words: list[str]) -> list[str]:
    """The words, each number followed by its unit with their common measure behind them."""
    if not any(word[0].isdigit() for word in words):
        return words
    found: list[str] = []
    for place, word in enumerate(words):
        found.append(word)
        if place and word in UNITS:
            joined = measure(words[place - 1], word)
            if joined:
                found.append(joined)
    return found
