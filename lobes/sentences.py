"""Picks the sentences of retrieved passages that answer a question, each with its exact place.

A sentence scores by how much of the question's word mass it (and, for a third, its title) contains, rare words weighing
more, and by whether it holds the kind of fact asked for, times the retriever's best score of a passage of its document.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.evidence import Citation
from seamless_retail.lobes.stems import alike, content_stems, rephrased

_SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|(?=\n)|$)", re.DOTALL)
_FORMS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(form))
    for asked, form in (
        (r"\b(?:how much|costs?|prices?|fees?|charges?)\b", r"[$£€]\s?\d|\bfree\b"),
        (
            r"\b(?:how long|how many days|when|what time|deadline)\b",
            r"\d+ (?:\w+ )?days?\b|\d:\d\d|\d+ months|\bonce\b",
        ),
        (r"\b(?:phone|call|number)\b", r"\d{3}[-) ]"),
        (r"\be-?mail\b", r"@"),
    )
)
"""What kind of question wants what in its answer: an amount, a time, a telephone number."""
ALIKE = 0.75
"""What a word counts that is only alike to the one asked for."""
OUTDONE = 0.15
"""By how much more of the question another sentence must hold for the opening one to lose its privilege."""
PARAGRAPH = 340
"""Characters of a paragraph that one answer quotes."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a passage: its quotation, its score (0 to 1.65), and its passage."""

    citation: Citation
    score: float
    document: Document
    """``metadata`` holds ``kind`` and the source's own fields."""

    @property
    def text(self) -> str:
        """The sentence as written."""
        return self.citation.quote

    @property
    def passage_score(self) -> float:
        """The retriever's score of the whole passage."""
        return float(self.document.metadata.get("score", 0.0))


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences (or lines) of a text stand."""
    return [match.span() for match in _SENTENCE.finditer(text)]


def score_sentences(question: str, passages: Sequence[Document]) -> list[ScoredSentence]:
    """All sentences of the passages, the best first. That a product's text repeats its name is no merit of a sentence.

    Args:
        question: What is asked.
        passages: Documents whose metadata holds ``source_id``, ``title``, ``start`` and, if known, ``score``.
    """
    wanted, form = content_stems(question), _answer_form(question)
    rows = [(document, span) for document in passages for span in sentence_spans(document.page_content)]
    stems = [content_stems(document.page_content[start:end]) for document, (start, end) in rows]
    weights = _weights(wanted, stems)
    trust: dict[str, float] = {}
    for document in passages:  # a document is as good as its best passage
        source_id, score = document.metadata["source_id"], float(document.metadata.get("score", 1.0))
        trust[source_id] = max(score, trust.get(source_id, 0.0))
    titles = {id(document): content_stems(str(document.metadata.get("title", ""))) for document in passages}
    merits = [
        _coverage(weights, found - titles[id(document)] if document.metadata.get("kind") == "product" else found)
        for (document, _), found in zip(rows, stems, strict=True)
    ]
    best: dict[str, float] = {}
    for (document, _), merit in zip(rows, merits, strict=True):
        best[document.metadata["source_id"]] = max(merit, best.get(document.metadata["source_id"], 0.0))
    scored: list[ScoredSentence] = []
    for (document, span), merit in zip(rows, merits, strict=True):
        source_id, citation = document.metadata["source_id"], _cite(document, span)
        opens = citation.start == 0 and merit >= best[source_id] - OUTDONE
        fits = form.search(citation.quote) is not None if form else None
        relevance = _relevance(merit, _coverage(weights, titles[id(document)]), opens, fits)
        scored.append(ScoredSentence(citation, trust[source_id] * relevance, document))
    return sorted(scored, key=lambda sentence: -sentence.score)


def answering(ranked: Sequence[ScoredSentence], min_score: float, limit: int = 3) -> list[ScoredSentence]:
    """The best sentence of a passage that scores enough, with what follows it in its paragraph.

    Args:
        ranked: From :func:`score_sentences`.
        min_score: Score that the retriever must have given the passage.
        limit: Sentences at most.
    """
    usable = [s for s in ranked if s.passage_score >= min_score and s.text != s.citation.title]
    if not usable:
        return []
    chosen = [usable[0]]
    following = sorted((s for s in ranked if s.document is usable[0].document), key=lambda s: s.citation.start)
    for sentence in following:
        length = sentence.citation.end - chosen[0].citation.start
        if len(chosen) < limit and length <= PARAGRAPH and _follows(sentence, chosen[-1]):
            chosen.append(sentence)
    return chosen


def _follows(sentence: ScoredSentence, before: ScoredSentence) -> bool:
    """Whether only a space stands between the two."""
    start, end = before.citation.end, sentence.citation.start
    offset = int(before.document.metadata["start"])
    return before.document.page_content[start - offset : end - offset] == " "


def retrieve(
    retriever: BaseRetriever, question: str, k: int, where: Mapping[str, Any], enough: float
) -> list[Document]:
    """Passages for a question; where none scores enough, those for the question in words alike, if they score more."""
    found = retriever.invoke(question, k=k, filter=where)
    if _top(found) >= enough or not (other := rephrased(question)):
        return found
    again = retriever.invoke(other, k=k, filter=where)
    return again if _top(again) > _top(found) else found


def _top(passages: Sequence[Document]) -> float:
    return max((float(passage.metadata.get("score", 0.0)) for passage in passages), default=0.0)


def _weights(wanted: Iterable[str], sentences: Sequence[set[str]]) -> dict[str, float]:
    """How much each wanted stem says: rare among the sentences at hand weighs more; absent ones weigh most."""
    counts = Counter(stem for found in sentences for stem in found)
    return {stem: math.log((len(sentences) + 1) / (counts[stem] + 0.5)) + 0.1 for stem in wanted}


def _coverage(weights: dict[str, float], found: set[str]) -> float:
    """The share of the weights that some stems hold; a word alike counts half."""
    total = sum(weights.values())
    held = sum(w * (1.0 if stem in found else ALIKE if alike(stem) & found else 0.0) for stem, w in weights.items())
    return held / total if total else 0.0


def _answer_form(question: str) -> re.Pattern[str] | None:
    """What a sentence that answers this kind of question contains."""
    return next((form for asked, form in _FORMS if asked.search(question)), None)


def _relevance(in_sentence: float, in_title: float, is_first: bool, fits: bool | None) -> float:
    """How well a sentence answers, from the coverage of the sentence and of the title; over 1 for an opening sentence.

    Args:
        in_sentence: Coverage of the question by the sentence.
        in_title: Coverage by the document's title.
        is_first: Whether the sentence opens its document, which begins with what its title says, and no other sentence
            of the document holds more of the question.
        fits: Whether it holds the kind of fact asked for; ``None`` when no kind is.
    """
    coverage = (3 * in_sentence + in_title) / 4
    if fits is not None:
        return 0.15 + 0.45 * coverage + 0.4 * fits
    return 0.25 + 0.75 * coverage + (0.15 + 0.5 * in_title) * is_first * (coverage > 0)


def _cite(document: Document, span: tuple[int, int]) -> Citation:
    offset = int(document.metadata["start"])
    return Citation(
        source_id=str(document.metadata["source_id"]),
        title=str(document.metadata.get("title", "")),
        quote=document.page_content[span[0] : span[1]],
        start=offset + span[0],
        end=offset + span[1],
    )
