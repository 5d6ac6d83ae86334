"""Orders, returns and sales figures. Amounts are whole cents."""

from datetime import date, timedelta
from statistics import mean


def order_total(lines: list[tuple[int, int]], *, shipping_cents: int = 0, discount_cents: int = 0) -> int:
    """The total of an order of (quantity, unit price): goods less discount, and shipping.

    Also called: sum up an order, cart total, order amount

    >>> order_total([(2, 1_500), (1, 800)], shipping_cents=595, discount_cents=300)
    4095
    """
    goods = sum(quantity * cents for quantity, cents in lines)
    return max(0, goods - discount_cents) + shipping_cents


def can_return(delivered_on: date, today: date, *, return_days: int = 30) -> bool:
    """Whether an order can still be returned, so many days after delivery.

    Also called: return window check, return deadline, is the return allowed

    >>> from datetime import date
    >>> can_return(date(2026, 11, 1), date(2026, 12, 1), return_days=30)
    True
    >>> can_return(date(2026, 11, 1), date(2026, 12, 2), return_days=30)
    False
    """
    return today <= delivered_on + timedelta(days=return_days)


def refund_amount(paid_cents: int, *, restocking_percent: int = 10, shipping_cents: int = 0) -> int:
    """What is refunded for a return, less a restocking fee and the return shipping.

    Also called: restocking fee, refund calculation

    >>> refund_amount(10_000, restocking_percent=10, shipping_cents=500)
    8500
    """
    return max(0, paid_cents - (paid_cents * restocking_percent + 50) // 100 - shipping_cents)


def average_order_value(totals_cents: list[int]) -> int:
    """The average value of orders, to the cent.

    Also called: AOV, mean basket size, average basket

    >>> average_order_value([1_000, 2_000, 3_001])
    2000
    """
    return round(mean(totals_cents)) if totals_cents else 0


def conversion_percent(orders: int, visits: int) -> float:
    """The percentage of visits that end with an order.

    Also called: conversion rate, visits to orders

    >>> conversion_percent(30, 1_200)
    2.5
    """
    return round(100 * orders / visits, 2) if visits else 0.0


def growth_percent(before: float, after: float) -> float:
    """By how many percent a figure has grown.

    Also called: year over year growth, change in sales, percentage change

    >>> growth_percent(200, 250)
    25.0
    """
    return round(100 * (after - before) / before, 1) if before else 0.0


def moving_average(units: list[float], *, window_days: int = 7) -> list[float]:
    """The moving average of a series, one value for each full window.

    Also called: rolling mean, smooth sales, 7 day average

    >>> moving_average([1, 2, 3, 4], window_days=2)
    [1.5, 2.5, 3.5]
    """
    last = len(units) - window_days + 1
    return [round(mean(units[start : start + window_days]), 2) for start in range(max(0, last))]


def delivery_day(ordered_on: date, *, business_days: int = 5) -> date:
    """The day of delivery, some business days after the order; weekends do not count.

    Also called: estimated delivery date, add business days, working days

    >>> from datetime import date
    >>> delivery_day(date(2026, 11, 20), business_days=3)
    datetime.date(2026, 11, 25)
    """
    day, left = ordered_on, business_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def repeat_rate(orders_by_customer: dict[str, int]) -> float:
    """The percentage of customers who ordered more than once.

    Also called: repeat purchase rate, returning customers share, retention

    >>> repeat_rate({"C1": 3, "C2": 1, "C3": 1, "C4": 2})
    50.0
    """
    again = sum(count > 1 for count in orders_by_customer.values())
    return round(100 * again / len(orders_by_customer), 1) if orders_by_customer else 0.0


def return_rate(units_sold: int, units_returned: int) -> float:
    """The percentage of sold units that came back.

    Also called: returns rate, share of returned items

    >>> return_rate(400, 18)
    4.5
    """
    return round(100 * units_returned / units_sold, 1) if units_sold else 0.0


def cash_change(
    due_cents: int, given_cents: int, *, denominations: tuple[int, ...] = (2_000, 1_000, 500, 100, 25, 10, 5, 1)
) -> dict[int, int]:
    """The change for cash, as number of notes and coins by their value.

    Also called: make change, give coins back at the till

    >>> cash_change(1_765, 2_000, denominations=(100, 25, 10, 5, 1))
    {100: 2, 25: 1, 10: 1}
    """
    left, change = given_cents - due_cents, {}
    for value in denominations:
        count, left = divmod(left, value)
        if count:
            change[value] = count
    return change
