"""Train a translator: a checkpoint further (NLLB-200, M2M100), whole or under LoRA, or a small one from nothing.

    python -m seamless_retail.training.recipes.translation --config nllb-600m --out runs/translation [--data FOLDER]

Records are JSON Lines ``{"source_lang", "target_lang", "source_text", "target_text"}`` (``training/data/
translation_pairs.py``). They are split into training, development and held-out sides before anything else, so that no
sentence and no translation of it is on two sides; then every pair is learned in both directions by one model.

What is made: a folder that ``models/translator.py`` loads by its path, with tokenizer, card and figures. The card
compares chrF on the held-out side with what it started from, or, for a model from nothing, with copying the source,
the most frequent target and a translation memory.

Configurations: ``test`` (seconds, the pairs of this package), ``tatoeba`` (from nothing, half an hour of one core),
``nllb-600m`` (all weights of the distilled NLLB-200), ``nllb-3.3b-lora`` (QLoRA on one GPU of 24 GB).
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from torch import nn

from seamless_retail.models.translation_checkpoint import Checkpoint
from seamless_retail.models.translator import CheckpointTranslator, Decoding
from seamless_retail.training.data.translation_pairs import Pair, Split, languages_of
from seamless_retail.training.recipes.translation_batches import Batches, loss_of
from seamless_retail.training.recipes.translation_card import write_card
from seamless_retail.training.recipes.translation_judging import (
    Answer,
    baselines,
    compared,
    judge,
    spread,
    translated_by,
)
from seamless_retail.training.recipes.translation_settings import TranslationSettings, chosen_sides
from seamless_retail.training.recipes.translation_start import start
from seamless_retail.training.recipes.translation_verifying import verify
from seamless_retail.training.run import Recipe, Run, main, optimise
from seamless_retail.training.run.progress import console

FIGURES = "figures.json"


def check(settings: TranslationSettings, run: Run) -> Mapping[str, int]:
    """Read every record; pairs of each side, in the directions that are learned."""
    sides = chosen_sides(settings, run)
    return {**{name: len(side) for name, side in sides._asdict().items()}, "languages": len(languages_of(sides.train))}


def train(settings: TranslationSettings, run: Run) -> None:
    """Learn the training side, then judge the held-out side and write the folder."""
    sides = chosen_sides(settings, run)
    texts = (text for pair in sides.train for text in (pair.source_text, pair.target_text))
    checkpoint = start(settings, texts, languages_of(sides.train))
    answers = baselines(sides.train)
    base = _base_figures(settings, run, sides, checkpoint)
    _learn(settings, run, sides, checkpoint)
    if not run.stopped and run.is_main:
        _write(settings, run, sides, checkpoint, answers, base)


def _base_figures(settings: TranslationSettings, run: Run, sides: Split, checkpoint: Checkpoint) -> dict[str, float]:
    """What a base can do before training."""
    if not settings.base or not run.is_main:
        return {}
    if not getattr(checkpoint.model, "is_loaded_in_4bit", False):
        checkpoint.model.to(run.accelerator.device)
    return judge(_answers(checkpoint, settings), _judged(settings, sides))


def _learn(settings: TranslationSettings, run: Run, sides: Split, checkpoint: Checkpoint) -> None:
    model, tokenizer = checkpoint
    batches = Batches(sides.train, tokenizer, settings, model.config.decoder_start_token_id)
    if batches.left_out and run.is_main:
        console.print(f"{batches.left_out:,} pairs have more than {settings.max_tokens} tokens and are left out.")
    few = spread(sides.dev, settings.watching.sentences)

    def watch(_: nn.Module) -> dict[str, float]:
        found = judge(_answers(checkpoint, settings), few)
        return {f"chrf {name}": score for name, score in found.items() if "English" in name}

    optimise(
        run,
        settings.optimisation,
        model,
        loss_of(batches, settings.label_smoothing, run.accelerator.device),
        name="translation",
        size=len(batches.rows),
        watch=watch if few else None,
        watch_every=settings.watching.every,
    )


def _write(
    settings: TranslationSettings,
    run: Run,
    sides: Split,
    checkpoint: Checkpoint,
    answers: dict[str, Answer],
    base: dict[str, float],
) -> None:
    model, tokenizer = checkpoint
    model.eval()
    judged = _judged(settings, sides)
    figures: dict[str, Any] = compared({**answers, "trained": _answers(checkpoint, settings, beams=4)}, judged)
    if base:
        figures["base"] = base
    model.save_pretrained(run.out)
    tokenizer.save_pretrained(run.out)
    (run.out / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    write_card(run.out, settings, run.config, {name: len(side) for name, side in sides._asdict().items()}, figures)


def _judged(settings: TranslationSettings, sides: Split) -> list[Pair]:
    """The held-out side; of a large one a part."""
    return spread(sides.held_out or sides.dev or sides.train, settings.judged)


def _answers(checkpoint: Checkpoint, settings: TranslationSettings, beams: int | None = None) -> Answer:
    decoding = Decoding(beams=beams or settings.watching.beams, batch=32, allow_cut=True)
    return translated_by(CheckpointTranslator(*checkpoint, settings.base or "the new network", decoding))


RECIPE = Recipe("translation", TranslationSettings, check, train, default="test", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
