"""What must stay as it is: found, replaced, restored, and checked."""

import pytest

from seamless_retail.core.protected_spans import check, find_spans, placeholder, protect, restore

ANSWER = (
    "The Trail Runner 2 costs $84.99 [1] in size M, 20% off with WELCOME10 (SKU GRO-0012-330ML), see "
    "https://shop.example/a?b=1. Order #1042 holds 3 items: 330 ml, 2 x 500 g."
)
NAMES = ("Trail Runner", "Trail Runner 2")


def test_spans_are_found_with_their_kinds() -> None:
    found = [(span.text, span.kind) for span in find_spans(ANSWER, NAMES)]
    assert found == [
        ("Trail Runner 2", "name"),
        ("$84.99", "price"),
        ("[1]", "citation"),
        ("M", "size"),
        ("20%", "percentage"),
        ("WELCOME10", "code"),
        ("GRO-0012-330ML", "code"),
        ("https://shop.example/a?b=1", "url"),
        ("#1042", "code"),
        ("330 ml", "quantity"),
        ("2 x 500 g", "quantity"),
    ]


@pytest.mark.parametrize("text", ["There are 5 in stock.", "It's John's turn.", "Is it a large size?"])
def test_ordinary_words_are_not_protected(text: str) -> None:
    assert find_spans(text) == ()


@pytest.mark.parametrize("change", [str, str.lower, lambda text: text.replace("QX", "Q X ").replace("1", "१")])
def test_restoring_survives_spacing_case_and_other_digits(change) -> None:
    protected = protect("The cap costs $12.00 [2].")
    assert protected.text == f"The cap costs {placeholder(1)} {placeholder(2)}."
    assert check("The cap costs $12.00 [2].", restore(protected, change(protected.text))) == ()


def test_twelve_spans_do_not_get_mixed_up() -> None:
    text = " ".join(f"[{n}]" for n in range(1, 13))
    protected = protect(text)
    assert restore(protected, protected.text) == text
    assert protected.only_spans


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        ("La gorra cuesta 12.00 [2].", "'$12.00' stands 0 times"),
        ("La gorra cuesta $12.00 [2] [2].", "'[2]' stands 2 times"),
        ("La gorra cuesta $12.00 [2], de 15.", "The number 15 is new."),
        ("La gorra cuesta QX3 $12.00 [2].", "The placeholder QX3 is left."),
        ("La gorra cuesta $12.00 [2] y ३.", "The number ३ is new."),
    ],
)
def test_every_change_of_spans_and_numbers_is_a_fault(after: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in check("The cap costs $12.00 [2].", after))


def test_a_price_inside_a_longer_one_is_not_counted() -> None:
    assert check("It costs $4.", "Cuesta $4.50.")


def test_names_are_compared_as_whole_words() -> None:
    assert check("An Orla scarf", "Un pañuelo Orla", ["Orla"]) == ()
    assert check("An Orla scarf", "Un pañuelo Orlanda", ["Orla"])


def test_placeholders_between_letters_without_spaces() -> None:
    protected = protect("请看$12.00的帽子")
    assert restore(protected, protected.text) == "请看$12.00的帽子"
