"""Pricing rules. Amounts are whole cents; half a cent is rounded up."""


def order_discount(subtotal_cents: int, *, percent: int = 10, minimum_cents: int = 5_000) -> int:
    """The cents off an order: a percentage of orders over an amount.

    Also called: percent off orders over an amount, basket discount, discount rule, spend threshold

    >>> order_discount(10_000, percent=10, minimum_cents=8_000)
    1000
    >>> order_discount(8_000, percent=10, minimum_cents=8_000)
    0
    """
    return (subtotal_cents * percent + 50) // 100 if subtotal_cents > minimum_cents else 0


def order_amount_off(subtotal_cents: int, *, off_cents: int = 1_000, minimum_cents: int = 5_000) -> int:
    """The cents off an order: a fixed amount, such as $10, off orders from an amount on.

    Also called: dollars off orders over an amount, money off coupon, fixed discount when spending

    >>> order_amount_off(6_000, off_cents=1_000, minimum_cents=5_000)
    1000
    >>> order_amount_off(4_999, off_cents=1_000, minimum_cents=5_000)
    0
    """
    return min(off_cents, subtotal_cents) if subtotal_cents >= minimum_cents else 0


def discounted_price(price_cents: int, *, percent: int = 20) -> int:
    """A price with a percentage taken off.

    Also called: sale price, reduced price, apply percent discount to a price, markdown

    >>> discounted_price(4_999, percent=20)
    3999
    """
    return (price_cents * (100 - percent) + 50) // 100


def price_before_discount(sale_cents: int, *, percent: int = 20) -> int:
    """The original price of something that is sold with a percentage off.

    Also called: undo discount, list price from sale price, reverse discount

    >>> price_before_discount(4_000, percent=20)
    5000
    """
    return round(sale_cents * 100 / (100 - percent))


def discount_percent(list_cents: int, sale_cents: int) -> float:
    """By how many percent a price is reduced.

    Also called: percentage saved, reduction between two prices, how much off

    >>> discount_percent(5_000, 4_000)
    20.0
    """
    return round(100 * (list_cents - sale_cents) / list_cents, 1) if list_cents else 0.0


def charm_price(price_cents: int, *, ending_cents: int = 99) -> int:
    """The nearest price below that ends in 99 cents.

    Also called: psychological pricing, round price to .99, price ending

    >>> charm_price(2_050, ending_cents=99)
    1999
    >>> charm_price(1_999, ending_cents=99)
    1999
    """
    whole = price_cents // 100 * 100 + ending_cents
    return whole if whole <= price_cents else max(ending_cents, whole - 100)


def round_to_step(price_cents: int, *, step_cents: int = 5) -> int:
    """A price rounded to the next step, such as 5 cents.

    Also called: cash rounding, nickel rounding, round to nearest 5 cents

    >>> round_to_step(1_998, step_cents=5)
    2000
    >>> round_to_step(1_997, step_cents=5)
    1995
    """
    return (price_cents + step_cents // 2) // step_cents * step_cents


def tiered_unit_price(
    quantity: int, price_cents: int, *, tiers: tuple[tuple[int, int], ...] = ((10, 5), (50, 10))
) -> int:
    """The unit price with quantity discounts: the more units, the more percent off.

    Also called: bulk pricing, volume discount, wholesale price breaks, quantity tiers

    >>> tiered_unit_price(9, 1_000, tiers=((10, 5), (50, 10)))
    1000
    >>> tiered_unit_price(60, 1_000, tiers=((10, 5), (50, 10)))
    900
    """
    percent = max((off for least, off in tiers if quantity >= least), default=0)
    return (price_cents * (100 - percent) + 50) // 100


def price_with_tax(net_cents: int, *, tax_percent: float = 8.25) -> int:
    """A price with sales tax added.

    Also called: gross price, add VAT, add sales tax, tax included

    >>> price_with_tax(10_000, tax_percent=8.25)
    10825
    """
    return int(net_cents * (100 + tax_percent) / 100 + 0.5)


def tax_in_price(gross_cents: int, *, tax_percent: float = 8.25) -> int:
    """The tax that is contained in a price.

    Also called: extract VAT, remove sales tax from gross, net of tax

    >>> tax_in_price(10_825, tax_percent=8.25)
    825
    """
    return int(gross_cents - gross_cents * 100 / (100 + tax_percent) + 0.5)


def unit_price(price_cents: int, amount: float, *, per: float = 100) -> float:
    """The price for 100 g (or another amount), in cents.

    Also called: price per kilo, price per 100 grams, compare package sizes, cost per litre

    >>> unit_price(450, 750, per=100)
    60.0
    """
    return round(price_cents / amount * per, 2)


def member_price(price_cents: int, is_member: bool, *, percent: int = 5) -> int:
    """The price for loyalty members, who get a percentage off.

    Also called: members only price, loyalty discount price, member discount

    >>> member_price(2_000, True, percent=5)
    1900
    >>> member_price(2_000, False, percent=5)
    2000
    """
    return (price_cents * (100 - percent) + 50) // 100 if is_member else price_cents


def price_match(our_cents: int, their_cents: int, *, floor_percent: int = 85) -> int:
    """Our price after matching a competitor's, never below a percentage of ours.

    Also called: price matching rule, match competitor price with floor

    >>> price_match(10_000, 9_000, floor_percent=85)
    9000
    >>> price_match(10_000, 5_000, floor_percent=85)
    8500
    """
    return min(our_cents, max(their_cents, (our_cents * floor_percent + 99) // 100))


def markdown_price(price_cents: int, weeks_unsold: int, *, percent_a_week: int = 10, most_percent: int = 50) -> int:
    """A price that falls by a percentage for every week without a sale, to a limit.

    Also called: clearance markdown schedule, ageing stock price, weekly markdown, end of season

    >>> markdown_price(10_000, 3, percent_a_week=10, most_percent=50)
    7000
    >>> markdown_price(10_000, 9, percent_a_week=10, most_percent=50)
    5000
    """
    percent = min(most_percent, percent_a_week * max(0, weeks_unsold))
    return (price_cents * (100 - percent) + 50) // 100


def expiry_markdown(price_cents: int, days_left: int, *, within_days: int = 3, percent: int = 30) -> int:
    """The price of food that is close to its best-before date.

    Also called: reduce price before expiry, short dated food discount, best before markdown, perishables

    >>> expiry_markdown(400, 2, within_days=3, percent=30)
    280
    >>> expiry_markdown(400, 9, within_days=3, percent=30)
    400
    """
    return (price_cents * (100 - percent) + 50) // 100 if days_left <= within_days else price_cents


def shipping_fee(subtotal_cents: int, *, fee_cents: int = 595, free_from_cents: int = 7_500) -> int:
    """The fee for standard shipping, free from an amount on.

    Also called: free shipping threshold, delivery charge, shipping cost rule

    >>> shipping_fee(5_000, fee_cents=595, free_from_cents=7_500)
    595
    >>> shipping_fee(7_500, fee_cents=595, free_from_cents=7_500)
    0
    """
    return 0 if subtotal_cents >= free_from_cents else fee_cents


def written_price(cents: int, *, symbol: str = "$") -> str:
    """An amount in cents as text, such as $1,234.50.

    Also called: format price, format money, cents to dollars string, currency formatting

    >>> written_price(123_450, symbol="$")
    '$1,234.50'
    >>> written_price(-5, symbol="$")
    '-$0.05'
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}{symbol}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
