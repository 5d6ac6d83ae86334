"""The style scorer: how warm, playful, formal and encouraging a text is, learned from the authored triples.

    python -m seamless_retail.training.recipes.style_scorer --config shipped --out models/weights/style_scorer

The plain wording and its two extremes say the same, so what the states of all-MiniLM-L6-v2 differ in is the style. One
ridge regression on these differences: the score of the triple's own dimension is to move by one, the other three are
not to move. It has a closed form; nothing is drawn by chance.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seamless_retail.core.personality import DIMENSIONS
from seamless_retail.models.layer_heads import LayerEncoder, pool
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.models.style_scorer import KIND, StyleScorer
from seamless_retail.training.data.persona_records import Examples, Level, Side, Triple, read_examples
from seamless_retail.training.run import Check, Comparison, Recipe, RecipeSettings, Run, Verification, main

LEVELS: tuple[Level, ...] = ("low", "neutral", "high")


class ScorerSettings(RecipeSettings):
    """How the scorer is made."""

    layers: tuple[int, ...] = (1, 3, 5)
    """Of all-MiniLM-L6-v2, counted from 1."""
    ridge: float = Field(0.03, gt=0)
    """As a share of the mean square of the differences."""
    sides: tuple[Side, ...] = ("train", "dev")
    """Of the triples that are trained on."""


def check(settings: ScorerSettings, run: Run) -> Mapping[str, int]:
    """How many triples there are of each dimension."""
    examples = read_examples()
    return {dimension: len(run.limited(examples.of(dimension, settings.sides))) for dimension in DIMENSIONS}


def train(settings: ScorerSettings, run: Run) -> None:
    """Fit, judge and write the scorer and its card."""
    from seamless_retail.models.sentence_encoder import SentenceEncoder

    examples, encoder = read_examples(), SentenceEncoder()
    module = fit(settings, run, examples, encoder)
    save_module(run.out, module)
    figures = judge(StyleScorer(encoder, module), examples, ("held_out",))
    write_card(run.out, check(settings, run), figures)


def fit(settings: ScorerSettings, run: Run, examples: Examples, encoder: LayerEncoder) -> StoredModule:
    """The ridge regression ``W = argmin Σ |W Δ − t|² + λ |W|²`` over the differences ``Δ`` between wordings."""
    triples = [t for d in DIMENSIONS for t in run.limited(examples.of(d, settings.sides))]
    low, neutral, high = (
        pool(encoder.encode_layers([t.plain(level) for t in triples]), settings.layers).astype(np.float64)
        for level in LEVELS
    )
    own = np.eye(len(DIMENSIONS))[[DIMENSIONS.index(t.dimension) for t in triples]]
    differences, targets = np.concatenate([high - neutral, low - neutral]), np.concatenate([own, -own])
    products = differences @ differences.T
    ridge = settings.ridge * np.trace(products) / len(products)
    weight = np.linalg.solve(products + ridge * np.eye(len(products)), targets).T @ differences
    return StoredModule(
        KIND,
        {
            "dimensions": list(DIMENSIONS),
            "layers": list(settings.layers),
            "encoder_sha256": encoder.weights_sha256,
            "triples": len(triples),
            "ridge": settings.ridge,
        },
        {"mean": neutral.mean(axis=0).astype(np.float32), "weight": weight.astype(np.float32)},
    )


def judge(scorer: StyleScorer, examples: Examples, sides: Sequence[Side]) -> dict[str, dict[str, float]]:
    """By dimension: shares of pairs and of triples in the right order, and how far own and other scores move."""
    figures: dict[str, dict[str, float]] = {}
    for place, dimension in enumerate(DIMENSIONS):
        triples = examples.of(dimension, sides)
        low, neutral, high = (scorer.scores([t.plain(level) for t in triples]) for level in LEVELS)
        moves = np.stack([high - neutral, neutral - low])
        others = np.delete(moves, place, axis=2)
        figures[dimension] = {
            "triples": len(triples),
            "pairs_in_order": float((moves[..., place] > 0).mean()),
            "triples_in_order": float((moves[..., place] > 0).all(axis=0).mean()),
            "own_move": float(moves[..., place].mean()),
            "other_move": float(np.abs(others).mean()),
            "length_in_order": _by_length(triples),
        }
    return figures


def _by_length(triples: Sequence[Triple]) -> float:
    """The baseline: the longer wording has more of the dimension."""
    words: NDArray[np.int64] = np.array([[len(t.plain(level).split()) for level in LEVELS] for t in triples])
    return float((np.diff(words, axis=1) > 0).mean())


def verify(path: Path, run: Run) -> Verification:
    """Loads the scorer and compares it on the held-out triples with the order by length."""
    figures = judge(StyleScorer.load(folder=path), read_examples(), ("held_out",))
    compared = {
        f"{name}: pairs in order": Comparison(row["length_in_order"], row["pairs_in_order"])
        for name, row in figures.items()
    }
    better = sum(row.trained - (row.base or 0.0) for row in compared.values()) > 0
    apart = all(row["own_move"] > row["other_move"] for row in figures.values())
    checks = (Check("orders better than length", better), Check("a dimension moves its own score most", apart))
    return Verification(KIND, path, checks, compared)


def write_card(folder: Path, counts: Mapping[str, int], figures: Mapping[str, Mapping[str, float]]) -> None:
    """The card beside the weights."""
    rows = [
        f"| {name} | {counts[name]} | {row['triples']:.0f} | {row['pairs_in_order']:.1%} | "
        f"{row['triples_in_order']:.1%} | {row['length_in_order']:.1%} | {row['own_move']:.2f} | "
        f"{row['other_move']:.2f} |"
        for name, row in figures.items()
    ]
    (folder / "README.md").write_text("\n".join([_CARD, *rows, _LIMITS]), encoding="utf-8")


_CARD = """# Style scorer

One linear layer over pooled states of all-MiniLM-L6-v2 that says how warm, playful, formal and encouraging a text is:
0 is the plain wording, +1 and -1 the authored extremes. It measures what the voice's adapters and the composer's dials
do.

Data: the authored triples of this repository (`training/data/persona_authored`, Apache-2.0), split by the hash of the
neutral sentence; a sentence is on the same side in all four dimensions. Ridge regression on the differences between
wordings, in closed form. Layers and ridge were chosen on the development triples.

    python -m seamless_retail.training.recipes.style_scorer --config shipped --out models/weights/style_scorer

## Held-out triples

Pairs: plain above low, and high above plain. Baseline: the longer wording has more of the dimension (of warmth that is
as good an order). Own and other move: mean change of the dimension's own score, and mean absolute change of the other
three, from one wording to the next.

| dimension | trained on | held out | pairs in order | triples in order | baseline (length) | own move | other move |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
_LIMITS = """
Limits: English, short shop answers, one author's idea of each dimension. Scores compare wordings of one thing; what a
text is about moves them too.
"""

RECIPE = Recipe(KIND, ScorerSettings, check, train, verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
