"""How well an embedding ranks held-out passages."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.training.benchmarks.ranking import RankingSet
from seamless_retail.training.data.retrieval_pairs import RetrievalRecord
from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors ``[n, d]``; queries come written as the model wants them."""
OTHERS = 20
"""Passages drawn from the rest of a source for each question, beside its own and those of its group."""


def rankings(records: Sequence[RetrievalRecord], settings: RetrievalSettings) -> list[RankingSet]:
    """One set a source: each question ranks its answers among its negatives, its group's passages and drawn ones."""
    sources: dict[str, list[RetrievalRecord]] = {}
    for record in records:
        sources.setdefault(record.source, []).append(record)
    return [_ranking(name, found, settings) for name, found in sorted(sources.items())]


def _ranking(name: str, records: Sequence[RetrievalRecord], settings: RetrievalSettings) -> RankingSet:
    random, passages = Random(0), sorted({record.positive for record in records})
    of_group: dict[str, set[str]] = {}
    asked: dict[tuple[str, str], list[RetrievalRecord]] = {}
    for record in records:
        of_group.setdefault(record.group, set()).add(record.positive)
        asked.setdefault((record.group, settings.written(record)), []).append(record)
    chosen = random.sample(sorted(asked), min(settings.judged, len(asked)))
    documents: dict[str, int] = {}
    candidates, relevant = [], []
    for group, query in chosen:
        right = {record.positive for record in asked[group, query]}
        brought = {text for record in asked[group, query] for text in record.negatives}
        others = random.sample(passages, min(OTHERS, len(passages)))
        own = sorted(right | brought | of_group[group] | set(others))
        random.shuffle(own)
        candidates.append(np.array([documents.setdefault(text, len(documents)) for text in own]))
        relevant.append(np.array([text in right for text in own]))
    return RankingSet(name, [query for _, query in chosen], list(documents), candidates, relevant)


def judge(embed: Embed, sets: Sequence[RankingSet]) -> dict[str, float]:
    """nDCG@10 of every set."""
    return {found.name: found.ndcg_of_vectors(embed(found.questions), embed(found.documents)) for found in sets}


def embedding(model: Any) -> Embed:
    """By a sentence-transformers model, without prompts of its own: queries are written already."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        found = model.encode(list(texts), prompt="", normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    return embed
