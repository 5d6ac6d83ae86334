"""Search: filters are kept, words order, and what was given up is named."""

import pytest

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.database import SqlShop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.tools.search import SearchResult, matching_variants, search_products


def ids(result: SearchResult) -> list[str]:
    return [product.id for product in result.products]


def test_all_filters_hold_for_every_product(small_shop: SqlShop) -> None:
    query = ProductQuery(categories=("dress",), attributes={"season": ("summer",)}, price_max_cents=5500)
    result = search_products(small_shop, query)
    assert (ids(result), result.total, result.relaxed) == (["F1", "F3"], 2, ())


def test_color_size_and_price_hold_for_one_variant(small_shop: SqlShop) -> None:
    query = ProductQuery(categories=("dress",), colors=("sky blue",), sizes=("s",))
    assert search_products(small_shop, query).relaxed == ("colors",), "F3 is sky blue in m and l only"


def test_words_order_the_products_that_the_filters_leave(small_shop: SqlShop, retriever: LexicalRetriever) -> None:
    query = ProductQuery(categories=("dress",), text="deep pockets")
    assert ids(search_products(small_shop, query, retriever))[0] == "F3"
    assert set(ids(search_products(small_shop, query, retriever))) == {"F1", "F2", "F3", "F7"}, "ranking drops nothing"


def test_words_alone_find_only_what_they_reach(small_shop: SqlShop, retriever: LexicalRetriever) -> None:
    assert ids(search_products(small_shop, ProductQuery(text="pockets beach"), retriever)) == ["F3"]
    assert ids(search_products(small_shop, ProductQuery(text="telescope"), retriever)) == []


def test_without_a_retriever_names_are_searched(small_shop: SqlShop) -> None:
    assert ids(search_products(small_shop, ProductQuery(text="hiking"))) == ["F4"]


def test_the_score_asked_for_is_kept(small_shop: SqlShop, retriever: LexicalRetriever) -> None:
    query = ProductQuery(text="pockets")
    assert ids(search_products(small_shop, query, retriever, min_score=2.0)) == []


def test_a_sort_order_goes_before_words(small_shop: SqlShop, retriever: LexicalRetriever) -> None:
    query = ProductQuery(categories=("dress",), text="pockets", sort="price_descending")
    assert ids(search_products(small_shop, query, retriever))[0] == "F2"


RELAXED = [
    pytest.param(
        ProductQuery(categories=("dress",), colors=("navy",), price_max_cents=4500),
        (("price",), "F1"),
        id="the price is the nearest to give up: $49 instead of $45",
    ),
    pytest.param(
        ProductQuery(categories=("dress",), colors=("navy",), attributes={"season": ("winter",)}),
        (("attributes.season",), "F1"),
        id="a season costs less than a color",
    ),
    pytest.param(
        ProductQuery(categories=("boots",), sizes=("39",), colors=("black",)),
        (("sizes",), "F4"),
        id="only without the size is there something",
    ),
    pytest.param(
        ProductQuery(categories=("boots",), colors=("pink",), sizes=("39",)),
        (("colors", "sizes"), "F4"),
        id="neither alone is enough: both are given up",
    ),
    pytest.param(
        ProductQuery(categories=("dress",), price_min_cents=20000),
        (("price",), "F2"),
        id="below a lowest price the nearest is the dearest",
    ),
    pytest.param(
        ProductQuery(categories=("dress",), exclude={"colors": ("navy", "red", "black", "sky blue", "yellow", "blue")}),
        (("exclude.colors",), "F1"),
        id="an exclusion can be given up",
    ),
]


@pytest.mark.parametrize(("query", "expected"), RELAXED)
def test_the_nearest_products_name_what_was_given_up(
    small_shop: SqlShop, query: ProductQuery, expected: tuple[tuple[str, ...], str]
) -> None:
    result = search_products(small_shop, query)
    assert (result.relaxed, ids(result)[0]) == expected


def test_nearest_prices_come_first_when_the_price_was_given_up(small_shop: SqlShop) -> None:
    result = search_products(small_shop, ProductQuery(categories=("dress",), price_max_cents=2000))
    assert ids(result) == ["F1", "F3", "F7", "F2"]


NEVER_RELAXED = [
    ProductQuery(categories=("cookies",), exclude_allergens=(Allergen.GLUTEN,)),
    ProductQuery(categories=("cookies",), attributes={"diet": ("vegan",)}),
    ProductQuery(categories=("telescope",)),
    ProductQuery(product_ids=("F999",)),
    ProductQuery(categories=("cookies",), exclude={"ingredients": ("oats", "wheat flour")}),
]


@pytest.mark.parametrize("query", NEVER_RELAXED)
def test_what_could_harm_and_what_was_meant_is_never_given_up(small_shop: SqlShop, query: ProductQuery) -> None:
    assert search_products(small_shop, query) == SearchResult(query=query)


def test_a_food_without_a_declaration_is_not_free_of_allergens(small_shop: SqlShop) -> None:
    query = ProductQuery(categories=("granola",), exclude_allergens=(Allergen.NUTS,))
    assert ids(search_products(small_shop, query)) == ["G2"]


EXCLUDED = [
    (ProductQuery(categories=("dress",), exclude={"colors": ("navy", "red")}), {"F2", "F3", "F7"}),
    (ProductQuery(categories=("dress",), exclude={"material": ("linen",)}), {"F2", "F3"}),
    (ProductQuery(categories=("dress",), exclude={"brands": ("marlowe",)}), {"F3", "F7"}),
    (ProductQuery(categories=("dress",), exclude={"product_ids": ("F1", "F3")}), {"F2", "F7"}),
    (ProductQuery(categories=("dress",), colors=("yellow",), exclude={"sizes": ("m", "l")}), set()),
    (ProductQuery(departments=("fashion",), exclude={"categories": ("dress",)}), {"F4", "F5", "F6"}),
    (ProductQuery(categories=("granola",), exclude={"ingredients": ("raisins",)}), {"G1"}),
]


@pytest.mark.parametrize(("query", "expected"), EXCLUDED)
def test_what_must_not_hold_is_left_out(small_shop: SqlShop, query: ProductQuery, expected: set[str]) -> None:
    assert set(small_shop.catalogue.find_ids(query)) == expected


def test_stock_counts_reservations_and_the_place(small_shop: SqlShop) -> None:
    query = ProductQuery(categories=("dress",), location_id="downtown", in_stock=True, quantity=2)
    assert ids(search_products(small_shop, query)) == ["F1"]
    assert search_products(small_shop, query.model_copy(update={"quantity": 3})).relaxed == ("availability",)


def test_the_variants_that_match_are_known(small_shop: SqlShop) -> None:
    product: Product | None = small_shop.catalogue.get("F1")
    assert product is not None
    query = ProductQuery(colors=("navy", "blue"), exclude={"sizes": ("m",)}, price_max_cents=4900)
    assert [variant.sku for variant in matching_variants(product, query)] == ["F1-nav-s"]
