"""A product query narrowed to what the customer may eat, so that the guards leave something over."""

from collections.abc import Iterator

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Customer
from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.lobes.guardrails.household import from_records
from seamless_retail.lobes.guardrails.patient import Contraindication, from_profile
from seamless_retail.lobes.lobe import LobeRequest

_LABELLED = {allergen.value: allergen for allergen in Allergen}


def within_profile(shop: Shop, request: LobeRequest, query: ProductQuery) -> ProductQuery:
    """The query without the allergens of the verified customer's profile and of the conversation, and in their diet.

    The same query where nothing restricts the customer; the diet counts for groceries only. It narrows only: whether a
    food is cleared is for the guards.
    """
    customer_id = request.principal.customer_id
    customer = shop.customers.get(customer_id) if customer_id else None
    active = [found for found in _statements(customer, request.focus) if found.is_active]
    avoided = (_LABELLED[id] for found in active for id in _allergens(found) if id in _LABELLED)
    allergens = tuple(dict.fromkeys((*query.exclude_allergens, *avoided)))
    query = query.model_copy(update={"exclude_allergens": allergens})
    wanted = [found.id for found in active if found.kind == "diet"]
    if not wanted or "diet" in query.attributes or not _is_for_food(shop, query):
        return query
    known = shop.catalogue.vocabulary().attributes.get("diet", ())
    diets = tuple(diet for diet in wanted if diet in known)[:1]
    return query.model_copy(update={"attributes": {**query.attributes, "diet": diets}}) if diets else query


def _statements(customer: Customer | None, focus: Focus) -> Iterator[Contraindication]:
    if customer is not None:
        yield from from_profile(customer.profile).contraindications
    yield from from_records(focus.statements)


def _allergens(found: Contraindication) -> tuple[str, ...]:
    """The allergens to keep away from: of an allergy, or of a condition that one triggers, as coeliac disease."""
    condition = load_conditions().get(found.id) if found.kind == "condition" else None
    return condition.allergens if condition else (found.id,)


def _is_for_food(shop: Shop, query: ProductQuery) -> bool:
    departments = shop.catalogue.vocabulary().category_departments
    found = {*query.departments, *(departments.get(category, "") for category in query.categories)}
    return found == {"grocery"}
