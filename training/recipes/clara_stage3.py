"""CLaRa, stage 3: retrieval and answering learn together (end to end).

    python -m seamless_retail.training.recipes.clara_stage3 --config nano [--set stage3.contrastive_updates=200]

The query reasoner, a copy of the compressor at the start, turns the question into memories of its own. They are
compared with the candidates' memories, the best are chosen by a differentiable top-k, and the generator answers from
the chosen ones. The answer's cross-entropy is the only loss: no label says which candidate is right. Reasoner and
generator train; the compressor does not, so stored memories stay valid and candidates are compressed once.

The warm start (``contrastive_updates``) begins with InfoNCE on ``pos_index`` for the reasoner alone.
"""

import sys
from collections.abc import Mapping, Sequence

from torch import nn

from seamless_retail.training.clara import schedules
from seamless_retail.training.clara.collation import Batch, Candidates, Collator
from seamless_retail.training.clara.command import main
from seamless_retail.training.clara.config import Stage3
from seamless_retail.training.clara.objectives import ChooseObjective
from seamless_retail.training.clara.recipe import Recipe
from seamless_retail.training.clara.records import Record


class Stage3Recipe(Recipe):
    """Reasoner and generator, through the choice of documents."""

    name = "stage3"
    settings: Stage3
    objective: ChooseObjective

    def prepare(self, collator: Collator) -> nn.Module:
        """The reasoner starts as the compressor; both it and the generator train."""
        if "reasoner" not in self.model.roles.names:
            self.model.add_role("reasoner", "compressor")
        self.model.trainable("stage3")
        return ChooseObjective(self.model, collator, self.settings)

    def begin(self, update: int) -> Mapping[str, float]:
        """The warm start ends after its updates."""
        self.objective.warm_start = update < self.settings.contrastive_updates
        return {}

    def rate(self, update: int, step: int) -> int:
        """Of the candidates' memories."""
        return schedules.draw(self.settings.rates or (self.model.config.rate,), self.journey.seed, step)

    def collate(self, collator: Collator, records: Sequence[Record], rate: int, seed: int) -> Batch | Candidates:
        """Questions and candidates; nothing is placed before the choice."""
        return collator.candidates(records, rate, seed)


if __name__ == "__main__":
    sys.exit(main(stages=("stage3",)))
