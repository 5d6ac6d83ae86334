"""Which allergens a message names, wants to avoid, and states as allergies."""

import pytest

from seamless_retail.lobes.stated import avoided_allergens, named_allergens, stated_allergies, without_names

STATED = {
    "does it contain peanuts?": ({"peanuts"}, set(), set()),
    "anything with tree nuts or dairy?": ({"nuts", "milk"}, set(), set()),
    "nut-free granola": ({"nuts", "peanuts"}, {"nuts", "peanuts"}, set()),
    "I am allergic to peanuts": ({"peanuts"}, {"peanuts"}, {"peanuts"}),
    "I have celiac disease": (set(), {"gluten"}, {"gluten"}),
    "a blue dress": (set(), set(), set()),
}


@pytest.mark.parametrize("text", STATED)
def test_allergens_named_avoided_and_stated(text):
    found = [set(map(str, read(text))) for read in (named_allergens, avoided_allergens, stated_allergies)]
    assert found == list(STATED[text])


def test_a_free_from_in_a_products_name_is_no_wish_of_the_customer():
    assert avoided_allergens(without_names("is the Nut-Free Bar good?", ["Nut-Free Bar"])) == ()
