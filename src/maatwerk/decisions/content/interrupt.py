"""Which pop-ups a page may open for her: pure, with what keeps the others away.

The page opens at most one, the strongest whose trigger comes first. What interrupts has to be able to
remember that it was closed: of whom nothing may be remembered, she gets bars alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import msgspec

from maatwerk.core.time import DAY, MINUTE
from maatwerk.decisions.content.choose import Out, tried
from maatwerk.decisions.content.shelf import ReadyBlock
from maatwerk.decisions.content.words import Exposure, Popup, Reader, Trigger
from maatwerk.views.profile.folds.promotions import Met

MOST = 5
"""Pop-ups answered at once, each with its trigger."""
VISIT = 30 * MINUTE
_NEVER = Met()


class Where(msgspec.Struct, frozen=True):
    """The page: its type, its address, and what her cart is worth (in units of the currency; 0: empty)."""

    page: str = ""
    url: str = ""
    cart: float = 0.0


class Waiting(msgspec.Struct, frozen=True):
    """A pop-up that its trigger may open; ``ribbon``: she put it aside before, and its ribbon is shown."""

    popup: ReadyBlock
    variant: int
    trigger: Trigger
    reason: str
    ribbon: bool = False

    @property
    def said(self) -> Popup:
        """Its rule."""
        assert isinstance(self.popup.said, Popup)
        return self.popup.said


class Interruptions(msgspec.Struct, frozen=True):
    """Those that may open, the strongest first. ``watch_cart``: a change of her cart may change them."""

    waiting: tuple[Waiting, ...] = ()
    out: tuple[Out, ...] = ()
    exposure: Exposure | None = None
    watch_cart: bool = False


def interrupt(
    popups: Sequence[ReadyBlock],
    reader: Reader,
    where: Where,
    met: Mapping[str, Met],
    can_buy: Callable[[str], bool],
) -> Interruptions:
    """The pop-ups of a placement. ``popups`` in order of priority, ``met`` what she met there, by pop-up."""
    waiting: list[Waiting] = []
    out: list[Out] = []
    exposure: Exposure | None = None
    watch = False
    for popup in popups:
        said = popup.said
        if not isinstance(said, Popup):
            continue
        seen = met.get(popup.key, _NEVER)
        aside = _aside(said, seen)
        why = _off(said, reader, where)
        watch = watch or (said.trigger.on == "cart" and said.active)
        why = why or ("" if aside else _enough(popup.key, said, seen, met, reader))
        if why:
            out.append(Out(popup.key, why))
            continue
        why, variant, exposed = tried(popup, reader, can_buy)
        exposure = exposure or exposed
        if variant is None:
            out.append(Out(popup.key, why))
        else:
            reason = "; ".join(part for part in (_because(said), why) if part)
            waiting.append(Waiting(popup, variant, _trigger(said.trigger), reason, aside))
    return Interruptions(tuple(waiting[:MOST]), tuple(out), exposure, watch)


def _off(said: Popup, reader: Reader, where: Where) -> str:
    """Why it has no business on this page, or with her."""
    if said.pages and (where.page or "other") not in said.pages:
        return f"for pages of type {', '.join(said.pages)} alone"
    if not reader.unit and said.style != "bar":
        return "nothing may be remembered of her, so that closing it could not be either"
    if reader.device == "mobile" and said.style != "bar" and not said.phones:
        return "not needed on phones"
    return _not_yet(said.trigger, where)


def _not_yet(trigger: Trigger, where: Where) -> str:
    """What only the server can tell of a trigger has not happened."""
    if trigger.on == "cart":
        over = trigger.most and where.cart > trigger.most
        if not where.cart or where.cart < trigger.least or over:
            return f"her cart is worth {where.cart:g}"
    if trigger.on == "arrival":
        said = parse_qs(urlsplit(where.url).query)
        for name in ("source", "medium", "campaign"):
            wanted = getattr(trigger, name)
            if wanted and wanted not in said.get(f"utm_{name}", ()):
                return f"she did not come from {name} {wanted}"
        if not any(name.startswith("utm_") for name in said):
            return "she did not come from a campaign"
    return ""


def _aside(said: Popup, seen: Met) -> bool:
    """She saw it, and neither closed nor followed it."""
    left = max(seen.clicked_at, seen.dismissed_at) < max(seen.times, default=0)
    return bool(said.ribbon and seen.times and left and not seen.clicked_at)


def _enough(key: str, said: Popup, seen: Met, met: Mapping[str, Met], reader: Reader) -> str:
    """Why it was enough."""
    if seen.clicked_at:
        return "she followed it already"
    if seen.dismissed_at and reader.now - seen.dismissed_at < said.quiet_days * DAY:
        return f"she closed it, which counts for {said.quiet_days} days"
    lately = [at for at in seen.times if reader.now - at < said.days * DAY]
    if len(lately) >= said.most and said.style != "bar":
        return f"seen {len(lately)} times in {said.days} days"
    if said.style == "bar":
        return ""
    others = (one for other, one in met.items() if other != key)
    if any(reader.now - max(one.times, default=0) < VISIT for one in others):
        return "another was shown in this visit"
    return ""


def _trigger(said: Trigger) -> Trigger:
    """As the page needs it: what the server has told already is a matter of time."""
    return said if said.on in ("time", "scroll", "exit") else Trigger("time", seconds=min(said.seconds, 3600))


def _because(said: Popup) -> str:
    return {
        "arrival": "she came from a campaign",
        "cart": "by what her cart is worth",
        "audience": f"she belongs to {said.audience}",
    }.get(said.trigger.on, "")
