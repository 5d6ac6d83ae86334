"""Products, variants, stock, locations, promotions: the catalogue records."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """An immutable record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Money(Record):
    """An amount in integer minor units (cents) of an ISO 4217 currency."""

    cents: int
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        amount = f"{abs(self.cents) // 100:,}.{abs(self.cents) % 100:02d}"
        symbol = {"USD": "$", "GBP": "£", "EUR": "€"}.get(self.currency)
        return f"{sign}{symbol}{amount}" if symbol else f"{sign}{amount} {self.currency}"


class Allergen(StrEnum):
    """The fourteen groups of EU Regulation 1169/2011, Annex II (the US nine are among them)."""

    MILK = "milk"
    GLUTEN = "gluten"
    PEANUTS = "peanuts"
    NUTS = "nuts"
    SESAME = "sesame-seeds"
    SOYBEANS = "soybeans"
    EGGS = "eggs"
    FISH = "fish"
    CRUSTACEANS = "crustaceans"
    MOLLUSCS = "molluscs"
    CELERY = "celery"
    MUSTARD = "mustard"
    LUPIN = "lupin"
    SULPHITES = "sulphur-dioxide-and-sulphites"


class Nutrition(Record):
    """Values per 100 g (or 100 ml); ``None`` means the label does not say."""

    energy_kcal: float | None = None
    protein_g: float | None = None
    fat_g: float | None = None
    saturated_fat_g: float | None = None
    carbohydrates_g: float | None = None
    sugars_g: float | None = None
    fibre_g: float | None = None
    sodium_mg: float | None = None
    potassium_mg: float | None = None
    phosphorus_mg: float | None = None
    iron_mg: float | None = None
    caffeine_mg: float | None = None
    alcohol_pct: float | None = None


class Food(Record):
    """What a grocery label declares.

    ``allergens`` is ``None`` when the label declares nothing, which is not the same as an empty declaration:
    a guard must not clear such a product for an affected customer. The same holds for ``traces``.
    """

    ingredients: str = ""
    allergens: tuple[Allergen, ...] | None = None
    traces: tuple[Allergen, ...] | None = None
    nutrition: Nutrition | None = None
    serving: str = ""


class Variant(Record):
    """One sellable unit: a colour and size of a product, or its only form."""

    sku: str
    product_id: str
    price: Money
    color: str = ""
    size: str = ""
    options: dict[str, str] = Field(default_factory=dict)
    """Further options, such as ``{"material": "cotton"}``; colour and size have their own fields."""
    barcode: str = ""
    active: bool = True


class Product(Record):
    """A catalogue entry with its variants."""

    id: str
    name: str
    department: str
    """``fashion``, ``grocery``, or what an import brings."""
    category: str
    """Singular, lower case: ``dress``, ``granola``."""
    brand: str = ""
    description: str = ""
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Facets for filters, lower case: ``season``, ``audience``, ``material``, ``occasion``, ``diet``, ``flavour`` …"""
    food: Food | None = None
    variants: tuple[Variant, ...] = ()
    popularity: float = 0.0
    """Units sold per week over the last twelve weeks."""

    @property
    def price_range(self) -> tuple[Money, Money] | None:
        """Lowest and highest active variant price, or ``None`` without an active variant."""
        prices = sorted((v.price for v in self.variants if v.active), key=lambda p: p.cents)
        return (prices[0], prices[-1]) if prices else None


class Location(Record):
    """A store or warehouse."""

    id: str
    name: str
    kind: Literal["store", "warehouse"]
    address: str = ""
    hours: str = ""
    phone: str = ""


class StockLevel(Record):
    """Units of one variant at one location."""

    sku: str
    location_id: str
    on_hand: int
    reserved: int = 0
    incoming: int = 0
    incoming_on: date | None = None

    @property
    def available(self) -> int:
        """Units that can be promised now."""
        return max(0, self.on_hand - self.reserved)


class Reservation(Record):
    """Units of a variant promised to somebody."""

    id: str
    sku: str
    location_id: str
    quantity: Annotated[int, Field(gt=0)]
    customer_id: str = ""
    order_id: str = ""
    expires_at: datetime | None = None
    """When the promise ends; ``None``: not by itself."""


class Promotion(Record):
    """A price reduction over a period; ``product_ids`` and ``categories`` say to what it applies."""

    id: str
    title: str
    kind: Literal["percent", "amount"]
    value: int
    """Whole percent, or cents."""
    starts_on: date
    ends_on: date
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    members_only: bool = False


class DailySales(Record):
    """Units of one variant sold on one day at one location."""

    sku: str
    location_id: str
    day: date
    units: int
    revenue_cents: int
    on_promotion: bool = False
