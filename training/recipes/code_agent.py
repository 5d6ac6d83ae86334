"""Train an adapter that makes a code model write this shop's code (QLoRA, 8,192 tokens).

    seamless train code_agent --config shop                    # the bundled small model, minutes on a CPU
    seamless train code_agent --config qwen2.5-coder-7b        # one GPU of 24 GB; deepseek-coder-6.7b likewise
    accelerate launch -m seamless_retail.training code_agent --config qwen2.5-coder-7b      # several

What it makes: a LoRA adapter in PEFT's format with its tokenizer (``out/adapter``), to be named as
``SEAMLESS_LLM=hf:BASE+OUT/adapter``; the code lobe checks and runs what it writes before it is shown. Rank 32, alpha
64, on all linear layers. Where a GPU and bitsandbytes are there, the frozen base is held in 4 bits.

What it learns from: ``embedded`` writes requests and code from our library of tested functions and queries
(``training/data/code_records.py``); files hold ``{"text": …}``. The loss is on every token, as for completion.

How it is judged: perplexity and token accuracy on functions and queries of which no line is trained on, against the
base without its adapter.
"""

import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from seamless_retail.training.data.code_records import code_records
from seamless_retail.training.run import Recipe, Run, Verification, main
from seamless_retail.training.run.provenance import settings_of
from seamless_retail.training.tuning.chatml import read_texts
from seamless_retail.training.tuning.judging import compare, show, verify_adapter
from seamless_retail.training.tuning.settings import TuningSettings
from seamless_retail.training.tuning.tune import Sides, split_file, tune

NAME = "code_agent"


class CodeSettings(TuningSettings):
    """Beside what adapters share."""

    full_instructions: bool = True
    """Begin each record with the code lobe's whole instructions, schema included, instead of one sentence."""


def read_records(settings: CodeSettings, run: Run) -> Sides:
    """Of files the last ones are held out."""
    if settings.data != "embedded":
        return split_file(read_texts(settings.data), settings.held_out, run)
    count, full = len(run.limited(range(settings.records))), settings.full_instructions
    held_out = list(islice(code_records(settings.seed, split="held_out", full=full), settings.held_out))
    return Sides(list(islice(code_records(settings.seed, full=full), count)), held_out)


def check(settings: CodeSettings, run: Run) -> Mapping[str, int]:
    """Read every record."""
    sides = read_records(settings, run)
    return {"texts": len(sides.train), "held-out texts": len(sides.held_out)}


def train(settings: CodeSettings, run: Run) -> None:
    """Train, save, compare."""
    sides = read_records(settings, run)
    tuned = tune(run, settings, sides.train, name=NAME, answers=False)
    if tuned is not None and run.is_main:
        show(compare(tuned.model, tuned.tokenizer, sides.held_out, settings.max_length))


def verify(path: Path, run: Run) -> Verification:
    """Load, compare with the base, generate, merge."""
    settings = settings_of(CodeSettings, path)
    held_out = run.limited(read_records(settings, run).held_out)
    return verify_adapter(NAME, path, settings, held_out)


RECIPE = Recipe(NAME, CodeSettings, check, train, default="shop", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
