"""Stock and replenishment. Quantities are units, times are days."""

from math import ceil, sqrt


def reorder_point(units_a_day: float, *, lead_days: int = 7, safety_units: int = 0) -> int:
    """The stock at which to reorder: the demand of the delivery time and a safety stock.

    Also called: when to reorder, minimum stock level, reorder level

    >>> reorder_point(4.5, lead_days=7, safety_units=10)
    42
    """
    return ceil(units_a_day * lead_days) + safety_units


def safety_stock(deviation_a_day: float, *, lead_days: int = 7, service_z: float = 1.65) -> int:
    """The safety stock for a service level (z = 1.65 is 95 %), from the standard deviation of daily demand.

    Also called: buffer stock, service level stock

    >>> safety_stock(3.0, lead_days=9, service_z=1.65)
    15
    """
    return ceil(service_z * deviation_a_day * sqrt(lead_days))


def order_quantity(position: int, units_a_day: float, *, cover_days: int = 14, pack_units: int = 1) -> int:
    """How many units to order so that the stock covers some days, in whole packs.

    Also called: replenishment quantity, how much to order, order up to level, case packs

    >>> order_quantity(20, 5.0, cover_days=14, pack_units=12)
    60
    >>> order_quantity(100, 5.0, cover_days=14, pack_units=12)
    0
    """
    needed = max(0, ceil(units_a_day * cover_days) - position)
    return ceil(needed / pack_units) * pack_units


def economic_order_quantity(units_a_year: int, *, order_cents: int = 5_000, holding_cents: int = 200) -> int:
    """The order quantity with the lowest cost of ordering and holding (Harris 1913).

    Also called: EOQ, optimal order size

    >>> economic_order_quantity(1_000, order_cents=5_000, holding_cents=200)
    224
    """
    return round(sqrt(2 * units_a_year * order_cents / holding_cents))


def days_of_cover(available: int, units_a_day: float) -> float:
    """For how many days the stock lasts; infinite without sales.

    Also called: days of supply, how long does stock last, stock cover

    >>> days_of_cover(45, 3.0)
    15.0
    >>> days_of_cover(45, 0.0)
    inf
    """
    return round(available / units_a_day, 1) if units_a_day else float("inf")


def stock_turnover(units_sold_a_year: int, average_units: float) -> float:
    """How often the stock is sold in a year.

    Also called: inventory turnover ratio, stock turns

    >>> stock_turnover(1_200, 150.0)
    8.0
    """
    return round(units_sold_a_year / average_units, 2) if average_units else 0.0


def sell_through(units_sold: int, units_received: int) -> float:
    """The percentage of delivered units that was sold.

    Also called: sell through rate, share of delivery sold

    >>> sell_through(75, 100)
    75.0
    """
    return round(100 * units_sold / units_received, 1) if units_received else 0.0


def low_stock(available: dict[str, int], *, minimum_units: int = 5) -> list[str]:
    """The SKUs with fewer units than a minimum, the emptiest first.

    Also called: low stock alert, almost out of stock list, running low

    >>> low_stock({"A": 3, "B": 9, "C": 0}, minimum_units=5)
    ['C', 'A']
    """
    low = [sku for sku, units in available.items() if units < minimum_units]
    return sorted(low, key=lambda sku: (available[sku], sku))


def available_units(on_hand: int, reserved: int, *, safety_units: int = 0) -> int:
    """The units that can still be promised.

    Also called: available to promise, free stock, stock minus reservations

    >>> available_units(10, 3, safety_units=2)
    5
    """
    return max(0, on_hand - reserved - safety_units)


def abc_classes(revenue: dict[str, int], *, a_percent: int = 80, b_percent: int = 95) -> dict[str, str]:
    """ABC classes: A are the products that make the first 80 percent of revenue, B the next, C the rest.

    Also called: ABC analysis, pareto classification of products, classify inventory

    >>> abc_classes({"P1": 800, "P2": 150, "P3": 50}, a_percent=80, b_percent=95)
    {'P1': 'A', 'P2': 'B', 'P3': 'C'}
    """
    total, before, classes = sum(revenue.values()), 0, {}
    for name, cents in sorted(revenue.items(), key=lambda pair: -pair[-1]):
        share = 100 * before / total if total else 100.0
        classes[name] = "A" if share < a_percent else "B" if share < b_percent else "C"
        before += cents
    return classes


def transfer_plan(surplus: dict[str, int], shortage: dict[str, int]) -> list[tuple[str, str, int]]:
    """Which stores give how many units to which, the largest surplus and shortage first.

    Also called: move stock between stores, rebalance inventory, store transfer

    >>> transfer_plan({"north": 10, "west": 3}, {"south": 8, "east": 4})
    [('north', 'south', 8), ('north', 'east', 2), ('west', 'east', 2)]
    """
    plan, left = [], dict(sorted(surplus.items(), key=lambda pair: -pair[-1]))
    for taker, needed in sorted(shortage.items(), key=lambda pair: -pair[-1]):
        for giver, units in left.items():
            moved = min(units, needed)
            if moved:
                plan.append((giver, taker, moved))
                left[giver] -= moved
                needed -= moved
    return plan


def shrinkage_percent(expected_units: int, counted_units: int) -> float:
    """The percentage of units that a stock count found missing.

    Also called: inventory shrinkage, stock loss, cycle count difference

    >>> shrinkage_percent(200, 194)
    3.0
    """
    return round(100 * (expected_units - counted_units) / expected_units, 1) if expected_units else 0.0


def barcode_check_digit(digits: str) -> int:
    """The check digit of an EAN-13, UPC-A or EAN-8 barcode, from the digits before it.

    Also called: EAN13 checksum, validate UPC, GTIN check digit

    >>> barcode_check_digit("400638133393")
    1
    """
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10
