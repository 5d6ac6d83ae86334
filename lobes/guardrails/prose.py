"""Free text against a patient context: does it offer a food that the customer must not eat?

A label is held against its silence; a text is not: "Here is what I found" names no food and passes. What a sentence
warns of ("avoid tahini", "the cookies are not safe for you") or names as somebody's allergy ("as you are allergic to
nuts") it does not offer. Everything else that a sentence names is offered by it: a warning covers its own clause, and
a clause that recommends is never a warning. A long text in no language of the tables cannot be cleared.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from seamless_retail.lobes.guardrails.labels import read_label
from seamless_retail.lobes.guardrails.patient.context import PatientContext
from seamless_retail.lobes.guardrails.rules import ProductFacts, Reason, Verdict, judge
from seamless_retail.lobes.guardrails.rules.evidence import Read, read_product

UNKNOWN_LANGUAGE = "rules/unknown-language"
MANY_WORDS = 12
"""Words of a text from which an unknown language is a reason not to clear it; less may be names and greetings."""
_SENTENCE = re.compile(r"(?:[^.!?;\n…。！？؛]|[.](?=\d))+[.!?;\n…。！？؛]*")
_CLAUSE = re.compile(r",\s+|\s+\b(?:but|however|instead|though|although|so|then|rather)\b,?\s+", re.IGNORECASE)
_COUNTS = re.compile(r"[$£€]\s?\d[\d.,]*|\[\d+\]|^\d+(?=\. )")
"""Prices, marks and numbers of lists: with zeros for their digits, what was read once need not be read again."""
_WORD = re.compile(r"[^\W\d_]+")
_WARNS = re.compile(
    r"(?<!^to )\bavoid\w*|\bunsafe\b|\bsteer clear\b|\b(?:keep|stay) away\b|\bleft out\b"
    r"|\bleave (?:it|this|them|these) out\b"
    r"|\b(?:not|never|n[o']t|cannot|nor) (?:\w+ ){0,2}?(?:safe|suitable|right for|recommend\w*|suggest|offer|eat|drink"
    r"|have|take|use|buy|add|choose|clear\w*|ok|okay|fine)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"(?<!not )(?<!n't )(?<!cannot )(?<!never )"
    r"\b(?:try|enjoy|recommend|suggest|eat|drink|have|take|use|buy|add|pick|choose|get|order|serve|love|perfect"
    r"|delicious|great|good|lovely|tasty|ideal|safe|fine|no problem|here (?:is|are))\b",
    re.IGNORECASE,
)
_SHORT = 3
"""Words of a clause that goes on listing what the clause before warned of: "avoid tahini, hummus and halva"."""
_ALLERGY = re.compile(
    r"\ballergic to (?:(?:the|any|all|tree) )?[\w-]+(?:(?: (?:and|or) (?:tree )?[\w-]+)+(?=\W*$))?"
    r"|\b[\w-]+[ -](?:allerg(?:y|ies|ic)|intoleran(?:t|ce))\b",
    re.IGNORECASE,
)
"""Where a text names somebody's allergy, not a food."""


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
    plain = _COUNTS.sub(lambda match: re.sub(r"\d", "0", match[0]), text)
    for start, part in offering_clauses(plain):
        facts, allergies = ProductFacts(name=part), [match.span() for match in _ALLERGY.finditer(part)]
        judged = judge(context, facts, jurisdiction=jurisdiction, block_traces=block_traces, read=read)
        for reason in judged.reasons:
            first, last = reason.span
            is_allergy = any(a <= first and last <= b for a, b in allergies)
            if reason.where == "name" and not is_allergy:
                found.append(replace(reason, span=(first + start, last + start), where="text"))
    if context.active and len(_WORD.findall(plain)) >= MANY_WORDS:
        _, reading = read_product(ProductFacts(name=plain), jurisdiction, read).readings[0]
        found += [_unread(context, text)] if reading.unreadable else []
    return tuple(sorted(found, key=lambda reason: -reason.verdict.gravity))


def offering_clauses(text: str) -> Iterator[tuple[int, str]]:
    """The clauses of a text that may offer a food, with their places; those that warn are left out."""
    for sentence in _SENTENCE.finditer(text):
        for start, clause in _without_warnings(sentence.group()):
            yield sentence.start() + start, clause


def _without_warnings(sentence: str) -> Iterator[tuple[int, str]]:
    start, goes_on = 0, False
    for end, after in [*(match.span() for match in _CLAUSE.finditer(sentence)), (len(sentence), len(sentence))]:
        clause = sentence[start:end]
        offers = bool(_OFFERS.search(clause))
        warns = bool(_WARNS.search(clause.strip())) and not offers
        goes_on = warns or (goes_on and not offers and len(_WORD.findall(clause)) <= _SHORT)
        if clause.strip() and not goes_on:
            yield start, clause
        start = after


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
