"""Ages: ``condition:infant`` and ``condition:child_u5`` from a number beside a child."""

import re
from collections.abc import Iterator, Sequence

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.clauses import Clause
from seamless_retail.lobes.guardrails.patient.context import Contraindication, Polarity, Severity, Temporality, Who

NUMBER = re.compile(r"\d{1,3}")
_INFANT_MONTHS, _CHILD_MONTHS = 12, 60
_LASTING = frozenset(
    [
        "for",
        "since",
        "hace",
        "depuis",
        "seit",
        "sinds",
        "od",
        "da",
        "fa",
        "in",
        "dans",
        "dentro",
        "past",
        "last",
        "every",
        "voor",
        "vor",
        "por",
        "tra",
    ]
)
_COUNTS = {
    word: number
    for number, words in enumerate(
        (
            "one un une ein eine einen uno una een um uma jeden",
            "two deux zwei dos due twee dois duas dwa",
            "three trois drei tres tre drie trzy",
            "four quatre vier cuatro quattro quatro cztery",
            "five cinq funf cinco cinque vijf piec",
            "six sechs seis sei zes szesc",
            "seven sept sieben siete sette zeven sete siedem",
            "eight huit acht ocho otto oito osiem",
            "nine neuf neun nueve nove negen dziewiec",
            "ten dix zehn diez dieci tien dez dziesiec",
            "eleven onze elf once undici jedenascie",
        ),
        start=1,
    )
    for word in words.split()
}


def ages(text: str, words: Sequence[Word], clauses: Sequence[Clause], number: int) -> Iterator[Contraindication]:
    """The statements that the ages of a clause make."""
    clause = clauses[number]
    carried = clause.of("third") or not clause.starts_sentence
    has_child = clause.of("child") or (number and clauses[number - 1].of("child") and carried)
    for mark in clause.of("month", "year"):
        before = words[mark.first - 1] if mark.first else None
        counted = _count(before.text) if before else None
        if before is None or counted is None or _is_span(words, mark.first - 2):
            continue
        said = text[words[mark.first].start : words[mark.last - 1].end].lower()
        if not has_child and "old" not in said:
            continue
        age = counted * (12 if mark.role == "year" else 1)
        if "week" in said:
            age = 1
        children = clause.of("child") or (clauses[number - 1].of("child") if number else [])
        if age < (_CHILD_MONTHS if children else _INFANT_MONTHS):
            person = children[0].first if children else mark.first
            yield _statement(text, words, age, (before.start, words[mark.last - 1].end), person)


def _statement(text: str, words: Sequence[Word], age: int, span: tuple[int, int], child: int) -> Contraindication:
    id = "infant" if age < _INFANT_MONTHS else "child_u5"
    return Contraindication(
        key=f"condition:{id}",
        who=Who.CHILD,
        polarity=Polarity.HAS,
        severity=Severity.UNSTATED,
        temporality=Temporality.CURRENT,
        span=span,
        text=text[slice(*span)],
        row=f"conditions/{id}",
        person=text[words[child].start : words[child].end],
    )


def _is_span(words: Sequence[Word], at: int) -> bool:
    """Whether a number tells how long something has lasted: "for two years", "desde hace un mes"."""
    return at >= 0 and words[at].text in _LASTING


def _count(word: str) -> int | None:
    """A number in figures or in words, up to eleven."""
    return int(word) if NUMBER.fullmatch(word) else _COUNTS.get(word)
