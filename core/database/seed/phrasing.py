"""Sentences from templates: wording choices, agreement in number, articles."""

import re
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_ARTICLE = re.compile(r"\b([Aa])n? (?=([\w'$]+))")
_CONSONANT_SOUND = re.compile(r"(?:one|once|uni|use|usu|uti|eu|ewe)", re.IGNORECASE)
_VOWEL_SOUND = re.compile(r"(?:[aeiou]|hour|honest|heir|8|11\b|18\b)", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|(?<=[.?!] ))([a-z])")

SINGULAR = {
    "this": "this", "it": "it", "them": "it", "its": "its", "is": "is", "was": "was", "has": "has",
    "s": "s", "es": "es", "ies": "ies", "come": "comes",
}  # fmt: skip
PLURAL = {
    "this": "these", "it": "they", "them": "them", "its": "their", "is": "are", "was": "were", "has": "have",
    "s": "", "es": "", "ies": "y", "come": "come",
}  # fmt: skip


def render(template: str, slots: dict[str, str], random: Random) -> str:
    """Fill a template.

    ``[a|b]`` picks one wording; ``{name}`` is a slot and ``{Name}`` the same slot capitalised; "a" becomes "an" where
    the next word asks for it; sentences begin with a capital.
    """
    chosen = _CHOICE.sub(lambda match: random.choice(match[1].split("|")), template)
    return articles(sentence_case(chosen.format_map(_Slots(slots))))


def articles(text: str) -> str:
    """Write "a" or "an" as the following word sounds."""
    return _ARTICLE.sub(lambda match: f"{match[1]}{'n' if _sounds_like_vowel(match[2]) else ''} ", text)


def sentence_case(text: str) -> str:
    """Begin every sentence with a capital letter."""
    return _SENTENCE_START.sub(lambda match: match[1].upper(), text)


def listed(items: list[str] | tuple[str, ...]) -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def possessive(name: str) -> str:
    """``Marlowe's``, ``Strideworks'``."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        lower = key[0].lower() + key[1:]
        if lower == key or lower not in self:
            raise KeyError(key)
        value = self[lower]
        return value[0].upper() + value[1:]


def _sounds_like_vowel(word: str) -> bool:
    return bool(_VOWEL_SOUND.match(word)) and not _CONSONANT_SOUND.match(word)
