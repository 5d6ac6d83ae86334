"""The shop's stock for planning: every location of a product, what runs low, what can replace what, what to move."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.catalogue import Product, Record, StockLevel, Variant
from seamless_retail.core.demand import Transfer
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.ports import DemandForecaster, Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.inventory import check_stock
from seamless_retail.tools.likeness import likeness, shared_features
from seamless_retail.tools.stock_planning import propose_transfers

LOW = 3
"""A variant with no more free units than this at all locations together runs low."""
_CANDIDATES = 100


class Substitute(Record):
    """A variant that can stand in for another, and is there."""

    product: Product
    variant: Variant
    available: int
    reason: str
    """What the two have in common."""


class LowStock(Record):
    """A variant that runs low."""

    product_id: str
    name: str
    sku: str
    available: int
    incoming: int


def stock_levels(shop: Shop, product_id: str, location_id: str = "") -> list[tuple[Variant, list[StockLevel]]]:
    """On hand, reserved and incoming units of a product's active variants, location by location.

    Raises:
        NotFoundError: There is no such product, variant or location.
    """
    report = check_stock(shop, product_id, location_id=location_id)
    places = {place.id for place in report.locations}
    variants = [stock.variant for stock in report.variants]
    levels = shop.stock.levels([variant.sku for variant in variants])
    return [(v, [level for level in levels[v.sku] if level.location_id in places]) for v in variants]


def find_substitutes(shop: Shop, sku: str, quantity: int = 1, limit: int = 5) -> list[Substitute]:
    """What is in stock instead of a variant: other colors of the same product and size first, then products like it.

    Args:
        shop: The shop.
        sku: What is missing; a product id stands for any of its variants.
        quantity: Units that must be there.
        limit: Substitutes at most.

    Raises:
        NotFoundError: There is no such product or variant.
    """
    report = check_stock(shop, sku)
    wanted = report.variants[0].variant
    own = _in_stock(shop, [report.product], quantity, but=sku)
    own.sort(key=lambda found: (found[1].size != wanted.size, -found[2], found[1].sku))
    ids = shop.catalogue.find_ids(ProductQuery(categories=(report.product.category,), in_stock=True), _CANDIDATES)
    others = [product for product in shop.catalogue.get_many(ids) if product.id != report.product.id]
    others.sort(key=lambda product: (-likeness(report.product, product), product.id))
    # At most half of them are of the same product: what is wrong with it may be more than the variant.
    chosen = [
        Substitute(product=p, variant=v, available=n, reason=f"the same product in {_label(v)}")
        for p, v, n in own[: (limit + 1) // 2]
    ]
    for product in others[: 2 * limit]:
        there = _in_stock(shop, [product], quantity)
        there.sort(key=lambda found: (found[1].size != wanted.size, found[1].color != wanted.color, -found[2]))
        reason = ", ".join(shared_features(report.product, product))
        chosen += [Substitute(product=p, variant=v, available=n, reason=reason) for p, v, n in there[:1]]
    return chosen[:limit]


def low_stock(shop: Shop, category: str = "", threshold: int = LOW, limit: int = 20) -> list[LowStock]:
    """Active variants with no more free units than a threshold, the best-selling products first.

    Args:
        shop: The shop.
        category: Of one category only.
        threshold: Units over all locations together.
        limit: Variants at most.
    """
    query = ProductQuery(categories=(category,)) if category else ProductQuery()
    found: list[LowStock] = []
    ids = shop.catalogue.find_ids(query)
    for start in range(0, len(ids), _CANDIDATES):
        found += _low_among(shop, shop.catalogue.get_many(ids[start : start + _CANDIDATES]), threshold)
        if len(found) >= limit:
            break
    return found[:limit]


def transfers(shop: Shop, demand: DemandForecaster, product_id: str) -> list[Transfer]:
    """Moves between locations that let each cover its own demand, for every variant of a product.

    Raises:
        NotFoundError: There is no such product, or there are no sales to forecast from.
    """
    report = check_stock(shop, product_id)
    outlooks = demand.outlooks(report.product)
    if not outlooks:
        raise NotFoundError(f"There are no sales of {report.product.name} to plan from.", "Ask for its stock instead.")
    skus = [stock.variant.sku for stock in report.variants]
    levels = shop.stock.levels(skus)
    return [move for sku in skus for move in propose_transfers([o for o in outlooks if o.sku == sku], levels[sku])]


def _in_stock(
    shop: Shop, products: Sequence[Product], quantity: int, but: str = ""
) -> list[tuple[Product, Variant, int]]:
    variants = [(p, v) for p in products for v in p.variants if v.active and v.sku != but]
    levels = shop.stock.levels([variant.sku for _, variant in variants])
    counted = [(p, v, sum(level.available for level in levels[v.sku])) for p, v in variants]
    return [found for found in counted if found[2] >= quantity]


def _low_among(shop: Shop, products: Sequence[Product], threshold: int) -> Iterator[LowStock]:
    levels = shop.stock.levels([variant.sku for product in products for variant in product.variants])
    for product in products:
        for variant in product.variants:
            available = sum(level.available for level in levels[variant.sku])
            if variant.active and available <= threshold:
                incoming = sum(level.incoming for level in levels[variant.sku])
                yield LowStock(
                    product_id=product.id, name=product.name, sku=variant.sku, available=available, incoming=incoming
                )


def _label(variant: Variant) -> str:
    return " ".join(word for word in (variant.color, variant.size) if word) or "another form"


class LevelsArguments(BaseModel):
    """Which product, and where."""

    product_id: str = Field(description="Product id such as 'F00001', or the sku of one variant.", min_length=1)
    location_id: str = Field("", description="Only this store or warehouse, by id.")


class SubstituteArguments(BaseModel):
    """What is missing."""

    sku: str = Field(description="Sku of the variant that is missing, or a product id.", min_length=1)
    quantity: int = Field(1, description="Units that are needed.", ge=1, le=1000)
    limit: int = Field(5, description="Substitutes to return.", ge=1, le=20)


class LowStockArguments(BaseModel):
    """Where to look, and what counts as low."""

    category: str = Field("", description="Only this category, such as 'boots'.")
    threshold: int = Field(LOW, description="Units over all locations that count as low.", ge=0, le=1000)
    limit: int = Field(20, description="Variants to return.", ge=1, le=100)


class TransferArguments(BaseModel):
    """Which product."""

    product_id: str = Field(description="Product id such as 'F00001', or the sku of one variant.", min_length=1)


class StockLevelsTool(ShopTool):
    """``stock_levels``: see :func:`stock_levels`."""

    name: str = "stock_levels"
    description: str = "Units of each variant of a product by location: on hand, reserved, free, and what is coming."
    args_schema: ArgsSchema | None = LevelsArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """List with the arguments of :class:`LevelsArguments`."""
        asked = LevelsArguments(product_id=args[0]) if args else LevelsArguments(**kwargs)
        found = [
            level for _, levels in stock_levels(self.shop, asked.product_id, asked.location_id) for level in levels
        ]
        lines = [_level_line(level) for level in found] or ["No location carries it."]
        plain = [{**level.model_dump(mode="json"), "available": level.available} for level in found]
        return "\n".join(lines), {"levels": plain}


class SubstitutesTool(ShopTool):
    """``find_substitutes``: see :func:`find_substitutes`."""

    name: str = "find_substitutes"
    description: str = "What is in stock instead of a variant: other colors of the same product, or products like it."
    args_schema: ArgsSchema | None = SubstituteArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Find with the arguments of :class:`SubstituteArguments`."""
        asked = SubstituteArguments(sku=args[0]) if args else SubstituteArguments(**kwargs)
        found = find_substitutes(self.shop, asked.sku, asked.quantity, asked.limit)
        lines = [_substitute_line(substitute) for substitute in found]
        return "\n".join(lines or ["Nothing like it is in stock."]), {
            "substitutes": [s.model_dump(mode="json", exclude={"product"}) | {"name": s.product.name} for s in found]
        }


class LowStockTool(ShopTool):
    """``low_stock``: see :func:`low_stock`."""

    name: str = "low_stock"
    description: str = "Variants of which few units are left, those of the best-selling products first."
    args_schema: ArgsSchema | None = LowStockArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """List with the arguments of :class:`LowStockArguments`."""
        asked = LowStockArguments(category=args[0]) if args else LowStockArguments(**kwargs)
        found = low_stock(self.shop, asked.category, asked.threshold, asked.limit)
        lines = [f"{v.sku} | {v.name} | {v.available} available | {v.incoming} coming" for v in found]
        return "\n".join(lines or ["Nothing runs low."]), {"variants": [v.model_dump(mode="json") for v in found]}


class TransfersTool(ShopTool):
    """``propose_transfers``: see :func:`transfers`."""

    name: str = "propose_transfers"
    description: str = "Units of a product to move between stores and warehouse, so that each covers its own demand."
    args_schema: ArgsSchema | None = TransferArguments
    demand: Annotated[DemandForecaster, SkipValidation] = Field(exclude=True, repr=False)
    """Forecasts what each location sells."""

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Plan with the arguments of :class:`TransferArguments`."""
        asked = TransferArguments(product_id=args[0]) if args else TransferArguments(**kwargs)
        moves = transfers(self.shop, self.demand, asked.product_id)
        names = {place.id: place.name for place in self.shop.stock.locations()}
        lines = [f"Move {m.units} of {m.sku} from {names[m.source_id]} to {names[m.target_id]}." for m in moves]
        plain = [{"sku": m.sku, "source_id": m.source_id, "target_id": m.target_id, "units": m.units} for m in moves]
        return "\n".join(lines or ["Nothing needs to be moved."]), {"transfers": plain}


def _level_line(level: StockLevel) -> str:
    coming = f" | {level.incoming} coming {level.incoming_on or ''}".rstrip() if level.incoming else ""
    units = f"{level.on_hand} on hand, {level.reserved} reserved, {level.available} free"
    return f"{level.sku} | {level.location_id} | {units}{coming}"


def _substitute_line(found: Substitute) -> str:
    variant = found.variant
    return f"{variant.sku} | {found.product.name} | {variant.price} | {found.available} available | {found.reason}"
