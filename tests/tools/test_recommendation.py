"""Suggestions: alike, together, popular; each with a true reason."""

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.queries import ProductQuery
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.tools.likeness import likeness, price_ratio
from seamless_retail.tools.recommendation import Recommendation, complements, popular, similar


def ids(found: list[Recommendation]) -> list[str]:
    return [recommendation.product.id for recommendation in found]


def test_the_most_alike_comes_first_and_the_reason_says_in_what(small_shop: SqlShop) -> None:
    found = similar(small_shop, "F7")
    assert ids(found) == ["F1", "F3", "F2"], "linen and summer; summer; nothing but the category"
    assert found[0].reason == "like the Saltgrove Linen Sundress: in linen, for summer"
    assert all(0 <= recommendation.score <= 1 for recommendation in found)


def test_a_product_is_not_similar_to_itself(small_shop: SqlShop) -> None:
    assert "F7" not in ids(similar(small_shop, "F7", limit=20))


def test_filters_hold_for_similar_products(small_shop: SqlShop) -> None:
    assert ids(similar(small_shop, "F7", ProductQuery(price_max_cents=5000))) == ["F1"]


def test_descriptions_count_with_a_retriever(small_shop: SqlShop, retriever: LexicalRetriever) -> None:
    plain = {r.product.id: r.score for r in similar(small_shop, "F1")}
    with_words = {r.product.id: r.score for r in similar(small_shop, "F1", retriever=retriever)}
    assert plain != with_words


def test_complements_come_from_orders_and_count_them(small_shop: SqlShop) -> None:
    found = complements(small_shop, "F4")
    assert ids(found) == ["F5", "G1"]
    assert found[0].reason == "bought with the Northmere Hiking Boots in 2 orders"
    assert found[1].reason.endswith("in 1 order")


def test_cancelled_orders_make_no_complements(small_shop: SqlShop) -> None:
    assert complements(small_shop, "F2") == []


def test_complements_satisfy_the_filters(small_shop: SqlShop) -> None:
    assert ids(complements(small_shop, "F4", ProductQuery(departments=("fashion",)))) == ["F5"]
    assert complements(small_shop, "F4", ProductQuery(product_ids=("F1",))) == []


def test_popular_products_tell_their_sales(small_shop: SqlShop) -> None:
    found = popular(small_shop, ProductQuery(categories=("dress",)), limit=2)
    assert ids(found) == ["F1", "F2"]
    assert found[0].reason == "one of the best sellers, about 40 sold a week"


def test_unknown_ids_are_refused(small_shop: SqlShop) -> None:
    with pytest.raises(NotFoundError, match="F999"):
        similar(small_shop, "F999")


def test_likeness_is_symmetric_and_highest_for_the_same(small_shop: SqlShop) -> None:
    one, other = small_shop.catalogue.get_many(["F1", "F3"])
    assert likeness(one, other) == likeness(other, one) < likeness(one, one) == pytest.approx(1.0)
    assert price_ratio(one, other) == pytest.approx(4900 / 5400)
