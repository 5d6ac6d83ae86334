"""Margins and profit. Amounts are whole cents, margins are percent of the price, markups percent of the cost."""


def margin_percent(price_cents: int, cost_cents: int) -> float:
    """The gross margin: profit as a percentage of the price.

    Also called: gross margin, profit margin of a product, margin calculation

    >>> margin_percent(5_000, 3_000)
    40.0
    """
    return round(100 * (price_cents - cost_cents) / price_cents, 1) if price_cents else 0.0


def markup_percent(price_cents: int, cost_cents: int) -> float:
    """The markup: profit as a percentage of the cost.

    Also called: markup on cost, mark up calculation

    >>> markup_percent(5_000, 4_000)
    25.0
    """
    return round(100 * (price_cents - cost_cents) / cost_cents, 1) if cost_cents else 0.0


def price_for_margin(cost_cents: int, *, percent: int = 40) -> int:
    """The lowest price that reaches a gross margin.

    Also called: price from cost and target margin, set price for a margin, required price

    >>> price_for_margin(3_000, percent=40)
    5000
    """
    return -(-cost_cents * 100 // (100 - percent))


def price_for_markup(cost_cents: int, *, percent: int = 50) -> int:
    """The price with a markup on the cost.

    Also called: cost plus pricing, keystone pricing, add markup to cost

    >>> price_for_markup(2_000, percent=50)
    3000
    """
    return (cost_cents * (100 + percent) + 50) // 100


def lowest_price(cost_cents: int, *, margin_floor_percent: int = 15) -> int:
    """The lowest price at which a product may be sold without going under a margin floor.

    Also called: minimum price, margin floor, price floor, lowest allowed price

    >>> lowest_price(1_700, margin_floor_percent=15)
    2000
    """
    return -(-cost_cents * 100 // (100 - margin_floor_percent))


def largest_discount(price_cents: int, cost_cents: int, *, margin_floor_percent: int = 15) -> int:
    """The largest whole percentage off that keeps a gross margin.

    Also called: maximum discount that keeps margin, how far can we discount

    >>> largest_discount(5_000, 3_000, margin_floor_percent=15)
    29
    """
    floor = -(-cost_cents * 100 // (100 - margin_floor_percent))
    return max(0, (price_cents - floor) * 100 // price_cents)


def break_even_units(fixed_cents: int, price_cents: int, cost_cents: int) -> int:
    """How many units must be sold to cover fixed costs.

    Also called: break even point, units to cover costs

    >>> break_even_units(100_000, 5_000, 3_000)
    50
    """
    gain = price_cents - cost_cents
    if gain <= 0:
        raise ValueError("The price does not cover the cost of a unit.")
    return -(-fixed_cents // gain)


def promotion_break_even(price_cents: int, cost_cents: int, *, percent: int = 20) -> float:
    """By how many percent sales must rise for a discount to earn as much as before.

    Also called: uplift needed for a promotion, required sales lift, does the discount pay off

    >>> promotion_break_even(5_000, 3_000, percent=20)
    100.0
    """
    before = price_cents - cost_cents
    after = price_cents * (100 - percent) / 100 - cost_cents
    if after <= 0:
        raise ValueError("The discounted price does not cover the cost.")
    return round(100 * (before / after - 1), 1)


def basket_margin(lines: list[tuple[int, int, int]]) -> float:
    """The gross margin of a basket of (quantity, price, cost), in percent.

    Also called: order margin, blended margin, weighted margin

    >>> basket_margin([(2, 1_000, 600), (1, 2_000, 1_400)])
    35.0
    """
    sales = sum(quantity * price for quantity, price, _ in lines)
    costs = sum(quantity * cost for quantity, _, cost in lines)
    return round(100 * (sales - costs) / sales, 1) if sales else 0.0


def return_on_stock(profit_cents: int, average_stock_cents: int) -> float:
    """Gross margin return on inventory: profit for every dollar of stock.

    Also called: GMROI, gross margin return on investment

    >>> return_on_stock(60_000, 40_000)
    1.5
    """
    return round(profit_cents / average_stock_cents, 2) if average_stock_cents else 0.0


def commission(sales_cents: int, *, percent: int = 3, target_cents: int = 1_000_000, bonus_percent: int = 2) -> int:
    """A salesperson's commission, with more for what is over a target.

    Also called: sales commission, staff bonus over target

    >>> commission(1_200_000, percent=3, target_cents=1_000_000, bonus_percent=2)
    40000
    """
    over = max(0, sales_cents - target_cents)
    return (sales_cents * percent + over * bonus_percent + 50) // 100
