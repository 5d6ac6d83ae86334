"""The light compressor's figures on the dev split, and the model card that states them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seamless_retail.models.document_compressor import CONFIGURATIONS, DocumentCompressor
from seamless_retail.training.benchmarks.ranking import RankingSet
from seamless_retail.training.data.compressor_texts import Pair
from seamless_retail.training.data.token_cache import KeptStates


@dataclass(frozen=True)
class Judgement:
    """nDCG@10 on the dev split of every source."""

    minilm: dict[str, float]
    """By source."""
    found: dict[tuple[str, str, str], float]
    """By source, configuration, and ``pooled`` or ``late``."""

    @property
    def score(self) -> float:
        """What the best weights have most of: the mean ratio to MiniLM over sources, configurations and ways."""
        return float(np.mean([value / self.minilm[source] for (source, _, _), value in self.found.items()]))

    def sentence(self) -> str:
        """Ratios to MiniLM by configuration and way."""
        return "; ".join(
            f"{name} {way} " + ", ".join(f"{source} {self._ratio(source, name, way):.3f}" for source in self.minilm)
            for name in CONFIGURATIONS
            for way in ("pooled", "late")
        )

    def table(self) -> str:
        """Markdown: one line a source."""
        names = [(name, way) for name in CONFIGURATIONS for way in ("pooled", "late")]
        lines = [f"| source | MiniLM | {' | '.join(f'{name}, {way}' for name, way in names)} |"]
        lines.append("|---" * (len(names) + 2) + "|")
        for source, full in self.minilm.items():
            cells = " | ".join(f"{self.found[source, name, way]:.3f}" for name, way in names)
            lines.append(f"| {source} | {full:.3f} | {cells} |")
        return "\n".join(lines)

    def _ratio(self, source: str, name: str, way: str) -> float:
        return self.found[source, name, way] / self.minilm[source]


def judged(compressor: DocumentCompressor, encoder: KeptStates, pairs: Sequence[Pair]) -> Judgement:
    """Every question ranks all documents of its source."""
    minilm, found = {}, {}
    for source in sorted({pair.source for pair in pairs}):
        ranking = RankingSet.over_all(source, [(p.question, p.document) for p in pairs if p.source == source])
        minilm[source] = ranking.ndcg_of_vectors(encoder.embed(ranking.questions), encoder.embed(ranking.documents))
        for name in CONFIGURATIONS:
            for way, value in compressed_ndcg(compressor, ranking, name).items():
                found[source, name, way] = value
    return Judgement(minilm, found)


def compressed_ndcg(compressor: DocumentCompressor, ranking: RankingSet, name: str) -> dict[str, float]:
    """nDCG@10 by the pooled vector and by late interaction over the tokens, as they are read from their codes."""
    questions = compressor.query(ranking.questions, name)
    memories = compressor.read_back(compressor.compress(ranking.documents, name), name)
    pooled = ranking.ndcg_of_vectors(
        np.stack([one.vector for one in questions]), np.stack([one.vector for one in memories])
    )
    late = ranking.ndcg(
        lambda number, candidates: compressor.score(questions[number], [memories[i].tokens for i in candidates])
    )
    return {"pooled": pooled, "late": late}


def write_card(folder: Path, pairs: Sequence[Pair], share: float, figures: Judgement) -> None:
    """``README.md`` beside the weights."""
    by_source = Counter(pair.source for pair in pairs)
    sources = "\n".join(f"| {name} | {number} |" for name, number in sorted(by_source.items()))
    (folder / "README.md").write_text(
        f"""# Document compressor

A head over the frozen all-MiniLM-L6-v2 that makes a few memory tokens of a text of any length: at most one for every
16, 32, 64 or 128 tokens, of 512, 256, 128 or 64 dimensions. One set of weights serves all four configurations.

## What it is

A memory token is the projected mean of MiniLM's states over its part of the text, plus what four learned queries find
in them by attention, under RMSNorm; smaller configurations read with queries of their own and keep the first
dimensions. Questions have a projection of their own. Float16 safetensors; a memory is stored with
four bits for each of the leading quarter of its dimensions and two for each other.

## Data

| source | questions with a document |
|---|---|
{sources}

The shop's products and policies are ours (Apache-2.0). hetPQA and the attributes of semiPQA are CDLA-Sharing-1.0
(results, models among them, are free), the passages are from Wikipedia, with questions from the CLaRa release. Their
rows are not shipped; the weights hold no text. No product, question or candidate of `hetpqa_ranking_dev` or
`semipqa_ranking_dev` is in the training pairs, and no test product of the shop.

## How to make it

    python -m seamless_retail.training.recipes.document_compressor --out FOLDER
    cp FOLDER/model/* models/weights/document_compressor/

## Dev figures

nDCG@10 over all documents of the source in the dev split, memories read back from their codes. This split
chose the weights ({share:.0%} of the way from the start to the trained ones), so it flatters them.

{figures.table()}

Held-out figures, beside PCA and product quantization at the same number of bytes:
`python -m seamless_retail.training.benchmarks.light_compressor`.

## Limits

English. The states are MiniLM's: what it does not see, no configuration keeps. Half of the training questions come from
the question templates of the demonstration shop, so the gain over MiniLM on a shop's own questions is larger than on
questions from elsewhere. A memory does not hold the wording of a text: quote from the text, not from the memory.
""",
        encoding="utf-8",
    )
