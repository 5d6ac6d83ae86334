import pytest

from seamless_retail.core.food_facts.allergens import (
    EU_14,
    KINDS,
    additives,
    allergens,
    exemptions,
    groups_of,
    jurisdictions,
    languages,
    rows,
)

REQUIRED = frozenset(
    ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ro", "el", "ru", "tr", "ar", "hi", "zh")
) | {"ja", "ko"}


def test_at_least_21_languages_name_the_14_groups_but_for_foods_a_country_hardly_knows():
    assert set(languages()) >= REQUIRED
    for language in REQUIRED:
        named = {group for row in rows(language) if row.kind == "terms" for key in row.key for group in groups_of(key)}
        assert set(EU_14) <= named, (language, set(EU_14) - named)


def test_every_row_has_an_id_of_its_own_per_pattern_a_source_and_a_known_key():
    for language in languages():
        for row in rows(language):
            assert row.id.startswith(f"{language}/{row.kind}/")
            assert row.source
            assert row.kind in KINDS
            assert row.reviewed is False
            known = exemptions() if row.kind == "exempt" else allergens()
            assert row.kind == "wording" or all(key in known for key in row.key), row.id


def test_lists_of_the_statutes():
    assert jurisdictions()["EU"].mandatory == EU_14
    assert "molluscs" not in jurisdictions()["US"].mandatory
    assert "pine-nuts" in jurisdictions()["US"].mandatory
    assert len(jurisdictions()["JP"].mandatory) == 8
    assert len(jurisdictions()["JP"].recommended) == 20
    for jurisdiction in jurisdictions().values():
        assert all(item in allergens() for item in (*jurisdiction.mandatory, *jurisdiction.recommended))


def test_a_member_raises_its_group():
    assert groups_of("nuts:cashew") == ("nuts:cashew", "nuts")
    assert groups_of("milk") == ("milk",)


def test_sulphites_by_number_and_the_exemptions_by_place():
    assert all("sulphur-dioxide-and-sulphites" in additives()[str(n)].allergens for n in range(220, 229))
    assert additives()["1105"].allergens == ("eggs",)
    assert additives()["322"].may_hide
    assert "US" in exemptions()["refined-peanut-oil"].jurisdictions
    assert "EU" not in exemptions()["refined-peanut-oil"].jurisdictions


@pytest.mark.parametrize(
    ("id", "mandatory", "not_mandatory"),
    [
        ("CA", {"mustard", "sulphur-dioxide-and-sulphites", "wheat", "gluten", "pine-nuts"}, {"celery", "lupin"}),
        ("JP", {"shrimp", "crab", "nuts:walnut", "buckwheat", "wheat"}, {"soybeans", "sesame-seeds", "fish"}),
        ("KR", {"mackerel", "pork", "peach", "tomato", "squid", "chicken", "beef"}, {"celery", "mustard"}),
        ("CODEX", {"gluten", "sesame-seeds", "nuts:cashew"}, {"soybeans", "celery", "nuts:macadamia"}),
    ],
)
def test_what_a_country_makes_producers_declare(id, mandatory, not_mandatory):
    declared = set(jurisdictions()[id].mandatory)
    assert mandatory <= declared
    assert not not_mandatory & declared
