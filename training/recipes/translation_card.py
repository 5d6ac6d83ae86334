"""The card of a translator."""

from collections.abc import Mapping
from pathlib import Path

from seamless_retail.training.recipes.translation_settings import Records, TranslationSettings

_CARD = """# Translator: {config}

{what}

- Made by `python -m seamless_retail.training.recipes.translation --config {config} --out FOLDER`.
- Records: {records}.
- {train:,} pairs were learned, {dev:,} were looked at on the way, {held_out:,} were held out. No sentence and no
  translation of it is on two sides; near-duplicates may be.
- Use: `SEAMLESS_TRANSLATION_MODEL=FOLDER`, or `CheckpointTranslator.load("FOLDER")`.

## Held-out pairs, chrF (sacrebleu's chrF2, 0 to 100)

{table}

The trained model searches with 4 beams{base}. `copy` answers the source, `most frequent` the most frequent target
sentence of the training side, `memory` the translation of the most similar training sentence.

## Limits

{limits}
"""
_SMALL = """\
A demonstration of the recipe: it has read some thousand short everyday sentences, invents what it has not seen, and
must not translate for customers."""
_LARGE = """\
NLLB-200's licence (CC BY-NC 4.0) forbids commercial use. Numbers, negations and allergens go wrong in translation: the
lobe checks protected spans, and the nutrition guard reads the original text as well."""


def write_card(
    folder: Path,
    settings: TranslationSettings,
    config: str,
    counts: Mapping[str, int],
    figures: Mapping[str, Mapping[str, float]],
) -> None:
    """Write ``README.md`` beside the weights."""
    text = _CARD.format(
        config=config,
        what=_what(settings),
        records=_records(settings.records),
        table=_table(figures),
        base="; `base` is the checkpoint before training, with fewer" if settings.base else "",
        limits=_LARGE if settings.base else _SMALL,
        **counts,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def _what(settings: TranslationSettings) -> str:
    if (shape := settings.shape) is not None:
        return (
            f"An M2M100-shaped network trained from nothing: {shape.layers} + {shape.layers} layers, width"
            f" {shape.width}, a vocabulary\nof at most {shape.vocabulary:,} byte pairs learned from the same pairs, one"
            " model for all directions."
        )
    how = f"a LoRA adapter of rank {settings.adapter.rank} on" if settings.adapter else "all weights of"
    return f"Trained further: {how} `{settings.base}`."


def _records(records: Records) -> str:
    parts = ["Tatoeba by way of LASER (CC BY 2.0 FR)"] if records.tatoeba else []
    parts += ["the sample of this package (Apache-2.0)"] if records.sample else []
    return ", ".join([*parts, *map(str, records.files)])


def _table(figures: Mapping[str, Mapping[str, float]]) -> str:
    names = list(figures)
    rows = [f"| direction | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for direction in next(iter(figures.values())):
        scores = (f"{figures[name].get(direction, float('nan')):.1f}" for name in names)
        rows.append(f"| {direction} | {' | '.join(scores)} |")
    return "\n".join(rows)
