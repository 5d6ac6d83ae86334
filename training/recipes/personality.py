"""The voice's adapters: one LoRA for each dimension and each domain, over any causal language model.

    python -m seamless_retail.training.recipes.personality --config shipped --out models/weights/personality/adapters

A dimension's adapter learns with both signs at once: with weight +1 it says the high wording, with -1 the low one, and
without it the base says the plain one (Concept Sliders, Gandikota et al. 2023, arXiv 2311.12092). So one adapter serves
the whole dial, and a blend with weight 2 · dial − 1 is what it was trained for. A domain's adapter learns its answers
with weight +1. LoRA: Hu et al. 2021, arXiv 2106.09685; in 4 bits: Dettmers et al. 2023, arXiv 2305.14314.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from seamless_retail.core.personality import DIMENSIONS, Dimension
from seamless_retail.core.style_check import Allowance
from seamless_retail.models.adapters import open_model, write_shelf, write_style
from seamless_retail.models.persona_prompt import Wording, example_tokens, padded, reply_of, request_of
from seamless_retail.training.data.persona_records import (
    DomainAnswer,
    Examples,
    Side,
    Triple,
    allowance_of,
    read_examples,
    transplanted,
)
from seamless_retail.training.recipes.personality_verification import verify
from seamless_retail.training.run import Optimisation, Recipe, RecipeSettings, Run, main, optimise
from seamless_retail.training.run.settings import Settings

Row = tuple[list[int], list[int]]


class Lora(Settings):
    """Of the adapters."""

    r: int = Field(8, gt=0)
    alpha: int = Field(16, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = "all-linear"


class PersonalitySettings(RecipeSettings):
    """How the adapters are made."""

    base_model: str = "persona-nano"
    """Bundled, a folder, or a name on the Hugging Face hub."""
    wording: Wording = "plain"
    """``numbered`` for the bundled base, which learned nothing else."""
    download: bool = False
    """Whether a base that is not in the local cache may be fetched."""
    four_bit: bool = False
    """NF4 with bitsandbytes; needs a GPU."""
    records: Path | None = None
    """Folder of JSONL files like the authored ones; those by default."""
    only: tuple[str, ...] = ()
    """Adapters to train, by name; all by default."""
    sides: tuple[Side, ...] = ("train", "dev")
    transplants: float = Field(0.4, ge=0, le=1)
    """Share of examples whose opening and closing are another triple's."""
    domain_updates: int = Field(60, gt=0)
    """For a domain; ``optimisation.updates`` for a dimension."""
    lora: Lora = Lora()
    domain_rank: int = Field(4, gt=0)
    most_tokens: int = 256
    optimisation: Optimisation = Optimisation()


def check(settings: PersonalitySettings, run: Run) -> Mapping[str, int]:
    """How many records there are of each adapter."""
    examples = read_examples(settings.records)
    return {name: len(_records(examples, name, settings, run)) for name in _names(examples, settings)}


def train(settings: PersonalitySettings, run: Run) -> None:
    """Each adapter into a folder of its own below ``run.out``; those that are there are left with ``--resume``."""
    examples = read_examples(settings.records)
    for name in _names(examples, settings):
        if run.resume and (run.out / name / "style.json").is_file():
            continue
        train_adapter(name, examples, settings, run)
        if run.stopped:
            return
    if run.is_main:
        write_shelf(run.out, settings.base_model, settings.wording)


def train_adapter(name: str, examples: Examples, settings: PersonalitySettings, run: Run) -> None:
    """One adapter, over a fresh base."""
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    records = _records(examples, name, settings, run)
    model, tokenizer = open_model(settings.base_model, download=settings.download, four_bit=settings.four_bit)
    if settings.four_bit:
        model = prepare_model_for_kbit_training(model)  # type: ignore[no-untyped-call]  # peft gives it no types
    lora, by_dimension = settings.lora, name in DIMENSIONS
    rank = lora.r if by_dimension else settings.domain_rank
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=rank,
        lora_alpha=lora.alpha * rank // lora.r,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules),
    )
    adapted = get_peft_model(model, config)
    optimisation = settings.optimisation
    if not by_dimension:
        optimisation = optimisation.model_copy(update={"updates": settings.domain_updates})
    lesson = Lesson(records, tokenizer, settings)
    loss = partial(_both_ends if by_dimension else _answers, lesson=lesson)
    optimise(run, optimisation, adapted, loss, name=name, size=len(records))
    if not run.stopped and run.is_main:
        adapted.peft_config["default"].base_model_name_or_path = settings.base_model  # and no folder of this machine
        adapted.half().save_pretrained(str(run.out / name))
        (run.out / name / "README.md").unlink(missing_ok=True)  # PEFT's empty card
        triples = [record for record in records if isinstance(record, Triple)]
        write_style(run.out / name, allowance_of(triples) if triples else Allowance())


class Lesson:
    """Draws an adapter's examples, each batch a function of its number."""

    def __init__(self, records: Sequence[Triple | DomainAnswer], tokenizer: Any, settings: PersonalitySettings) -> None:
        self._records, self._tokenizer, self._settings = records, tokenizer, settings
        self._batch = settings.optimisation.micro_batch or settings.optimisation.batch

    def changes(self, number: int, level: str) -> list[Row]:
        """A batch of frames that become low or high."""
        random = Random(f"{self._settings.seed} {number}")
        triples = [record for record in self._records if isinstance(record, Triple)]
        return [self._change(random, triples, level) for _ in range(max(1, self._batch // 2))]

    def answers(self, number: int) -> list[Row]:
        """A batch of questions with answers."""
        random = Random(f"{self._settings.seed} {number}")
        chosen = random.choices([r for r in self._records if isinstance(r, DomainAnswer)], k=self._batch)
        return [self._tokens(record.question, record.answer) for record in chosen]

    def rows(self, rows: list[Row], model: nn.Module) -> dict[str, Tensor]:
        """The batch as the model takes it."""
        return padded(rows, self._tokenizer.pad_token_id, next(model.parameters()).device)

    def _change(self, random: Random, triples: Sequence[Triple], level: str) -> Row:
        triple = random.choice(triples)
        before, after = triple.change("high" if level == "high" else "low")
        if random.random() < self._settings.transplants:
            alike = [other for other in triples if other.topic == triple.topic]
            before, after = transplanted(before, after, random.choice(alike).framed("neutral")) or (before, after)
        wording = self._settings.wording
        return self._tokens(request_of(before, wording), reply_of(before, after, wording))

    def _tokens(self, request: str, reply: str) -> Row:
        return example_tokens(self._tokenizer, request, reply, self._settings.most_tokens)


def _both_ends(model: nn.Module, number: int, lesson: Lesson) -> Mapping[str, Tensor]:
    losses = {}
    for level, weight in (("low", -1.0), ("high", 1.0)):
        turn(model, weight)
        losses[level] = model(**lesson.rows(lesson.changes(number, level), model)).loss
    turn(model, 1.0)
    return {"loss": (losses["low"] + losses["high"]) / 2, **{name: loss.detach() for name, loss in losses.items()}}


def _answers(model: nn.Module, number: int, lesson: Lesson) -> Mapping[str, Tensor]:
    return {"loss": model(**lesson.rows(lesson.answers(number), model)).loss}


@torch.no_grad()
def turn(model: nn.Module, weight: float) -> None:
    """Set the weight of the adapter that is being trained."""
    for layer in _lora_layers(model):
        layer.set_scale("default", weight)


def _lora_layers(model: nn.Module) -> Iterator[Any]:
    from peft.tuners.lora import LoraLayer

    return (module for module in model.modules() if isinstance(module, LoraLayer))


def _names(examples: Examples, settings: PersonalitySettings) -> list[str]:
    every = [*DIMENSIONS, *examples.domains]
    return [name for name in every if name in settings.only or not settings.only]


def _records(examples: Examples, name: str, settings: PersonalitySettings, run: Run) -> Sequence[Triple | DomainAnswer]:
    dimension: Dimension | None = next((d for d in DIMENSIONS if d == name), None)
    found: Sequence[Triple | DomainAnswer] = (
        examples.of(dimension, settings.sides) if dimension else examples.on(name, settings.sides)
    )
    return run.limited(found)


RECIPE = Recipe("personality", PersonalitySettings, check, train, verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
