"""Search for products: filters decide what may be shown, words decide the order."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, PrivateAttr

from seamless_retail.core.catalogue import Allergen, Product, Record, Variant
from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.ports import Catalogue, Shop, Vocabulary
from seamless_retail.core.queries import ProductQuery, Sort
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.product_lines import product_line
from seamless_retail.tools.relaxation import relax
from seamless_retail.tools.understanding.lexicon import Lexicon
from seamless_retail.tools.understanding.message import words_of
from seamless_retail.tools.understanding.wording import describe_constraint

_PASSAGES_PER_PRODUCT = 4
"""Passages asked of the retriever for each product wanted, since several may be of the same product."""


class SearchResult(Record):
    """What a search found, best first."""

    products: tuple[Product, ...] = ()
    total: int = 0
    """Products that satisfy ``query``, shown or not."""
    relaxed: tuple[str, ...] = ()
    """Names of the constraints given up because nothing satisfied them all; see ``ProductQuery.constraints``."""
    query: ProductQuery = ProductQuery()
    """The query that was answered, without the constraints given up."""


def search_products(
    shop: Shop, query: ProductQuery, retriever: BaseRetriever | None = None, limit: int = 5, min_score: float = 0.0
) -> SearchResult:
    """Find products that satisfy all filters of a query; if there are none, the nearest, naming what was given up.

    Allergens, diets and categories are never given up. Words in ``query.text`` order the products; a query of words
    alone returns only products that the words reach.

    Args:
        shop: The shop.
        query: Filters and words.
        retriever: Orders products by words, called with ``k`` and ``filter``; without one, words in names count.
        limit: Products returned at most.
        min_score: For a query of words alone, the ``score`` a passage must have where the retriever gives one.
    """
    ids = shop.catalogue.find_ids(query)
    relaxed: tuple[str, ...] = ()
    if not ids and (relaxation := relax(shop.catalogue, query)):
        ids, relaxed, query = relaxation.product_ids, relaxation.names, relaxation.query
    if query.text and not query.constraints():
        reached = set(_reached(shop.catalogue, ids, query, retriever, limit, min_score))
        ids = [product_id for product_id in ids if product_id in reached]
    ranked = ids if "price" in relaxed else rank(shop.catalogue, ids, query, retriever, limit)
    if query.sort == "relevance":
        ranked = _children_last(shop.catalogue, ranked, query)
    return SearchResult(
        products=tuple(shop.catalogue.get_many(ranked[:limit])), total=len(ranked), relaxed=relaxed, query=query
    )


def rank(
    catalogue: Catalogue, ids: Sequence[str], query: ProductQuery, retriever: BaseRetriever | None, limit: int
) -> list[str]:
    """Order products by how well they suit the words of a query; those that the words do not reach keep their order."""
    if not query.text or query.sort != "relevance" or not ids:
        return list(ids)
    reached = _reached(catalogue, ids, query, retriever, limit)
    return reached + [product_id for product_id in ids if product_id not in set(reached)]


def _children_last(catalogue: Catalogue, ids: Sequence[str], query: ProductQuery) -> list[str]:
    """The same products, with those for children behind the others when the query says nothing of for whom."""
    if "audience" in query.attributes or "grocery" in query.departments or query.product_ids:
        return list(ids)
    excluded = {**query.exclude, "audience": (*query.exclude.get("audience", ()), "kids")}
    others = set(catalogue.find_ids(query.model_copy(update={"exclude": excluded})))
    return sorted(ids, key=lambda product_id: product_id not in others)


def _reached(
    catalogue: Catalogue,
    ids: Sequence[str],
    query: ProductQuery,
    retriever: BaseRetriever | None,
    limit: int,
    min_score: float = 0.0,
) -> list[str]:
    """Those of the products that the words of a query reach, best first."""
    allowed = set(ids)
    if retriever is None:
        named = _shared_words(catalogue, query.text)
        return sorted((p for p in ids if p in named), key=lambda p: -named[p])
    where = {"product_id": {"$in": list(ids)}} if query.constraints() else {"kind": "product"}
    documents = retriever.invoke(query.text, k=limit * _PASSAGES_PER_PRODUCT, filter=where)
    good = [document.metadata for document in documents if document.metadata.get("score", 1.0) >= min_score]
    return [p for p in dict.fromkeys(str(m.get("product_id", "")) for m in good) if p in allowed]


def _shared_words(catalogue: Catalogue, text: str) -> dict[str, int]:
    """How many words of a text each product's name has, for the products whose name has any."""
    words = set(words_of(text))
    shared = {p: len(words & set(words_of(name))) for name, p in catalogue.vocabulary().product_names.items()}
    return {product_id: count for product_id, count in shared.items() if count}


def matching_variants(product: Product, query: ProductQuery) -> tuple[Variant, ...]:
    """The active variants of a product that satisfy the color, size and price of a query."""
    low, high = query.price_min_cents, query.price_max_cents
    return tuple(
        variant
        for variant in product.variants
        if variant.active
        and (not query.colors or variant.color in query.colors)
        and (not query.sizes or variant.size in query.sizes)
        and variant.color not in query.exclude.get("colors", ())
        and variant.size not in query.exclude.get("sizes", ())
        and (low is None or variant.price.cents >= low)
        and (high is None or variant.price.cents <= high)
    )


class SearchArguments(BaseModel):
    """Filters that every product found satisfies, and words that order them."""

    text: str = Field(
        "", max_length=400, description="Words for what no filter below expresses, such as 'with pockets'."
    )
    categories: list[str] = Field([], description="Kinds of product, singular: 'dress', 'granola'.")
    brands: list[str] = Field([], description="Brand names.")
    colors: list[str] = Field([], description="Colors; a family such as 'blue' includes its shades.")
    sizes: list[str] = Field([], description="Sizes as on the label: 'm', '42'.")
    attributes: dict[str, list[str]] = Field(
        {}, description="Further facets by name: season, audience, material, occasion, pattern, fit, diet, flavour."
    )
    price_min: float | None = Field(None, ge=0, description="Lowest price, in whole currency units.")
    price_max: float | None = Field(None, ge=0, description="Highest price, in whole currency units.")
    exclude_allergens: list[Allergen] = Field([], description="Allergens a food must be declared free of.")
    location_id: str = Field("", description="Store or warehouse that must have it in stock.")
    in_stock: bool = Field(False, description="Whether it must be in stock somewhere.")
    sort: Sort = Field("relevance", description="Order of the products.")
    limit: int = Field(5, ge=1, le=20, description="Products to return.")


def query_of(arguments: SearchArguments, lexicon: Lexicon) -> ProductQuery:
    """The query that typed arguments mean, in the words of the catalogue.

    Raises:
        InvalidQueryError: A category or attribute value is unknown, or the price bounds exclude each other.
    """
    low, high = arguments.price_min, arguments.price_max
    if low is not None and high is not None and low > high:
        raise InvalidQueryError(f"price_min {low} is above price_max {high}.", "Give bounds that leave some prices.")
    attributes = {
        name.lower(): _values(lexicon, f"attributes.{name.lower()}", values)
        for name, values in arguments.attributes.items()
    }
    return ProductQuery(
        text=arguments.text.strip(),
        categories=_values(lexicon, "categories", arguments.categories),
        brands=_values(lexicon, "brands", arguments.brands),
        colors=_values(lexicon, "colors", arguments.colors),
        sizes=tuple(size.lower() for size in arguments.sizes),
        attributes=attributes,
        price_min_cents=None if low is None else round(low * 100),
        price_max_cents=None if high is None else round(high * 100),
        exclude_allergens=tuple(arguments.exclude_allergens),
        location_id=arguments.location_id.lower(),
        in_stock=arguments.in_stock or bool(arguments.location_id),
        sort=arguments.sort,
    )


def _values(lexicon: Lexicon, facet: str, phrases: Sequence[str]) -> tuple[str, ...]:
    """The catalogue's values for what a model wrote.

    Raises:
        InvalidQueryError: The catalogue has no such value; the remedy names similar ones.
    """
    values: list[str] = []
    for phrase in phrases:
        meant = lexicon.values(facet, phrase)
        if not meant:
            known = lexicon.known_values(facet)
            near = get_close_matches(phrase.lower(), known, n=5, cutoff=0.4) or list(known)[:12]
            name = facet.removeprefix("attributes.")
            remedy = f"Known are, among others: {', '.join(near)}." if near else "Leave it out."
            raise InvalidQueryError(f"The shop has no {name} {phrase!r}.", remedy)
        values += meant
    return tuple(dict.fromkeys(values))


class SearchProductsTool(ShopTool):
    """``search_products``: see :func:`search_products`."""

    name: str = "search_products"
    description: str = (
        "Find products in the shop by category, color, size, price, attributes, allergens and words. When nothing "
        "satisfies everything, returns the nearest products and says which wish they do not meet."
    )
    args_schema: ArgsSchema | None = SearchArguments
    retriever: BaseRetriever | None = Field(None, exclude=True, repr=False)
    _lexicon: tuple[Vocabulary, Lexicon] | None = PrivateAttr(None)

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Search with the arguments of :class:`SearchArguments`."""
        arguments = SearchArguments(text=args[0]) if args else SearchArguments(**kwargs)
        asked = query_of(arguments, self._current_lexicon())
        result = search_products(self.shop, asked, self.retriever, arguments.limit)
        return _content(result, asked), {
            "products": [product.model_dump(mode="json") for product in result.products],
            "total": result.total,
            "relaxed": list(result.relaxed),
        }

    def _current_lexicon(self) -> Lexicon:
        vocabulary = self.shop.catalogue.vocabulary()
        if self._lexicon is None or self._lexicon[0] is not vocabulary:
            self._lexicon = vocabulary, Lexicon(vocabulary)
        return self._lexicon[1]


def _content(result: SearchResult, asked: ProductQuery) -> str:
    if not result.products:
        return "No product matches, even with a wish given up."
    opening = f"{result.total} products match; the first {len(result.products)}:"
    if result.relaxed:
        wishes = " and ".join(describe_constraint(asked, name) for name in result.relaxed)
        opening = f"Nothing matches everything. Nearest, but not {wishes}:"
    lines = [product_line(p, matching_variants(p, result.query) or p.variants) for p in result.products]
    return "\n".join([opening, *lines])
