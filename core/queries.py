"""A customer's wish as filters, and what a conversation is about."""

from typing import Literal

from pydantic import Field

from seamless_retail.core.catalogue import Allergen, Record
from seamless_retail.core.wishes import Wish

Sort = Literal["relevance", "price_ascending", "price_descending", "popularity"]


class ProductQuery(Record):
    """Filters that a product must satisfy *all* of, and the free text that ranks what remains.

    Values inside one field are alternatives (blue *or* navy); fields are conjunctive. Colour, size and price must hold
    for one and the same variant. Empty fields do not filter.
    """

    text: str = ""
    departments: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Facets by name: ``season``, ``audience``, ``material``, ``occasion``, ``diet`` …"""
    price_min_cents: int | None = None
    """Inclusive."""
    price_max_cents: int | None = None
    """Inclusive."""
    exclude_allergens: tuple[Allergen, ...] = ()
    """Products that declare one of these, as ingredient or trace, or declare nothing at all, do not match."""
    exclude: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Values that must not hold ("not red", "without wool"), by field.

    Keys are ``colors``, ``sizes``, ``brands``, ``categories``, ``product_ids``, an attribute's name (``material``), or
    ``ingredients``: words of the ingredient list, where a food without one does not match. Colour and size exclusions
    hold for the variant that matches the other filters.
    """
    product_ids: tuple[str, ...] = ()
    location_id: str = ""
    in_stock: bool = False
    quantity: int | None = None
    """Units wanted of each; with ``in_stock``, at least so many must be available."""
    sort: Sort = "relevance"

    def constraints(self) -> tuple[str, ...]:
        """Names of the constraints that are set: ``price``, ``colors``, ``sizes``, ``attributes.season`` and so on."""
        names = [
            name
            for name in ("categories", "brands", "colors", "sizes", "departments", "exclude_allergens", "product_ids")
            if getattr(self, name)
        ]
        names += [f"attributes.{name}" for name, values in self.attributes.items() if values]
        names += [f"exclude.{name}" for name, values in self.exclude.items() if values]
        if self.price_min_cents is not None or self.price_max_cents is not None:
            names.append("price")
        if self.in_stock or self.location_id:
            names.append("availability")
        return tuple(names)

    def without(self, constraint: str) -> "ProductQuery":
        """A copy with one constraint (a name from :meth:`constraints`) lifted."""
        if constraint == "price":
            return self.model_copy(update={"price_min_cents": None, "price_max_cents": None})
        if constraint == "availability":
            return self.model_copy(update={"in_stock": False, "location_id": "", "quantity": None})
        facet, _, name = constraint.partition(".")
        if name:
            kept = {key: values for key, values in getattr(self, facet).items() if key != name}
            return self.model_copy(update={facet: kept})
        return self.model_copy(update={constraint: ()})


class Focus(Record):
    """What the conversation is about, carried from turn to turn in the thread."""

    product_ids: tuple[str, ...] = ()
    """Products shown last, in the order shown ("the second one")."""
    selected_product_id: str = ""
    """The product the last turn singled out ("it")."""
    pictured_product_id: str = ""
    """That product, where only a picture told which it is."""
    query: ProductQuery | None = None
    """The last product query ("cheaper", "in red")."""
    order_id: str = ""
    intent: str = ""
    asked: Wish | None = None
    """What the customer wants done and was asked back about."""
    statements: tuple[dict[str, str], ...] = ()
    """What this conversation said that somebody must not eat: contraindications as JSON, as
    ``lobes/guardrails/household.py`` writes them."""
    unread: bool = False
    """Whether this conversation announced a restriction that nobody could read, and has not said it since: no food is
    cleared."""


class Understanding(Record):
    """What one message asks, read against the vocabulary of the catalogue and the thread's focus."""

    text: str
    """The message, normalised (NFC, trimmed)."""
    standalone: str
    """The message made self-contained for retrieval, follow-ups resolved."""
    products: ProductQuery = ProductQuery()
    order_id: str = ""
    """An order the message names, or the one in focus."""
    is_follow_up: bool = False
    selected_product_id: str = ""
    """The one product a follow-up points to."""
    wants: tuple[str, ...] = ()
    """What is asked of a product: ``price``, ``stock``, ``size``, ``ingredients``, ``allergens``, ``nutrition`` …"""
    about_memory: Literal["", "recall", "forget"] = ""
    """Whether it asks what was said in earlier conversations, or to forget it."""
    wish: Wish | None = None
    """What the customer wants done."""
    notes: tuple[str, ...] = ()
    """What the reader had to assume, in sentences a customer understands."""
