"""Where an answer stands written: the exact words of a passage that bear it out, and their place in the document.

A language model may invent a value, mix up two documents or drop a "not". What it says is therefore compared with the
sentences of the passages. Its words stand if they occur there in a row; or if one sentence, or two in a row, holds all
of their figures and negations and nearly all of their other words. What fails has no citation.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from langchain_core.documents import Document

from seamless_retail.core.evidence import Citation
from seamless_retail.retrievers.lexical import tokenize

Span = tuple[int, int]

BORNE_OUT = 0.8
"""Share of an answer's words, its stems counted once, that the cited sentences must hold."""

_SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|(?=\n)|$)", re.DOTALL)
_TOKEN = re.compile(r"[$£€]?\d+(?:[.,:/]\d+)*(?:\s?%)?|[^\W\d_]+(?:'[^\W\d_]+)*|\S")
_FIGURE = re.compile(r"\d")
_WITH_UNIT = re.compile(r"[$£€]?\d+(?:[.,:/]\d+)*(?:\s?%|-?[^\W\d_]+|\s[^\W\d_]+)?")
_RANGE_BEFORE = re.compile(r"\d(?:\s*-|\s+(?:to|and))\s*$")
_RANGE_AFTER = re.compile(r"\s*(?:-|to\b|and\b)\s*[$£€]?\d")
_UNIT_AFTER = re.compile(r"\s?%|-?[^\W\d_]|\s[^\W\d_]")
_NEGATION = re.compile(
    r"\b(?:not?|never|neither|nor|none|nothing|nobody|without|cannot|except|unless|excluding|excludes?|false"
    r"|un(?:able|available|less)|\w+n't|\w+-free)\b",
    re.IGNORECASE,
)
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-", "\u00a0": " "})
_OUTSIDE = " \t\n.,;:!?\"'"
_VERDICT = re.compile(r"^(yes|no)\b[,.;:!]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a passage that bear an answer out."""

    citation: Citation
    share: float
    """Of the answer's words that the cited ones hold; 1 for words in a row."""


def cite(passage: Document, span: Span | None = None) -> Citation:
    """Cite characters of a passage, or all of it.

    The source is ``metadata["source_id"]``, else the passage's own id; the place counts from ``metadata["start"]``,
    where the passage begins in its source, else from the passage's beginning.
    """
    start, end = span or (0, len(passage.page_content))
    metadata = passage.metadata
    offset = int(metadata.get("start", 0))
    return Citation(
        source_id=str(metadata.get("source_id") or passage.id or ""),
        title=str(metadata.get("title", "")),
        quote=passage.page_content[start:end],
        start=offset + start,
        end=offset + end,
    )


def sentences(text: str) -> list[Span]:
    """The sentences of a text, and its lines that are none, without the space around them."""
    return [(m.start(), m.start() + len(m.group().rstrip())) for m in _SENTENCE.finditer(text)]


def borne_out(answer: str, passages: Sequence[Document]) -> Evidence | None:
    """The words that bear an answer out, from the first passage that does; ``None`` if none does.

    A bare "yes" or "no" is borne out by nothing: no words could be compared.

    Args:
        answer: What a reader or a language model said.
        passages: What it was given, best first.
    """
    said = _plain(answer).strip(_OUTSIDE)
    if not tokenize(said) and not _FIGURE.search(said):
        return None
    for passage in passages:
        if (span := _in_a_row(said, passage.page_content)) is not None:
            return Evidence(cite(passage, span), 1.0)
    spoken = _VERDICT.sub("", said)
    verdict = _VERDICT.match(said)
    found = (evidence for passage in passages for evidence in _in_substance(spoken, passage, verdict))
    return max(found, key=lambda evidence: evidence.share, default=None)


def _in_a_row(said: str, text: str) -> Span | None:
    """The sentence or sentences around the answer's words, if they stand in the text in this order."""
    for place in _places(said, text):
        around = _around(text, place)
        if _denies(said) == _denies(text[slice(*around)]):
            return around
    return None


def _in_substance(spoken: str, passage: Document, verdict: re.Match[str] | None) -> Iterator[Evidence]:
    """One sentence, or two in a row, that hold the answer's figures, its negations and most of its other words."""
    words, denies, figures = set(tokenize(spoken)), _denies(spoken), _figures(spoken)
    if not words or (verdict and verdict[1].casefold() == "no" and not denies):
        return
    text = passage.page_content
    for span in _windows(text):
        held = text[slice(*span)]
        share = len(words & set(tokenize(held))) / len(words)
        if share >= BORNE_OUT and denies == _denies(held) and all(_places(figure, held) for figure in figures):
            yield Evidence(cite(passage, span), share)


def _windows(text: str) -> Iterator[Span]:
    """Each sentence, and each two in a row of which none denies anything: of two it is not clear what is denied."""
    spans = sentences(text)
    yield from spans
    for first, second in pairwise(spans):
        if not _denies(text[first[0] : second[1]]):
            yield first[0], second[1]


def _figures(spoken: str) -> list[str]:
    """Each figure of an answer with the word after it, which is its unit as often as not."""
    return [match.group().strip() for match in _WITH_UNIT.finditer(spoken)]


def _places(wanted: str, text: str) -> list[Span]:
    """Where words stand in a text: the same words, figures and signs in a row, and no part of a larger figure."""
    tokens, found, plain = [token for token, _ in _tokens(wanted)], _tokens(text), _plain(text)
    spans = [
        (found[at][1][0], found[at + len(tokens) - 1][1][1])
        for at in range(len(found) - len(tokens) + 1 if tokens else 0)
        if all(token == other for token, (other, _) in zip(tokens, found[at:], strict=False))
    ]
    return [span for span in spans if _is_whole(plain, span)]


def _around(text: str, span: Span) -> Span:
    """The sentences that a span touches."""
    touched = [(start, end) for start, end in sentences(text) if start < span[1] and span[0] < end]
    return (touched[0][0], touched[-1][1]) if touched else span


def _is_whole(text: str, span: Span) -> bool:
    """Whether the words are no part of a compound, of a range, or of a figure whose unit they leave out."""
    found, before, after = text[slice(*span)], text[: span[0]], text[span[1] :]
    if re.search(r"\w-$", before) or re.match(r"-\w", after):
        return False
    if re.match(r"[$£€]?\d", found) and _RANGE_BEFORE.search(before):
        return False
    last = _TOKEN.findall(found)[-1]
    if not re.match(r"[$£€]?\d", last):
        return True
    return not (_RANGE_AFTER.match(after) or (last[0].isdigit() and ":" not in last and _UNIT_AFTER.match(after)))


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(_plain(text)))


def _tokens(text: str) -> list[tuple[str, Span]]:
    return [(match.group().casefold(), match.span()) for match in _TOKEN.finditer(_plain(text))]


def _plain(text: str) -> str:
    """With ASCII quotation marks and dashes; every character keeps its place."""
    return text.translate(_SAME)
