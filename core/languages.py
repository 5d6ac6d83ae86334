"""The languages of the shop: what a customer may write in, and how the codes in use name them.

Codes are those of NLLB-200 (ISO 639-3 and the script: ``spa_Latn``). ISO 639-1 codes, BCP 47 tags, ISO 639-3 codes and
names are read too. Chinese is two languages here, because its two scripts are two targets of a translator.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from seamless_retail.core.errors import UnknownLanguageError

UNDETERMINED = "und"
"""The code of a text whose language cannot be told."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language in one script."""

    code: str
    """NLLB-200's, such as ``spa_Latn``."""
    iso: str
    """BCP 47, as short as it is unambiguous: ``es``, ``zh-Hans``."""
    name: str
    """In English."""
    own_name: str
    """In the language."""
    right_to_left: bool = False

    @property
    def script(self) -> str:
        """ISO 15924: ``Latn``, ``Deva``."""
        return self.code.partition("_")[2]


ENGLISH = Language("eng_Latn", "en", "English", "English")

LANGUAGES: MappingProxyType[str, Language] = MappingProxyType(
    {
        language.code: language
        for language in (
            ENGLISH,
            Language("hin_Deva", "hi", "Hindi", "हिन्दी"),
            Language("tam_Taml", "ta", "Tamil", "தமிழ்"),
            Language("tel_Telu", "te", "Telugu", "తెలుగు"),
            Language("mar_Deva", "mr", "Marathi", "मराठी"),
            Language("ben_Beng", "bn", "Bengali", "বাংলা"),
            Language("guj_Gujr", "gu", "Gujarati", "ગુજરાતી"),
            Language("kan_Knda", "kn", "Kannada", "ಕನ್ನಡ"),
            Language("mal_Mlym", "ml", "Malayalam", "മലയാളം"),
            Language("pan_Guru", "pa", "Punjabi", "ਪੰਜਾਬੀ"),
            Language("ory_Orya", "or", "Odia", "ଓଡ଼ିଆ"),
            Language("urd_Arab", "ur", "Urdu", "اردو", right_to_left=True),
            Language("asm_Beng", "as", "Assamese", "অসমীয়া"),
            Language("fra_Latn", "fr", "French", "français"),
            Language("spa_Latn", "es", "Spanish", "español"),
            Language("deu_Latn", "de", "German", "Deutsch"),
            Language("zho_Hans", "zh-Hans", "Chinese (simplified)", "简体中文"),
            Language("zho_Hant", "zh-Hant", "Chinese (traditional)", "繁體中文"),
            Language("jpn_Jpan", "ja", "Japanese", "日本語"),
            Language("kor_Hang", "ko", "Korean", "한국어"),
            Language("arb_Arab", "ar", "Arabic", "العربية", right_to_left=True),
            Language("por_Latn", "pt", "Portuguese", "português"),
            Language("rus_Cyrl", "ru", "Russian", "русский"),
            Language("ita_Latn", "it", "Italian", "italiano"),
            Language("nld_Latn", "nl", "Dutch", "Nederlands"),
        )
    }
)
"""The 25 languages by NLLB code."""

_OTHER_NAMES = {
    "ori": "ory_Orya", "oriya": "ory_Orya", "zh": "zho_Hans", "zho": "zho_Hans", "chinese": "zho_Hans",
    "mandarin": "zho_Hans", "simplified chinese": "zho_Hans", "traditional chinese": "zho_Hant", "zh-cn": "zho_Hans",
    "zh-sg": "zho_Hans", "zh-tw": "zho_Hant", "zh-hk": "zho_Hant", "zh-mo": "zho_Hant", "中文": "zho_Hans",
    "hindustani": "hin_Deva", "bangla": "ben_Beng", "castilian": "spa_Latn", "castellano": "spa_Latn",
    "ara": "arb_Arab", "ger": "deu_Latn", "fre": "fra_Latn", "dut": "nld_Latn", "chi": "zho_Hans",
    "panjabi": "pan_Guru",
}  # fmt: skip


@cache
def _by_name() -> dict[str, Language]:
    names: dict[str, Language] = {}
    for language in LANGUAGES.values():
        iso_639_3 = language.code.partition("_")[0]
        for name in (language.code, language.iso, language.name, language.own_name, iso_639_3):
            names.setdefault(name.casefold(), language)
    return names | {name: LANGUAGES[code] for name, code in _OTHER_NAMES.items()}


def find_language(name: str) -> Language | None:
    """The language of a code, a tag or a name in any case: ``es``, ``es-MX``, ``spa``, ``Spanish``, ``español``."""
    wanted = name.strip().casefold()
    known = _by_name()
    for form in (wanted, wanted.replace("_", "-"), wanted.replace("_", "-").partition("-")[0]):
        if form in known:
            return known[form]
    return None


def language_of(name: str) -> Language:
    """Like :func:`find_language`.

    Raises:
        UnknownLanguageError: None of the 25 languages is called so.
    """
    language = find_language(name)
    if language is None:
        raise UnknownLanguageError(name, tags())
    return language


def tags(languages: Iterable[Language] = LANGUAGES.values()) -> str:
    """The ISO codes of languages, comma-separated."""
    return ", ".join(language.iso for language in languages)
