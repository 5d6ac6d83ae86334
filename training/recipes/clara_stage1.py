"""CLaRa, stage 1: the compressor learns to keep what answers need (salient compressor pretraining).

    python -m seamless_retail.training.recipes.clara_stage1 --config nano

One document per record, many questions on it. The compressor turns the document into memories; the generator answers
from them, or says the document in other words. Loss: cross-entropy of the answers, through the memories, plus 0.1 times
the squared distance of the mean document state and the mean memory (arXiv 2511.18659).

What opens the memory channel of a small model, found by trial: start where the decoder understands the memories
(pooled token embeddings at low rates), let the encoder's states fade in, and raise the rates in steps. One checkpoint
then serves every rate, since each micro-batch draws its own.
"""

import sys
from collections.abc import Mapping
from random import Random

from torch import nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.clara import schedules
from seamless_retail.training.clara.collation import FULL_TEXT, Collator
from seamless_retail.training.clara.command import main
from seamless_retail.training.clara.config import Stage1
from seamless_retail.training.clara.objectives import ReadObjective
from seamless_retail.training.clara.recipe import Recipe


class Stage1Recipe(Recipe):
    """Compressor, generator and readout; the base too where it is trained."""

    name = "stage1"
    settings: Stage1

    def prepare(self, collator: Collator) -> nn.Module:
        """Everything trains but a frozen base."""
        self.model.trainable(self.name)
        return ReadObjective(self.model, self.settings)

    def rate(self, update: int, step: int) -> int:
        """Drawn among the rates of the step that the update falls into; now and then the text itself."""
        settings = self.settings
        if settings.text_share and Random(f"{self.journey.seed} {step} text").random() < settings.text_share:
            return FULL_TEXT
        rates = schedules.rates_at(update, settings.rate_steps, settings.rates or self.model.config.rates)
        return schedules.draw(rates, self.journey.seed, step)

    def begin(self, update: int) -> Mapping[str, float]:
        """Let the encoder's states fade in, if asked for."""
        updates = self.settings.fade_updates
        if not updates:
            return {}
        if not hasattr(self.model.readout, "fade"):
            raise ConfigurationError(
                "This readout has nothing to fade in.", "Set fade_updates: 0, or use the pooled readout."
            )
        self.model.readout.fade.fill_(schedules.fade(update, updates))
        return {"fade": float(self.model.readout.fade)}


if __name__ == "__main__":
    sys.exit(main(stages=("stage1",)))
