"""Free text against a patient context: does it offer a food that the customer must not eat?

A label is held against its silence; a text is not: "Here is what I found" names no food and passes. What a sentence
warns of ("avoid tahini", "the cookies are not safe for you") or names as somebody's allergy ("as you are allergic to
nuts") it does not offer. Everything else that a sentence names is offered by it: a warning covers its own clause, and
a clause that recommends is never a warning. A text in no language of the tables cannot be cleared.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from seamless_retail.lobes.guardrails.labels import read_label
from seamless_retail.lobes.guardrails.patient.context import PatientContext
from seamless_retail.lobes.guardrails.prose_cues import cues, is_in_no_known_language
from seamless_retail.lobes.guardrails.rules import ProductFacts, Reason, Verdict, judge
from seamless_retail.lobes.guardrails.rules.evidence import Read, read_product

UNKNOWN_LANGUAGE = "rules/unknown-language"
MANY_WORDS = 12
"""Words of a text from which the words of labels show its language; a shorter one shows it by its small words."""
_SENTENCE = re.compile(r"(?:[^.!?;\n…。！？؛]|[.](?=\d))+[.!?;\n…。！？؛]*")
_COUNTS = re.compile(r"[$£€]\s?\d[\d.,]*|\[\d+\]|^\d+(?=\. )")
"""Prices, marks and numbers of lists: with zeros for their digits, what was read once need not be read again."""
_WORD = re.compile(r"[^\W\d_]+")
_SHORT = 3
"""Words of a clause that goes on listing what the clause before warned of: "avoid tahini, hummus and halva"."""


def judge_text(
    context: PatientContext, text: str, *, jurisdiction: str = "EU", block_traces: bool = False, read: Read = read_label
) -> tuple[Reason, ...]:
    """The reasons against a text, the gravest first; empty if it offers nothing that is to be avoided.

    Args:
        context: Whom it is for.
        text: Prose in any language of the tables.
        jurisdiction: Whose food law decides what need not be declared.
        block_traces: Whether "may contain" blocks for every allergy.
        read: Reads labels.

    Returns:
        Reasons with spans in ``text``, and ``where`` = ``text``.
    """
    found: list[Reason] = []
    plain = _in_one_line(_COUNTS.sub(lambda match: re.sub(r"\d", "0", match[0]), text))
    for start, part in offering_clauses(plain):
        facts, allergies = (
            ProductFacts(name=part),
            [match.span() for pattern in cues().allergies for match in pattern.finditer(part)],
        )
        judged = judge(context, facts, jurisdiction=jurisdiction, block_traces=block_traces, read=read)
        for reason in judged.reasons:
            first, last = reason.span
            is_allergy = any(a <= first and last <= b for a, b in allergies)
            if reason.where == "name" and not is_allergy:
                found.append(replace(reason, span=(first + start, last + start), where="text"))
    if context.active and _is_unreadable(plain, jurisdiction, read):
        found.append(_unread(context, text))
    return tuple(sorted(found, key=lambda reason: -reason.verdict.gravity))


def offering_clauses(text: str) -> Iterator[tuple[int, str]]:
    """The clauses of a text that may offer a food, with their places; those that warn are left out."""
    for sentence in _SENTENCE.finditer(text):
        for start, clause in _without_warnings(sentence.group()):
            yield sentence.start() + start, clause


def _without_warnings(sentence: str) -> Iterator[tuple[int, str]]:
    start, goes_on = 0, False
    clauses: list[tuple[int, str]] = []
    for end, after in [*(m.span() for m in cues().turns.finditer(sentence)), (len(sentence), len(sentence))]:
        clauses.append((start, sentence[start:end]))
        start = after
    for number, (start, clause) in enumerate(clauses):
        offers = bool(cues().offers.search(clause))
        tells = not offers and bool(cues().contains.search(clause))
        short = len(_WORD.findall(clause)) <= _SHORT
        goes_on = _warns(clause) or (goes_on and not offers and (short or tells))
        behind = clauses[number + 1][1] if tells and number + 1 < len(clauses) else ""
        if clause.strip() and not goes_on and not (_warns(behind) and len(_WORD.findall(behind)) <= _SHORT):
            yield start, clause


def _warns(clause: str) -> bool:
    return bool(cues().warns.search(clause.strip())) and not cues().offers.search(clause)


def _in_one_line(text: str) -> str:
    """A phrase that a line break cuts, in one line of the same length: "contains no", "milk"."""

    def joined(found: re.Match[str]) -> str:
        return found[0][: found.start("end") - found.start()] + " " * len(found["end"])

    return cues().broken_line.sub(joined, text)


def _is_unreadable(text: str, jurisdiction: str, read: Read) -> bool:
    """Whether no table knows the language: by what labels say, and of a short text by its small words too."""
    is_short = len(_WORD.findall(text)) < MANY_WORDS
    if is_short and not is_in_no_known_language(text):
        return False
    return read_product(ProductFacts(name=text), jurisdiction, read).readings[0][1].unreadable


def _unread(context: PatientContext, text: str) -> Reason:
    return Reason(
        key=context.active[0].key,
        verdict=Verdict.CANNOT_CLEAR,
        row=UNKNOWN_LANGUAGE,
        source="House rule: what cannot be read is not cleared",
        span=(0, len(text)),
        where="text",
        text="",
        sentence="I cannot clear this: I do not read its language.",
    )
