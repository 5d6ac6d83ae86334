"""The model that a stage starts from: the stage before it, a model that can be loaded, or a new one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.training.clara.config import STAGES, Journey
from seamless_retail.training.clara.records import Record
from seamless_retail.training.clara.sources import Source
from seamless_retail.training.clara.tokenizer import train_tokenizer

TOKENIZER_RECORDS = 4000
"""Records that a tokenizer is trained on."""


def starting_model(journey: Journey, stage: str, folder: Path, source: Source, start: Path | None = None) -> Any:
    """The :class:`~seamless_retail.models.clara.model.ClaraModel` that ``stage`` goes on from.

    Args:
        journey: The settings.
        stage: The stage about to begin.
        folder: Of the journey, with a folder for each stage done.
        source: Records for a tokenizer, where one is to be trained.
        start: A model to start from instead.

    Raises:
        ModelFileError: The stage before has left no model.
    """
    before = start or _before(journey, stage, folder)
    if before is None:
        return _new(journey, source)
    if start is None and before.name == "reader":
        return _over(journey, before)
    return _continued(journey, before)


def _before(journey: Journey, stage: str, folder: Path) -> Path | None:
    """The folder of the stage before, or ``None`` for the first."""
    earlier = [name for name in STAGES[: STAGES.index(stage)] if getattr(journey, name) is not None]
    if not earlier:
        return None
    found = folder / earlier[-1]
    if not (found / "manifest.json").is_file():
        raise ModelFileError(
            f"{stage} goes on from {earlier[-1]}, and there is no model in {found}.",
            f"Train {earlier[-1]} first, or name a model with --start.",
        )
    return found


def _new(journey: Journey, source: Source) -> Any:
    """Over a base that is loaded by name, or a new one."""
    from transformers import AutoTokenizer

    from seamless_retail.models.clara import ClaraConfig, ClaraModel
    from seamless_retail.models.clara.saving import load_base

    config = ClaraConfig(**journey.model)
    if journey.base.name is not None:
        config.base_name = journey.base.name
        base = load_base(journey.base.name, config.quantization, attn_implementation=journey.base.attention)
        return ClaraModel.from_base(base, AutoTokenizer.from_pretrained(journey.base.name), config)
    if journey.base.tokenizer:
        tokenizer = AutoTokenizer.from_pretrained(journey.base.tokenizer)
    else:
        # Of an update far ahead: a stream that begins with easy records would teach too few words.
        count = min(TOKENIZER_RECORDS, source.size or TOKENIZER_RECORDS)
        records = source.window(0, count, update=1 << 40)
        tokenizer = train_tokenizer(_texts(records), journey.base.vocabulary)
    return ClaraModel.from_base(_new_base(journey, tokenizer), tokenizer, config)


def _new_base(journey: Journey, tokenizer: Any) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    settings = dict(journey.base.config or {})
    kind = settings.pop("model_type", "")
    try:
        config = AutoConfig.for_model(kind, **settings, vocab_size=len(tokenizer))
    except ValueError as error:
        raise ConfigurationError(
            f"base.config.model_type {kind!r} is unknown.", "Name a kind that transformers has, such as llama."
        ) from error
    config.bos_token_id, config.eos_token_id = tokenizer.bos_token_id, tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(journey.seed)
        return AutoModelForCausalLM.from_config(config, attn_implementation=journey.base.attention)


def _over(journey: Journey, reader: Path) -> Any:
    """Fresh adapters and readout over the base that the reader trained: nothing else of its model was trained."""
    from transformers import AutoTokenizer

    from seamless_retail.models.clara import ClaraConfig, ClaraModel
    from seamless_retail.models.clara.saving import BASE, load_base

    base = load_base(reader / BASE, None, attn_implementation=journey.base.attention)
    return ClaraModel.from_base(base, AutoTokenizer.from_pretrained(reader), ClaraConfig(**journey.model))


def _continued(journey: Journey, before: Path) -> Any:
    """All of the stage before, under the settings of this journey."""
    from transformers import AutoConfig

    from seamless_retail.models.clara import ClaraConfig, ClaraModel

    stored = AutoConfig.from_pretrained(before).to_dict()
    config = ClaraConfig(**{**stored, **journey.model})
    return ClaraModel.from_pretrained(before, config=config, attn_implementation=journey.base.attention)


def _texts(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield from record.documents
        for turn in record.turns:
            yield turn.answer
            if turn.question is not None:
                yield turn.question
