"""Messages about language itself: "answer in French", "translate this into German: …", "¿cómo se dice milk?"."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from seamless_retail.core.languages import ENGLISH, Language, find_language

_TABLE = tomllib.loads((files(__package__) / "requests.toml").read_text(encoding="utf-8"))


def _any(role: str) -> str:
    """The phrases of a role as alternatives of a pattern, the longest first."""
    phrases = sorted((" ".join(phrase.split()) for phrase in _TABLE[role].split(",")), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, phrases)) + ")"


_NAME = r"(?P<language>[^\W\d_]+(?:-[^\W\d_]+)?)"
_ANSWER = re.compile(
    rf"^(?P<before>.*?)\s*\b{_any('answer')}\s+(?:only\s+)?{_any('prepositions')}\s+{_NAME}(?:[\s,]+{_any('courtesy')})*"
    r"\s*[.!?:,;-]*\s*(?P<after>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_TRANSLATE = re.compile(
    rf"^\W*(?:(?:can you|could you|{_any('courtesy')})\s+)*{_any('translate')}\b(?P<rest>.*)$", re.I | re.S
)
_INTO = re.compile(rf"\b{_any('into')}\s+(?:el\s+|the\s+|l')?{_NAME}\s*$", re.IGNORECASE)
_SAY = re.compile(rf"^\W*{_any('say')}\s+(?P<text>.+?)\s+{_any('say_in')}[\s-]+{_NAME}\W*$", re.IGNORECASE)
_DEMONSTRATIVE = re.compile(rf"^\W*(?:{_any('this')}\b)?\W*", re.IGNORECASE)
_QUOTES = "\"'“”„«»‘’ "


@dataclass(frozen=True, slots=True)
class AnswerIn:
    """A wish to be answered in a language."""

    language: Language
    rest: str
    """What is asked besides; may be empty."""


@dataclass(frozen=True, slots=True)
class TranslateThis:
    """A text to translate."""

    text: str
    target: Language


def read_answer_language(text: str) -> AnswerIn | None:
    """The language that a message wants to be answered in; of the 25 only."""
    found = _ANSWER.match(text) if _names_language(text) else None
    language = _named(found["language"]) if found else None
    if found is None or language is None:
        return None
    rest = " ".join(filter(None, (found["before"].strip(" ,;:-"), found["after"].strip())))
    return AnswerIn(language, rest)


def read_translation_request(text: str) -> TranslateThis | None:
    """The text that a message wants translated, and into which language; English unless it says another."""
    if _names_language(text) and (found := _SAY.match(text)) and (language := _named(found["language"])):
        return TranslateThis(found["text"].strip(_QUOTES), language)
    found = _TRANSLATE.match(text)
    return next(_targets(found["rest"]), None) if found else None


def is_about_language(text: str) -> bool:
    """Whether a message asks for a translation, or for nothing but answers in a language."""
    if read_translation_request(text):
        return True
    wish = read_answer_language(text)
    return wish is not None and not wish.rest


def _targets(rest: str) -> Iterator[TranslateThis]:
    """The readings of what follows "translate": ``into German: …``, ``… into German``, ``: …``."""
    head, colon, tail = rest.partition(":")
    if colon and tail.strip(_QUOTES):
        into = _INTO.search(head.rstrip())
        language = _named(into["language"]) if into else None
        yield TranslateThis(tail.strip(_QUOTES), language or ENGLISH)
    into = _INTO.search(rest.rstrip(" .?!"))
    if into and (language := _named(into["language"])):
        said = _DEMONSTRATIVE.sub("", rest[: into.start()], count=1).strip(_QUOTES)
        if said:
            yield TranslateThis(said, language)


@lru_cache(maxsize=16_384)
def _named(name: str) -> Language | None:
    known = _names().get(name.lower())
    return find_language(known or name) if known or len(name) > 2 else None


def _names_language(text: str) -> bool:
    """Whether a word of the text is the name of a language; the patterns are only tried on such texts."""
    return any(_named(word.strip(" .,:;!?¿¡\"'()-")) for word in text.replace("-", " ").split() if len(word) > 2)


@cache
def _names() -> dict[str, str]:
    """Names of languages in other languages → BCP 47."""
    return {name.strip(): tag for tag, names in _TABLE["names"].items() for name in names.split(",")}
