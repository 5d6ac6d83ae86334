"""The settings of the translation recipe, and the pairs that they choose."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.data.translation_pairs import Pair, Split, both_ways, read_pairs, read_tatoeba, split
from seamless_retail.training.run import Optimisation, RecipeSettings, Run, Settings

SAMPLE = "translation_sample.jsonl"


class Records(Settings):
    """Which pairs are learned."""

    tatoeba: bool = False
    """The files ``translation/tatoeba_eng-*.tsv`` of the data folder."""
    sample: bool = False
    """The few pairs that lie in this package."""
    files: tuple[Path, ...] = ()
    """JSON Lines; a relative path is looked for in the data folder."""
    both_ways: bool = True
    """Learn each pair in both directions."""
    dev_share: float = Field(0.05, ge=0, lt=0.5)
    held_out_share: float = Field(0.15, ge=0, lt=0.5)


class Shape(Settings):
    """Of an M2M100-shaped network that is trained from nothing, with a tokenizer of its own."""

    vocabulary: int = Field(8000, gt=0)
    width: int = Field(256, gt=0)
    layers: int = Field(3, gt=0)
    """Of the encoder, and of the decoder."""
    heads: int = Field(4, gt=0)
    feed_forward: int = Field(1024, gt=0)
    dropout: float = Field(0.3, ge=0, lt=1)
    positions: int = Field(256, gt=0)


class Adapter(Settings):
    """LoRA (Hu et al. 2021) instead of training all weights."""

    rank: int = Field(32, gt=0)
    alpha: int = Field(64, gt=0)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
    """Modules of M2M100 and NLLB; the attention's output is ``out_proj`` there, not ``o_proj``."""


class Watching(Settings):
    """The look at the development side on the way."""

    every: int = Field(500, ge=0)
    """Updates; 0: at the end only."""
    sentences: int = Field(100, gt=0)
    beams: int = Field(1, gt=0)


class TranslationSettings(RecipeSettings):
    """All settings."""

    base: str = ""
    """Name or folder of a checkpoint; without one, ``shape`` is trained from nothing."""
    shape: Shape | None = None
    adapter: Adapter | None = None
    four_bit: Literal["never", "auto"] = "never"
    """``auto``: the frozen base in 4 bits (QLoRA) where there are CUDA and bitsandbytes."""
    records: Records = Records()
    max_tokens: int = Field(128, gt=0)
    """Longer pairs are left out."""
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    word_dropout: float = Field(0.0, ge=0, lt=1)
    """Share of the tokens that source and decoder do not see; for small data."""
    watching: Watching = Watching()
    judged: int = Field(4000, gt=0)
    """Held-out pairs that the figures are of, spread over the directions."""
    optimisation: Optimisation = Optimisation()

    @model_validator(mode="after")
    def _one_start(self) -> "TranslationSettings":
        if bool(self.base) == (self.shape is not None):
            raise ValueError("name a base or a shape, one of the two")
        if self.adapter is not None and not self.base:
            raise ValueError("an adapter needs a base")
        if self.four_bit == "auto" and self.adapter is None:
            raise ValueError("4 bits are for a frozen base: add an adapter")
        return self


def chosen_pairs(records: Records, data: Path) -> list[Pair]:
    """All pairs, in the direction in which they were written.

    Raises:
        NotFoundError: A file is missing.
        RecordError: A line is not a pair; names file, line and field.
        ConfigurationError: Nothing is chosen.
    """
    pairs = read_tatoeba(data / "translation") if records.tatoeba else []
    if records.sample:
        with as_file(files("seamless_retail.training.data") / SAMPLE) as page:
            pairs += read_pairs(page)
    for page in records.files:
        pairs += read_pairs(data / page)
    if not pairs:
        raise ConfigurationError("No pairs are chosen.", "Set records.tatoeba, records.sample or records.files.")
    return pairs


def chosen_sides(settings: TranslationSettings, run: Run) -> Split:
    """The split, in the directions that are learned; ``--max-samples`` limits the training side."""
    records = settings.records
    pairs = chosen_pairs(records, run.data)
    sides = split(pairs, records.dev_share, records.held_out_share, seed=0)
    if records.both_ways:
        sides = Split(*(both_ways(side) for side in sides))
    if not sides.train:
        raise ConfigurationError("No pair is left to train on.", "Add records, or lower dev_share and held_out_share.")
    return sides._replace(train=list(run.limited(sides.train)))
