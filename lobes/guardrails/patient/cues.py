"""What a note says without the name, from ``cues.toml``: laboratory values, abbreviations, everyday turns of phrase.

"eGFR 31" is a kidney disease, "165/90" a high blood pressure, "NYHA III" a heart failure and "31+2 SSW" a pregnancy.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = frozenset({"en", "fr", "de", "es", "it", "nl", "pt", "pl"})
"""Languages that have cues."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One expression: what it stands for, and between what its numbers must lie."""

    role: str
    id: str
    pattern: re.Pattern[str]
    between: tuple[tuple[float, float], ...] = ()

    def holds(self, found: re.Match[str]) -> bool:
        """Whether one of the numbers of a match lies in its range; the last range holds for all further numbers."""
        if not self.between:
            return True
        numbers = [(at, float(text.replace(",", "."))) for at, text in enumerate(found.groups()) if text]
        ranges = [self.between[min(at, len(self.between) - 1)] for at, _ in numbers]
        return any(low <= number <= high for (_, number), (low, high) in zip(numbers, ranges, strict=True))


def find_cues(text: str, language: str) -> Iterator[tuple[str, str, int, int]]:
    """Role, id, and first and last character (exclusive) of every cue in a text."""
    for cue in _cues(language):
        for found in cue.pattern.finditer(text):
            if cue.holds(found):
                yield cue.role, cue.id, *found.span("at" if "at" in cue.pattern.groupindex else 0)


@cache
def _cues(language: str) -> tuple[Cue, ...]:
    """The cues of one language; a later one may overlap an earlier."""
    if language not in LANGUAGES:
        return ()
    return tuple(
        Cue(
            row.get("role", "condition"),
            row["id"],
            re.compile(row["pattern"], 0 if row.get("exact") else re.IGNORECASE),
            tuple((low, high) for low, high in row.get("between", ())),
        )
        for row in _rows()
        if language in row.get("languages", language).split()
    )


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    text = files("seamless_retail.lobes.guardrails.patient").joinpath("cues.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["cue"])
