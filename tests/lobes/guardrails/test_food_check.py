"""The food guard behind the port: what it warns of, and that what it cannot check is warned of."""

from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.food_check import UNREAD, ProfileFoodCheck


def test_foods_against_the_profile_are_warned_of_with_the_reason(corner_shop):
    check = ProfileFoodCheck(corner_shop.customers)
    products = corner_shop.catalogue.get_many(["F1", "G2", "G5", "G6"])
    warned = check.warnings(Principal("C2"), products)
    assert "G2" in warned and "peanut" in warned["G2"]
    assert not {"F1", "G6"} & set(warned)


def test_a_guest_is_warned_of_nothing(corner_shop):
    check = ProfileFoodCheck(corner_shop.customers)
    assert check.warnings(Principal(), corner_shop.catalogue.get_many(["G2"])) == {}


class Broken:
    def get(self, customer_id):
        raise OSError("the database is gone")


def test_what_cannot_be_read_is_warned_of_and_nothing_is_raised(corner_shop):
    foods = corner_shop.catalogue.get_many(["F1", "G6"])
    for customers in (Broken(), corner_shop.customers):
        assert ProfileFoodCheck(customers).warnings(Principal("C999"), foods) == {"G6": UNREAD}
