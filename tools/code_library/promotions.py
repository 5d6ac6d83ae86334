"""Promotions on a basket. Amounts are whole cents."""

from datetime import date


def buy_some_get_some(price_cents: int, quantity: int, *, buy_units: int = 2, free_units: int = 1) -> int:
    """What units of one product cost with "buy two, get one free".

    Also called: buy 2 get 1 free, bogo, 3 for 2, buy one get one

    >>> buy_some_get_some(500, 7, buy_units=2, free_units=1)
    2500
    >>> buy_some_get_some(500, 2, buy_units=2, free_units=1)
    1000
    """
    group = buy_units + free_units
    free = quantity // group * free_units + max(0, quantity % group - buy_units)
    return (quantity - free) * price_cents


def cheapest_free(prices_cents: list[int], *, group_units: int = 3) -> int:
    """The cents off a basket in which the cheapest of every three units is free.

    Also called: cheapest item free, mix and match 3 for 2, lowest priced free

    >>> cheapest_free([1_000, 500, 800, 300], group_units=3)
    500
    """
    ordered = sorted(prices_cents, reverse=True)
    return sum(ordered[group_units - 1 :: group_units])


def bundle_discount(prices: dict[str, int], bundle: tuple[str, ...], *, bundle_cents: int = 2_500) -> int:
    """The cents off when every product of a bundle is in the basket.

    Also called: bundle price, set price, meal deal, buy together and save

    >>> bundle_discount({"pasta": 300, "sauce": 500, "wine": 2_000}, ("pasta", "sauce", "wine"), bundle_cents=2_500)
    300
    >>> bundle_discount({"pasta": 300}, ("pasta", "sauce"), bundle_cents=700)
    0
    """
    if not all(product in prices for product in bundle):
        return 0
    return max(0, sum(prices[product] for product in bundle) - bundle_cents)


def multi_buy_price(price_cents: int, quantity: int, *, deal_units: int = 3, deal_cents: int = 1_000) -> int:
    """What units cost with a deal such as three for $10.

    Also called: 3 for 10 dollars, multibuy offer, two for five

    >>> multi_buy_price(400, 7, deal_units=3, deal_cents=1_000)
    2400
    """
    return quantity // deal_units * deal_cents + quantity % deal_units * price_cents


def second_unit_discount(price_cents: int, quantity: int, *, percent: int = 50) -> int:
    """What units cost when every second one has a percentage off.

    Also called: second item half price, 2nd unit 50 percent off

    >>> second_unit_discount(1_000, 3, percent=50)
    2500
    """
    reduced = (price_cents * (100 - percent) + 50) // 100
    return (quantity - quantity // 2) * price_cents + quantity // 2 * reduced


def promotion_runs(starts_on: date, ends_on: date, today: date) -> bool:
    """Whether a promotion runs on a day, its first and its last day included.

    Also called: is the promotion active, promotion dates, campaign period check

    >>> from datetime import date
    >>> promotion_runs(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 30))
    True
    >>> promotion_runs(date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1))
    False
    """
    return starts_on <= today <= ends_on


def best_of(offers: dict[str, int]) -> tuple[str, int]:
    """The one promotion that saves the customer most, by its title; the first of equals.

    Also called: best promotion wins, non stacking discounts, pick the largest discount

    >>> best_of({"10 % off": 800, "$5 off": 500})
    ('10 % off', 800)
    >>> best_of({})
    ('', 0)
    """
    return max(offers.items(), key=lambda offer: offer[-1], default=("", 0))


def stacked_price(price_cents: int, percents: list[int], *, most_percent: int = 40) -> int:
    """A price after several discounts, one on what the one before left, to a limit in all.

    Also called: stack discounts, combine coupons, cumulative discount with cap

    >>> stacked_price(10_000, [10, 20], most_percent=40)
    7200
    >>> stacked_price(10_000, [30, 30, 30], most_percent=40)
    6000
    """
    left = float(price_cents)
    for percent in percents:
        left = left * (100 - percent) / 100
    return max(int(left + 0.5), (price_cents * (100 - most_percent) + 50) // 100)


def capped_discount(subtotal_cents: int, *, percent: int = 20, most_cents: int = 3_000) -> int:
    """The cents off an order: a percentage, but never more than an amount.

    Also called: percent off up to a maximum, capped coupon, discount with maximum

    >>> capped_discount(10_000, percent=20, most_cents=3_000)
    2000
    >>> capped_discount(50_000, percent=20, most_cents=3_000)
    3000
    """
    return min(most_cents, (subtotal_cents * percent + 50) // 100)


def category_discount(lines: list[tuple[str, int]], category: str = "dairy", *, percent: int = 15) -> int:
    """The cents off a basket: a percentage of the lines of one category.

    Also called: percent off a department, discount only for one category

    >>> category_discount([("dairy", 1_000), ("bakery", 500), ("dairy", 300)], "dairy", percent=15)
    195
    """
    return sum((cents * percent + 50) // 100 for kind, cents in lines if kind == category)


def first_order_discount(subtotal_cents: int, earlier_orders: int, *, percent: int = 15) -> int:
    """The cents off a new customer's first order.

    Also called: welcome discount, new customer coupon, first purchase

    >>> first_order_discount(4_000, 0, percent=15)
    600
    >>> first_order_discount(4_000, 2, percent=15)
    0
    """
    return (subtotal_cents * percent + 50) // 100 if earlier_orders == 0 else 0


def shared_discount(line_cents: list[int], off_cents: int) -> list[int]:
    """A discount shared out over the lines of an order, in proportion, to the cent.

    Also called: allocate discount to lines, prorate order discount, split discount

    >>> shared_discount([1_000, 1_000, 1_000], 100)
    [34, 33, 33]
    """
    total, shares, given, seen = sum(line_cents), [], 0, 0
    for cents in line_cents:
        seen += cents
        due = -(-off_cents * seen // total) if total else 0
        shares.append(due - given)
        given = due
    return shares


def gift_for_spend(subtotal_cents: int, *, minimum_cents: int = 10_000, gift: str = "tote bag") -> str:
    """The gift that comes with orders from an amount on; empty text below it.

    Also called: free gift with purchase, gift threshold

    >>> gift_for_spend(12_000, minimum_cents=10_000, gift="tote bag")
    'tote bag'
    >>> gift_for_spend(9_000, minimum_cents=10_000, gift="tote bag")
    ''
    """
    return gift if subtotal_cents >= minimum_cents else ""


def happy_hour_price(price_cents: int, hour: int, *, from_hour: int = 17, to_hour: int = 19, percent: int = 25) -> int:
    """A price that is lower during some hours of the day.

    Also called: happy hour, evening discount, time of day pricing

    >>> happy_hour_price(2_000, 18, from_hour=17, to_hour=19, percent=25)
    1500
    >>> happy_hour_price(2_000, 19, from_hour=17, to_hour=19, percent=25)
    2000
    """
    return (price_cents * (100 - percent) + 50) // 100 if from_hour <= hour < to_hour else price_cents
