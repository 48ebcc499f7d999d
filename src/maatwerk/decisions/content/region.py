"""Which store and language would suit her better than the one she is in: said, and never forced upon her."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.content.plain import address
from maatwerk.decisions.content.words import convert

_ZONES = {
    "NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "DE": "Europe/Berlin", "FR": "Europe/Paris",
    "GB": "Europe/London", "IE": "Europe/Dublin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon",
    "IT": "Europe/Rome", "AT": "Europe/Vienna", "CH": "Europe/Zurich", "LU": "Europe/Luxembourg",
    "DK": "Europe/Copenhagen", "SE": "Europe/Stockholm", "NO": "Europe/Oslo", "FI": "Europe/Helsinki",
    "PL": "Europe/Warsaw", "CZ": "Europe/Prague", "SK": "Europe/Bratislava", "HU": "Europe/Budapest",
    "RO": "Europe/Bucharest", "BG": "Europe/Sofia", "GR": "Europe/Athens", "HR": "Europe/Zagreb",
    "SI": "Europe/Ljubljana", "EE": "Europe/Tallinn", "LV": "Europe/Riga", "LT": "Europe/Vilnius",
    "UA": "Europe/Kyiv", "TR": "Europe/Istanbul", "IS": "Atlantic/Reykjavik",
    "NZ": "Pacific/Auckland", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "SG": "Asia/Singapore",
    "HK": "Asia/Hong_Kong", "TW": "Asia/Taipei", "CN": "Asia/Shanghai", "IN": "Asia/Kolkata",
    "AE": "Asia/Dubai", "IL": "Asia/Jerusalem", "ZA": "Africa/Johannesburg", "EG": "Africa/Cairo",
    "MA": "Africa/Casablanca", "NG": "Africa/Lagos", "KE": "Africa/Nairobi",
}  # fmt: skip
_SEVERAL = {
    "AU": "Australia/Sydney Australia/Melbourne Australia/Brisbane Australia/Perth Australia/Adelaide "
    "Australia/Hobart Australia/Darwin",
    "US": "America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix "
    "America/Detroit America/Anchorage Pacific/Honolulu",
    "CA": "America/Toronto America/Vancouver America/Edmonton America/Winnipeg America/Halifax "
    "America/St_Johns America/Regina",
    "BR": "America/Sao_Paulo America/Fortaleza America/Manaus",
    "MX": "America/Mexico_City America/Monterrey America/Tijuana",
}
_COUNTRY_OF = {zone: country for country, zone in _ZONES.items()} | {
    zone: country for country, zones in _SEVERAL.items() for zone in zones.split()
}
"""Time zones of one country each (IANA's database, ``zone1970.tab``); of others nothing is guessed."""


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule of kind ``store``: one of the shop's stores by its key, whom it is for, and where it is."""

    name: str
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    url: str = ""
    currency: str = ""


class Region(msgspec.Struct, frozen=True):
    """Where she seems to be, by what, and the store that would suit her better (none: this one does)."""

    country: str
    by: str
    store: str
    better: str = ""
    language: str = ""
    """A language that the better (else this) store speaks and she reads; empty: none of hers."""


def ready_store(key: str, document: Mapping[str, Any]) -> Store:
    """The store of a document. Raises `Refused`."""
    field = f"store.{key}"
    store = convert("store", key, dict(document), Store)
    if any(len(country) != 2 or not country.isalpha() for country in store.countries):
        raise Refused(
            "rule_not_valid", "a country has two letters", field=f"{field}.countries", hint="as in NL"
        )
    if store.url and not address(store.url):
        raise Refused("rule_not_valid", "no address of the web", field=f"{field}.url", hint="https://…")
    return store


def likely_country(timezone: str, locale: str) -> tuple[str, str]:
    """The country that a browser's time zone, else its language, speaks for; and by which of them."""
    if timezone in _COUNTRY_OF:
        return _COUNTRY_OF[timezone], "time zone"
    parts = locale.replace("_", "-").split("-")
    region = parts[-1].upper() if len(parts) > 1 else ""
    return (region, "language") if len(region) == 2 and region.isalpha() else ("", "")


def region(stores: Mapping[str, Store], here: str, country: str, by: str, locale: str) -> Region | None:
    """What to say of where she is; None where the shop declared no stores."""
    if not stores:
        return None
    country, language = country.upper(), locale.replace("_", "-").split("-")[0].lower()
    hers = sorted(
        (key for key, store in stores.items() if country in {each.upper() for each in store.countries}),
        key=lambda key: (language not in stores[key].languages, key),
    )
    better = "" if not country or not hers or here in hers else hers[0]
    spoken = stores[better or here].languages if (better or here) in stores else ()
    return Region(country, by if country else "", here, better, language if language in spoken else "")
