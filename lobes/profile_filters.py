"""A product query narrowed to what the customer may eat, so that the guards leave something over."""

from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.lobe import LobeRequest


def within_profile(shop: Shop, request: LobeRequest, query: ProductQuery) -> ProductQuery:
    """The query without the allergens of the verified customer's profile and of the conversation, and in their diet.

    The same query where nothing restricts the customer; the diet counts for groceries only. It narrows only: whether a
    food is cleared is for the guards.
    """
    customer_id = request.principal.customer_id
    customer = shop.customers.get(customer_id) if customer_id else None
    allergies = [allergy.allergen for allergy in customer.profile.allergies] if customer else []
    allergens = tuple(dict.fromkeys((*query.exclude_allergens, *allergies, *request.focus.avoided_allergens)))
    query = query.model_copy(update={"exclude_allergens": allergens})
    if customer is None or not customer.profile.diets or "diet" in query.attributes or not _is_for_food(shop, query):
        return query
    known = shop.catalogue.vocabulary().attributes.get("diet", ())
    diets = tuple(diet for diet in customer.profile.diets if diet in known)[:1]
    return query.model_copy(update={"attributes": {**query.attributes, "diet": diets}}) if diets else query


def _is_for_food(shop: Shop, query: ProductQuery) -> bool:
    departments = shop.catalogue.vocabulary().category_departments
    found = {*query.departments, *(departments.get(category, "") for category in query.categories)}
    return found == {"grocery"}
