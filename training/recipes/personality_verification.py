"""Whether a shelf of adapters is whole, merges, speaks, moves held-out sentences, and knows held-out answers."""

from pathlib import Path

from seamless_retail.core.personality import DIMENSIONS, Merge
from seamless_retail.models.adapters import AdapterShelf, blend, open_model
from seamless_retail.models.persona_prompt import example_tokens, padded
from seamless_retail.models.persona_writer import PersonaWriter
from seamless_retail.models.style_scorer import StyleScorer
from seamless_retail.training.data.persona_records import Examples, read_examples
from seamless_retail.training.run import Check, Comparison, Run, Verification

MOST_TOKENS = 512
_SAMPLE = "The Navy Linen Dress is in stock at Downtown [1]."


def verify(path: Path, run: Run) -> Verification:
    """Loads every adapter, merges one, and compares with the base on held-out records."""
    shelf, examples = AdapterShelf.open(path), read_examples()
    scorer = StyleScorer.load()
    figures: dict[str, Comparison] = {}
    for name in shelf.adapters:
        if name in DIMENSIONS:
            figures[f"{name}: style score at weight 1"] = Comparison(0.0, style_move(shelf, name, examples, scorer))
        else:
            known = [answer_loss(shelf, name, examples, weight) for weight in (0.0, 1.0)]
            figures[f"{name}: loss on held-out answers"] = Comparison(*known)
    better = [
        figure.trained > 0 if name.split(":")[0] in DIMENSIONS else figure.trained < (figure.base or 0.0)
        for name, figure in figures.items()
    ]
    said = _writer(shelf, next(iter(shelf.adapters))).reword([_SAMPLE], ["Navy Linen Dress", "Downtown"])[0]
    checks = (
        Check("adapters load", True, f"{len(figures)} over {shelf.base_model}"),
        Check("merged model speaks", bool(said.said), said.said),
        Check("better than the base on held-out records", all(better)),
    )
    return Verification("personality", path, checks, figures)


def style_move(shelf: AdapterShelf, name: str, examples: Examples, scorer: StyleScorer) -> float:
    """How far the adapter of a dimension moves its own score on held-out plain sentences, on average."""
    dimension = next(d for d in DIMENSIONS if d == name)
    triples = examples.of(dimension, ("held_out",))
    plain = [triple.plain("neutral") for triple in triples]
    facts = sorted({fact for triple in triples for fact in triple.facts("neutral")})
    said = _writer(shelf, name).reword(plain, facts)
    moved = scorer.scores([one.text for one in said]) - scorer.scores(plain)
    return float(moved[:, DIMENSIONS.index(dimension)].mean())


def answer_loss(shelf: AdapterShelf, name: str, examples: Examples, weight: float) -> float:
    """Mean loss per token of a domain's held-out answers, with its adapter at a weight; 0 for the base alone."""
    import torch

    model, tokenizer = open_model(shelf.base_model)
    model = blend(model, shelf, {name: weight} if weight else {}, Merge())
    pairs = [(record.question, record.answer) for record in examples.on(name, ("held_out",))]
    rows = [example_tokens(tokenizer, *pair, MOST_TOKENS) for pair in pairs]
    with torch.inference_mode():
        return float(model(**padded(rows, tokenizer.pad_token_id, next(model.parameters()).device)).loss)


def _writer(shelf: AdapterShelf, name: str) -> PersonaWriter:
    model, tokenizer = open_model(shelf.base_model)
    merged = blend(model, shelf, {name: 1.0}, Merge()).merge_and_unload()
    return PersonaWriter(merged, tokenizer, shelf.allowance({name: 1.0}), shelf.wording)
