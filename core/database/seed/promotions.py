"""Promotions over the eighteen months and some weeks ahead."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from seamless_retail.core.catalogue import Product, Promotion
from seamless_retail.core.database.seed.stores import TODAY

# title, first day, days, percent off, department, categories named first, how many categories, members only
CALENDAR = (
    ("Summer Dress Days", "2025-06-06", 14, 20, "fashion", ("dress", "skirt"), 2, False),
    ("Barbecue Week", "2025-06-30", 7, 15, "grocery", ("sauce", "meat"), 3, False),
    ("Back to School", "2025-08-15", 21, 15, "fashion", ("sneakers", "jeans", "t-shirt"), 3, False),
    ("Harvest Table", "2025-09-19", 10, 15, "grocery", ("soup", "bread", "cheese"), 3, False),
    ("Coat Weekend", "2025-10-17", 4, 25, "fashion", ("coat", "jacket"), 2, True),
    ("Black Friday 2025", "2025-11-27", 4, 30, "fashion", (), 6, False),
    ("Holiday Baking 2025", "2025-12-01", 21, 20, "grocery", ("baking", "chocolate", "nuts"), 3, False),
    ("Winter Sale", "2026-01-05", 21, 35, "fashion", ("sweater", "coat", "boots", "scarf"), 4, False),
    ("Healthy Start", "2026-01-05", 14, 15, "grocery", ("granola", "yogurt", "juice"), 3, False),
    ("Chocolate Week", "2026-02-09", 6, 20, "grocery", ("chocolate", "cookies"), 2, False),
    ("Rain or Shine", "2026-03-13", 10, 15, "fashion", ("jacket", "boots"), 2, False),
    ("Spring Wardrobe", "2026-04-10", 14, 20, "fashion", ("blouse", "dress", "trousers"), 3, False),
    ("Breakfast Club", "2026-04-27", 14, 15, "grocery", ("cereal", "granola", "coffee"), 3, True),
    ("Picnic Season", "2026-05-22", 10, 15, "grocery", ("crackers", "hummus", "juice"), 3, False),
    ("Summer Dress Days", "2026-06-05", 14, 20, "fashion", ("dress", "sandals"), 2, False),
    ("Ice Cream July", "2026-07-03", 21, 20, "grocery", ("ice cream",), 1, False),
    ("Back to School", "2026-08-14", 21, 15, "fashion", ("sneakers", "jeans", "sweater"), 3, False),
    ("Pasta Night", "2026-09-14", 14, 20, "grocery", ("pasta", "sauce"), 2, False),
    ("Coat Weekend", "2026-10-16", 4, 25, "fashion", ("coat", "jacket"), 2, True),
    ("Tea Time", "2026-11-02", 21, 15, "grocery", ("tea", "cookies"), 2, False),
    ("Knitwear Fortnight", "2026-11-06", 14, 20, "fashion", ("sweater", "scarf"), 2, False),
    ("Members' Shoe Event", "2026-11-12", 7, 15, "fashion", ("boots", "sneakers"), 2, True),
    ("Black Friday 2026", "2026-11-26", 4, 30, "fashion", (), 6, False),
    ("Holiday Baking 2026", "2026-12-01", 21, 20, "grocery", ("baking", "chocolate", "nuts"), 3, False),
)
CLEARANCE = 30
"""Products of the clearance that runs today, a fixed amount off each."""


def make_promotions(products: Sequence[Product]) -> list[Promotion]:
    """All promotions, oldest first; several run on the shop's day."""
    rng = Random("promotions")
    categories = {
        name: sorted({p.category for p in products if p.department == name}) for name in ("fashion", "grocery")
    }
    promotions = [
        Promotion(
            id=f"PROMO-{number:03d}",
            title=title,
            kind="percent",
            value=percent,
            starts_on=date.fromisoformat(start),
            ends_on=date.fromisoformat(start) + timedelta(days=days - 1),
            categories=_pick(rng, named, categories[department], wanted),
            members_only=members,
        )
        for number, (title, start, days, percent, department, named, wanted, members) in enumerate(CALENDAR, start=1)
    ]
    return [*promotions, _clearance(rng, products, len(promotions) + 1)]


def _pick(rng: Random, named: Sequence[str], known: Sequence[str], wanted: int) -> tuple[str, ...]:
    chosen = [name for name in named if name in known]
    others = [name for name in known if name not in chosen]
    return (*chosen, *rng.sample(others, wanted - len(chosen)))


def _clearance(rng: Random, products: Sequence[Product], number: int) -> Promotion:
    summer = [p.id for p in products if p.attributes.get("season") == ("summer",) and (p.price_range or [None])[0]]
    return Promotion(
        id=f"PROMO-{number:03d}",
        title="End of Summer Clearance",
        kind="amount",
        value=500,
        starts_on=TODAY - timedelta(days=40),
        ends_on=TODAY + timedelta(days=15),
        product_ids=tuple(sorted(rng.sample(summer, min(CLEARANCE, len(summer))))),
    )
