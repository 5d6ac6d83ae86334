"""The packaged forecasters, and the embedded shop's demand made with one."""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.models.forecaster import Forecaster
from seamless_retail.models.forecasting.shop import ShopDemand, dispersion
from seamless_retail.models.module import save_module
from seamless_retail.training.data.demand import synthetic_panel

WEIGHTS = files("seamless_retail.models") / "weights" / "forecaster"


@pytest.fixture(scope="module")
def weekly() -> Forecaster:
    return Forecaster.load("weekly")


@pytest.fixture(scope="module")
def demand(shop: SqlShop) -> ShopDemand:
    return ShopDemand(shop, shop.sales, Forecaster.load("shop"))


def test_both_are_small_and_hold_no_pickle() -> None:
    for name in ("shop", "weekly"):
        names = {item.name for item in (WEIGHTS / name).iterdir()}
        assert names == {"README.md", "config.json", "manifest.json", "weights.safetensors"}
        assert len((WEIGHTS / name / "weights.safetensors").read_bytes()) < 1_000_000


def test_a_forecast_scales_with_the_series(weekly: Forecaster) -> None:
    panel = synthetic_panel(1)
    panel = replace(panel, promotion=None)
    one = weekly.forecast(panel, 3)
    assert one.mean.shape == (24, 3) and (np.diff(one.quantiles, axis=-1) >= 0).all()
    level = panel.units[:, -13:].mean(1)
    assert np.corrcoef(one.mean.mean(1), level)[0, 1] > 0.7


def test_what_it_was_not_trained_for_is_refused(weekly: Forecaster) -> None:
    panel = synthetic_panel(1)
    with pytest.raises(ConfigurationError, match="reaches 4 weeks"):
        weekly.forecast(panel, 5)
    with pytest.raises(ConfigurationError, match="trained on weeks"):
        weekly.forecast(replace(panel, frequency="day"), 2)


def test_weights_of_another_shape_are_refused(weekly: Forecaster, tmp_path: Path) -> None:
    stored = weekly.stored()
    stored.tensors.pop("output.bias")
    save_module(tmp_path, stored)
    with pytest.raises(ModelFileError, match="train it again"):
        Forecaster.load(tmp_path)


def test_every_variant_has_an_outlook_at_every_location(shop: SqlShop, demand: ShopDemand) -> None:
    product = shop.catalogue.get("F00001")
    assert product is not None
    outlooks = demand.outlooks(product)
    active = [variant.sku for variant in product.variants if variant.active]
    assert {(each.sku, each.location_id) for each in outlooks} == {
        (sku, place.id) for sku in active for place in shop.stock.locations()
    }
    assert outlooks[0].days[0] == shop.today() + timedelta(days=1) and len(outlooks[0].days) == 27
    assert demand.outlooks(product) is outlooks


def test_the_whole_is_near_what_is_sold_in_four_weeks(shop: SqlShop, demand: ShopDemand) -> None:
    ids = [f"G{number:05}" for number in range(600, 620)]
    products = shop.catalogue.get_many(ids)
    expected = sum(sum(each.mean) for product in products for each in demand.outlooks(product))
    since = shop.today() - timedelta(days=27)
    sold = sum(row.units for row in shop.sales.by_product(ids) if row.day >= since)
    assert 0.6 * sold < expected < 1.6 * sold


def test_the_spread_follows_the_history() -> None:
    random = np.random.default_rng(0)
    steady, bursts = random.poisson(20, 210), random.poisson(20, 210) * np.repeat(random.random(30) < 0.3, 7)
    assert dispersion(steady.astype(float)) > 3 * dispersion(bursts.astype(float))
    assert dispersion(np.zeros(5)) > 1
