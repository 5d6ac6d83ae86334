"""The price of a cart: promotions, vouchers, points, shipping; and the best vouchers, exactly."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamless_retail.core.cart import CartItem
from seamless_retail.core.catalogue import Money, Product, Promotion, Variant
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyTier
from seamless_retail.core.pricing import CartFacts, StoreRules, largest_remainder, quote, voucher_offers
from seamless_retail.core.voucher_choice import by_solver, by_trying, value_of
from seamless_retail.core.vouchers import REWARDS, Priced, Saving, Voucher, VoucherUses, saving

ON = date(2026, 11, 20)
CENTS = {"dress": 4200, "boots": 15_900, "socks": 1_400}


def product(name: str) -> Product:
    variant = Variant(sku=f"{name}-m", product_id=name, price=Money(cents=CENTS[name]), color="blue", size="m")
    return Product(id=name, name=name.title(), department="fashion", category=name, variants=(variant,))


def voucher(code: str, kind: str = "percent", value: int = 10, **rules: Any) -> Voucher:
    span = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}
    return Voucher.model_validate(
        {"code": code, "title": code.title(), "kind": kind, "value": value, "listed": True} | span | rules
    )


def account(balance: int, tier: str = "bronze", rate: int = 1) -> LoyaltyAccount:
    level = LoyaltyTier(name=tier, threshold=0, points_per_dollar=rate)
    return LoyaltyAccount(customer_id="ana", balance=balance, earned_this_year=0, tier=level)


def cart(*names: str, vouchers: tuple[Voucher, ...] = (), **known: Any) -> CartFacts:
    items = tuple(CartItem(sku=f"{name}-m", quantity=names.count(name)) for name in dict.fromkeys(names))
    facts: dict[str, Any] = {
        "products": {f"{name}-m": product(name) for name in CENTS},
        "vouchers": {found.code: found for found in vouchers},
        "codes": tuple(found.code for found in vouchers),
        "free": dict.fromkeys((f"{name}-m" for name in CENTS), 10),
        "account": account(0),
    }
    return CartFacts(customer_id="ana", on=ON, items=items, **facts | known)


def test_a_price_line_by_line() -> None:
    promotion = Promotion(
        id="P1", title="Dress Days", kind="percent", value=15, starts_on=ON, ends_on=ON, categories=("dress",)
    )
    known = {"promotions": [promotion], "account": account(1_000, rate=2), "points": 700}
    found = quote(cart("dress", "dress", "socks", vouchers=(voucher("WELCOME10"),), **known))
    dress, socks = found.lines
    assert (dress.list_cents, dress.unit_cents, dress.promotion_id, dress.cents) == (4200, 3570, "P1", 7140)
    assert (socks.unit_cents, socks.promotion_title) == (1400, "")
    assert found.goods_cents == 8540
    assert [(v.code, v.cents) for v in found.vouchers] == [("WELCOME10", 854)]
    assert (found.points, found.points_cents) == (700, 700)
    assert (found.shipping_cents, found.shipping_reason) == (0, "free from $60.00")
    assert found.total_cents == 8540 - 854 - 700
    assert dress.discount_cents + socks.discount_cents == found.discount_cents == 1554
    assert found.points_earned == 69 * 2


SHIPPING = {
    "below": (("socks",), account(0), 595, "free from $60.00"),
    "silver": (("dress",), account(0, "silver"), 0, "free from $25.00 for silver members"),
    "silver below": (("socks",), account(0, "silver"), 595, "free from $25.00 for silver members"),
    "gold": (("socks",), account(0, "gold"), 0, "free for gold members"),
    "nobody's account": (("dress", "dress"), None, 0, "free from $60.00"),
    "nothing": ((), account(0), 0, "nothing to send"),
}


@pytest.mark.parametrize("case", SHIPPING)
def test_shipping(case: str) -> None:
    names, who, cents, reason = SHIPPING[case]
    rules = StoreRules(free_shipping_from_by_tier={"silver": 2500, "gold": 0})
    found = quote(cart(*names, account=who, rules=rules))
    assert (found.shipping_cents, found.shipping_reason) == (cents, reason)


POINTS = {
    "all of them": (600, 600, 600),
    "no more than there are": (900, 600, 600),
    "no more than the goods cost": (9_000, 9_000, 1_400),
    "too few to use any": (499, 499, 0),
}


@pytest.mark.parametrize("case", POINTS)
def test_points(case: str) -> None:
    wanted, balance, used = POINTS[case]
    found = quote(cart("socks", points=wanted, account=account(balance)))
    assert (found.points, found.total_cents) == (used, 1400 - used + 595)


REFUSALS: dict[str, tuple[Voucher, str]] = {
    "not yet": (voucher("SOON", starts_on=date(2026, 11, 21)), "SOON is good from 2026-11-21 on."),
    "ended": (voucher("LATE", ends_on=date(2026, 11, 19)), "LATE was good until 2026-11-19."),
    "minimum": (voucher("BIG", minimum_cents=5_000), "BIG needs goods of $50.00; $8.00 are missing."),
    "nothing fits": (voucher("SHOES5", categories=("boots",)), "SHOES5 applies to nothing in the cart."),
    "used": (voucher("ONCE"), "ONCE can be used once, and you have used it."),
    "used up": (voucher("MANY", uses_per_customer=None, total_uses=7), "MANY has been used up."),
    "another's": (voucher("HERS", customer_id="ben"), "HERS is not known."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_why_a_voucher_does_not_count(case: str) -> None:
    chosen, sentence = REFUSALS[case]
    uses = {"ONCE": VoucherUses(1, 1), "MANY": VoucherUses(0, 7)}
    found = quote(cart("dress", vouchers=(chosen,), uses=uses))
    assert (found.vouchers, found.refused, found.total_cents) == ((), (sentence,), 4200 + 595)


def test_a_voucher_is_capped_and_never_more_than_what_it_applies_to() -> None:
    capped = voucher("CAPPED", value=50, max_discount_cents=900)
    amount = voucher("AMOUNT", "amount", 5_000, categories=("socks",))
    assert quote(cart("dress", vouchers=(capped,))).discount_cents == 900
    assert quote(cart("dress", "socks", vouchers=(amount,))).discount_cents == 1_400


def test_two_codes_do_not_combine_but_a_reward_does() -> None:
    ten, five = voucher("WELCOME10"), voucher("SHOES5", "amount", 500, categories=("boots",))
    reward = voucher("REWARD-1", "amount", 600, group=REWARDS)
    found = quote(cart("boots", vouchers=(ten, five, reward)))
    assert [v.code for v in found.vouchers] == ["REWARD-1", "WELCOME10"]
    assert found.refused == ("SHOES5 cannot be combined with WELCOME10.",)


def test_a_shipping_voucher_leaves_the_goods_alone() -> None:
    found = quote(cart("socks", vouchers=(voucher("SHIPFREE", "shipping"),)))
    assert (found.shipping_cents, found.discount_cents, found.total_cents) == (0, 0, 1400)
    assert (found.vouchers[0].cents, found.vouchers[0].on_shipping) == (595, True)


def test_the_best_vouchers_are_explained_one_by_one() -> None:
    five = voucher("SHOES5", "amount", 500, categories=("boots",))
    late = voucher("LATE", ends_on=date(2026, 11, 19))
    found = voucher_offers(cart("dress", "boots", vouchers=(voucher("WELCOME10"), five, late)))
    assert [(v.code, v.cents) for v in found.best] == [("WELCOME10", 2010)]
    assert found.explained == (
        "LATE was good until 2026-11-19.",
        "SHOES5 would save $5.00, and cannot be combined with WELCOME10.",
        "WELCOME10 saves $20.10.",
    )


def test_an_exclusive_voucher_stands_alone() -> None:
    alone = voucher("ALONE", "amount", 1_000, exclusive=True)
    reward = voucher("REWARD-1", "amount", 300, group=REWARDS)
    found = voucher_offers(cart("boots", vouchers=(alone, reward, voucher("SMALL", "amount", 800))))
    assert [v.code for v in found.best] == ["REWARD-1", "SMALL"], "11 together beat 10 alone"


@given(st.lists(st.integers(0, 10_000), max_size=8), st.data())
def test_a_discount_is_split_to_the_cent(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share * sum(weights) - total * weight) < max(sum(weights), 1)


LINES = st.lists(
    st.builds(Priced, st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 5_000)), min_size=1, max_size=4
)


VALUES = {"percent": st.integers(0, 100), "amount": st.integers(0, 3_000), "shipping": st.just(0)}


@st.composite
def vouchers(draw: st.DrawFn, most: int) -> list[Voucher]:
    found = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(["percent", "amount", "amount", "shipping"]))
        rules = {
            "product_ids": tuple(draw(st.sets(st.sampled_from("abc"), max_size=1))),
            "categories": tuple(draw(st.sets(st.sampled_from("xyz"), max_size=2))),
            "max_discount_cents": draw(st.none() | st.integers(0, 2_000)),
            "group": draw(st.sampled_from(["code", "reward", "gift"])),
            "exclusive": draw(st.integers(0, 5)) == 0,
        }
        found.append(voucher(f"V{number:02d}", kind, draw(VALUES[kind]), **rules))
    return found


def savings_of(chosen: list[Voucher], lines: list[Priced]) -> list[Saving]:
    return sorted((saving(v, lines, 595) for v in chosen), key=lambda found: found.voucher.code)


@settings(max_examples=40, deadline=None)
@given(vouchers(7), LINES)
def test_the_solver_and_trying_every_set_agree(chosen: list[Voucher], lines: list[Priced]) -> None:
    savings = [found for found in savings_of(chosen, lines) if found.cents]
    capacities = [*(line.cents for line in lines), 595]
    tried, solved = by_trying(savings, capacities), by_solver(savings, capacities)
    assert (tried.cents, len(tried.codes)) == (solved.cents, len(solved.codes))


@settings(max_examples=60, deadline=None)
@given(vouchers(4), LINES)
def test_what_a_set_saves_is_a_flow(chosen: list[Voucher], lines: list[Priced]) -> None:
    savings = savings_of(chosen, lines)
    capacities = [*(line.cents for line in lines), 595]
    assert value_of(savings, capacities) == _flow(savings, capacities)
    assert value_of(savings, capacities) <= min(sum(s.cents for s in savings), sum(capacities))


def _flow(savings: list[Saving], capacities: list[int]) -> int:
    """Maximum flow by augmenting paths: an independent reckoning."""
    left, room = [s.cents for s in savings], list(capacities)
    flow = [[0] * len(capacities) for _ in savings]

    def push(voucher: int, amount: int, seen: set[int]) -> int:
        for line in savings[voucher].lines:
            if line in seen:
                continue
            seen.add(line)
            moved = min(amount, room[line])
            if moved:
                room[line] -= moved
                flow[voucher][line] += moved
                return moved
            for other in range(len(savings)):
                if other != voucher and flow[other][line]:
                    moved = push(other, min(amount, flow[other][line]), seen)
                    if moved:
                        flow[other][line] -= moved
                        flow[voucher][line] += moved
                        return moved
        return 0

    for voucher in range(len(savings)):
        while left[voucher]:
            moved = push(voucher, left[voucher], set())
            if not moved:
                break
            left[voucher] -= moved
    return sum(map(sum, flow))
