"""A block as the fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.flows.publish import Document

VARIANT_FIELDS = ("key", "audience", "locale", "familiarity", "arm", "title", "text")
_VARIANTS = 12
_PLAIN = ("name", "audience", "familiarity", "arm", "offer")
_TIMES = ("from", "until")


def fields_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a document: texts, and its variants with an empty one at the end."""
    shown: dict[str, Any] = {name: str(document.get(name, "")) for name in _PLAIN}
    shown |= {name: str(document.get(name, ""))[:16] for name in _TIMES}
    shown["priority"] = str(document.get("priority", 100))
    shown["active"] = document.get("active", True)
    shown["placements"] = list(document.get("placements", ()))
    shown["products"] = ", ".join(map(str, document.get("products", ())))
    shown["country"] = ", ".join(map(str, document.get("country", ())))
    shown["variants"] = [_variant_fields(each) for each in document.get("variant", ())][:_VARIANTS]
    if len(shown["variants"]) < _VARIANTS:
        shown["variants"].append(_variant_fields({}))
    return shown


def document_of(form: Mapping[str, str]) -> Document:
    """The document of a form; what is empty is left out. Raises `Refused` for what is no number or JSON."""
    document: Document = {name: form.get(name, "").strip() for name in _PLAIN}
    document |= {name: _moment(form.get(name, "")) for name in _TIMES}
    priority = form.get("priority", "").strip() or "100"
    document["priority"] = _number(priority, "priority")
    document["placements"] = [name[10:] for name in form if name.startswith("placement.")]
    document["products"] = _list(form.get("products", ""))
    document["country"] = _list(form.get("country", ""))
    variants = [_variant(form, number) for number in range(_VARIANTS)]
    document["variant"] = [each for each in variants if each]
    found = {name: value for name, value in document.items() if value not in ("", [], 100)}
    return found | ({} if form.get("active") == "on" else {"active": False})


def _variant_fields(said: Mapping[str, Any]) -> dict[str, str]:
    image, link = said.get("image") or {}, said.get("link") or {}
    shown = {name: str(said.get(name, "")) for name in VARIANT_FIELDS}
    shown |= {f"image_{name}": str(image.get(name, "") or "") for name in ("url", "alt", "width", "height")}
    shown |= {f"link_{name}": str(link.get(name, "")) for name in ("url", "label")}
    data = said.get("data")
    return shown | {"data": msgspec.json.encode(data).decode() if data else ""}


def _variant(form: Mapping[str, str], number: int) -> Document:
    def said(name: str) -> str:
        return form.get(f"v{number}.{name}", "").strip()

    found: Document = {name: said(name) for name in VARIANT_FIELDS if said(name)}
    if said("image_url"):
        image: Document = {"url": said("image_url"), "alt": said("image_alt")}
        for name in ("width", "height"):
            if said(f"image_{name}"):
                image[name] = _number(said(f"image_{name}"), f"variant[{number}].image.{name}")
        found["image"] = image
    if said("link_url") or said("link_label"):
        found["link"] = {"url": said("link_url"), "label": said("link_label")}
    if said("data"):
        found["data"] = _data(said("data"), number)
    return found


def _data(text: str, number: int) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as fault:
        raise Refused(
            "json_not_readable", f"this is no JSON: {fault}", field=f"variant[{number}].data"
        ) from None


def _number(text: str, field: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refused("wrong_type", f"{text[:40]!r} is no whole number", field=field) from None


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _moment(text: str) -> str:
    """A local date and time of a form, which the page says is UTC."""
    text = text.strip()
    return f"{text}:00Z" if len(text) == len("2027-03-01T00:00") else text
