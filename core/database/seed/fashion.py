"""The fashion department: products with variants."""

from itertools import count, cycle
from random import Random

from seamless_retail.core.catalogue import Money, Product, Variant
from seamless_retail.core.database.seed.fashion_sizes import Color, cents, choose_colors, size_run
from seamless_retail.core.database.seed.fashion_specs import (
    SEASONS,
    Brand,
    Category,
    Material,
    Style,
    brands,
    categories,
    materials,
)
from seamless_retail.core.database.seed.fashion_text import Design, FashionWriter, given_names
from seamless_retail.core.database.seed.randomness import Decks, stream
from seamless_retail.core.database.seed.sku import barcode

_AUDIENCE_WORDS = {"men": "Men's", "kids": "Kids'"}
_ATTEMPTS = 12
"""Tries to find a free name before the style is given a first name of its own."""
_NOT_FOR_KIDS = frozenset({"work", "date night", "formal"})
_CLEARANCE_SHARE = 0.12
_CLEARANCE = 0.8


def make_fashion() -> list[Product]:
    """All clothes, shoes and accessories, in the order of the categories."""
    maker = _Maker(stream("fashion"))
    return [maker.make(category, style) for category in categories() for style in maker.styles(category)]


class _Maker:
    """Decides about one product after the other, keeping names unique."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._decks = Decks(random)
        self._writer = FashionWriter(random)
        self._names: set[str] = set()
        self._numbers = count(1)

    def styles(self, category: Category) -> list[Style]:
        """The styles of a category's products, evenly dealt."""
        order = self._random.sample(category.styles, len(category.styles))
        return [style for style, _ in zip(cycle(order), range(category.count), strict=False)]

    def make(self, category: Category, style: Style) -> Product:
        """Make a product whose name no other has."""
        for attempt in count():
            audience = self._random.choice(style.audience)
            design = self._design(category, style, audience, named=attempt >= _ATTEMPTS)
            name = self._name(design)
            if name not in self._names:
                break
        self._names.add(name)
        product_id = f"F{next(self._numbers):05d}"
        chosen = choose_colors(style.palette, self._random)
        return Product(
            id=product_id,
            name=name,
            department="fashion",
            category=category.name,
            brand=design.brand.name,
            description=self._writer.describe(design),
            attributes=self._attributes(design, chosen),
            variants=self._variants(product_id, design, chosen),
        )

    def _design(self, category: Category, style: Style, audience: str, *, named: bool) -> Design:
        draw, random = self._decks.draw, self._random
        material = materials()[draw((category.name, style.name), style.materials)]
        seasons = [season for season in style.seasons if material.seasons.issuperset(season)]
        season = random.choice(seasons or [tuple(season for season in SEASONS if season in material.seasons)])
        brand = draw((category.name, style.groups, audience), self._makers(style, audience))
        optional = random.sample(style.optional, min(len(style.optional), random.choice((0, 1, 1, 2))))
        return Design(
            category=category,
            style=style,
            brand=brand,
            material=material,
            audience=audience,
            given=draw(("given", audience == "men"), given_names(audience)) if brand.named or named else "",
            season=season,
            occasion=self._occasions(style, audience),
            pattern=draw((category.name, style.name, "pattern"), style.patterns),
            fit=random.choice(style.facets["fit"]) if "fit" in style.facets else "",
            care=random.choice(_cares(category, material)),
            height=style.facets.get("heel_height", ("",))[0],
            features=(*style.always, *optional),
        )

    def _occasions(self, style: Style, audience: str) -> tuple[str, ...]:
        out = _NOT_FOR_KIDS if audience == "kids" else {"school"}
        fitting = [occasion for occasion in style.occasions if occasion not in out] or ["everyday"]
        return tuple(self._random.sample(fitting, min(len(fitting), self._random.choice((1, 2, 2)))))

    def _makers(self, style: Style, audience: str) -> list[Brand]:
        kids = audience == "kids"
        return [b for b in brands() if set(b.groups) & set(style.groups) and (b.audience == "kids") == kids]

    def _name(self, design: Design) -> str:
        title = design.style.name
        pattern = "" if design.pattern in _QUIET else design.pattern.title()
        material = "" if title.endswith("Jeans") else design.material.word
        extra = [word for word in (pattern, material) if word and not _told(word, title)]
        words = [design.brand.name, _AUDIENCE_WORDS.get(design.audience, ""), design.given, *extra, title]
        return " ".join(word for word in words if word)

    def _attributes(self, design: Design, chosen: list[Color]) -> dict[str, tuple[str, ...]]:
        style = design.style
        single = {name: (self._random.choice(values),) for name, values in style.facets.items() if name != "fit"}
        found = {
            "season": design.season,
            "audience": (design.audience,),
            "material": design.material.facets(),
            "occasion": design.occasion,
            "pattern": (design.pattern,),
            "fit": (design.fit,) if design.fit else (),
            **single,
            "feature": design.features,
            "care": (design.care,),
            "color_family": tuple(dict.fromkeys(color.family for color in chosen)),
        }
        return {name: values for name, values in found.items() if values}

    def _variants(self, product_id: str, design: Design, chosen: list[Color]) -> tuple[Variant, ...]:
        factors = design.style.price * design.material.price
        full = cents(design.category.price, factors, design.brand.tier, design.audience, self._random)
        cleared = chosen[-1] if len(chosen) > 1 and self._random.random() < _CLEARANCE_SHARE else None
        return tuple(
            Variant(
                sku=(sku := f"{product_id}-{color.code}-{size.upper().replace(' ', '').replace('/', '')}"),
                product_id=product_id,
                price=Money(cents=_reduced(full) if color is cleared else full),
                color=color.name,
                size=size,
                barcode=barcode(sku),
            )
            for color in chosen
            for size in size_run(design.category.sizes, design.audience, design.brand.sizes)
        )


_NEVER_WASHED = frozenset(
    ("sneakers", "boots", "sandals", "heels", "loafers", "flats", "bag", "backpack", "belt", "hat")
)
_QUIET = frozenset({"solid", "woven", "colorful", "perforated"})


def _cares(category: Category, material: Material) -> tuple[str, ...]:
    """How to clean it: shoes and bags do not go into water, whatever they are made of."""
    if category.name not in _NEVER_WASHED:
        return material.care
    return tuple(care for care in material.care if care.endswith(" clean") and care != "dry clean") or ("spot clean",)


def _told(word: str, title: str) -> bool:
    """Whether a title says the word already: the Cable-Knit Sweater is not a Cable Knit Cable-Knit Sweater."""
    return word.lower().replace("-", " ") in title.lower().replace("-", " ")


def _reduced(full: int) -> int:
    return round(full * _CLEARANCE / 100) * 100 - 1
