"""CLaRa, stage 2: questions over several documents at once (instruction tuning).

    python -m seamless_retail.training.recipes.clara_stage2 --config nano

Goes on from *all* of stage 1: compressor, generator, readout and, where it is trained, the base. Each record asks one
question of its documents, as many as it has: every document is compressed by itself, and all memories stand in the
prompt. Documents come in another order each time, so that their place tells nothing. Same loss as stage 1.
"""

import sys
from random import Random

from seamless_retail.training.clara.collation import sampled
from seamless_retail.training.clara.command import main
from seamless_retail.training.clara.config import Stage2
from seamless_retail.training.clara.records import Record
from seamless_retail.training.recipes.clara_stage1 import Stage1Recipe


class Stage2Recipe(Stage1Recipe):
    """As stage 1, over several documents."""

    name = "stage2"
    settings: Stage2

    def sample(self, record: Record, random: Random) -> Record:
        """The first ``max_documents``, shuffled."""
        settings = self.settings
        return sampled(
            record, settings.questions_per_document, settings.max_documents, settings.shuffle_documents, random
        )


if __name__ == "__main__":
    sys.exit(main(stages=("stage2",)))
