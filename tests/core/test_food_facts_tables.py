"""The tables of conditions, medicines, diets and foods: complete, sourced, and consistent with each other."""

import pytest

from seamless_retail.core.food_facts.conditions import condition_ids, load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.food_rules import NUTRIENTS
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.core.food_facts.medicines import load_medicines, medicine


def test_enough_is_covered() -> None:
    assert len(load_medicines()) >= 70
    assert {"warfarin", "phenelzine", "simvastatin", "levothyroxine", "lithium"} <= set(load_medicines())
    assert {"ckd", "diabetes", "hypertension", "coeliac", "pku", "g6pd", "pregnancy", "infant", "gout"} <= set(
        load_conditions()
    )
    assert {"vegan", "vegetarian", "halal", "kosher", "jain", "low-fodmap"} <= set(load_diets())


def test_every_row_has_a_source_and_says_who_must_sign_it() -> None:
    rows = [*load_conditions().values(), *load_medicines().values(), *load_diets().values()]
    rules = [
        rule for row in (*load_conditions().values(), *load_medicines().values()) for rule in (*row.rules, *row.limits)
    ]
    assert all(row.source and row.signer and not row.reviewed for row in rows)
    assert all(rule.source and rule.signer and rule.why and not rule.reviewed for rule in rules)


def test_every_food_that_a_rule_names_exists() -> None:
    foods = set(load_foods())
    for row in (*load_conditions().values(), *load_medicines().values()):
        for rule in row.rules:
            assert set(rule.foods) | set(rule.unless) <= foods, rule.id
    for diet in load_diets().values():
        named = {*diet.excludes, *diet.asks, *diet.warns, *diet.unless, *diet.unless_warn}
        assert named <= foods, diet.id


def test_limits_are_of_nutrients_that_labels_give() -> None:
    for row in (*load_conditions().values(), *load_medicines().values(), *load_diets().values()):
        assert {limit.nutrient for limit in row.limits} <= set(NUTRIENTS)


@pytest.mark.parametrize(
    ("inn", "food", "verdict"),
    [
        ("simvastatin", "grapefruit", "block"),
        ("atorvastatin", "grapefruit", "warn"),
        ("warfarin", "vitamin-k-greens", "warn"),
        ("phenelzine", "blue-cheese-and-aged", "block"),
        ("metronidazole", "wine", "block"),
        ("spironolactone", "salt-substitute", "block"),
    ],
)
def test_known_interactions(inn: str, food: str, verdict: str) -> None:
    assert verdict in {rule.verdict for rule in load_medicines()[inn].rules if food in rule.foods}


@pytest.mark.parametrize("inn", ["pravastatin", "rosuvastatin"])
def test_no_grapefruit_rule_where_there_is_no_interaction(inn: str) -> None:
    assert not any("grapefruit" in rule.foods for rule in load_medicines()[inn].rules)


def test_rules_that_keep_steady_never_block() -> None:
    kept = [rule for row in load_medicines().values() for rule in row.rules if rule.action == "keep_steady"]
    assert {"medicines/lithium/low-salt", "medicines/warfarin/vitamin-k"} <= {rule.id for rule in kept}
    assert all(rule.verdict == "warn" for rule in kept)


def test_rules_that_separate_give_their_hours() -> None:
    for row in load_medicines().values():
        for rule in row.rules:
            assert (rule.separate_hours is not None) or rule.action != "separate", rule.id


def test_ids_of_the_facts_file_lead_to_ours() -> None:
    ids = condition_ids()
    assert (ids["celiac"], ids["diabetes_t2"], ids["hemochromatosis"]) == ("coeliac", "diabetes", "haemochromatosis")
    assert medicine("maoi") is not None
    assert medicine("maoi").rules == load_medicines()["phenelzine"].rules  # type: ignore[union-attr]


def test_ids_of_medicines_hold_no_space() -> None:
    assert not [inn for inn in load_medicines() if " " in inn]
