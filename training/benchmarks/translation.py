"""chrF of a translator on held-out pairs, beside answers that need none.

    python -m seamless_retail.training.benchmarks.translation --model PATH [--json FILE] [--config tatoeba] [--beams 4]

The pairs are the held-out side of the model's own configuration, if a recipe made it, else of ``--config``. ``copy``
answers the source, ``most frequent`` the most frequent target sentence of the training side, ``memory`` the translation
of the most similar training sentence. Directions that the model does not translate are left out for all.
"""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seamless_retail.core.settings import load_settings
from seamless_retail.models.translator import CheckpointTranslator, Decoding
from seamless_retail.training.recipes.translation_judging import baselines, compared, spread, translated_by
from seamless_retail.training.recipes.translation_settings import TranslationSettings, chosen_sides
from seamless_retail.training.run import Run
from seamless_retail.training.run.configurations import read_settings
from seamless_retail.training.run.provenance import PROVENANCE, read_provenance


def settings_of(model: str, config: str) -> TranslationSettings:
    """What chose the pairs."""
    if not config and (Path(model) / PROVENANCE).is_file():
        return TranslationSettings.model_validate(read_provenance(Path(model))["settings"])
    return read_settings(TranslationSettings, "translation", config or "tatoeba")


def measure(
    model: str, adapter: str, settings: TranslationSettings, data: Path, beams: int
) -> dict[str, dict[str, float]]:
    """The chrF of each answer by direction, and the means into and from English."""
    translator = CheckpointTranslator.load(model, adapter, decoding=Decoding(beams=beams, batch=32, allow_cut=True))
    sides = chosen_sides(settings, Run(out=Path(), data=data))
    known = [pair for pair in sides.held_out if translator.supports(*pair.direction)]
    answers = {**baselines(sides.train), "translator": translated_by(translator)}
    return compared(answers, spread(known, settings.judged))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name or folder of a checkpoint")
    parser.add_argument("--adapter", default="", help="folder of a LoRA adapter on it")
    parser.add_argument("--config", default="", help="of the recipe; chooses the pairs")
    parser.add_argument("--beams", type=int, default=4)
    parser.add_argument("--data", type=Path, default=load_settings().data)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    settings = settings_of(options.model, options.config)
    figures = measure(options.model, options.adapter, settings, options.data, options.beams)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    table = Table("direction", *figures)
    for direction in figures["translator"]:
        table.add_row(direction, *(f"{scores[direction]:.1f}" for scores in figures.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
