"""The grocery department: products with labels and package sizes."""

from itertools import count
from random import Random

from seamless_retail.core.catalogue import Food, Money, Product, Variant
from seamless_retail.core.database.seed.grocery_specs import Aisle, Item, Maker, aisles, makers
from seamless_retail.core.database.seed.grocery_text import GroceryWriter
from seamless_retail.core.database.seed.randomness import Decks, stream
from seamless_retail.core.database.seed.recipes import contained, diets, ingredient_list, makes, mix, nutrition, traces
from seamless_retail.core.database.seed.sku import barcode

_TIERS = {"value": 0.78, "mid": 1.0, "premium": 1.3}
_ORGANIC = 1.15
_UNDECLARED = 0.03
"""Share of products whose label says nothing about allergens; a third of them prints no ingredients either."""
_NO_TRACE_STATEMENT = 0.04
_CLAIMS = ("free", "vegan", "vegetarian", "halal", "no-", "baby", "low-")
"""A product that claims something in its name declares its allergens."""
_CERTIFIERS = {
    "organic": "usda organic",
    "halal": "pacific halal board",
    "kosher": "alder kosher council",
}


def make_grocery() -> list[Product]:
    """All groceries, in the order of the aisles."""
    kitchen = _Kitchen(stream("grocery"))
    return [
        kitchen.make(aisle, item, maker, turn)
        for aisle in aisles()
        for item in aisle.items
        for turn, maker in enumerate(kitchen.makers(aisle, item))
    ]


class _Kitchen:
    """Makes one product after the other."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._decks = Decks(random)
        self._writer = GroceryWriter(random)
        self._numbers = count(1)

    def makers(self, aisle: Aisle, item: Item) -> list[Maker]:
        """Who makes an item: different makers, dealt evenly over the aisle."""
        fitting = [maker for maker in makers() if makes(maker, item)]
        wanted = min(aisle.makers_per_item, len(fitting))
        chosen: dict[str, Maker] = {}
        while len(chosen) < wanted:
            maker = self._decks.draw((aisle.name, tuple(maker.name for maker in fitting)), fitting)
            chosen[maker.name] = maker
        return list(chosen.values())

    def make(self, aisle: Aisle, item: Item, maker: Maker, turn: int) -> Product:
        """Make one maker's version of an item."""
        product_id = f"G{next(self._numbers):05d}"
        food, labels = self._food(aisle, item, maker)
        return Product(
            id=product_id,
            name=f"{maker.name} {item.name}",
            department="grocery",
            category=aisle.name,
            brand=maker.name,
            description=self._writer.describe(aisle, item, maker, turn, labels, food.nutrition),
            attributes=_attributes(item, labels),
            food=food,
            variants=self._variants(product_id, aisle, item, maker),
        )

    def _food(self, aisle: Aisle, item: Item, maker: Maker) -> tuple[Food, tuple[str, ...]]:
        """The label, and the diets it supports: none where allergens are not declared."""
        contents = mix(item, self._random)
        contains = contained(contents)
        may_contain = traces(item, maker, contains, self._random)
        values = nutrition(contents, item, maker)
        printed = ingredient_list(contents, item, maker)
        serving = item.serving
        lot = self._random.random()
        if lot < _UNDECLARED and not any(claim in f"{aisle.name} {item.name}".lower() for claim in _CLAIMS):
            bare = lot < _UNDECLARED / 3
            label = Food(ingredients="" if bare else printed, nutrition=None if bare else values, serving=serving)
            return label, ()
        stated = None if lot > 1 - _NO_TRACE_STATEMENT else may_contain
        label = Food(ingredients=printed, allergens=contains, traces=stated, nutrition=values, serving=serving)
        labels = diets(contents, item, maker, contains, may_contain, values)
        return label, labels if stated is not None else tuple(d for d in labels if d not in ("gluten-free", "nut-free"))

    def _variants(self, product_id: str, aisle: Aisle, item: Item, maker: Maker) -> tuple[Variant, ...]:
        low, high = aisle.price
        dollars = self._random.triangular(low, high, (low + high) / 2) * item.price * _TIERS[maker.tier]
        dollars *= _ORGANIC if maker.organic else 1.0
        return tuple(
            Variant(
                sku=(sku := f"{product_id}-{_code(size)}"),
                product_id=product_id,
                price=Money(cents=max(59, round(dollars * factor * 10) * 10 - 1)),
                size=size,
                barcode=barcode(sku),
            )
            for size, factor in item.sizes
        )


def _attributes(item: Item, labels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found = {
        "flavour": item.flavour,
        "diet": labels,
        "certification": tuple(_CERTIFIERS[label] for label in labels if label in _CERTIFIERS),
        "storage": (item.storage,),
        **{name: (value,) for name, value in item.facts.items()},
    }
    return {name: values for name, values in found.items() if values}


def _code(size: str) -> str:
    return size.upper().replace(" ", "").replace(".", "")
