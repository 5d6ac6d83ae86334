"""Points of the loyalty programme. Amounts are whole cents, points whole numbers."""

from datetime import date, timedelta


def points_earned(paid_cents: int, *, points_per_dollar: int = 1) -> int:
    """The points that a purchase earns; parts of a dollar earn none.

    Also called: earn loyalty points, points per dollar, points calculation

    >>> points_earned(4_999, points_per_dollar=2)
    98
    """
    return paid_cents // 100 * points_per_dollar


def bonus_points(paid_cents: int, is_birthday_month: bool, *, points_per_dollar: int = 1, factor: int = 2) -> int:
    """The points of a purchase, multiplied in the customer's birthday month.

    Also called: double points, birthday bonus points, points multiplier

    >>> bonus_points(5_000, True, points_per_dollar=1, factor=2)
    100
    >>> bonus_points(5_000, False, points_per_dollar=1, factor=2)
    50
    """
    return paid_cents // 100 * points_per_dollar * (factor if is_birthday_month else 1)


def points_value(points: int, *, points_per_dollar: int = 100) -> int:
    """What points are worth, in cents.

    Also called: redeem points for money, value of loyalty points, points to dollars

    >>> points_value(250, points_per_dollar=100)
    250
    """
    return points * 100 // points_per_dollar


def points_for_amount(cents: int, *, points_per_dollar: int = 100) -> int:
    """How many points an amount costs, rounded up.

    Also called: dollars to points, points needed to pay

    >>> points_for_amount(1_999, points_per_dollar=100)
    1999
    """
    return -(-cents * points_per_dollar // 100)


def usable_points(balance: int, total_cents: int, *, points_per_dollar: int = 100, most_percent: int = 50) -> int:
    """How many points may pay for an order, of which only a part can be paid with points.

    Also called: maximum points per order, limit points redemption, pay part with points

    >>> usable_points(10_000, 8_000, points_per_dollar=100, most_percent=50)
    4000
    """
    return min(balance, total_cents * most_percent // 100 * points_per_dollar // 100)


def tier_of(points_a_year: int, thresholds: dict[str, int]) -> str:
    """The loyalty tier of a customer by the points of a year; empty text below the lowest.

    Also called: assign loyalty tier, bronze silver gold, membership level

    >>> tier_of(1_200, {"Bronze": 0, "Silver": 1_000, "Gold": 2_500})
    'Silver'
    """
    reached = [(least, name) for name, least in thresholds.items() if points_a_year >= least]
    return max(reached, default=(0, ""))[-1]


def points_to_next_tier(points_a_year: int, thresholds: dict[str, int]) -> int:
    """How many points are missing to the next tier; 0 at the top.

    Also called: points until gold, next level gap

    >>> points_to_next_tier(1_200, {"Bronze": 0, "Silver": 1_000, "Gold": 2_500})
    1300
    """
    return min((least - points_a_year for least in thresholds.values() if least > points_a_year), default=0)


def points_expire_on(earned_on: date, *, valid_days: int = 548) -> date:
    """The day on which points expire, a number of days after they were earned.

    Also called: expiry date of points, points validity, expiration

    >>> from datetime import date
    >>> points_expire_on(date(2026, 1, 1), valid_days=548)
    datetime.date(2027, 7, 3)
    """
    return earned_on + timedelta(days=valid_days)


def expiring_points(entries: list[tuple[int, date]], today: date, *, within_days: int = 30) -> int:
    """How many points of a ledger of (points, expiry day) expire within some days.

    Also called: points about to expire, upcoming expiry reminder

    >>> from datetime import date
    >>> ledger = [(100, date(2026, 12, 1)), (50, date(2027, 6, 1))]
    >>> expiring_points(ledger, date(2026, 11, 21), within_days=30)
    100
    """
    until = today + timedelta(days=within_days)
    return sum(points for points, expires_on in entries if today <= expires_on <= until)


def points_after_return(earned: int, paid_cents: int, refunded_cents: int) -> int:
    """The points that a customer keeps after a part of an order is returned.

    Also called: reverse points on refund, take back points for returned items

    >>> points_after_return(100, 10_000, 2_500)
    75
    """
    return earned * max(0, paid_cents - refunded_cents) // paid_cents if paid_cents else 0


def referral_points(friends_ordered: int, *, points_each: int = 500, most_points: int = 2_500) -> int:
    """The points for friends who placed a first order, to a limit.

    Also called: refer a friend reward, referral bonus

    >>> referral_points(3, points_each=500, most_points=2_500)
    1500
    >>> referral_points(9, points_each=500, most_points=2_500)
    2500
    """
    return min(most_points, friends_ordered * points_each)
