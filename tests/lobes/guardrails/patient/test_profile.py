"""Profiles of the shop, and profiles as JSON."""

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Allergy, DietaryProfile
from seamless_retail.core.customers import Severity as ProfileSeverity
from seamless_retail.lobes.guardrails.patient import Severity, from_profile, from_record
from seamless_retail.lobes.guardrails.rules import ProductFacts, Verdict, judge


def test_a_profile_gives_the_same_keys_as_a_note() -> None:
    profile = DietaryProfile(
        allergies=(Allergy(allergen=Allergen.PEANUTS, severity=ProfileSeverity.ANAPHYLACTIC),),
        conditions=("celiac disease", "Chronic kidney disease"),
        medicines=("Coumadin", "simvastatin 20 mg"),
        diets=("Vegan",),
    )
    context = from_profile(profile)
    assert context.keys == (
        "allergen:peanuts",
        "condition:coeliac",
        "condition:ckd",
        "medicine:warfarin",
        "medicine:simvastatin",
        "diet:vegan",
    )
    assert context.contraindications[0].severity is Severity.ANAPHYLAXIS


def test_what_no_table_knows_is_kept_and_clears_nothing() -> None:
    context = from_profile(DietaryProfile(medicines=("Zzyzxol",)))
    assert context.keys == ("medicine:zzyzxol",)
    judged = judge(context, ProductFacts("Rice", "rice"))
    assert judged.verdict is Verdict.CANNOT_CLEAR
    assert "pharmacist" in judged.reasons[0].sentence


def test_a_record_takes_ids_words_and_severities() -> None:
    record = {"allergies": ["milk", {"allergen": "cashews", "severity": "anaphylactic"}], "diets": ["halal"]}
    context = from_record(record)
    assert context.keys == ("allergen:milk", "allergen:nuts", "diet:halal")
    assert context.contraindications[1].severity is Severity.ANAPHYLAXIS


@pytest.mark.parametrize("record", [{"allergies": 3}, {"diets": [1]}, {"weight": 80}, {"allergies": [{}]}])
def test_a_bad_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="profile"):
        from_record(record)
