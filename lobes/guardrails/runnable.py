"""The food guard as a function and as a LangChain ``Runnable``, for whoever builds their own chain or service."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from seamless_retail.core.catalogue import Product
from seamless_retail.core.customers import DietaryProfile
from seamless_retail.core.errors import InvalidQueryError, NotFoundError
from seamless_retail.core.ports import Shop
from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
from seamless_retail.lobes.guardrails.food_shelf import CustomerTable, FoodShelf
from seamless_retail.lobes.guardrails.hold_back import Check
from seamless_retail.lobes.guardrails.patient import PatientContext, from_profile, read_context
from seamless_retail.lobes.guardrails.patient import from_record as context_from_record
from seamless_retail.lobes.guardrails.rules import ProductFacts, from_product
from seamless_retail.lobes.guardrails.rules import from_record as product_from_record

Customer = str | PatientContext | DietaryProfile | Mapping[str, Any]
"""Who is to be protected: their own words, a context, the shop's profile, or a profile as JSON."""
Food = str | ProductFacts | Product | Mapping[str, Any]
"""A label as facts, as our record or as JSON; as text an id, a sku or a name of the shop."""

_FIELDS = frozenset({"context", "profile", "product", "products", "text", "jurisdiction"})


def check_food(
    context: Customer,
    product: Food,
    *,
    guard: FoodGuard | None = None,
    shop: Shop | None = None,
    jurisdiction: str | None = None,
) -> FoodVerdict:
    """Judge one product for one customer.

    Args:
        context: Who is to be protected.
        product: What is to be eaten.
        guard: Judges; the default takes the settings' defaults.
        shop: Where a product given as text is looked up.
        jurisdiction: Country or body of law.

    Raises:
        InvalidQueryError: The customer or the product is of no kind that can be read.
        NotFoundError: The shop has no such product.
    """
    judge = guard or FoodGuard()
    return judge.check(_context(context), (_facts(product, FoodShelf(shop)),), jurisdiction=jurisdiction)[0]


def text_check(
    context: Customer, *, guard: FoodGuard | None = None, shop: Shop | None = None, jurisdiction: str | None = None
) -> Check:
    """The check of a :class:`~seamless_retail.lobes.guardrails.hold_back.HoldBack` for one customer.

    Args:
        context: Who is to be protected.
        guard: Judges; the default takes the settings' defaults.
        shop: Products that a text names are judged by their labels there.
        jurisdiction: Country or body of law.

    Raises:
        InvalidQueryError: The customer is of no kind that can be read.
    """
    judge, shelf = guard or FoodGuard(), FoodShelf(shop)
    judge.warm()
    shelf.warm()
    return CustomerTable(judge, shelf, _context(context), jurisdiction).against_text


def as_runnable(
    guard: FoodGuard | None = None, *, shop: Shop | None = None
) -> Runnable[dict[str, Any], list[FoodVerdict]]:
    """The guard as a runnable: ``invoke``, ``batch``, their async forms, and every place of a chain.

    Its input holds ``context`` or ``profile`` (or both, which then count together), one of ``product``, ``products``
    and ``text``, and ``jurisdiction`` if wanted; its output is a verdict for each product, or for the text. An input
    that cannot be read raises ``InvalidQueryError``: it is never a verdict.

    Args:
        guard: Judges; the default takes the settings' defaults.
        shop: Where products given as text are looked up.
    """
    judge, shelf = guard or FoodGuard(), FoodShelf(shop)

    def food_guard(given: dict[str, Any]) -> list[FoodVerdict]:
        return _verdicts(judge, shelf, given)

    return RunnableLambda(food_guard, name="food_guard")


def _verdicts(guard: FoodGuard, shelf: FoodShelf, given: Mapping[str, Any]) -> list[FoodVerdict]:
    if unknown := sorted(set(given) - _FIELDS):
        raise InvalidQueryError(f"Unknown fields: {', '.join(unknown)}.", f"Known are {', '.join(sorted(_FIELDS))}.")
    customers = [_context(given[name]) for name in ("profile", "context") if given.get(name) is not None]
    if not customers:
        raise InvalidQueryError("Nobody is named to check for.", "Give 'context', 'profile' or both.")
    told = customers[-1]
    context = PatientContext(told.text, told.language, tuple(c for one in customers for c in one.contraindications))
    wanted = [name for name in ("product", "products", "text") if given.get(name) is not None]
    if len(wanted) != 1:
        raise InvalidQueryError("There is not one thing to check.", "Give one of 'product', 'products' and 'text'.")
    jurisdiction, what = given.get("jurisdiction"), given[wanted[0]]
    if wanted == ["text"]:
        if not isinstance(what, str):
            raise InvalidQueryError("The field 'text' is not text.", "Give a string.")
        return list(guard.check_texts(context, (what,), jurisdiction=jurisdiction))
    if wanted == ["products"] and (isinstance(what, str | Mapping) or not isinstance(what, Sequence)):
        raise InvalidQueryError("The field 'products' is not a list.", "Give a list, or one thing as 'product'.")
    foods = [_facts(food, shelf) for food in (what if wanted == ["products"] else (what,))]
    return list(guard.check(context, foods, jurisdiction=jurisdiction))


def _context(given: Customer) -> PatientContext:
    if isinstance(given, PatientContext):
        return given
    if isinstance(given, DietaryProfile):
        return from_profile(given)
    if isinstance(given, str):
        return read_context(given)
    if isinstance(given, Mapping):
        try:
            return context_from_record(given)
        except ValueError as error:
            raise InvalidQueryError(str(error), "Give lists: allergies, conditions, medicines, diets.") from error
    raise InvalidQueryError(
        f"A customer cannot be read from a {type(given).__name__}.", "Give text, a context or a profile."
    )


def _facts(given: Food, shelf: FoodShelf) -> ProductFacts:
    if isinstance(given, ProductFacts):
        return given
    if isinstance(given, Product):
        return from_product(given)
    if isinstance(given, Mapping):
        try:
            return product_from_record(given)
        except ValueError as error:
            raise InvalidQueryError(str(error), "Give at least 'name' or 'ingredients' as text.") from error
    if isinstance(given, str):
        if shelf.shop is None:
            raise InvalidQueryError(f"There is no shop to look {given!r} up in.", "Give shop=, or the label itself.")
        product = shelf.product(given)
        if product is None:
            raise NotFoundError(f"The shop has no product {given!r}.", "Give an id, a sku or the exact name.")
        return from_product(product)
    raise InvalidQueryError(f"A product cannot be read from a {type(given).__name__}.", "Give a label or an id.")
