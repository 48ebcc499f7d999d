"""The demo shop's copy: product names and descriptions that follow from what the product is."""

from __future__ import annotations

from random import Random

NAMES: dict[str, tuple[str, ...]] = {
    "women": tuple(
        """Isolde Maren Odile Liv Saskia Noor Elin Clara Fleur Margot Anouk Romy Thea Ines Juno Astrid Camille
        Dagny Esme Freya Greta Hedda Ida Jet Karin Lotte Mila Nela Ottilie Paula Quinta Rosalie Sanne
        Tilde Una Vera Wilma Yara Zelda Aline Birgit Celeste Delphine Elke Femke Ghislaine Hanne Imke
        Josefien Katja Leonie Mathilde Nadine Ophelie Pien Renske Sylvie Tess Ursula Viola Wende Xenia
        Annelie Bente Carlijn Doris Evi Floor Gwen""".split()
    ),
    "men": tuple(
        """Anders Bram Casper Daan Emil Floris Gijs Hugo Ivo Jonas Klaas Lars Mats Niels Otto Pim Quinten
        Ruben
        Sander Teun Ulrik Viggo Wouter Xander Yorick Zeno Aksel Bas Cornelis Dirk Erik Frits Gustav
        Henrik Ilja Joris Koen Lukas Maurits Nico Olaf Pieter Rik Stellan Thijs Valentin Willem Arvid
        Boris Claes Diederik""".split()
    ),
    "home": tuple(
        """Amble Beek Dune Eyot Fen Glade Heath Isle Knoll Lea Marsh Nook Orchard Polder Quay Reed Shoal
        Terp Vale
        Weir Yard Arbor Brook Cove Dell Ember Ford Grove Haven Inlet Kiln Loam Mere North Oxbow Pier
        Rill Strand Tarn Umber Veld Willow Alder Birch Cedar Dale Elm Fern Gorse Hazel""".split()
    ),
}

_CLOTH: dict[str, str] = {
    "silk": "washed silk", "satin": "heavy satin", "viscose": "fluid viscose", "linen": "European linen",
    "crepe": "dry crepe", "cotton": "crisp organic cotton", "denim": "rinsed denim", "wool": "fine wool",
    "merino": "extra-fine merino", "lambswool": "soft lambswool", "cashmere": "two-ply cashmere",
    "alpaca": "brushed baby alpaca", "suede": "soft suede", "leather": "vegetable-tanned leather",
    "nylon": "recycled nylon", "canvas": "sturdy canvas", "straw": "hand-woven straw",
    "acetate": "bio-acetate",
    "steel": "brushed steel", "corduroy": "eight-wale corduroy", "velvet": "cotton velvet",
    "mohair": "airy mohair",
    "ceramic": "glazed ceramic", "stoneware": "speckled stoneware", "porcelain": "fine porcelain",
    "glass": "mouth-blown glass", "oak": "oiled oak", "travertine": "honed travertine",
    "brass": "unlacquered brass",
    "paper": "washi paper", "rattan": "split rattan", "terracotta": "unglazed terracotta",
}  # fmt: skip

_LEADS: dict[str, tuple[str, ...]] = {
    "minimal": ("Clean lines and nothing extra", "A quiet shape that does its work",
    "Pared back and precise"),
    "romantic": ("Soft, with a little movement", "Made for warm evenings and long tables", "Gently gathered"),
    "classic": ("A shape that has earned its place", "Cut the way it has always been cut, with better cloth",
                "The piece you reach for on Monday"),
    "sporty": ("Easy to move in", "Built for bicycles and stairs", "Relaxed, light and ready for weather"),
    "coastal": ("For salt air and rolled sleeves", "Sun-washed and easygoing", "At home on a ferry deck"),
    "artisan": ("Made slowly, in small batches", "You can see the hand in it", "Finished by hand"),
    "playful": ("A cheerful one", "Bright where it matters", "Takes itself lightly"),
    "evening": ("Catches the light after dark", "For candlelight and late trains", "Dressed up in one move"),
}  # fmt: skip

_PATTERNS: dict[str, tuple[str, ...]] = {
    "floral": ("printed with a small scattered flower", "with a hand-drawn floral print"),
    "dot": ("with a fine dot", "dotted all over"),
    "stripe": ("with an even stripe", "in a yarn-dyed stripe"),
    "check": ("in a woven check", "with a soft windowpane check"),
    "knit": ("in a visible rib", "with a textured stitch"),
    "cable": ("with cables down the front", "cable-knit"),
    "quilt": ("quilted in diamonds",), "cord": ("with a soft cord",), "weave": ("in an open weave",),
    "rim": ("with a painted rim",), "plain": ("",),
}  # fmt: skip

_FACTS: dict[str, tuple[str, ...]] = {
    "women": ("Fits true to size.", "The model is 1.76 m and wears a 36.", "Cold wash, dry flat.",
              "Made in Portugal."),
    "men": ("Fits true to size.", "The model is 1.87 m and wears an M.", "Take your usual size.",
            "Made in Portugal.", "Gets better with wear."),
    "dresses": ("With pockets, of course.", "Fully lined.", "The model is 1.76 m and wears a 36.",
                "Dry flat, wear often."),
    "knitwear": ("Air it more often than you wash it.", "Knitted in one piece, without side seams.",
                 "Comes with a spare length of yarn.", "Fits true to size."),
    "coats": ("Fully lined.", "Two deep pockets and a third inside.", "Leaves room for a sweater."),
    "jackets": ("Fully lined.", "Two deep pockets and a third inside.", "Leaves room for a sweater."),
    "shoes": ("Resoleable.", "Leather-lined, with a cushioned insole.",
              "Take half a size up if you are between sizes.",
              "Made in a family workshop near Porto."),
    "bags": ("With an inside zip pocket.", "Comes with a cotton dust bag.", "Made to be repaired."),
    "accessories": ("Comes in a gift box.", "A good present.", "Made to be repaired."),
    "lamps": ("Takes an E27 bulb.", "With two meters of linen cord.", "Dims to almost nothing."),
    "cushions": ("The cover comes off with a hidden zip.", "With a feather filling.",
                 "Comes in a pair, or alone."),
    "throws": ("130 by 180 cm, fringes included.", "Air it more often than you wash it.", "A good present."),
    "vases": ("Small differences are part of the making.", "Watertight, also overnight.",
              "Lovely with nothing in it."),
    "tableware": ("Small differences are part of the making.", "Made in a workshop of six.",
                  "A good present."),
}  # fmt: skip


def product_name(given: str, material: str, noun: str, length: str) -> str:
    """``Isolde linen midi dress``: the given name, then cloth, length and what it is.

    The length goes before the last word of the noun ("wrap midi dress"), and a cloth the noun already says is
    left out ("Ida denim straight jeans" reads badly).
    """
    words = noun.split()
    if length:
        words.insert(-1, length)
    cloth = "" if material in {"denim", "corduroy"} or material in words else material
    return " ".join([given, *([cloth] if cloth else []), *words])


def description(attributes: dict[str, str], category: str, brand: str, voice: str, random: Random) -> str:
    """One to three sentences that fit the product's attributes; ``voice`` says what the brand is."""
    line, leaf = category.split("/")
    cloth = _CLOTH.get(attributes["material"], attributes["material"])
    pattern = random.choice(_PATTERNS.get(attributes["pattern"], ("",)))
    if leaf in {"vases", "tableware"} and attributes["pattern"] == "stripe":
        pattern = "with a painted stripe"
    lead = random.choice(_LEADS[attributes["style"]])
    subject = attributes["type"].split(",")[0]
    plural = subject.endswith("s") and not subject.endswith("dress")
    article = "" if plural else ("an " if attributes["shade"][0] in "aeiou" else "a ")
    sentences = [
        f"{lead}: {article}{attributes['shade']} {subject} of {cloth}{' ' + pattern if pattern else ''}."
    ]
    if random.random() < 0.45:
        sentences.append(f"From {brand}, {voice}.")
    if random.random() < 0.7:
        sentences.append(random.choice(_FACTS[leaf if leaf in _FACTS else line]))
    return " ".join(sentences)


def size_range(category: str, kind: str) -> str:
    """The sizes a product comes in, as a shop prints them."""
    line, leaf = category.split("/")
    if line == "home" or leaf in {"bags", "accessories"}:
        return "S-L" if kind == "belt" else "one size"
    if leaf == "shoes":
        return "36-42" if line == "women" else "40-46"
    return "34-46" if line == "women" else "XS-XXL"
