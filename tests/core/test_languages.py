"""The languages of the shop and the codes that name them."""

import pytest

from seamless_retail.core.errors import UnknownLanguageError
from seamless_retail.core.languages import ENGLISH, LANGUAGES, find_language, language_of


def test_the_25_languages_have_distinct_codes_and_names() -> None:
    assert len(LANGUAGES) == 25
    assert len({language.iso for language in LANGUAGES.values()}) == 25
    assert {language.script for language in LANGUAGES.values() if language.right_to_left} == {"Arab"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("es", "spa_Latn"),
        ("es-MX", "spa_Latn"),
        ("SPA", "spa_Latn"),
        ("Spanish", "spa_Latn"),
        ("español", "spa_Latn"),
        ("zh-TW", "zho_Hant"),
        ("zh", "zho_Hans"),
        ("ori", "ory_Orya"),
        ("eng_Latn", ENGLISH.code),
    ],
)
def test_codes_tags_and_names_are_read(name: str, code: str) -> None:
    assert language_of(name).code == code


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    assert find_language("klingon") is None
    with pytest.raises(UnknownLanguageError, match="Name one of: en, hi"):
        language_of("klingon")
