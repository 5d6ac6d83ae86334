"""Price bounds: what is a price, which bound it is, and what is no price at all. Cents, inclusive."""

import pytest

from seamless_retail.core.errors import ContradictoryConstraintsError
from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.prices import read_prices

CASES = [
    ("dresses under $50", (None, 4999), "under excludes the bound"),
    ("below 50 dollars", (None, 4999), "the currency may follow"),
    ("less than £30", (None, 2999), "other currency signs"),
    ("< $50", (None, 4999), "as a formula"),
    ("cheaper than 25", (None, 2499), "words that only speak of prices need no currency"),
    ("boots under 100", (None, 9999), "a bare number after under"),
    ("boots under 100 in leather", (None, 9999), "a preposition may follow a bare number"),
    ("between $20 and $40", (2000, 4000), "a range includes its ends"),
    ("between 20 and 40", (2000, 4000), "a range without currency"),
    ("between $40 and $20", (2000, 4000), "a range named from above"),
    ("20-40 dollars", (2000, 4000), "a hyphen with a currency"),
    ("$20-$40", (2000, 4000), "a hyphen with two signs"),
    ("$20 to 40", (2000, 4000), "one sign is enough"),
    ("from 30 to 60", (3000, 6000), "from … to"),
    ("priced between 10 and 12.50", (1000, 1250), "cents in a bound"),
    ("at least 100", (10000, None), "at least includes the bound"),
    ("no less than $20", (2000, None), "a negated comparison"),
    ("starting at $15", (1500, None), "starting at"),
    ("$100+", (10000, None), "a plus sign"),
    ("$100 or more", (10000, None), "or more"),
    ("over $50", (5001, None), "over excludes the bound"),
    ("more expensive than $75", (7501, None), "more expensive than"),
    ("over €80 but under €120", (8001, 11999), "two bounds"),
    ("more than $100 and less than $200", (10001, 19999), "and between two bounds is no range"),
    ("max 19.99", (None, 1999), "max"),
    ("a maximum of $20", (None, 2000), "maximum of includes the bound"),
    ("no more than $40", (None, 4000), "no more than"),
    ("not over 35", (None, 3500), "not over"),
    ("up to $60", (None, 6000), "up to"),
    ("$50 or less", (None, 5000), "or less"),
    ("50 dollars tops", (None, 5000), "tops"),
    ("my budget is 80", (None, 8000), "a budget"),
    ("I can spend $100", (None, 10000), "what can be spent"),
    ("I have 30 dollars", (None, 3000), "what one has"),
    ("50 bucks", (None, 5000), "an amount alone is a budget"),
    ("a $50 dress", (None, 5000), "an amount before the noun"),
    ("around $50", (4000, 6000), "around is a fifth up and down"),
    ("50-ish dollars", (4000, 6000), "-ish"),
    ("in the $30 range", (2400, 3600), "the range of an amount"),
    ("under $1,500", (None, 149999), "thousands"),
    ("under $1.5k", (None, 149999), "k"),
    ("over 18,50 €", (1851, None), "a decimal comma"),
    ("under fifty dollars", (None, 4999), "a number in words"),
    ("under twenty five bucks", (None, 2499), "tens and units"),
    ("under a hundred dollars", (None, 9999), "a hundred"),
    ("between 20 and 40 dollars, ideally under $30", (2000, 2999), "the tightest bounds hold"),
    ("jeans 32 waist under $30", (None, 2999), "a size before a price with a currency"),
    ("99 cents", (None, 99), "cents"),
    ("under $50 and at least $50.00 off", (None, 4999), "a deduction is no bound"),
]
NO_PRICES = [
    ("less than 500 calories", "energy"),
    ("under 10 g of sugar", "weight"),
    ("at least 20g protein", "weight without a space"),
    ("over 80% cocoa", "percent"),
    ("delivered within 3 days", "days"),
    ("size 42", "a size"),
    ("shoes in 42", "a size after in"),
    ("at least 3 packs", "a quantity"),
    ("do you have more than 2", "a small number after more than counts"),
    ("more than 12 in stock", "units in stock"),
    ("up to 4 people", "persons"),
    ("toys for kids under 5", "an age"),
    ("order 100001", "an order"),
    ("free shipping over $50", "a threshold of the shop"),
    ("$5 off", "a deduction"),
    ("a $25 gift card", "a gift card"),
    ("I was charged $50 twice", "money that moved"),
    ("how many points for $50", "points"),
    ("are you open from 9 to 5", "hours"),
    ("open between 9 and 5", "hours as a range"),
    ("2 pounds of beef", "a weight in pounds"),
    ("product #20", "a number sign"),
    ("32x30 jeans", "a trouser size"),
    ("a 5k run", "a distance"),
]


@pytest.mark.parametrize(("text", "bounds", "reason"), CASES)
def test_bounds(text: str, bounds: tuple[int | None, int | None], reason: str) -> None:
    found = read_prices(Message(text), "USD")
    assert (found.minimum, found.maximum) == bounds, reason


@pytest.mark.parametrize(("text", "reason"), NO_PRICES)
def test_no_price(text: str, reason: str) -> None:
    assert read_prices(Message(text), "USD")[:2] == (None, None), reason


def test_words_of_a_price_are_used_up() -> None:
    message = Message("dresses priced between $20 and $40 with pockets")
    read_prices(message, "USD")
    assert message.remaining(frozenset({"priced"})) == "dresses with pockets"


def test_words_that_describe_products_may_follow_a_bare_number() -> None:
    assert read_prices(Message("under 50 cotton"), "USD", frozenset({"cotton"})).maximum == 4999
    assert read_prices(Message("under 50 kilos"), "USD", frozenset({"cotton"})).maximum is None


CONTRADICTIONS = [
    ("over $80 and under $50", r"No price is both over \$80.00 and under \$50.00."),
    ("at least $60 but no more than $40", r"both at least \$60.00 and at most \$40.00"),
    ("over $50 and under $50.01", r"both over \$50.00 and under \$50.01"),
    ("under $0", r"No price is under \$0.00."),
]


@pytest.mark.parametrize(("text", "told"), CONTRADICTIONS)
def test_contradictions_are_said_in_words(text: str, told: str) -> None:
    with pytest.raises(ContradictoryConstraintsError, match=told) as caught:
        read_prices(Message(text), "USD")
    assert caught.value.remedy


def test_a_foreign_currency_is_told() -> None:
    assert read_prices(Message("under £30"), "USD").foreign_currency == "GBP"
    assert read_prices(Message("under £30"), "GBP").foreign_currency == ""
    assert read_prices(Message("under 30"), "USD").foreign_currency == ""
