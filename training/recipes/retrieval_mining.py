"""Hard negatives: passages that are ranked high for a question and do not answer it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from langchain_core.documents import Document

from seamless_retail.retrievers.fusion import reciprocal_rank_fusion
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.plain_words import plain_words
from seamless_retail.training.data.retrieval_pairs import RetrievalRecord
from seamless_retail.training.recipes.retrieval_judging import Embed
from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings


def mined(records: Sequence[RetrievalRecord], embed: Embed, settings: RetrievalSettings) -> list[RetrievalRecord]:
    """The records of one source, each with as many negatives as there are to find.

    A record keeps the negatives that it brings. Candidates are the source's other positives, in the order of BM25 and
    cosine fused. Left out are the answers of the same question, passages of the same attribute (``color: …``), whose
    values differ and whose relevance does not, and whatever is nearly as close as the positive.
    """
    mining = settings.mining
    passages = sorted({record.positive for record in records})
    place = {text: number for number, text in enumerate(passages)}
    answers: dict[str, set[int]] = {}
    for record in records:
        answers.setdefault(record.query, set()).add(place[record.positive])
    lexical = LexicalRetriever.from_documents(
        [Document(id=str(number), page_content=plain_words(text)) for number, text in enumerate(passages)]
    )
    cosines = embed([settings.written(record) for record in records]) @ embed(passages).T
    found = []
    for record, row in zip(records, cosines, strict=True):
        dense = np.argsort(-row)[: mining.depth].tolist()
        words = [int(id_) for id_, _ in lexical.search(record.query, mining.depth)]
        fused = [number for number, _ in reciprocal_rank_fusion([words, dense])]
        limit, own = row[place[record.positive]] - mining.margin, _attribute(record.positive)
        wrong = [
            passages[number]
            for number in fused
            if number not in answers[record.query]
            and row[number] < limit
            and not (own and own == _attribute(passages[number]))
        ]
        missing = max(0, mining.negatives - len(record.negatives))
        found.append(replace(record, negatives=(*record.negatives, *wrong[:missing])))
    return found


def _attribute(text: str) -> str:
    """The name of an attribute record; empty for other texts."""
    name, sign, _ = text.partition(":")
    return name.strip() if sign and " " not in name.strip() else ""
