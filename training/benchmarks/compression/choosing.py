"""Twenty candidates, one of them right: how often a ranker puts it first, or among the first five.

The right product is described in a customer's words; hard negatives are the same product with a value or two
exchanged. BM25 weighs words by all candidates of all questions, which serves it better than each question's own twenty.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from langchain_core.documents import Document

from seamless_retail.models.clara import MemoryTokens
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.training.benchmarks.compression.bench import Bench, console
from seamless_retail.training.benchmarks.compression.markdown import between, percent, table
from seamless_retail.training.benchmarks.compression.scores import Resamples, recall_at
from seamless_retail.training.data.clara_candidates import Choice, choices

DEPTHS = (1, 5)
SCORES = ("late", "pooled")
Ranker = Callable[[int], Sequence[float]]
"""The number of a question → the score of each of its candidates."""


def measure(bench: Bench) -> dict[str, Any]:
    """Recall of the reasoner, trained and untrained, and of two baselines."""
    asked = list(islice(choices(bench.held_out, bench.settings.seed, varied=False), bench.settings.choices))
    documents = list(dict.fromkeys(text for choice in asked for text in choice.documents))
    rankers = _reasoners(bench, asked, documents)
    rankers.update({"BM25": _bm25(asked, documents), "MiniLM cosine": _minilm(asked, documents)})
    resamples = Resamples([choice.documents[choice.right] for choice in asked])
    found: dict[str, Any] = {}
    for name, ranker in rankers.items():
        scores = [ranker(i) for i in range(len(asked))]
        hits = {k: [recall_at(row, choice.right, k) for row, choice in zip(scores, asked, strict=True)] for k in DEPTHS}
        found[name] = {
            f"recall@{k}": {"mean": sum(hit) / len(hit), "interval": resamples.mean(hit)} for k, hit in hits.items()
        }
    return {
        "questions": len(asked),
        "candidates": len(asked[0].documents),
        "rate": bench.model.config.rate,
        "reasoner": "reasoner" in bench.model.config.roles,
        "rankers": found,
    }


def choosing_table(result: Mapping[str, Any]) -> str:
    """The table of :func:`measure`."""
    head = f"{result['questions']} questions, {result['candidates']} candidates each, memories at {result['rate']}x."
    if not result["reasoner"]:
        head += " This model has no trained reasoner yet."
    columns = [f"recall@{k}" for k in DEPTHS]
    rows = [
        [name, *(cell for c in columns for cell in (percent(found[c]["mean"]), between(found[c]["interval"])))]
        for name, found in result["rankers"].items()
    ]
    return f"{head}\n\n{table(['ranked by', *(name for c in columns for name in (c, '95 %'))], rows)}"


def _reasoners(bench: Bench, asked: Sequence[Choice], documents: Sequence[str]) -> dict[str, Ranker]:
    """The query reasoner by both scores, and the compressor in its place: what the reasoner was before its training."""
    model = bench.model
    memories = bench.compress(documents, model.config.rate, "candidates")
    rows, place = memories.rows(), {text: i for i, text in enumerate(documents)}
    hidden = memories.vectors.shape[-1]

    def ranker(queries: MemoryTokens, kind: str) -> Ranker:
        def rank(number: int) -> Sequence[float]:
            chosen = [place[text] for text in asked[number].documents]
            own = MemoryTokens.of([rows[i] for i in chosen], [memories.provenance[i] for i in chosen], hidden)
            scores: list[float] = model.score(queries.select([number]), own, kind)[0].tolist()
            return scores

        return rank

    questions = [choice.question for choice in asked]
    found = {}
    if "reasoner" in model.config.roles:
        trained = model.query(questions)
        found.update({f"reasoner, {kind} score": ranker(trained, kind) for kind in SCORES})
    untrained = _without_reasoner(bench).query(questions)
    found.update({f"untrained reasoner, {kind} score": ranker(untrained, kind) for kind in SCORES})
    return found


def _without_reasoner(bench: Bench) -> Any:
    """The same checkpoint, which then asks with its compressor."""
    if "reasoner" not in bench.model.config.roles:
        return bench.model
    config = copy.deepcopy(bench.model.config)
    config.roles = tuple(role for role in config.roles if role != "reasoner")
    return bench.load(config=config)


def _bm25(asked: Sequence[Choice], documents: Sequence[str]) -> Ranker:
    console.print(f"BM25: {len(documents)} candidates")
    index = LexicalRetriever.from_documents(Document(id=text, page_content=text) for text in documents)
    return lambda number: index.coverage(asked[number].question, asked[number].documents).tolist()


def _minilm(asked: Sequence[Choice], documents: Sequence[str]) -> Ranker:
    console.print(f"MiniLM: {len(documents)} candidates")
    encoder = SentenceEncoder()
    vectors = dict(zip(documents, encoder.encode(documents), strict=True))
    queries = encoder.encode([choice.question for choice in asked])

    def rank(number: int) -> Sequence[float]:
        own = np.stack([vectors[text] for text in asked[number].documents])
        cosines: list[float] = (own @ queries[number]).tolist()
        return cosines

    return rank
