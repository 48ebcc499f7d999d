"""The kinds of product in each category of the demo shop: their cuts, cloth, patterns and price.

``pictures/`` draws from the same words (``cut``, ``length``, ``sleeve``, ``neckline``, ``heel``), so that a
product looks like what its name says.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of product: what it is called, how it is cut, and what it may be made of.

    ``price`` is the euro price of a tier-2 brand in a plain material; ``choices`` are further attributes of
    which one value each is drawn.
    """

    noun: str
    price: float
    materials: tuple[str, ...]
    patterns: tuple[str, ...] = ("plain",)
    styles: tuple[str, ...] = ("minimal", "classic")
    seasons: tuple[str, ...] = ("all year",)
    cut: str = ""
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    weight: float = 1.0


WARM = ("autumn", "winter")
LIGHT = ("spring", "summer")
ALL = ("all year", "spring", "autumn")

_KNITS = ("merino", "lambswool", "cotton", "cashmere", "alpaca")
_KNIT_PATTERNS = ("knit", "knit", "cable", "stripe", "plain")

_SWEATERS = (
    Kind("crewneck sweater", 79, _KNITS, _KNIT_PATTERNS, ("classic", "coastal", "minimal"), WARM, "sweater",
         {"neckline": ("crew",), "sleeve": ("long",)}, 2.0),
    Kind("roll-neck sweater", 85, _KNITS, ("knit", "cable", "plain"), ("minimal", "classic"), WARM, "sweater",
         {"neckline": ("roll",), "sleeve": ("long",)}),
    Kind("cardigan", 89, _KNITS, ("knit", "cable", "plain", "stripe"), ("classic", "romantic", "artisan"),
         ALL,
         "cardigan", {"neckline": ("v",), "sleeve": ("long",)}, 1.4),
    Kind("V-neck sweater", 75, _KNITS, _KNIT_PATTERNS, ("classic", "coastal"), ALL, "sweater",
         {"neckline": ("v",), "sleeve": ("long",)}),
)  # fmt: skip

_BELT = Kind("belt", 45, ("leather", "suede"), ("plain",), ("classic", "artisan"), ("all year",), "belt")
_WATCH = Kind("watch", 129, ("leather", "steel"), ("plain",), ("minimal", "classic"), ("all year",), "watch")
_SUNGLASSES = Kind("sunglasses", 75, ("acetate", "steel"), ("plain",), ("playful", "coastal", "minimal"),
                   LIGHT,
                   "sunglasses", {"shape": ("round", "square", "cat-eye")})  # fmt: skip
_SCARF = Kind("scarf", 49, ("wool", "cashmere", "lambswool", "alpaca"), ("plain", "check", "stripe", "knit"),
              ("classic", "artisan", "coastal"), WARM, "scarf", {}, 1.5)  # fmt: skip

KINDS: dict[str, tuple[Kind, ...]] = {
    "women/dresses": (
        Kind("slip dress", 95, ("silk", "satin", "viscose"), ("plain", "plain", "floral"), ("evening",
             "minimal"),
             LIGHT, "slip", {"length": ("midi", "maxi"), "sleeve": ("strap",), "neckline": ("v",)}, 1.2),
        Kind("wrap dress", 89, ("viscose", "silk", "linen", "crepe"), ("plain", "floral", "dot"),
             ("romantic", "classic"), ALL, "wrap",
             {"length": ("midi", "midi", "maxi", "mini"), "sleeve": ("long", "short"), "neckline": ("v",)},
             1.4),
        Kind("shirt dress", 85, ("cotton", "linen", "denim"), ("plain", "stripe", "check"),
             ("classic", "coastal"), ALL, "shirt",
             {"length": ("midi", "mini"), "sleeve": ("long", "short"), "neckline": ("collar",)}, 1.2),
        Kind("tea dress", 82, ("viscose", "cotton", "crepe"), ("floral", "floral", "dot", "plain"),
             ("romantic", "playful"), LIGHT, "flare",
             {"length": ("midi",), "sleeve": ("puff", "short"), "neckline": ("square", "v", "round")}, 1.3),
        Kind("smock dress", 79, ("linen", "cotton"), ("plain", "stripe", "check", "floral"),
             ("artisan", "coastal", "playful"), LIGHT, "tiered",
             {"length": ("midi", "maxi", "mini"), "sleeve": ("puff", "short", "long"),
             "neckline": ("round",)}, 1.2),
        Kind("sundress", 69, ("linen", "cotton"), ("plain", "floral", "check", "stripe"), ("playful",
             "coastal"),
             ("summer",), "flare", {"length": ("mini", "midi"), "sleeve": ("strap",), "neckline": ("square",
             "v")}),
        Kind("knit dress", 92, ("merino", "lambswool", "cotton"), ("knit", "plain", "stripe"), ("minimal",
             "classic"),
             WARM, "column", {"length": ("midi",), "sleeve": ("long",), "neckline": ("crew", "roll")}),
        Kind("column dress", 105, ("crepe", "satin", "wool"), ("plain",), ("evening", "minimal"), ALL,
             "column",
             {"length": ("midi", "maxi"), "sleeve": ("none", "short"), "neckline": ("round", "square")}),
        Kind("A-line dress", 88, ("cotton", "crepe", "linen"), ("plain", "dot", "check"), ("classic",
             "playful"),
             ALL, "flare", {"length": ("mini", "midi"), "sleeve": ("short", "none", "long"),
                            "neckline": ("round", "collar")}),
    ),
    "women/tops": (
        Kind("blouse", 59, ("silk", "viscose", "cotton", "crepe"), ("plain", "plain", "floral", "dot"),
             ("romantic", "classic"), ALL, "blouse",
             {"neckline": ("v", "round", "collar"), "sleeve": ("puff", "long")}, 1.5),
        Kind("T-shirt", 29, ("cotton", "linen"), ("plain", "plain", "stripe"), ("minimal", "coastal",
             "sporty"),
             ("all year",), "tee", {"neckline": ("crew", "v"), "sleeve": ("short",)}, 1.3),
        Kind("camisole", 39, ("silk", "satin", "viscose"), ("plain", "floral"), ("evening", "romantic"),
             LIGHT,
             "cami", {"neckline": ("v",), "sleeve": ("strap",)}),
        Kind("shirt", 65, ("cotton", "linen"), ("plain", "stripe", "check"), ("classic", "minimal"), ALL,
             "shirt", {"neckline": ("collar",), "sleeve": ("long",)}, 1.2),
        Kind("tank top", 25, ("cotton", "viscose"), ("plain", "stripe"), ("sporty", "minimal"), LIGHT, "tank",
             {"neckline": ("round", "square"), "sleeve": ("none",)}, 0.8),
        Kind("Breton top", 45, ("cotton",), ("stripe",), ("coastal",), ("all year",), "tee",
             {"neckline": ("boat",), "sleeve": ("long",)}, 0.7),
    ),
    "women/knitwear": (
        *_SWEATERS,
        Kind("knitted vest", 59, _KNITS, ("cable", "knit", "check"), ("classic", "playful"), WARM, "vest",
             {"neckline": ("v",), "sleeve": ("none",)}, 0.7),
    ),
    "women/trousers": (
        Kind("wide-leg trousers", 85, ("wool", "linen", "crepe"), ("plain", "plain", "stripe"),
             ("minimal", "classic"), ALL, "wide", {}, 1.5),
        Kind("tapered trousers", 75, ("cotton", "wool", "crepe"), ("plain", "check"), ("classic",), ALL,
             "tapered"),
        Kind("straight jeans", 79, ("denim",), ("plain",), ("minimal", "sporty", "coastal"), ("all year",),
             "straight",
             {}, 1.2),
        Kind("culottes", 69, ("linen", "crepe", "cotton"), ("plain", "dot"), ("artisan", "playful"), LIGHT,
             "culotte"),
        Kind("drawstring trousers", 65, ("linen", "cotton"), ("plain", "stripe"), ("coastal", "sporty"),
             LIGHT,
             "drawstring", {}, 0.9),
    ),
    "women/skirts": (
        Kind("pleated skirt", 75, ("crepe", "satin", "wool"), ("plain", "plain", "check"), ("classic",
             "romantic"),
             ALL, "pleated", {"length": ("midi",)}),
        Kind("A-line skirt", 69, ("cotton", "wool", "denim", "suede"), ("plain", "check"), ("playful",
             "classic"),
             ALL, "aline", {"length": ("mini", "midi")}),
        Kind("pencil skirt", 65, ("wool", "crepe", "cotton"), ("plain", "check"), ("classic", "minimal"), ALL,
             "pencil", {"length": ("midi",)}),
        Kind("wrap skirt", 69, ("linen", "viscose"), ("plain", "floral", "dot"), ("coastal", "romantic"),
             LIGHT,
             "wrapskirt", {"length": ("midi", "maxi")}),
        Kind("slip skirt", 72, ("satin", "silk"), ("plain", "plain", "floral"), ("evening", "minimal"), ALL,
             "slipskirt", {"length": ("midi", "maxi")}),
    ),
    "women/coats": (
        Kind("wool coat", 189, ("wool", "cashmere", "alpaca"), ("plain", "plain", "check"), ("classic",
             "minimal"),
             WARM, "overcoat", {}, 1.4),
        Kind("trench coat", 169, ("cotton",), ("plain",), ("classic",), ("spring", "autumn"), "trench"),
        Kind("quilted jacket", 119, ("nylon", "cotton"), ("quilt",), ("coastal", "sporty"), WARM, "quilted"),
        Kind("blazer", 139, ("wool", "linen", "crepe"), ("plain", "plain", "check"), ("classic", "minimal"),
             ALL,
             "blazer", {}, 1.3),
        Kind("parka", 159, ("cotton", "nylon"), ("plain",), ("sporty",), WARM, "parka"),
    ),
    "women/shoes": (
        Kind("pumps", 95, ("leather", "suede", "satin"), ("plain",), ("classic", "evening"), ("all year",),
             "heel",
             {"heel": ("high", "mid")}, 1.2),
        Kind("slingbacks", 99, ("leather", "suede"), ("plain",), ("evening", "romantic"), LIGHT, "slingback",
             {"heel": ("mid", "kitten")}),
        Kind("ankle boots", 129, ("leather", "suede"), ("plain",), ("classic", "artisan"), WARM, "boot",
             {"heel": ("block", "mid")}, 1.3),
        Kind("loafers", 99, ("leather", "suede"), ("plain",), ("classic", "minimal"), ("all year",),
             "loafer", {}, 1.1),
        Kind("sneakers", 89, ("leather", "canvas"), ("plain",), ("sporty", "minimal"), ("all year",),
             "sneaker", {},
             1.4),
        Kind("sandals", 79, ("leather", "suede"), ("plain",), ("coastal", "artisan"), ("summer",), "sandal",
             {"heel": ("flat", "block")}),
        Kind("ballet flats", 75, ("leather", "suede"), ("plain",), ("romantic", "classic"), LIGHT, "ballet"),
    ),
    "women/bags": (
        Kind("tote", 119, ("leather", "canvas", "suede"), ("plain",), ("minimal", "classic"), ("all year",),
             "tote", {},
             1.3),
        Kind("crossbody bag", 95, ("leather", "suede"), ("plain", "plain", "quilt"), ("classic", "playful"),
             ("all year",), "crossbody", {}, 1.3),
        Kind("shoulder bag", 110, ("leather", "suede"), ("plain",), ("minimal", "evening"), ("all year",),
             "shoulder"),
        Kind("clutch", 69, ("satin", "leather"), ("plain", "quilt"), ("evening",), ("all year",), "clutch",
             {}, 0.7),
        Kind("backpack", 99, ("leather", "nylon", "canvas"), ("plain",), ("sporty", "minimal"), ("all year",),
             "backpack", {}, 0.6),
        Kind("basket bag", 55, ("straw",), ("weave",), ("coastal", "artisan"), ("summer",), "basket", {},
             0.7),
    ),
    "women/accessories": (
        _SCARF,
        Kind("silk scarf", 59, ("silk",), ("floral", "dot", "check"), ("romantic", "classic"), ALL,
             "foulard"),
        _BELT,
        _WATCH,
        _SUNGLASSES,
        Kind("wide-brim hat", 55, ("straw", "wool"), ("plain",), ("coastal", "artisan"), LIGHT, "hat"),
        Kind("beanie", 29, ("merino", "cashmere", "lambswool"), ("knit",), ("sporty", "minimal"), WARM,
             "beanie",
             {}, 0.7),
    ),
    "men/shirts": (
        Kind("Oxford shirt", 65, ("cotton",), ("plain", "plain", "stripe"), ("classic",), ("all year",),
             "shirt",
             {"neckline": ("collar",), "sleeve": ("long",)}, 1.4),
        Kind("linen shirt", 69, ("linen",), ("plain", "stripe"), ("coastal", "minimal"), LIGHT, "shirt",
             {"neckline": ("collar",), "sleeve": ("long", "short")}, 1.2),
        Kind("flannel shirt", 72, ("cotton", "wool"), ("check",), ("artisan", "coastal"), WARM, "shirt",
             {"neckline": ("collar",), "sleeve": ("long",)}),
        Kind("overshirt", 95, ("cotton", "wool"), ("plain", "plain", "check"), ("artisan", "minimal"), ALL,
             "overshirt",
             {"neckline": ("collar",), "sleeve": ("long",)}),
        Kind("polo shirt", 49, ("cotton", "merino"), ("plain", "plain", "stripe"), ("sporty", "classic"),
             LIGHT, "polo",
             {"neckline": ("collar",), "sleeve": ("short",)}, 0.9),
        Kind("T-shirt", 32, ("cotton",), ("plain", "plain", "stripe"), ("minimal", "sporty"), ("all year",),
             "tee",
             {"neckline": ("crew",), "sleeve": ("short",)}, 1.2),
    ),
    "men/knitwear": _SWEATERS,
    "men/trousers": (
        Kind("chinos", 75, ("cotton",), ("plain",), ("classic", "coastal"), ("all year",), "straight", {},
             1.4),
        Kind("jeans", 85, ("denim",), ("plain",), ("minimal", "sporty", "artisan"), ("all year",),
             "straight", {}, 1.3),
        Kind("pleated trousers", 99, ("wool", "linen"), ("plain", "plain", "check"), ("classic", "minimal"),
             ALL,
             "tapered"),
        Kind("corduroy trousers", 85, ("corduroy",), ("cord",), ("artisan", "classic"), WARM, "straight", {},
             0.8),
        Kind("drawstring trousers", 65, ("cotton", "linen"), ("plain",), ("sporty", "coastal"), LIGHT,
             "drawstring",
             {}, 0.7),
    ),
    "men/jackets": (
        Kind("blazer", 169, ("wool", "linen", "cotton"), ("plain", "plain", "check"), ("classic", "minimal"),
             ALL,
             "blazer", {}, 1.3),
        Kind("overcoat", 229, ("wool", "cashmere"), ("plain", "plain", "check"), ("classic",), WARM,
             "overcoat"),
        Kind("bomber jacket", 129, ("nylon", "suede", "wool"), ("plain",), ("sporty", "minimal"), ALL,
             "bomber"),
        Kind("field jacket", 149, ("cotton",), ("plain",), ("artisan", "coastal"), ("spring", "autumn"),
             "parka"),
        Kind("quilted jacket", 125, ("nylon",), ("quilt",), ("sporty", "coastal"), WARM, "quilted"),
    ),
    "men/shoes": (
        Kind("derby shoes", 139, ("leather", "suede"), ("plain",), ("classic",), ("all year",), "derby"),
        Kind("loafers", 125, ("leather", "suede"), ("plain",), ("classic", "minimal"), ("all year",),
             "loafer"),
        Kind("sneakers", 95, ("leather", "canvas", "suede"), ("plain",), ("sporty", "minimal"), ("all year",),
             "sneaker", {}, 1.6),
        Kind("Chelsea boots", 149, ("leather", "suede"), ("plain",), ("classic", "minimal"), WARM, "chelsea"),
        Kind("desert boots", 119, ("suede", "leather"), ("plain",), ("artisan", "coastal"), ALL, "desert"),
    ),
    "men/bags": (
        Kind("backpack", 109, ("canvas", "nylon", "leather"), ("plain",), ("sporty", "minimal"),
             ("all year",),
             "backpack", {}, 1.4),
        Kind("briefcase", 179, ("leather",), ("plain",), ("classic",), ("all year",), "briefcase"),
        Kind("weekender", 159, ("canvas", "leather"), ("plain",), ("coastal", "artisan"), ("all year",),
             "weekender"),
        Kind("messenger bag", 99, ("canvas", "leather"), ("plain",), ("minimal", "sporty"), ("all year",),
             "crossbody"),
    ),
    "men/accessories": (
        _SCARF,
        _BELT,
        _WATCH,
        _SUNGLASSES,
        Kind("beanie", 29, ("merino", "cashmere", "lambswool"), ("knit",), ("sporty", "minimal"), WARM,
             "beanie"),
    ),
    "home/lamps": (
        Kind("table lamp", 95, ("ceramic", "oak", "glass", "travertine"), ("plain",), ("minimal", "artisan"),
             ("all year",), "table", {}, 1.6),
        Kind("floor lamp", 189, ("steel", "oak", "brass"), ("plain",), ("minimal", "evening"), ("all year",),
             "floor"),
        Kind("pendant lamp", 129, ("paper", "steel", "rattan", "glass"), ("plain",), ("artisan", "minimal"),
             ("all year",), "pendant", {}, 1.2),
        Kind("desk lamp", 85, ("steel", "brass"), ("plain",), ("minimal", "playful"), ("all year",), "desk"),
    ),
    "home/cushions": (
        Kind("cushion", 39, ("linen", "cotton", "velvet", "wool"), ("plain", "stripe", "check", "floral",
             "dot"),
             ("artisan", "playful", "minimal", "romantic"), ("all year",), "square", {}, 2.0),
        Kind("lumbar cushion", 45, ("linen", "velvet", "wool"), ("plain", "stripe", "knit"), ("artisan",
             "minimal"),
             ("all year",), "lumbar"),
        Kind("round cushion", 42, ("velvet", "linen"), ("plain",), ("playful", "evening"), ("all year",),
             "round",
             {}, 0.7),
    ),
    "home/throws": (
        Kind("throw", 79, ("wool", "lambswool", "mohair"), ("plain", "check", "stripe", "knit"),
             ("artisan", "minimal", "coastal"), WARM, "throw", {}, 1.5),
        Kind("summer blanket", 65, ("cotton", "linen"), ("stripe", "plain", "check"), ("coastal", "minimal"),
             ("all year",), "throw"),
    ),
    "home/vases": (
        Kind("bottle vase", 45, ("stoneware", "glass", "ceramic"), ("plain",), ("minimal", "artisan"),
             ("all year",),
             "bottle", {}, 1.2),
        Kind("bud vase", 25, ("glass", "porcelain", "ceramic"), ("plain",), ("playful", "romantic"),
             ("all year",),
             "bud"),
        Kind("amphora vase", 69, ("terracotta", "stoneware"), ("plain", "stripe"), ("artisan", "coastal"),
             ("all year",), "amphora"),
        Kind("round vase", 59, ("stoneware", "ceramic", "glass"), ("plain", "stripe"), ("minimal", "evening"),
             ("all year",), "moon"),
        Kind("cylinder vase", 49, ("glass", "travertine", "porcelain"), ("plain",), ("minimal",),
             ("all year",),
             "cylinder", {}, 0.8),
    ),
    "home/tableware": (
        Kind("dinner plates, set of four", 59, ("stoneware", "porcelain"), ("plain", "rim"), ("artisan",
             "minimal"),
             ("all year",), "plates"),
        Kind("mug", 19, ("stoneware", "porcelain"), ("plain", "stripe"), ("playful", "artisan"),
             ("all year",), "mug",
             {}, 1.3),
        Kind("serving bowl", 49, ("stoneware", "oak", "porcelain"), ("plain", "rim"), ("artisan", "coastal"),
             ("all year",), "bowl"),
        Kind("carafe", 39, ("glass", "stoneware"), ("plain",), ("minimal", "evening"), ("all year",),
             "carafe"),
        Kind("teapot", 65, ("stoneware", "porcelain"), ("plain",), ("artisan", "romantic"), ("all year",),
             "teapot"),
        Kind("tumblers, set of four", 42, ("glass",), ("plain",), ("minimal", "coastal"), ("all year",),
             "tumblers"),
    ),
}  # fmt: skip
