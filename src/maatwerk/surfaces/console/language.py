"""The console's frame in English, Dutch and German: navigation, search, sign-in. Pages are in English."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

LANGUAGES = ("en", "nl", "de")
COOKIE = "maatwerk_language"
_HEADER_CHARS = 200

FRAME: dict[str, tuple[str, str]] = {
    # groups
    "People": ("Mensen", "Menschen"),
    "Shop": ("Winkel", "Shop"),
    "Sell": ("Verkopen", "Verkaufen"),
    "Reach": ("Bereiken", "Erreichen"),
    "Insight": ("Inzicht", "Einblick"),
    "Settings": ("Instellingen", "Einstellungen"),
    # pages
    "Overview": ("Overzicht", "Überblick"),
    "Live": ("Live", "Live"),
    "Shoppers": ("Klanten", "Kunden"),
    "Audiences": ("Doelgroepen", "Zielgruppen"),
    "Personas": ("Persona’s", "Personas"),
    "Privacy": ("Privacy", "Datenschutz"),
    "Placements": ("Plekken", "Plätze"),
    "Catalog": ("Catalogus", "Katalog"),
    "Segments": ("Segmenten", "Segmente"),
    "Content": ("Inhoud", "Inhalte"),
    "Pop-ups": ("Pop-ups", "Pop-ups"),
    "Navigation": ("Navigatie", "Navigation"),
    "Layouts": ("Indelingen", "Seitenaufbau"),
    "Assets": ("Beeldbank", "Medien"),
    "Units": ("Aanbevelingen", "Empfehlungen"),
    "Search": ("Zoeken", "Suche"),
    "Offers": ("Aanbiedingen", "Angebote"),
    "Codes": ("Codes", "Codes"),
    "Experiments": ("Experimenten", "Experimente"),
    "What if": ("Wat als", "Was wäre wenn"),
    "Journeys": ("Klantreizen", "Journeys"),
    "Campaigns": ("Campagnes", "Kampagnen"),
    "Messages": ("Berichten", "Nachrichten"),
    "Templates": ("Sjablonen", "Vorlagen"),
    "Contact policy": ("Contactbeleid", "Kontaktregeln"),
    "Ledger": ("Logboek", "Protokoll"),
    "Feeds": ("Feeds", "Feeds"),
    "Reports": ("Rapporten", "Berichte"),
    "Revenue": ("Omzet", "Umsatz"),
    "Customers": ("Kopers", "Käufer"),
    "Channels": ("Kanalen", "Kanäle"),
    "Funnels": ("Trechters", "Trichter"),
    "Products": ("Producten", "Produkte"),
    "Trends": ("Trends", "Trends"),
    "Doctor": ("Dokter", "Doktor"),
    "Start": ("Beginnen", "Erste Schritte"),
    "Accounts": ("Accounts", "Konten"),
    "Audit log": ("Auditlog", "Prüfprotokoll"),
    "Rejected": ("Geweigerd", "Abgelehnt"),
    "Health": ("Gezondheid", "Zustand"),
    # the frame itself
    "Console": ("Console", "Konsole"),
    "To the content": ("Naar de inhoud", "Zum Inhalt"),
    "The shop": ("De winkel", "Zum Shop"),
    "Sign in": ("Inloggen", "Anmelden"),
    "Sign out": ("Uitloggen", "Abmelden"),
    "Fold": ("Inklappen", "Einklappen"),
    "Search everything": ("Alles doorzoeken", "Alles durchsuchen"),
    "People, products, rules, reports, pages": (
        "Mensen, producten, regels, rapporten, pagina’s",
        "Menschen, Produkte, Regeln, Berichte, Seiten",
    ),
    "Language": ("Taal", "Sprache"),
    "Secret key": ("Geheime sleutel", "Geheimer Schlüssel"),
    "E-mail address": ("E-mailadres", "E-Mail-Adresse"),
    "Password": ("Wachtwoord", "Passwort"),
}
"""English to Dutch and German."""


def language_of(request: Request) -> str:
    """The reader's language: the one chosen, else the first of her browser's that the frame is in."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "")[:_HEADER_CHARS].split(","):
        tag = part.partition(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


def translator(language: str) -> Callable[[str], str]:
    """From English words of the frame to the language's; what it does not know stays English."""
    place = LANGUAGES.index(language) - 1

    def say(text: str) -> str:
        found = FRAME.get(text)
        return found[place] if found and place >= 0 else text

    return say
