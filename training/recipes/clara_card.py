"""The model card of a CLaRa checkpoint: what it was made from, how, its size, its figures and its limits.

    python -m seamless_retail.training.recipes.clara_card --model FOLDER --figures FILE.json [--config nano]

The figures are those that ``python -m seamless_retail.training.benchmarks.compression --json FILE.json`` wrote for the
same weights; figures of other weights are refused. Writes ``README.md`` into the folder.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from seamless_retail.core.errors import ConfigurationError, SeamlessError
from seamless_retail.models.clara import ClaraConfig, ClaraModel
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.compression.parts import PARTS, fingerprint, read_figures, show
from seamless_retail.training.clara.config import STAGES, Data, Journey, Stage, read_config

console = Console(stderr=True, highlight=False)
_LICENCES = {
    "hetpqa": "hetPQA, Amazon shoppers' questions: CDLA-Sharing-1.0",
    "clara_pretrain_example": "questions of apple/ml-clara on Wikipedia (CC BY-SA): Apple sample licence",
    "pubmedqa": "PubMedQA: MIT",
}
"""Open sets by the start of their file's name."""
_PURPOSES = {
    "reader": "reads full text; only the base trains",
    "stage1": "compressor pretraining: answers from memories, rates raised in steps",
    "stage2": "instruction tuning over several documents",
    "stage3": "query reasoner, end to end through the choice of documents",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the card; 1 after an error, which is printed with its remedy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--figures", type=Path, required=True, help="JSON file of the benchmark")
    parser.add_argument("--config", default="nano", help="the configuration that the checkpoint was trained with")
    parser.add_argument("--note", action="append", default=[], help="a sentence for the section on training")
    options = parser.parse_args(arguments)
    try:
        figures = read_figures(options.figures)
        write_card(options.model, figures, read_config(options.config), options.config, options.note)
    except SeamlessError as error:
        console.print(f"[red]Error:[/] {error.message}", soft_wrap=True)
        console.print(f"→ {error.remedy}", soft_wrap=True)
        return 1
    return 0


def write_card(
    folder: Path, figures: Mapping[str, Any], journey: Journey, config: str, notes: Sequence[str] = ()
) -> None:
    """``README.md`` beside the weights.

    Args:
        folder: Of the checkpoint.
        figures: As :func:`~seamless_retail.training.benchmarks.compression.parts.read_figures` gives them.
        journey: The settings it was trained with.
        config: Their name, for the command.
        notes: Sentences on how it was trained that the settings do not say.

    Raises:
        ConfigurationError: The figures were measured on other weights.
        ModelFileError: The checkpoint cannot be loaded.
    """
    model = ClaraModel.from_pretrained(folder)
    if figures["weights"] != fingerprint(folder):
        raise ConfigurationError(
            f"The figures were not measured on the weights in {folder}.",
            "Run: python -m seamless_retail.training.benchmarks.compression --model FOLDER --json FILE",
        )
    found = figures["parts"]
    measured = "\n".join(show(part, found[part.name]) for part in PARTS.values() if part.name in found)
    stages, trained = _stages(journey, model), "\n".join(notes)
    text = f"""# CLaRa, `{config}`

A causal language model that reads documents as memory vectors instead of text, after arXiv 2511.18659. One checkpoint
serves the rates {", ".join(f"{rate}x" for rate in model.config.rates)}.

## What it is

{_architecture(model)}

{_parameters(model)}

{_size(folder)} of safetensors; `manifest.json` has the hash of every file. Load it with
`ClaraModel.from_pretrained(folder)`; nothing is pickled, no code is downloaded.

## Data

{_data(journey, stages)}

Products are split by the hash of their id: eight in ten for training, one for development, one for the figures below.
No held-out product, and no question on one, is trained on.{_licences(journey)}

## How to make it

    seamless train clara --config {config} --stages 1,2,3

{_recipe(journey, stages)}

{trained}

## Held-out figures

{measured.strip() or "None were measured yet."}

Again: `python -m seamless_retail.training.benchmarks.compression --model FOLDER`.

## Limits

{_limits(model.config)}

## Licence

Apache-2.0, like the code that made it. No part of the reference implementation or of its weights is used.
"""
    (folder / "README.md").write_text(text.replace("\n\n\n", "\n\n"), encoding="utf-8")


def _architecture(model: Any) -> str:
    config, base = model.config, model.base.config
    pooled = "sums over windows, over the root of their width"
    readout = pooled if config.readout == "pooled" else "learned memory tokens"
    return (
        f"Base: {base.model_type}, {base.num_hidden_layers} layers, hidden size {base.hidden_size}, a vocabulary of "
        f"{base.vocab_size} tokens. LoRA adapters of rank {config.lora_r}: {', '.join(config.roles)}. "
        f"Readout: {readout}. Documents are read in spans of {config.span_tokens} tokens; "
        f"prompts of up to {config.max_prompt_tokens}."
    )


def _parameters(model: Any) -> str:
    parts = ("base", *model.config.roles, "readout", "new_tokens")
    counts = {name: sum(value.numel() for value in model.part(name)) for name in parts}
    rows = [[name, f"{count:,}"] for name, count in counts.items() if count]
    return table(["part", "parameters"], [*rows, ["all", f"{sum(counts.values()):,}"]])


def _size(folder: Path) -> str:
    total = sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
    return f"{total / 1e6:.1f} MB"


def _data(journey: Journey, stages: Sequence[str]) -> str:
    rows = [[stage, _records(journey, stage), _PURPOSES[stage]] for stage in stages]
    return table(["stage", "records", "learns"], rows)


def _records(journey: Journey, stage: str) -> str:
    data: Data | None = journey.data.get(stage) or journey.data.get("stage1")  # type: ignore[call-overload]  # a stage's name is one of the keys
    if data is None:
        return "not recorded"
    if isinstance(data, tuple):
        return ", ".join(f"`{path.name}`" for path in data)
    return "the demonstration shop's catalogue" if data == "catalogue" else f"endless, `{data.stream}`"


def _stages(journey: Journey, model: Any) -> list[str]:
    """Those of the configuration that this checkpoint has been through."""
    found = [stage for stage in STAGES if getattr(journey, stage) is not None]
    return found if "reasoner" in model.config.roles else [stage for stage in found if stage != "stage3"]


def _recipe(journey: Journey, stages: Sequence[str]) -> str:
    rows = []
    for name in stages:
        stage: Stage = journey.stage(name)
        length = f"{stage.updates} updates" if stage.updates else f"{stage.epochs:g} epochs"
        rows.append([name, length, str(stage.batch), f"{stage.learning_rate:g}", stage.optimizer])
    return table(["stage", "length", "documents per update", "learning rate", "optimiser"], rows)


def _licences(journey: Journey) -> str:
    names = [path.name for data in journey.data.values() if isinstance(data, tuple) for path in data]
    found = [licence for start, licence in _LICENCES.items() if any(name.startswith(start) for name in names)]
    own = " The shop's records are made by this repository."
    if not found:
        return own
    return f"{own} Open sets, whose rows are not shipped: {'; '.join(found)}."


def _limits(config: ClaraConfig) -> str:
    return f"""- English, and the shop's kind of text: product records with labelled lines. Other text is read worse.
- It copies and compares; it does not calculate, sort, or reason over several steps.
- The higher the rate, the more is lost, above all long lists and rare words; the default is {config.rate}x. Compare an
  answer with the document it was read from before a customer sees it. No answer on allergens or health may rest on a
  memory.
- The confidence of an answer is that of its words, not a calibrated probability that it is true."""


if __name__ == "__main__":
    sys.exit(main())
