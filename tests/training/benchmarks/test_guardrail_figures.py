"""The figures of the guard's benchmark: intervals, aims, baselines and the answers they are made of."""

import random

import pytest

from seamless_retail.core.food_facts.allergens import EU_14
from seamless_retail.training.benchmarks.guardrail_baselines import bag_of_words
from seamless_retail.training.benchmarks.guardrail_bypass import DISGUISES
from seamless_retail.training.benchmarks.guardrail_figures import Aim, Figure, as_records, drop, render, share
from seamless_retail.training.benchmarks.guardrail_labels import Answer, measure_over_block, measure_t5, measure_t8

CASE = {"id": "a", "tier": "T5_x", "lang": "en", "text": "Milk, salt", "allergens": ["en:milk"]}


def named(figures, ending):
    return next(figure for figure in figures if figure.name.endswith(ending))


def test_wilsons_interval_as_tabulated():
    figure = share("x", 9, 10)
    assert (figure.low, figure.high) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))


def test_an_aim_is_kept_or_not_and_without_cases_neither():
    assert share("x", 3, 100, Aim(0.03, is_least=False)).is_met
    assert share("x", 96, 100, Aim(0.97)).is_met is False
    assert share("x", 0, 0, Aim(0.97)).is_met is None


def test_a_fall_is_between_the_clean_and_the_changed():
    figure = drop("x", [(2, 2, 1), (2, 2, 2)], Aim(0.03, is_least=False))
    assert figure.value == pytest.approx(0.25)
    assert figure.is_met is False


def test_a_guard_that_blocks_everything_finds_all_and_fails_over_block():
    everything = Answer(frozenset(EU_14))
    figures = measure_t5("T5", "en", [(CASE, everything)])
    assert named(figures, "all found").value == 1.0
    assert named(figures, "absent allergens").is_met is False
    assert named(figures, "precision (lower bound)").failing[0].startswith("a:")
    assert all(f.value in (1.0, None) for f in measure_over_block(lambda _: everything, [CASE]))


def test_clearing_nothing_shows_in_the_share_that_cannot_be_cleared():
    figures = measure_t5("T5", "en", [(CASE, Answer(frozenset(), is_unreadable=True))])
    assert named(figures, "all found or cannot clear").value == 1.0
    assert named(figures, "all found").value == 0.0
    assert named(figures, "cannot clear, absent allergens").value == 1.0


def test_a_bag_of_words_reads_a_claim_as_the_allergen():
    guard = bag_of_words({"en": {("milk",): frozenset(["milk"])}})
    case = {"id": "b", "tier": "T8_x", "lang": "en", "text": "Milk free bar", "claim": "milk free", "allergens": []}
    assert measure_t8("T8", "en", [(case, guard(case))])[0].failing == ("b",)


def test_the_table_and_the_records_say_the_same():
    figure = Figure("row", 0.5, 0.4, 0.6, 10, Aim(0.9), ("id1",))
    assert "| row | 0.500 | 0.400 to 0.600 | 10 | >= 0.9 | **no** |" in render([figure])
    assert as_records([figure])[0]["failing"] == ("id1",)


def test_a_disguise_changes_a_label_of_its_kind():
    texts = {"E-number forms": "E 322, salt", "transliteration, ä as ae, å as aa": "Käse"}
    serbian = {"transliteration, Serbian in Cyrillic": "šećer, mleko"}
    for name, change in DISGUISES.items():
        text = {**texts, **serbian}.get(name, "whole buttermilkpowders")
        assert any(change(text, random.Random(seed)) != text for seed in range(5)), name
