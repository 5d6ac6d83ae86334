"""Finds attempts to instruct the assistant, by rules alone: the same text always gets the same judgement.

Every reading of a text (:mod:`~seamless_retail.lobes.guardrails.input_guard.views`) is looked at with every rule. The
text is an attack where rules of weight :data:`~seamless_retail.lobes.guardrails.input_guard.records.FLAGGED` together
fire within :data:`REACH` characters of each other.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from seamless_retail.lobes.guardrails.input_guard.allergy_rules import GUARD_OFF
from seamless_retail.lobes.guardrails.input_guard.command_rules import AUTHORITY, DELIMITER, TOOL_COMMAND
from seamless_retail.lobes.guardrails.input_guard.languages import translated_rules
from seamless_retail.lobes.guardrails.input_guard.override_rules import OVERRIDE
from seamless_retail.lobes.guardrails.input_guard.passage_rules import STEERING
from seamless_retail.lobes.guardrails.input_guard.persona_rules import PERSONA
from seamless_retail.lobes.guardrails.input_guard.records import FLAGGED, Finding, Rule, Screening, Where
from seamless_retail.lobes.guardrails.input_guard.theft_rules import EXFILTRATION, PROMPT_LEAK
from seamless_retail.lobes.guardrails.input_guard.views import View, views

REACH = 400
"""Characters within which light rules add up."""
_DISTINCT = 3
"""How often different words of one light rule count: a word more each time is less news."""


class _Compiled(NamedTuple):
    rule: Rule
    search: re.Pattern[str]


def screen(text: str, where: Where = "query") -> Screening:
    """Judge a text.

    Args:
        text: As it came.
        where: ``query`` for what the customer says, ``passage`` for retrieved text, which has no business to give
            instructions at all, but may speak about rules, systems and managers.
    """
    best = Screening()
    for view in views(text):
        found = _densest(list(_findings(view, where)))
        if found.is_attack and view.how != "plain":
            payload = Finding("payload", f"{view.how}: {found.rule}", found.score, 0, found.findings[0].excerpt)
            found = Screening((payload, *found.findings), found.score)
        if found.score > best.score:
            best = found
    return best


def _findings(view: View, where: Where) -> Iterator[Finding]:
    text = view.text
    for number in sorted(_possible(text, where)):
        rule, search = _rules(where)[number]
        seen: set[str] = set()
        for match in search.finditer(text):
            excerpt = match.group()
            if excerpt in seen or (seen and rule.weight >= FLAGGED):
                continue
            weight = rule.weight / (1 + len(seen))
            seen.add(excerpt)
            yield Finding(rule.kind, rule.name, weight, match.start(), excerpt[:120])
            if len(seen) == _DISTINCT:
                break


def _possible(text: str, where: Where) -> set[int]:
    """Numbers of the rules that need a word which the text holds; one pass over words, not over rules, is quick."""
    plain, other = _words(where)
    found = [rules for word, rules in plain.items() if word in text]
    if not text.isascii():
        found += [rules for word, rules in other.items() if word in text]
    return {number for rules in found for number in rules}


def _densest(findings: list[Finding]) -> Screening:
    """The heaviest findings within :data:`REACH` characters."""
    findings.sort(key=lambda finding: finding.start)
    best, total, first = (0.0, 0, 0), 0.0, 0
    for last, finding in enumerate(findings):
        total += finding.weight
        while finding.start - findings[first].start > REACH:
            total -= findings[first].weight
            first += 1
        best = max(best, (round(total, 6), first, last + 1), key=lambda found: found[0])
    score, start, end = best
    chosen = sorted(findings[start:end], key=lambda finding: -finding.weight)
    return Screening(tuple(chosen), score)


@cache
def _rules(where: Where) -> tuple[_Compiled, ...]:
    english = (OVERRIDE, PERSONA, PROMPT_LEAK, EXFILTRATION, TOOL_COMMAND, DELIMITER, AUTHORITY, GUARD_OFF, STEERING)
    everything = (*chain.from_iterable(english), *translated_rules())
    return tuple(_Compiled(rule, re.compile(rule.pattern)) for rule in everything if rule.where in (None, where))


@cache
def _words(where: Where) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Rule numbers by the words they need: words in ASCII, and others."""
    plain: dict[str, list[int]] = {}
    other: dict[str, list[int]] = {}
    for number, compiled in enumerate(_rules(where)):
        for word in compiled.rule.needs:
            (plain if word.isascii() else other).setdefault(word, []).append(number)
    return plain, other
