"""Checks an answer against the evidence it cites, before anybody sees it.

An answer passes when, clause by clause (a clause ends at its citation marks), every number, price, date, name and
content word occurs in what the clause cites, when it neither adds nor drops a negation, and when it names nothing a
guard withheld. The check is lexical: it can refuse a true sentence in other words, it cannot be talked into anything.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.guardrails.framing import FRAMING
from seamless_retail.lobes.stems import stem_of

_MARK = re.compile(r"\[(\d+)\]")
_MARKS = re.compile(r"(?:\s*\[\d+\])+")
_NUMBER = re.compile(r"([$£€]?)(\d[\d,]*(?:\.\d+)?)(\s?%)?")
_WORD = re.compile(r"[^\W\d_]+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”')]*\s+(?=[\"“'(]?[A-Z0-9$£€])")
_ABBREVIATION = re.compile(r"\b(?:St|Mt|Dr|Mr|Mrs|Ms|No|Ave|Blvd|Rd|oz|lb|approx|incl|e\.g|i\.e|vs|etc)\.$")
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|without|cannot|unavailable)\b|n['’]t\b|\bout of stock\b|\bsold out\b",
    re.IGNORECASE,
)
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_COUNTS, start=2)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sentences with one citation mark may say."""

    quote: str
    """The quotation and the title of its source."""
    claims: tuple[str, ...]
    """The claims that rest on it, in the lobes' own words."""

    @property
    def text(self) -> str:
        """Everything, as one text."""
        return "\n".join((self.quote, *self.claims))


def evidence_for(citations: Sequence[Citation], claims: Iterable[Claim]) -> list[Evidence]:
    """The evidence behind the marks [1], [2] … of an answer."""
    claims = list(claims)
    return [
        Evidence(
            quote=f"{citation.title}\n{citation.quote}",
            claims=tuple(claim.text for claim in claims if citation in claim.citations),
        )
        for citation in citations
    ]


def split_sentences(text: str) -> list[str]:
    """The sentences and list items of a model's answer, each with the marks that follow it."""
    text = re.sub(r"([.!?])((?:\s*\[\d+\])+)", r"\2\1", text.replace("**", ""))
    sentences: list[str] = []
    for line in filter(None, (_BULLET.sub("", line).strip() for line in text.splitlines())):
        fragment = ""
        for piece in _SENTENCE_END.split(line):
            fragment = f"{fragment} {piece}".strip()
            if not _ABBREVIATION.search(fragment):
                sentences.append(fragment)
                fragment = ""
        if fragment:
            sentences.append(fragment)
    return sentences


def problems(
    sentences: Sequence[str],
    evidence: Sequence[Evidence],
    withheld: Collection[str] = (),
    exempt: Collection[str] = (),
    framing: Collection[str] = FRAMING,
) -> list[str]:
    """What the evidence does not support, in words; empty when the answer may be shown.

    Args:
        sentences: The answer, sentence by sentence, with marks such as ``[2]``.
        evidence: What each mark stands for, in order.
        withheld: Names of products that a guard took out.
        exempt: Sentences that need no evidence, because they only say what is missing.
        framing: Lower-case words that state nothing and need no evidence.
    """
    if not sentences:
        return ["the answer is empty"]
    found: list[str] = []
    for sentence in sentences:
        if sentence in exempt:
            continue
        sentence = _BULLET.sub("", sentence)
        found += [f"names {name!r}, which a guard withheld" for name in withheld if name.lower() in sentence.lower()]
        for clause, marks in _clauses(sentence):
            unknown = [mark for mark in marks if not 1 <= mark <= len(evidence)]
            found += [f"cites [{mark}], which does not exist" for mark in unknown]
            if not unknown:
                found += _clause_problems(clause, [evidence[mark - 1] for mark in marks], framing)
    return found


def _clauses(sentence: str) -> list[tuple[str, list[int]]]:
    """``"A [1], and B [2]."`` → ``[("A", [1]), (", and B.", [2])]``; words after the last mark belong to it."""
    clauses: list[tuple[str, list[int]]] = []
    start = 0
    for match in _MARKS.finditer(sentence):
        clauses.append((sentence[start : match.start()], [int(mark) for mark in _MARK.findall(match.group())]))
        start = match.end()
    rest = sentence[start:]
    if not clauses:
        return [(rest, [])]
    text, marks = clauses[-1]
    return [*clauses[:-1], (text + rest, marks)]


def _clause_problems(clause: str, evidence: Sequence[Evidence], framing: Collection[str]) -> list[str]:
    if not evidence:
        content = sorted(word for word in _words(clause) if word not in framing)
        numbers = sorted(_numbers(clause, with_parts=False))
        return [f"cites nothing: {clause.strip()!r}"] if content or numbers else []
    known = "\n".join(item.text for item in evidence)
    stems = {stem_of(word) for word in _words(known)}
    unknown = sorted(word for word in _words(clause) if word not in framing and stem_of(word) not in stems)
    found = [f"the cited evidence does not say {word!r}" for word in unknown]
    missing = sorted(_numbers(clause, with_parts=False) - _numbers(known, with_parts=True))
    found += [f"the cited evidence does not hold the number {number}" for number in missing]
    return found + _polarity_problems(clause, evidence)


def _polarity_problems(clause: str, evidence: Sequence[Evidence]) -> list[str]:
    claims = [claim for item in evidence for claim in item.claims]
    negative = bool(_NEGATION.search(clause))
    if negative and not any(_NEGATION.search(item.text) for item in evidence):
        return ["denies what the cited evidence does not deny"]
    if not negative and claims and all(_NEGATION.search(claim) for claim in claims):
        return ["affirms what the cited evidence denies"]
    return []


def _words(text: str) -> set[str]:
    """Lower-case words, without the number words, which count as numbers."""
    text = _CONTRACTION.sub("", text.lower())
    return {word for word in _WORD.findall(text) if word not in _NUMBER_WORDS}


def _numbers(text: str, with_parts: bool) -> set[str]:
    """Numbers in one spelling, such as ``$1049`` for ``$1,049.00``; with parts, ``$5`` and ``20 %`` also give 5, 20."""
    numbers = {_NUMBER_WORDS[word] for word in _WORD.findall(text.lower()) if word in _NUMBER_WORDS}
    for currency, digits, percent in _NUMBER.findall(_MARKS.sub("", text)):
        plain = digits.replace(",", "")
        plain = (plain.rstrip("0").rstrip(".") if "." in plain else plain).lstrip("0") or "0"
        numbers.add(f"{currency}{plain}{percent.strip()}")
        if with_parts:
            numbers.add(plain)
    return numbers
