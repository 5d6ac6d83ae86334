"""What the inventory lobe says about the stock of coming days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import SqlShop
from seamless_retail.core.demand import DemandOutlook
from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.queries import Focus
from seamless_retail.lobes.conformance import violations
from seamless_retail.lobes.demand_claims import read_stock_question
from seamless_retail.lobes.inventory import InventoryLobe
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.tools.forecasting import resolve_forecast
from seamless_retail.tools.understanding import CatalogueQueryReader

TODAY = date(2026, 11, 20)
GOOD = "G1"


@dataclass(frozen=True)
class SteadyDemand:
    """A forecaster for shops whose sales never change: so many units of every variant a day, everywhere."""

    units: float
    places: tuple[str, ...]

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        days = tuple(TODAY + timedelta(days=number) for number in range(1, 28))
        return [
            DemandOutlook(variant.sku, place, days, (self.units,) * len(days), 20.0, "steady demand", 300)
            for variant in product.variants
            for place in self.places
        ]


@pytest.fixture
def asked(corner_shop: SqlShop, ask: Callable[..., LobeRequest]) -> Callable[[str], LobeRequest]:
    """A request about one product."""
    reader = CatalogueQueryReader(corner_shop.catalogue.vocabulary())

    def run(text: str) -> LobeRequest:
        focus = Focus(selected_product_id=GOOD, product_ids=(GOOD,))
        understanding = reader.read(text, focus)
        fields = understanding.model_dump(include={"is_follow_up", "selected_product_id", "wants", "notes"})
        return ask(text, Intent.PRODUCT_INQUIRY, query=understanding.products, focus=focus, **fields)

    return run


@pytest.fixture
def lobe(corner_shop: SqlShop, word_retriever) -> Callable[[float], InventoryLobe]:  # type: ignore[no-untyped-def]
    places = tuple(place.id for place in corner_shop.stock.locations())
    return lambda units: InventoryLobe(corner_shop, word_retriever, demand=SteadyDemand(units, places))


def kinds(report: LobeReport) -> list[str]:
    return [claim.kind for claim in report.claims]


def test_a_slow_seller_will_be_there(lobe, asked) -> None:  # type: ignore[no-untyped-def]
    report = lobe(0.001)(asked("will you have it on Saturday?"))
    assert kinds(report) == ["will_be_there", "expected_sales", "stock_lasts", "reorder"]
    assert "on Saturday, November 21, 2026: the chance is 99 %" in report.claims[0].text
    assert "Reorder proposal: 0 units" in report.claims[-1].text


def test_a_fast_seller_is_gone_and_reordered(lobe, asked) -> None:  # type: ignore[no-untyped-def]
    report = lobe(50.0)(asked("will it still be in stock next Friday?"))
    assert kinds(report)[0] == "will_be_gone" and "stock_out" in kinds(report)
    reorder = next(claim for claim in report.claims if claim.kind == "reorder")
    assert int(reorder.facts["quantity"].split()[0].replace(",", "")) > 500


def test_a_question_about_the_stock_itself_needs_no_day(lobe, asked) -> None:  # type: ignore[no-untyped-def]
    assert kinds(lobe(0.001)(asked("how long will it last?"))) == ["expected_sales", "stock_lasts", "reorder"]


def test_a_day_beyond_the_forecast_is_said_to_be(lobe, asked) -> None:  # type: ignore[no-untyped-def]
    assert kinds(lobe(0.001)(asked("will you have it on March 1?")))[1] == "forecast_ends"


def test_every_claim_cites_the_forecast_that_can_be_made_again(lobe, asked, corner_shop) -> None:  # type: ignore[no-untyped-def]
    one = lobe(0.5)

    def resolve(source_id: str, request: LobeRequest):  # type: ignore[no-untyped-def]
        return resolve_forecast(corner_shop, one.demand, source_id)

    requests = [asked(text) for text in ("will you have it on Saturday?", "should we reorder it?")]
    assert not violations(one, requests, resolve)


def test_without_a_forecaster_the_stock_of_today_is_told(corner_shop, word_retriever, asked) -> None:  # type: ignore[no-untyped-def]
    report = InventoryLobe(corner_shop, word_retriever)(asked("do you have it in stock on Saturday?"))
    assert not {"will_be_there", "reorder"} & set(kinds(report))


@pytest.mark.parametrize(
    "text", ["how much is it?", "do you have it in blue?", "I order every Saturday", "what do you stock for Christmas?"]
)
def test_other_questions_are_not_about_coming_days(text: str) -> None:
    assert read_stock_question(text, TODAY) is None
