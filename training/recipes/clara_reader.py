"""CLaRa, before stage 1: a language model that learns to read documents as text.

    python -m seamless_retail.training.recipes.clara_reader --config nano

Only for small bases that are trained whole (``train_base``). A large base can read already; a new one cannot, and
memories mean nothing to a decoder that has never looked anything up. The documents stand in the context as text, the
questions of a record are packed behind them, and only the answers are learned. No adapter is at work.
"""

import sys

from torch import nn

from seamless_retail.training.clara.collation import FULL_TEXT, Collator
from seamless_retail.training.clara.command import main
from seamless_retail.training.clara.objectives import ReadObjective
from seamless_retail.training.clara.recipe import Recipe


class ReaderRecipe(Recipe):
    """The base alone, on full text."""

    name = "reader"

    def prepare(self, collator: Collator) -> nn.Module:
        """The base trains; adapters and readout wait."""
        self.model.trainable("reader")
        return ReadObjective(self.model)

    def rate(self, update: int, step: int) -> int:
        """Always the text itself."""
        return FULL_TEXT

    def watched_rates(self) -> tuple[int, ...]:
        """The text itself."""
        return (FULL_TEXT,)


if __name__ == "__main__":
    sys.exit(main(stages=("reader",)))
