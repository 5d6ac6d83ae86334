"""What announces a restriction, and when it counts as unread."""

import pytest

from seamless_retail.core.languages import LANGUAGES
from seamless_retail.lobes.languages.cue_patterns import cue_words, pattern
from seamless_retail.lobes.languages.glossary import languages
from seamless_retail.lobes.languages.notices import notice
from seamless_retail.lobes.languages.restriction_cues import ACCOUNTED_BY, unread_restrictions

CODES = {language.iso: language.code for language in LANGUAGES.values()}


def unread(iso: str, text: str, *keys: str, read: tuple[str, ...] = ()) -> frozenset[str]:
    return unread_restrictions(text, CODES[iso], keys, read)


def test_every_language_has_cues_and_a_notice() -> None:
    from seamless_retail.lobes.languages.restriction_cues import _patterns

    for iso in languages():
        assert set(_patterns(iso.partition("-")[0])) == {*ACCOUNTED_BY, "and", "harmless"}
        assert notice("unread", CODES[iso])
    assert len(languages()) == 24


@pytest.mark.parametrize(
    ("iso", "text", "kind"),
    [
        ("es", "soy alérgico a la guayaba", "allergy"),
        ("fr", "je ne peux pas manger de papaye", "avoid"),
        ("de", "ich vertrage keine Papaya", "allergy"),
        ("pt", "meu filho passa mal com mamão", "ill"),
        ("ru", "мне нельзя папайю", "avoid"),
        ("hi", "मैं पपीता नहीं खा सकता", "avoid"),
        ("hi", "मैं पपीता नही खा सकती", "avoid"),
        ("ta", "எனக்கு பப்பாளி ஒத்துக்காது", "allergy"),
        ("or", "ମୁଁ ଅମୃତଭଣ୍ଡା ଖାଇପାରିବି ନାହିଁ", "avoid"),
        ("ur", "میں پپیتا نہیں کھا سکتا", "avoid"),
        ("ar", "أنا حامل", "pregnancy"),
        ("zh-Hant", "我不能吃木瓜", "avoid"),
        ("ja", "パパイヤが食べられません", "avoid"),
        ("ko", "파파야 없는 주스 있어요?", "free"),
        ("es", "tomo pastillas", "medicine"),
    ],
)
def test_what_nothing_reads_is_unread(iso: str, text: str, kind: str) -> None:
    assert kind in unread(iso, text)


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("es", "vestido sin mangas azul"),
        ("fr", "jus sans sucre"),
        ("fr", "je voudrais du lait végétal"),
        ("de", "versandkostenfrei?"),
        ("ja", "クッキーは食べられますか？"),
        ("ko", "무료 배송인가요?"),
        ("zh-Hans", "无袖连衣裙"),
        ("ta", "சர்க்கரை இல்லாத ஜூஸ்"),
    ],
)
def test_what_harms_nobody_is_no_restriction(iso: str, text: str) -> None:
    assert unread(iso, text) == frozenset()


def test_what_was_read_accounts_for_its_own_cue_only() -> None:
    text = "soy diabética y alérgica a la leche"
    assert unread("es", text, "allergen:milk", read=("leche",)) == {"diabetes"}
    assert unread("es", text, "allergen:milk", "condition:diabetes", read=("leche", "diabética")) == frozenset()


def test_a_list_that_goes_on_with_something_unknown_is_unread() -> None:
    assert unread("es", "soy alérgica a la leche y a la guayaba", "allergen:milk", read=("leche",)) == {"allergy"}
    assert unread("es", "soy alérgica a la leche y quiero galletas", "allergen:milk", read=("leche",)) == frozenset()
    assert unread("es", "soy alérgica a la guayaba y a la leche", "allergen:milk", read=("leche",)) == {"allergy"}
    assert unread("hi", "मुझे दूध और आम से एलर्जी है", "allergen:milk", read=("दूध",)) == {"allergy"}
    assert unread("es", "tengo alergias: leche", "allergen:milk", read=("leche",)) == frozenset()
    italian = "Mia figlia è allergica alle arachidi, quali biscotti?"
    assert unread("it", italian, "allergen:peanuts", read=("arachidi",)) == frozenset()


def test_without_something_that_people_react_to_has_to_be_read() -> None:
    assert unread("de", "haferfreie Kekse bitte") == {"free"}
    assert unread("de", "haferfreie Kekse bitte", "allergen:gluten") == frozenset()


def test_languages_without_a_list_tell_nothing() -> None:
    assert unread_restrictions("alergia", "eng_Latn", ()) == frozenset()
    assert unread_restrictions("alergia", "und", ()) == frozenset()


def test_patterns() -> None:
    words = cue_words("je n'ai pas le droit, jamais", "fr")
    assert list(pattern("droit + pas", "fr").find(words)) == [(4, 5)]
    assert list(pattern("droit + jamais", "fr").find(words)) == []
    assert list(pattern("*frei", "de").find(cue_words("zuckerfrei Freiheit", "de"))) == [(0, 1)]
