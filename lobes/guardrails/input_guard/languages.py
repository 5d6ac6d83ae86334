"""Rules for attacks in other languages than English, made from the lists of ``wording.toml``.

Two lists make a rule: a word of the first and a word of the second within a sentence's reach of each other, in either
order, because languages differ in where the verb stands. Neither word alone says anything.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from seamless_retail.lobes.guardrails.input_guard.records import Kind, Rule, Where
from seamless_retail.lobes.guardrails.labels.normalise import fold_term

REACH = 60
"""Characters between the two words."""


class _Pair(NamedTuple):
    name: str
    kind: Kind
    first: str
    second: str
    where: Where | None = None


_PAIRS = (
    _Pair("drop-our-rules", "override", "drop", "rules"),
    _Pair("role-without-rules", "persona", "role", "free"),
    _Pair("show-your-instructions", "prompt_leak", "show", "prompt"),
    _Pair("check-off", "guard_off", "off", "check"),
    _Pair("claims-rank", "authority", "rank", "allow"),
)


@cache
def translated_rules() -> tuple[Rule, ...]:
    """The rules of all languages of the file."""
    text = (files("seamless_retail.lobes.guardrails.input_guard") / "wording.toml").read_text(encoding="utf-8")
    found: list[Rule] = []
    for language, lists in tomllib.loads(text).items():
        folded = {name: tuple(fold_term(word) for word in words) for name, words in lists.items()}
        found += [
            Rule(f"{pair.name}-{language}", pair.kind, _near(folded[pair.first], folded[pair.second]),
                 folded[pair.first], where=pair.where)
            for pair in _PAIRS
        ]  # fmt: skip
        machine = folded["machine"]
        found.append(Rule(f"note-to-machines-{language}", "steering", _any(machine), machine, where="passage"))
    return tuple(found)


def _near(first: Sequence[str], second: Sequence[str]) -> str:
    gap = rf"[^.!?\n。！？]{{0,{REACH}}}?"
    return rf"{_any(first)}{gap}{_any(second)}|{_any(second)}{gap}{_any(first)}"


def _any(words: Sequence[str]) -> str:
    """Any of the words; those of scripts with spaces at the beginning of a word only."""
    return "(?:" + "|".join((r"\b" if word[0] < "\u0e00" else "") + re.escape(word) for word in words) + ")"
