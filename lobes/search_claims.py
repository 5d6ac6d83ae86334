"""Claims about a whole search: how many products match, that none does, and what was left out to find the nearest."""

import hashlib
from collections.abc import Sequence

from seamless_retail.core.evidence import Claim, Source
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import SourceText, written_name
from seamless_retail.core.sources import catalogue_source
from seamless_retail.lobes.composer import MAX_LISTED
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.wording import describe_products, join_words, lifted_constraint
from seamless_retail.tools.search import SearchResult


def headline_claims(shop: Shop, query: ProductQuery, found: SearchResult, *, listed: bool = True) -> list[Claim]:
    """What opens the list of the products found.

    Args:
        shop: Names the location of the query.
        query: What was asked.
        found: What the search answered, perhaps with constraints given up.
        listed: Whether the list of these products follows.
    """
    ids = [product.id for product in found.products]
    if not found.relaxed and ids and query.product_ids:
        return []
    if not found.relaxed:
        return [_count(shop, "match_count" if ids else "no_match", query, found.total, ids, listed=listed)]
    wanted = query
    for name in found.relaxed:
        wanted = wanted.without(name)
    lifted = join_words([lifted_constraint(query, name) for name in found.relaxed])
    citation = catalogue_source(found.query, found.total, ids).cite()
    what = describe(shop, wanted, found.total)
    return [
        _count(shop, "no_match", query, 0, [], listed=False),
        make_claim("relaxation", [citation], lifted=lifted, total=f"{found.total:,}", what=what),
    ]


def suitable_claim(suited: SearchResult) -> Claim:
    """How many of the products just told are declared to suit the customer's profile.

    Args:
        suited: The search narrowed to the profile.
    """
    query = suited.query
    free = join_words([written_name(allergen) for allergen in query.exclude_allergens], "or")
    declared = [*query.attributes.get("diet", ()), *([f"without {free}"] if free else [])]
    citation = catalogue_source(query, suited.total, [product.id for product in suited.products]).cite()
    return make_claim(
        "suitable",
        [citation],
        total=f"{suited.total:,}",
        declared=join_words(declared),
        some=_for_example(suited.total),
    )


def words_source(words: str) -> Source:
    """A search by words that found nothing."""
    text = SourceText()
    text.line(f"Catalogue search for “{words}”", "query")
    text.line("Matching products: 0", "total")
    key = hashlib.sha256(words.encode()).hexdigest()[:16]
    return Source(
        id=f"catalogue:words-{key}", kind="catalogue", title="Catalogue search", text=text.text, fields=text.fields
    )


def describe(shop: Shop, query: ProductQuery, number: int) -> str:
    """The query as a noun phrase, its location by name."""
    places = {place.id: place.name for place in shop.stock.locations()} if query.location_id else {}
    return describe_products(query, number, places.get(query.location_id, ""))


def _count(shop: Shop, kind: str, query: ProductQuery, total: int, ids: Sequence[str], *, listed: bool) -> Claim:
    citation = catalogue_source(query, total, ids).cite()
    what, some = describe(shop, query, total), _for_example(total) if listed else ""
    return make_claim(kind, [citation], total=f"{total:,}", what=what, some=some)


def _for_example(total: int) -> str:
    return ", for example" if total > MAX_LISTED else ""
