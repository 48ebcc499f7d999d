"""What is particular to a language: words that say nothing, letters that join compounds, elisions."""

from __future__ import annotations

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        "a an and are as at be by for from has in into is it its of on or our that the their this to was"
        " were will with you your".split()
    ),
    "nl": frozenset(
        "aan al als bij dat de der den die dit door een en er het hij ik in is je met mijn na naar niet of om"
        " onder ook op over te tot uit van veel voor want wat we ze zich zijn zonder deze".split()
    ),
    "de": frozenset(
        "als am an auf aus bei das dem den der des die ein eine einem einen einer eines er es fur hat ich"
        " im in ist mit nach nicht oder ohne sich sie sind so uber um und uns von vom wie wird"
        " zu zum zur".split()
    ),
    "fr": frozenset(
        "a au aux avec ce ces cet cette dans de des du elle en est et eux il je la le les leur lui ma mais me"
        " meme mes mon ne nos notre nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu"
        " un une vos votre vous sans".split()
    ),
    "es": frozenset(
        "a al como con de del desde el ella en entre es esta este la las le les lo los mas muy no nos o para"
        " pero por que se sin sobre son su sus un una uno unos unas y ya".split()
    ),
}

JOINTS: dict[str, tuple[str, ...]] = {
    "de": ("", "s", "n", "es", "en", "er", "e"),
    "nl": ("", "s", "en", "e", "er"),
}
"""What may stand between the parts of a compound: *Arbeit-s-jacke*, *paard-en-bloem*."""

ELISIONS: dict[str, tuple[str, ...]] = {
    "fr": ("l", "d", "j", "m", "t", "s", "c", "n", "qu"),
}

STEMMERS: dict[str, str] = {
    "en": "English",
    "nl": "Dutch",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "da": "Danish",
    "sv": "Swedish",
    "no": "Norwegian",
    "fi": "Finnish",
    "hu": "Hungarian",
    "ro": "Romanian",
    "ru": "Russian",
    "tr": "Turkish",
}
"""Languages that have a Snowball stemmer (Porter, 2001), by the name the engines know it under."""
