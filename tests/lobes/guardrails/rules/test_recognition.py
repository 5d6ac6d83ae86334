"""Foods in labels: many languages, and words that only look like them."""

import pytest

from seamless_retail.lobes.guardrails.rules.recognition import find_foods


def _foods(text: str, language: str = "en") -> set[str]:
    return {hit.food for hit in find_foods(text, "ingredients", language) if not hit.is_claim}


@pytest.mark.parametrize(
    ("text", "food", "language"),
    [
        ("liver sausage", "liver", "en"),
        ("Leberwurst", "liver", "de"),
        ("Ziegenkäse", "cheese", "de"),
        ("jus de pamplemousse", "grapefruit", "fr"),
        ("Grapefruitsaft", "grapefruit", "de"),
        ("toranja", "grapefruit", "pt"),
        ("فول مدمس", "fava", "ar"),
        ("蜂蜜", "honey", "zh"),
        ("мёд", "honey", "ru"),
        ("E-450i", "phosphate-additives", "en"),
        ("sel, chlorure de potassium", "salt-substitute", "fr"),
        ("réglisse", "liquorice", "fr"),
        ("osta, ost", "cheese", "sv"),
    ],
)
def test_found(text: str, food: str, language: str) -> None:
    assert food in _foods(text, language)


@pytest.mark.parametrize(
    ("text", "food", "language"),
    [
        ("oliver crackers", "liver", "en"),
        ("honeydew melon", "honey", "en"),
        ("red wine vinegar", "red-wine", "en"),
        ("ginger beer", "beer", "en"),
        ("grapefruit-free", "grapefruit", "en"),
        ("alcohol free", "alcohol", "en"),
        ("sans alcool", "alcohol", "fr"),
        ("sugar, alcohol-free", "alcohol", "en"),
        ("kidney beans", "organ-meat", "en"),
        ("葡萄柚", "whole-grapes", "zh"),
        ("med salt", "honey", "sv"),
        ("cacao et sucre", "meat", "fr"),
        ("fèves de cacao", "fava", "fr"),
        ("riboflavin", "wine", "en"),
        ("oyster mushrooms", "raw-oysters", "en"),
    ],
)
def test_not_found(text: str, food: str, language: str) -> None:
    assert food not in _foods(text, language)


def test_a_phrase_does_not_reach_over_a_comma() -> None:
    assert "alcohol" in _foods("sugar, alcohol, water")
    assert "alcohol" not in _foods("sugar alcohol, water")
