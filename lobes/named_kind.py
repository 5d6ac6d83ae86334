"""Questions of whether a kind of food suits the customer: "is the tahini safe for me?", "can I eat the hummus?"."""

import re

from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.lobes.stems import content_stems

_ASKS_WHETHER = re.compile(
    r"\b(?:(?:can|may|could|should) (?:i|we|he|she|they|my \w+) (?:still )?(?:eat|drink)"
    r"|(?:safe|ok|okay|fine|all right|alright|suitable) for (?:me|us|him|her|them|my \w+)|safe to eat)\b",
    re.IGNORECASE,
)


def asked_kind(shop: Shop, understanding: Understanding) -> ProductQuery:
    """The query narrowed to the foods whose name has the words of the message, if it asks whether they suit somebody.

    The very foods that were asked about are then judged, and the verdict is told; they are not only left out of a
    wider category. The same query where nothing is asked of that kind, or no name has such a word.
    """
    query = understanding.products
    words = content_stems(query.text) or content_stems(" ".join(query.categories))
    if query.product_ids or not words or not _ASKS_WHETHER.search(understanding.text):
        return query
    found = shop.catalogue.get_many(shop.catalogue.find_ids(query))
    named = tuple(p.id for p in found if p.department == "grocery" and words <= content_stems(p.name))
    return query.model_copy(update={"product_ids": named}) if named else query


def asks_of_nothing(understanding: Understanding) -> bool:
    """Whether it asks if something suits somebody and does not say what, as "is this safe for me?" at the start."""
    query = understanding.products
    return bool(_ASKS_WHETHER.search(understanding.text)) and not (query.text or query.constraints())
