"""How texts warn of a food, offer one and name an allergy, from ``prose.toml``; and which languages nobody knows."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from seamless_retail.core.food_facts.terms import fold, split_words
from seamless_retail.lobes.guardrails.patient.identification import script_language
from seamless_retail.lobes.guardrails.patient.wording import everyday_words

FEWEST_WORDS = 3
"""Small words from which a text shows its language; names and greetings have fewer."""
KNOWN_SHARE = 0.25
"""Share of its small words that are to be known ones: some look alike in every language."""


@dataclass(frozen=True, slots=True)
class ProseCues:
    """What is looked for in a clause, in the languages of ``prose.toml`` together."""

    warns: re.Pattern[str]
    offers: re.Pattern[str]
    contains: re.Pattern[str]
    """A clause that tells what is in a food."""
    allergies: tuple[re.Pattern[str], ...]
    """Where a text names somebody's allergy, not a food: "allergic to nuts", "nut allergy"."""
    turns: re.Pattern[str]
    """Where another clause begins."""
    broken_line: re.Pattern[str]
    """A line break in the middle of a phrase: "contains no", "milk"."""


@cache
def cues() -> ProseCues:
    """The cues, compiled."""
    tables = _tables().values()
    open_words = "|".join(table["open"] for table in tables)
    return ProseCues(
        warns=_any("warns"),
        offers=_any("offers"),
        contains=_any("contains"),
        allergies=tuple(_allergies()),
        turns=re.compile(rf",\s+|\s+\b(?:{_joined('turns')})\b,?\s+", re.IGNORECASE),
        broken_line=re.compile(rf"\b(?:{open_words})(?P<end>[ \t]*\n)", re.IGNORECASE),
    )


def is_in_no_known_language(text: str) -> bool:
    """Whether a text says something in words of which hardly any belongs to a language of the tables.

    Names do not count: words inside it that begin with a capital, and numbers. Scripts of the tables are known.
    """
    words = [word for word in split_words(text) if text[word.start].isalpha()]
    words = [word for at, word in enumerate(words) if at == 0 or not text[word.start].isupper()]
    known = sum(word.text in _common() or script_language(word.text) is not None for word in words)
    return len(words) >= FEWEST_WORDS and known < KNOWN_SHARE * len(words)


@cache
def _common() -> frozenset[str]:
    written = [word for table in _tables().values() for word in table["common"].split()]
    return frozenset(fold(word) for word in (*written, *(w for listed in everyday_words().values() for w in listed)))


def _allergies() -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for language, table in _tables().items():
        also = r"(?: (?:and|or) (?:tree )?[\w-]+)+(?=\W*$)" if language == "en" else r" [\w-]+(?=\W*$)"
        found.append(re.compile(rf"{table['allergy']}[\w-]+(?:{also})?", re.IGNORECASE))
        if "ends" in table:
            found.append(re.compile(rf"\b[\w-]+{table['ends']}", re.IGNORECASE))
    return found


def _any(role: str) -> re.Pattern[str]:
    return re.compile(_joined(role), re.IGNORECASE)


def _joined(role: str) -> str:
    return "|".join(table[role] for table in _tables().values() if role in table)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = files("seamless_retail.lobes.guardrails").joinpath("prose.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
