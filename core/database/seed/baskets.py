"""What goes into one basket: things people buy together, in sizes and diets that suit them."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random

from seamless_retail.core.catalogue import Product, Variant
from seamless_retail.core.customers import Customer
from seamless_retail.core.orders import OrderLine

GOES_WITH = {
    "pasta": ("sauce", "cheese", "olive oil"),
    "rice": ("sauce", "spices", "tofu"),
    "granola": ("yogurt", "plant milk", "milk"),
    "cereal": ("milk", "plant milk", "juice"),
    "bread": ("jam", "honey", "cheese", "nut butter"),
    "crackers": ("cheese", "hummus"),
    "coffee": ("cookies", "chocolate", "plant milk"),
    "tea": ("cookies", "honey"),
    "fish": ("olive oil", "spices"),
    "meat": ("spices", "sauce"),
    "chips": ("hummus", "sauce"),
    "baking": ("chocolate", "nuts"),
    "jeans": ("belt", "t-shirt", "sneakers"),
    "trousers": ("belt", "shirt", "loafers"),
    "dress": ("sandals", "heels", "bag"),
    "skirt": ("blouse", "sandals"),
    "coat": ("scarf", "hat", "boots"),
    "jacket": ("scarf", "boots"),
    "sweater": ("jeans", "scarf"),
    "shirt": ("trousers", "belt"),
    "swimwear": ("sandals", "hat"),
    "activewear": ("sneakers", "socks"),
    "boots": ("socks",),
    "sneakers": ("socks",),
}
FAVOURITES = 2
"""Partners that a product is bought with most."""


class Baskets:
    """Draws baskets from the catalogue, popular products more often."""

    def __init__(self, products: Sequence[Product]) -> None:
        sellable = [product for product in products if any(variant.active for variant in product.variants)]
        self._departments = {
            name: _Shelf([p for p in sellable if (p.department == "grocery") == (name == "grocery")])
            for name in ("fashion", "grocery")
        }
        categories = sorted({product.category for product in sellable})
        self._categories = {name: _Shelf([p for p in sellable if p.category == name]) for name in categories}

    def fill(self, rng: Random, customer: Customer) -> tuple[OrderLine, ...]:
        """One to seven lines of things this customer may have."""
        department = "fashion" if rng.random() < 0.42 else "grocery"
        wanted = rng.choice((1, 1, 2, 2, 3) if department == "fashion" else (2, 3, 4, 5, 6, 7))
        chosen: dict[str, Product] = {}
        last: Product | None = None
        for _ in range(wanted * 4):
            product = self._partner(rng, last) if last and rng.random() < 0.8 else None
            product = product or self._departments[department].draw(rng)
            if product.id not in chosen and suits(product, customer):
                chosen[product.id] = last = product
            if len(chosen) == wanted:
                break
        return tuple(_line(rng, product) for product in chosen.values() or [self._departments["fashion"].draw(rng)])

    def _partner(self, rng: Random, product: Product) -> Product | None:
        """One of the few things that this very product is usually bought with."""
        shelves = [name for name in GOES_WITH.get(product.category, ()) if name in self._categories]
        if not shelves:
            return None
        own = Random(f"partners {product.id}")
        favourites = [self._categories[own.choice(shelves)].draw(own) for _ in range(FAVOURITES)]
        return rng.choice(favourites)


def suits(product: Product, customer: Customer) -> bool:
    """Whether the label allows the customer to eat it; clothing always does."""
    profile, food = customer.profile, product.food
    if food is None or profile.is_empty:
        return True
    if profile.allergies:
        if food.allergens is None or food.traces is None:
            return False
        if {allergy.allergen for allergy in profile.allergies} & {*food.allergens, *food.traces}:
            return False
    return set(profile.diets) <= set(product.attributes.get("diet", ()))


class _Shelf:
    """Products to draw from, weighted by popularity."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products
        self._weights = list(accumulate(product.popularity + 0.2 for product in products))

    def draw(self, rng: Random) -> Product:
        return rng.choices(self._products, cum_weights=self._weights)[0]


def _line(rng: Random, product: Product) -> OrderLine:
    variant: Variant = rng.choice([variant for variant in product.variants if variant.active])
    options = {name: value for name, value in (("color", variant.color), ("size", variant.size)) if value}
    return OrderLine(
        sku=variant.sku,
        product_id=product.id,
        name=product.name,
        quantity=rng.choice((1, 1, 1, 2, 3)) if product.department == "grocery" else 1,
        unit_price_cents=variant.price.cents,
        options=options,
    )
