r"""Train sentence embeddings to find what answers a question: LoRA on any sentence-transformers model, by contrast.

    seamless train retrieval --config minilm --out runs/retrieval [--data FOLDER]
    seamless ask --set embeddings=runs/retrieval …        # or SEAMLESS_EMBEDDINGS, after `seamless index build`

Records are JSON Lines ``{"instruction", "query", "positive", "negative"}``, or sources that the package builds
(``training/data/retrieval_pairs.py``). A share of the products and documents is held out before anything else; what is
left gets hard negatives, passages that BM25 and the base rank high and that do not answer. The loss is multiple
negatives ranking (Henderson et al. 2017, "Efficient natural language response suggestion") with batches of one source.

What is made: a LoRA adapter, a folder that the setting ``embeddings`` takes by its path. An adapter on the bundled
MiniLM is merged when it is loaded and costs no time; one on another model is loaded by sentence-transformers. The card
compares nDCG@10 on the held-out side with the base.

Configurations: ``test`` (seconds), ``minilm`` (the bundled MiniLM, minutes of one core), ``e5-mistral-7b`` (QLoRA on
one GPU of 24 GB).
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from seamless_retail.training.data.retrieval_pairs import RetrievalRecord
from seamless_retail.training.recipes.retrieval_card import write_card
from seamless_retail.training.recipes.retrieval_judging import embedding, judge, rankings
from seamless_retail.training.recipes.retrieval_mining import mined
from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings, Sides, chosen_sides
from seamless_retail.training.recipes.retrieval_start import add_adapter, load_base, save
from seamless_retail.training.recipes.retrieval_verifying import verify
from seamless_retail.training.run import (
    Comparison,
    Recipe,
    Run,
    main,
    run_trainer,
    trainer_arguments,
    trainer_callbacks,
)
from seamless_retail.training.run.progress import console

FIGURES = "figures.json"


def check(settings: RetrievalSettings, run: Run) -> Mapping[str, int]:
    """Read every record; how many of each source are learned, and how many are held out."""
    sides = chosen_sides(settings, run)
    return {**Counter(record.source for record in sides.train), "held out": len(sides.held_out)}


def train(settings: RetrievalSettings, run: Run) -> None:
    """Mine negatives, learn, judge before and after, write."""
    sides = chosen_sides(settings, run)
    model = load_base(settings)
    judged = rankings(sides.held_out, settings)
    before = judge(embedding(model), judged)
    learned = with_negatives(sides, model, settings)
    if run.is_main:
        console.print(f"{sum(map(len, learned.values())):,} records: {_counts(learned)}")
    add_adapter(model, settings)
    _learn(model, learned, settings, run)
    if run.stopped or not run.is_main:
        return
    model.eval()
    after = judge(embedding(model), judged)
    figures = {name: Comparison(before[name], after[name]) for name in after}
    save(model, settings, run.out)
    record = {name: figure._asdict() for name, figure in figures.items()}
    (run.out / FIGURES).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    write_card(run.out, settings, run.config, check(settings, run), figures)


def with_negatives(sides: Sides, model: Any, settings: RetrievalSettings) -> dict[str, list[RetrievalRecord]]:
    """The records to learn by source, each of a source with as many negatives as all of them have."""
    sources: dict[str, list[RetrievalRecord]] = {}
    for record in sides.train:
        sources.setdefault(record.source, []).append(record)
    if settings.mining.negatives:
        embed = embedding(model)
        sources = {name: mined(records, embed, settings) for name, records in sources.items()}
    return {name: _even(records, settings.mining.negatives) for name, records in sources.items()}


def _even(records: Sequence[RetrievalRecord], wanted: int) -> list[RetrievalRecord]:
    """Records with ``wanted`` negatives; where fewer than half have so many, all of them, with none."""
    full = [record for record in records if len(record.negatives) >= wanted]
    if 2 * len(full) < len(records):
        return [RetrievalRecord(r.query, r.positive, (), r.instruction, r.group, r.source) for r in records]
    return [RetrievalRecord(r.query, r.positive, r.negatives[:wanted], r.instruction, r.group, r.source) for r in full]


def _learn(model: Any, learned: Mapping[str, Sequence[RetrievalRecord]], settings: RetrievalSettings, run: Run) -> None:
    from datasets import Dataset, DatasetDict
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments

    data = {name: Dataset.from_list([_columns(r, settings) for r in records]) for name, records in learned.items()}
    arguments = SentenceTransformerTrainingArguments(
        **trainer_arguments(
            run,
            settings.optimisation,
            size=sum(map(len, learned.values())),
            batch_sampler="no_duplicates",
            multi_dataset_batch_sampler=settings.batches,
        )
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=DatasetDict(data),
        loss=_loss(model, settings),
        callbacks=trainer_callbacks(run, "retrieval"),
    )
    reads = model.max_seq_length
    if settings.max_tokens is not None:
        model.max_seq_length = min(settings.max_tokens, reads or settings.max_tokens)
    run_trainer(trainer, run)
    model.max_seq_length = reads


def _columns(record: RetrievalRecord, settings: RetrievalSettings) -> dict[str, str]:
    negatives = {f"negative_{number}": text for number, text in enumerate(record.negatives, 1)}
    return {"anchor": settings.written(record), "positive": record.positive, **negatives}


def _loss(model: Any, settings: RetrievalSettings) -> Any:
    from sentence_transformers.sentence_transformer import losses

    scale = 1 / settings.temperature
    if settings.loss == "ranking":
        return losses.MultipleNegativesRankingLoss(model, scale=scale)
    if settings.loss == "cached":
        return losses.CachedMultipleNegativesRankingLoss(model, scale=scale, mini_batch_size=settings.chunk)
    guide = load_base(settings)
    if settings.loss == "gist":
        return losses.GISTEmbedLoss(model, guide, temperature=settings.temperature)
    return losses.CachedGISTEmbedLoss(model, guide, temperature=settings.temperature, mini_batch_size=settings.chunk)


def _counts(learned: Mapping[str, Sequence[RetrievalRecord]]) -> str:
    return ", ".join(
        f"{len(records):,} {name} with {len(records[0].negatives) if records else 0} negatives each"
        for name, records in learned.items()
    )


RECIPE = Recipe("retrieval", RetrievalSettings, check, train, default="test", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
