"""Stock of every variant at the three locations."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random

from seamless_retail.core.catalogue import Product, StockLevel, Variant
from seamless_retail.core.database.seed.stores import TODAY

TYPICAL = {"downtown": 9, "riverside": 9, "warehouse": 60}
"""Units of an average variant on hand."""
EMPTY = {"downtown": 0.18, "riverside": 0.18, "warehouse": 0.08}
"""How often a variant is sold out at a location."""
EVERYWHERE_SOLD_OUT = 0.04
FASHION_SHARE = {"downtown": 1.0, "riverside": 0.5, "warehouse": 0.6}
GROCERY_SHARE = {"downtown": 0.9, "riverside": 2.6, "warehouse": 1.4}


def make_stock(products: Iterable[Product]) -> Iterator[StockLevel]:
    """One level per variant and location; some sold out, some reserved, some on their way."""
    rng = Random("stock")
    for product in products:
        share = GROCERY_SHARE if product.department == "grocery" else FASHION_SHARE
        for variant in product.variants:
            sold_out = rng.random() < EVERYWHERE_SOLD_OUT
            for location in TYPICAL:
                yield _level(rng, variant, location, share[location], sold_out)


def _level(rng: Random, variant: Variant, location: str, share: float, sold_out: bool) -> StockLevel:
    mean = TYPICAL[location] * share
    empty = sold_out or rng.random() < EMPTY[location]
    on_hand = 0 if empty else 1 + int(rng.gammavariate(2.0, mean / 2.0))
    coming = rng.random() < (0.6 if on_hand == 0 else 0.06)
    return StockLevel(
        sku=variant.sku,
        location_id=location,
        on_hand=on_hand,
        reserved=rng.randint(1, min(3, on_hand)) if on_hand and rng.random() < 0.07 else 0,
        incoming=int(mean) + rng.randint(1, 6) if coming else 0,
        incoming_on=TODAY + timedelta(days=rng.randint(2, 21)) if coming else None,
    )
