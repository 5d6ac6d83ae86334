"""A causal language model from disk or the Hugging Face cache, with a LoRA adapter or without."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from seamless_retail.core.errors import ModelFileError

BUNDLED = "bundled"
"""Name of the one in this package: the base of CLaRa nano, a Llama of 3.5 million parameters that reads shop texts."""
_NANO = Path(__file__).with_name("weights") / "clara_nano"
_ADAPTER_CONFIG = "adapter_config.json"


class CausalLM(NamedTuple):
    """A model in ``eval()`` and its tokenizer."""

    model: Any
    tokenizer: Any


class Names(NamedTuple):
    """Where base and adapter lie: folders, or names on the Hugging Face hub."""

    base: str
    adapter: str = ""


def names_of(source: str) -> Names:
    """``BASE``, ``BASE+ADAPTER``, or the folder of an adapter, which names its base itself.

    Raises:
        ModelFileError: A folder holds neither a model nor an adapter.
    """
    base, _, adapter = source.partition("+") if not Path(source).is_dir() else (source, "", "")
    if (Path(base) / _ADAPTER_CONFIG).is_file():
        base, adapter = _base_named_in(Path(base)), base
    if Path(base).is_dir() and not (Path(base) / "config.json").is_file():
        raise ModelFileError(f"There is no language model in {base}.", "Name the folder that holds its config.json.")
    if adapter and Path(adapter).is_dir() and not (Path(adapter) / _ADAPTER_CONFIG).is_file():
        raise ModelFileError(f"There is no adapter in {adapter}.", f"Name the folder that holds its {_ADAPTER_CONFIG}.")
    return Names(base, adapter)


def base_folder(name: str) -> Path | str:
    """Where a base's weights are, by its name."""
    return _NANO / "base" if name == BUNDLED else name


def tokenizer_folder(name: str) -> Path | str:
    """Where a base's tokenizer is, by its name."""
    return _NANO if name == BUNDLED else name


def load_causal_lm(names: Names) -> CausalLM:
    """Load base and adapter; on the first GPU if there is one.

    An adapter's own tokenizer is used where it has one: its chat template is what the adapter was trained with.

    Raises:
        ModelFileError: One of them cannot be loaded, or they do not fit.
    """
    import torch
    from transformers import AutoTokenizer

    from seamless_retail.models.clara.saving import load_base

    model: Any = load_base(base_folder(names.base), None)
    own = bool(names.adapter) and (Path(names.adapter) / "tokenizer_config.json").is_file()
    try:
        tokenizer = AutoTokenizer.from_pretrained(names.adapter if own else tokenizer_folder(names.base))
        if names.adapter:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, names.adapter).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(
            f"{names.adapter or names.base} cannot be loaded: {str(error).splitlines()[0]}",
            "Check the path or the name; an adapter goes with the base that it was trained on.",
        ) from error
    return CausalLM(model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer)


def _base_named_in(folder: Path) -> str:
    try:
        return str(json.loads((folder / _ADAPTER_CONFIG).read_bytes())["base_model_name_or_path"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{folder / _ADAPTER_CONFIG} does not name its base.", "Name base and adapter: BASE+ADAPTER."
        ) from error
