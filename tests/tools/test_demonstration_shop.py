"""Reading and searching over the demonstration shop: every product shown satisfies the whole request."""

from collections.abc import Callable

import pytest

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.database import SqlShop
from seamless_retail.tools.recommendation import complements, similar
from seamless_retail.tools.search import SearchResult, matching_variants, search_products
from seamless_retail.tools.understanding import CatalogueQueryReader


@pytest.fixture(scope="session")
def find(shop: SqlShop) -> Callable[[str], SearchResult]:
    reader = CatalogueQueryReader(shop.catalogue.vocabulary())
    return lambda text: search_products(shop, reader.read(text).products, limit=20)


def _blue_summer_dress(product: Product, result: SearchResult) -> bool:
    blue = {"blue", "navy", "sky blue", "cobalt", "indigo"}
    fits = [v for v in matching_variants(product, result.query) if v.price.cents < 5000 and v.color in blue]
    return bool(fits) and product.category == "dress" and "summer" in product.attributes["season"]


def _free_of_nuts(product: Product, result: SearchResult) -> bool:
    food = product.food
    assert food
    declared = (*(food.allergens or ()), *(food.traces or ()))
    return food.allergens is not None and not {Allergen.NUTS, Allergen.PEANUTS} & set(declared)


REQUESTS: list[tuple[str, Callable[[Product, SearchResult], bool]]] = [
    ("Find blue summer dresses under $50", _blue_summer_dress),
    ("nut-free cookies", _free_of_nuts),
    ("men's black jeans 32 waist", lambda p, r: any((v.color, v.size) == ("black", "32") for v in p.variants)),
    ("halal meat", lambda p, r: "halal" in p.attributes["diet"]),
    ("trousers without polyester", lambda p, r: not any("polyester" in m for m in p.attributes["material"])),
    ("granola without raisins", lambda p, r: bool(p.food) and "raisin" not in p.food.ingredients.lower()),
]


@pytest.mark.parametrize(("text", "holds"), REQUESTS)
def test_every_product_shown_satisfies_the_request(
    find: Callable[[str], SearchResult], text: str, holds: Callable[[Product, SearchResult], bool]
) -> None:
    result = find(text)
    assert result.products
    assert not result.relaxed
    assert all(holds(product, result) for product in result.products)


@pytest.mark.parametrize(("text", "relaxed"), [("a turquoise dress", "colors"), ("boots in size 99", "sizes")])
def test_what_the_shop_lacks_is_named(find: Callable[[str], SearchResult], text: str, relaxed: str) -> None:
    result = find(text)
    assert result.relaxed == (relaxed,)
    assert result.products


def test_every_product_is_found_by_its_name(shop: SqlShop) -> None:
    vocabulary = shop.catalogue.vocabulary()
    reader = CatalogueQueryReader(vocabulary)
    missed = [
        name
        for name, product_id in list(vocabulary.product_names.items())[::7]
        if reader.read(f"Tell me about the {name}, please.").products.product_ids != (product_id,)
    ]
    assert missed == []


def test_suggestions_are_other_products_of_the_shop(shop: SqlShop) -> None:
    anchor = search_products(shop, CatalogueQueryReader(shop.catalogue.vocabulary()).read("dresses").products).products[
        0
    ]
    found = [*similar(shop, anchor.id), *complements(shop, anchor.id)]
    assert found
    assert anchor.id not in {recommendation.product.id for recommendation in found}
