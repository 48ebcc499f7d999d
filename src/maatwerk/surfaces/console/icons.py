"""Our own icons: a dozen drawings on a grid of 20, in the color of the text."""

from __future__ import annotations

from markupsafe import Markup

_DRAWN = {
    "offers": (
        '<path d="M5.5 14.5l9-9"/><circle cx="6.6" cy="6.6" r="2.1"/><circle cx="13.4" cy="13.4" r="2.1"/>'
    ),
    "campaigns": '<path d="M3.5 8.5v3l2 .4 9-6.4v9.6l-9-3.4M6.5 12.2l1 3.8h2l-1-3M16.8 8.6v3"/>',
    "journeys": (
        '<circle cx="5" cy="5" r="2"/><circle cx="15" cy="15" r="2"/>'
        '<path d="M7 5h5.5a2.5 2.5 0 0 1 0 5h-5a2.5 2.5 0 0 0 0 5H13"/>'
    ),
    "experiments": (
        '<path d="M7.6 3.2h4.8M8.4 3.4v4.8L3.9 15a1.2 1.2 0 0 0 1 1.8h10.2a1.2 1.2 0 0 0 1-1.8l-4.5-6.8'
        'V3.4M6.2 12.2h7.6"/>'
    ),
    "overview": '<path d="M3.5 16.5h13M5.5 13V9.5M10 13V4.5M14.5 13V7.5"/>',
    "live": '<path d="M2.5 10.5h3.2l2-5.5 4.2 10 2.2-4.5h3.4"/>',
    "audiences": '<circle cx="7.5" cy="7" r="2.7"/><circle cx="14" cy="8" r="2.1"/>'
    '<path d="M2.6 16c.6-3 2.5-4.4 4.9-4.4s4.3 1.4 4.9 4.4M13 11.8c2.2-.2 3.9 1 4.4 3.6"/>',
    "shopper": '<circle cx="10" cy="7" r="3.2"/><path d="M3.8 16.8c.8-3.4 3.2-5 6.2-5s5.4 1.6 6.2 5"/>',
    "personas": (
        '<circle cx="7" cy="7.4" r="2.6"/><path d="M2.2 16c.6-2.9 2.4-4.3 4.8-4.3s4.2 1.4 4.8 4.3"/>'
        '<path d="M12.2 5.1a2.6 2.6 0 1 1 1.2 4.9M14 11.8c2 .2 3.3 1.6 3.8 4.2"/>'
    ),
    "segments": '<circle cx="10" cy="10" r="6.8"/><path d="M10 3.2V10l5.6 3.9M10 10 4.4 6.2"/>',
    "placements": (
        '<rect x="3" y="3.5" width="14" height="4.6" rx="1.2"/>'
        '<rect x="3" y="11.2" width="6" height="5.3" rx="1.2"/>'
        '<rect x="11.4" y="11.2" width="5.6" height="5.3" rx="1.2"/>'
    ),
    "catalog": (
        '<path d="M10.4 3.2h5.4a1 1 0 0 1 1 1v5.4l-7 7a1 1 0 0 1-1.4 0l-5-5a1 1 0 0 1 0-1.4z"/>'
        '<circle cx="13.4" cy="6.6" r="1.1"/>'
    ),
    "content": (
        '<rect x="2.8" y="3.6" width="14.4" height="12.8" rx="1.6"/>'
        '<path d="M5.8 7.2h8.4M5.8 10.2h8.4M5.8 13.2h4.6"/>'
    ),
    "rejected": '<path d="M10 3.4 17.4 16.4H2.6z"/><path d="M10 8.2v3.8M10 14.2v.1"/>',
    "health": (
        '<path d="M10 16.6S3.2 12.8 3.2 8a3.6 3.6 0 0 1 6.8-1.7A3.6 3.6 0 0 1 16.8 8c0 4.8-6.8 '
        '8.6-6.8 8.6z"/>'
    ),
    "decision": (
        '<path d="M4 4.5h4.5c1.5 0 1.5 1.6 1.5 2.7v5.6c0 1.1 0 2.7 1.5 2.7H16M13.4 12.9l2.8 2.6-2.8 '
        '2.6M4 15.5h2.4"/>'
    ),
    "search": '<circle cx="8.8" cy="8.8" r="5"/><path d="m12.6 12.6 4 4"/>',
    "page": '<path d="M5.5 2.8h6l3.5 3.6v10.8h-9.5z"/><path d="M11.3 3v3.6h3.6"/>',
    "eye": (
        '<path d="M2.4 10S5.2 4.9 10 4.9 17.6 10 17.6 10 14.8 15.1 10 15.1 2.4 10 2.4 10z"/>'
        '<circle cx="10" cy="10" r="2.3"/>'
    ),
    "click": '<path d="m7.2 7.2 3 9 1.8-3.9 4-1.9zM4.6 7.4l-1.9-.6M7.4 4.6l-.6-1.9M5.4 5.4 4 4"/>',
    "cart": (
        '<path d="M2.6 3.6h2l1.8 8.6h8.2l1.8-6H5.4"/><circle cx="7.6" cy="15.6" r="1.2"/>'
        '<circle cx="13.4" cy="15.6" r="1.2"/>'
    ),
    "order": '<path d="M4.6 6.4h10.8l.8 10.4H3.8z"/><path d="M7.2 8.6V5.8a2.8 2.8 0 0 1 5.6 0v2.8"/>',
    "sign": '<path d="M11 3.4h4.6v13.2H11M3.4 10h8.4M8.8 6.8 12 10l-3.2 3.2"/>',
    "mail": (
        '<rect x="2.8" y="4.8" width="14.4" height="10.6" rx="1.4"/><path d="m3.2 5.8 6.8 5.4 6.8-5.4"/>'
    ),
    "check": '<path d="m4 10.6 4 4 8-9"/>',
    "shield": '<path d="M10 2.8 16 5v4.6c0 3.8-2.6 6.4-6 7.6-3.4-1.2-6-3.8-6-7.6V5z"/>',
    "dot": '<circle cx="10" cy="10" r="2.6"/>',
    "menu": '<path d="M3 5.5h14M3 10h14M3 14.5h14"/>',
    "close": '<path d="m5 5 10 10M15 5 5 15"/>',
    "external": '<path d="M8 4.4H4.4v11.2h11.2V12M11.4 4.4h4.2v4.2M15.4 4.6 9.4 10.6"/>',
}


def icon(name: str, size: int = 20) -> Markup:
    """The drawing, hidden from screen readers: a word stands beside it."""
    return Markup(
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 20 20" aria-hidden="true">'
        f"{_DRAWN.get(name, _DRAWN['dot'])}</svg>"
    )
