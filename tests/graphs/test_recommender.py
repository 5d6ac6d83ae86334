"""Recommending after a history: the shop's products, or what a model learned from other purchases."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import ShopDatabaseError, UnknownCustomerError
from seamless_retail.core.ports import FoodCheck
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.next_item import DeferredNextItem, next_item_folder, open_next_item
from seamless_retail.graphs.recommender import Recommender, open_recommender
from seamless_retail.lobes.guardrails.food_check import ProfileFoodCheck
from seamless_retail.models.item_neighbours import count_neighbours
from seamless_retail.models.module import save_module
from seamless_retail.models.next_item import Blend, NetworkConfig, NextItemModel, SequenceNetwork

Trained = Callable[[Sequence[str]], DeferredNextItem]


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    """A model, saved and opened as the shop opens it, to which each item is followed by the next."""

    def make(items: Sequence[str]) -> DeferredNextItem:
        numbers = list(range(1, len(items) + 1))
        near = count_neighbours([numbers], len(items), kept=4)
        network = SequenceNetwork(NetworkConfig(len(items), width=4))
        counts = np.array([0, *range(len(items), 0, -1)])
        save_module(tmp_path, NextItemModel(items, network, near, counts, Blend(neighbours=50.0)).stored())
        return DeferredNextItem(tmp_path)

    return make


@pytest.fixture
def food_check(shop: SqlShop) -> FoodCheck:
    return ProfileFoodCheck(shop.customers)


def product_of(shop: SqlShop, sku: str) -> str:
    product = shop.catalogue.by_sku(sku)
    assert product is not None
    assert sum(level.available for level in shop.stock.levels([sku])[sku]) > 0
    return product.id


def test_a_sku_or_an_id_of_the_shop_is_followed_by_products_in_stock(shop: SqlShop, food_check: FoodCheck) -> None:
    variant = shop.catalogue.get_many(["F00001"])[0].variants[0]
    recommender = Recommender(shop, None, food_check)
    found = recommender.recommend([variant.sku], 5)
    assert found == recommender.recommend(["F00001"], 5)
    assert len(found) == 5
    for item in found:
        assert product_of(shop, item.sku) != "F00001"
        assert "bought with the" in item.reason or "like the" in item.reason


def test_an_empty_history_means_best_sellers_and_an_unknown_one_says_so(shop: SqlShop) -> None:
    recommender = Recommender(shop, None)
    empty, unknown = recommender.recommend([], 3), recommender.recommend(["no such thing"], 3)
    assert all(item.reason.startswith("one of the best sellers") for item in empty)
    assert [item.sku for item in unknown] == [item.sku for item in empty]
    assert all(item.reason.endswith("; nothing of this history is known") for item in unknown)


def test_a_customer_without_a_history_gets_what_follows_the_own_orders(shop: SqlShop, food_check: FoodCheck) -> None:
    recommender = Recommender(shop, None, food_check)
    assert any("you ordered" in item.reason for item in recommender.recommend([], 5, "C0001"))
    with pytest.raises(UnknownCustomerError):
        recommender.recommend([], 5, "nobody")


def test_a_model_of_the_shop_leads_and_content_stands_in_for_what_it_does_not_know(
    shop: SqlShop, trained: Trained
) -> None:
    sold = shop.catalogue.find_ids(ProductQuery(in_stock=True), 3)
    recommender = Recommender(shop, trained(sold))
    known, unknown = recommender.recommend(sold[:1], 5), recommender.recommend(["F00001"], 5)
    assert any(item.reason.startswith("often bought after the ") for item in known)
    assert unknown and not any(item.reason.startswith("often") for item in unknown)
    assert recommender.recommend([], 2)[0].reason.startswith("one of the best sellers, about"), "the shop's own sales"


def test_items_of_another_catalogue_are_ranked_by_the_model_alone(shop: SqlShop, trained: Trained) -> None:
    recommender = Recommender(shop, trained(["85123A", "71053", "84406B", "22423"]))
    first, *others = recommender.recommend(["85123A"], 2)
    assert (first.sku, first.reason) == ("71053", "often bought after 85123A")
    assert "85123A" not in [item.sku for item in others]
    assert recommender.recommend([], 1)[0][::2] == ("85123A", "one of the best sellers")
    assert recommender.recommend(["never seen"], 1)[0].sku == "85123A"
    assert product_of(shop, recommender.recommend(["F00001"], 1)[0].sku)


def test_a_home_without_a_shop_does_with_its_model(tmp_path: Path, trained: Trained) -> None:
    settings = load_settings(home=tmp_path / "home")
    with pytest.raises(ShopDatabaseError):
        open_recommender(settings)
    model = trained(["a", "b"])
    next_item_folder(settings).parent.mkdir()
    next_item_folder(settings).symlink_to(model.folder)
    recommender = open_recommender(settings)
    assert recommender.recommend(["a"], 5)[0].sku == "b"
    with pytest.raises(UnknownCustomerError):
        recommender.recommend(["a"], 5, "C0001")


def test_a_damaged_model_knows_nothing_and_is_told_once(
    tmp_path: Path, trained: Trained, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(home=tmp_path)
    assert open_next_item(settings) is None
    model = trained(["a", "b"])
    (tmp_path / "weights.safetensors").write_bytes(b"")
    assert not model.knows("a")
    assert model.rank(["a"], 3) == ()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
