"""The demonstration shop around its products: people, stock, sales, orders, points, policies."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import text

from seamless_retail.core.customers import Severity
from seamless_retail.core.database import SqlShop, open_shop
from seamless_retail.core.database.cart_desk import SqlCartDesk
from seamless_retail.core.database.repositories.loyalty import derive_account
from seamless_retail.core.database.seed import make_demonstration, seed_shop
from seamless_retail.core.database.seed.baskets import suits
from seamless_retail.core.database.seed.demonstration import Demonstration
from seamless_retail.core.database.seed.stores import HISTORY, TODAY
from seamless_retail.core.database.seed.vouchers import make_rewards, make_rules, make_vouchers
from seamless_retail.core.errors import ShopDatabaseError


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return make_demonstration()


def test_another_process_makes_the_same_shop(demonstration: Demonstration) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(make_demonstration).result() == demonstration


def test_the_shop_is_as_large_as_promised(demonstration: Demonstration) -> None:
    shop = demonstration
    assert len(shop.products) >= 2000
    assert len({product.department for product in shop.products}) == 2
    assert sum(bool(p.food and p.food.ingredients and p.food.nutrition) for p in shop.products) >= 800
    assert len(shop.locations) == 3
    assert len(shop.customers) == 500
    assert len(shop.orders) == 1500
    assert len(shop.policies) >= 40


def test_payments_balance_for_every_order(demonstration: Demonstration) -> None:
    for order in demonstration.orders:
        worth = 0 if order.status in ("cancelled", "returned") else order.total_cents
        assert order.balance_cents == worth, order.id


def test_history_leads_to_the_status_and_not_into_the_future(demonstration: Demonstration) -> None:
    for order in demonstration.orders:
        moments = [step.at for step in order.history if step.at]
        assert order.history[-1].status == order.status
        assert moments == sorted(moments)
        assert moments[-1].date() <= TODAY


def test_orders_are_in_every_stage(demonstration: Demonstration) -> None:
    stages = Counter(order.status for order in demonstration.orders)
    for status in ("pending", "processed", "shipped", "delivered", "cancelled", "return requested", "returned"):
        assert stages[status] >= 5, status


def test_nobody_ordered_what_their_label_check_forbids(demonstration: Demonstration) -> None:
    products = {product.id: product for product in demonstration.products}
    customers = {customer.id: customer for customer in demonstration.customers}
    for order in demonstration.orders:
        assert all(suits(products[line.product_id], customers[order.customer_id]) for line in order.lines), order.id


def test_line_prices_and_skus_exist(demonstration: Demonstration) -> None:
    prices = {variant.sku: variant.price.cents for product in demonstration.products for variant in product.variants}
    assert all(prices[line.sku] == line.unit_price_cents for o in demonstration.orders for line in o.lines)


def test_some_products_are_often_bought_together(demonstration: Demonstration) -> None:
    pairs: Counter[tuple[str, str]] = Counter()
    for order in demonstration.orders:
        ids = sorted({line.product_id for line in order.lines})
        pairs.update((a, b) for i, a in enumerate(ids) for b in ids[i + 1 :])
    assert pairs.most_common(20)[-1][1] >= 4


def test_points_are_never_overdrawn_and_agree_with_the_ledger(demonstration: Demonstration) -> None:
    by_customer: dict[str, list] = {customer.id: [] for customer in demonstration.customers}
    for entry in demonstration.points:
        by_customer[entry.customer_id].append(entry)
    for customer_id, entries in by_customer.items():
        account = derive_account(customer_id, entries, demonstration.tiers, TODAY)
        live = sum(e.points for e in entries)
        assert account.balance == live, customer_id
        assert account.balance >= 0 or any(e.kind == "reverse" for e in entries), customer_id


def test_every_tier_has_members(shop: SqlShop) -> None:
    tiers = Counter(
        account.tier.name
        for number in range(1, 501)
        if (account := shop.loyalty.account(f"C{number:04d}", TODAY)) is not None
    )
    assert set(tiers) >= {"bronze", "silver", "gold"}


def test_sales_span_eighteen_months_with_season_week_and_promotions(demonstration: Demonstration) -> None:
    sales = demonstration.sales
    assert min(s.day for s in sales) <= TODAY - HISTORY + timedelta(days=2)
    assert max(s.day for s in sales) == TODAY - timedelta(days=1)
    categories = {v.sku: p.category for p in demonstration.products for v in p.variants}
    units = Counter[tuple[str, int]]()
    weekday = Counter[int]()
    for record in sales:
        units[categories[record.sku], record.day.month] += record.units
        weekday[record.day.weekday()] += record.units
    assert units["ice cream", 7] > 2 * units["ice cream", 1]
    assert units["coat", 12] + units["coat", 1] > 2 * (units["coat", 6] + units["coat", 7]) / 2
    assert weekday[5] > 1.2 * weekday[1]
    promoted = [s for s in sales if s.on_promotion]
    assert len(promoted) > 1000
    days_sold = Counter(s.sku for s in sales)
    assert sum(count < 20 for count in days_sold.values()) > 500, "no intermittent items"


def test_stock_is_not_everywhere(demonstration: Demonstration) -> None:
    available: Counter[str] = Counter()
    for level in demonstration.stock:
        assert 0 <= level.reserved <= level.on_hand
        assert (level.incoming > 0) == (level.incoming_on is not None)
        available[level.sku] += level.available
    sold_out = sum(units == 0 for units in available.values()) / len(available)
    assert 0.01 < sold_out < 0.15


def test_promotions_run_today_before_and_after(demonstration: Demonstration) -> None:
    promotions = demonstration.promotions
    assert any(p.starts_on <= TODAY <= p.ends_on for p in promotions)
    assert any(p.ends_on < TODAY for p in promotions)
    assert any(p.starts_on > TODAY for p in promotions)


def test_documented_customers_are_as_documented(shop: SqlShop) -> None:
    marcus = shop.customers.get("C0002")
    assert marcus is not None
    assert {(str(a.allergen), a.severity) for a in marcus.profile.allergies} == {
        ("peanuts", Severity.ANAPHYLACTIC),
        ("nuts", Severity.SEVERE),
    }
    account = shop.loyalty.account("C0001", TODAY)
    assert account is not None
    assert account.tier.name in ("gold", "platinum")
    assert [order.status for order in shop.orders.recent("C0001", 2)] == ["pending", "shipped"]
    assert shop.orders.recent("C0007") == []


def test_policies_agree_with_the_data(shop: SqlShop) -> None:
    hours = shop.policies.get("store-hours")
    tiers = shop.policies.get("loyalty-tiers")
    assert hours is not None and tiers is not None
    for location in shop.stock.locations():
        if location.kind == "store":
            assert location.address.split(",")[0] in hours.body
            assert location.phone in hours.body
    for threshold in ("500", "1,500", "4,000"):
        assert threshold in tiers.body


def test_a_shop_is_not_overwritten_without_force(tmp_path: Path, seeded_database: Path) -> None:
    copy = tmp_path / "shop.db"
    copy.write_bytes(seeded_database.read_bytes())
    with open_shop(f"sqlite:///{copy}").engine.begin() as connection:
        connection.execute(text("UPDATE products SET name = 'Marked' WHERE id = 'F00001'"))
    with pytest.raises(ShopDatabaseError, match="--force"):
        seed_shop(f"sqlite:///{copy}")
    kept = open_shop(f"sqlite:///{copy}").catalogue.get("F00001")
    assert kept is not None
    assert kept.name == "Marked"


def test_force_rebuilds_a_damaged_file(tmp_path: Path) -> None:
    damaged = tmp_path / "shop.db"
    damaged.write_bytes(b"not a database" * 1000)
    with pytest.raises(ShopDatabaseError, match=r"shop\.db"):
        seed_shop(f"sqlite:///{damaged}")
    assert damaged.read_bytes().startswith(b"not a database")
    seed_shop(f"sqlite:///{damaged}", force=True)
    assert open_shop(f"sqlite:///{damaged}").catalogue.get("F00001") is not None


def test_vouchers_and_rewards_go_with_the_policies(shop: SqlShop) -> None:
    rules, rewards = make_rules(), make_rewards()
    shipping, points = shop.policies.get("shipping-options"), shop.policies.get("loyalty-redeeming")
    assert shipping and points
    assert f"${rules.shipping_cents / 100:.2f}" in shipping.body
    assert f"${rules.free_shipping_from_cents // 100} or more" in shipping.body
    assert f"balance of {rules.minimum_redemption}" in points.body
    assert all(reward.points >= rules.minimum_redemption for reward in rewards)
    tiers = {tier.name for tier in shop.loyalty.tiers()}
    assert set(rules.free_shipping_from_by_tier) <= tiers
    categories = set(shop.catalogue.vocabulary().categories)
    assert all(set(voucher.categories) <= categories for voucher in make_vouchers())


def test_a_customer_of_the_documentation_is_told_the_best_voucher(shop: SqlShop) -> None:
    explained = SqlCartDesk(shop.engine, shop.writes).offers("C0001").explained
    assert "AUTUMN20 was good until 2026-10-31." in explained
    assert not any("THANKYOU15" in sentence for sentence in explained), "this one has to be known"
