"""Simplified and traditional Chinese, and Japanese without kana, told apart by their characters.

No table is needed: the standards that Python's codecs know are the tables. GB 2312 has the simplified forms only, Big5
with Hong Kong's supplement the traditional ones only, JIS X 0208 the Japanese simplifications that neither has. A
character that all have says nothing.
"""

from collections import Counter
from functools import lru_cache
from typing import Literal

HanLanguage = Literal["zho_Hans", "zho_Hant", "jpn_Jpan"]


def han_language(text: str) -> HanLanguage | None:
    """The language that most telling characters belong to; ``None`` when none tells.

    One character that only Japanese has makes the text Japanese, when Japanese has all of the others too.
    """
    han = [character for character in text if is_han(character)]
    counts = Counter(language for language in map(_told_by, han) if language is not None)
    if counts["jpn_Jpan"] and all(_has("shift_jis", character) for character in han):
        return "jpn_Jpan"
    if counts["zho_Hans"] == counts["zho_Hant"]:
        return None
    return "zho_Hans" if counts["zho_Hans"] > counts["zho_Hant"] else "zho_Hant"


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


@lru_cache(maxsize=8192)
def _told_by(character: str) -> HanLanguage | None:
    simplified, traditional = _has("gb2312", character), _has("big5hkscs", character)
    if simplified != traditional:
        return "zho_Hans" if simplified else "zho_Hant"
    return "jpn_Jpan" if not simplified and _has("shift_jis", character) else None


def _has(standard: str, character: str) -> bool:
    try:
        character.encode(standard)
    except UnicodeEncodeError:
        return False
    return True
