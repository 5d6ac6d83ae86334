"""Train an adapter that makes a language model the shop's assistant (QLoRA, ChatML).

    seamless train language --config shop                 # the bundled small model, minutes on a CPU
    seamless train language --config qwen2.5-7b           # one GPU of 24 GB; mistral-7b likewise
    accelerate launch -m seamless_retail.training language --config qwen2.5-7b      # several

What it makes: a LoRA adapter in PEFT's format with its tokenizer (``out/adapter``), to be named as
``SEAMLESS_LLM=hf:BASE+OUT/adapter``. Rank 64, alpha 128, on all seven projections; cosine after a warm-up of 3 %
(Dettmers et al. 2023). Where a GPU and bitsandbytes are there, the frozen base is held in 4 bits.

What it learns from: ``embedded`` writes conversations over the demonstration shop's products and policies
(``training/data/dialogues.py``); files hold ``{"messages": […]}`` or ``{"text": …}`` with ChatML. The loss is on what
the assistant says alone.

How it is judged: perplexity and token accuracy of the assistant's words in held-out conversations, on products and
policies that no training record is on, against the base without its adapter.
"""

import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from seamless_retail.training.data.dialogues import dialogues
from seamless_retail.training.run import Recipe, Run, Verification, main
from seamless_retail.training.run.provenance import settings_of
from seamless_retail.training.tuning.chatml import read_conversations
from seamless_retail.training.tuning.judging import compare, show, verify_adapter
from seamless_retail.training.tuning.settings import TuningSettings
from seamless_retail.training.tuning.tune import Sides, split_file, tune

NAME = "language"


def read_records(settings: TuningSettings, run: Run) -> Sides:
    """Of files the last ones are held out."""
    if settings.data != "embedded":
        return split_file(read_conversations(settings.data), settings.held_out, run)
    count = len(run.limited(range(settings.records)))
    held_out = list(islice(dialogues(settings.seed, split="test"), settings.held_out))
    return Sides(list(islice(dialogues(settings.seed), count)), held_out)


def check(settings: TuningSettings, run: Run) -> Mapping[str, int]:
    """Read every record."""
    sides = read_records(settings, run)
    return {"conversations": len(sides.train), "held-out conversations": len(sides.held_out)}


def train(settings: TuningSettings, run: Run) -> None:
    """Train, save, compare."""
    sides = read_records(settings, run)
    tuned = tune(run, settings, sides.train, name=NAME, answers=True)
    if tuned is not None and run.is_main:
        show(compare(tuned.model, tuned.tokenizer, sides.held_out, settings.max_length))


def verify(path: Path, run: Run) -> Verification:
    """Load, compare with the base, generate, merge."""
    settings = settings_of(TuningSettings, path)
    held_out = run.limited(read_records(settings, run).held_out)
    return verify_adapter(NAME, path, settings, held_out)


RECIPE = Recipe(NAME, TuningSettings, check, train, default="shop", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
