"""Loading a translation checkpoint: by name or folder, with a LoRA adapter merged, in the precision of the device."""

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import nn

from seamless_retail.core.errors import ConfigurationError, MissingExtraError, ModelFileError

Precision = Literal["auto", "float32", "bfloat16", "float16", "int8"]
ADAPTER = "adapter_config.json"
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "int8": torch.float32}


class Checkpoint(NamedTuple):
    """What translates."""

    model: Any
    tokenizer: Any


def load_checkpoint(
    name: str | Path, adapter: str | Path = "", *, precision: Precision = "auto", device: str = "auto"
) -> Checkpoint:
    """A checkpoint in evaluation mode; :meth:`CheckpointTranslator.load` explains the arguments.

    Raises:
        ModelFileError: It cannot be loaded, or the adapter does not fit.
        MissingExtraError: The tokenizer needs SentencePiece, and it is not installed.
        ConfigurationError: ``int8`` on another device than the CPU.
    """
    place = _device(device)
    if precision == "int8" and place.type != "cpu":
        raise ConfigurationError("int8 translates on the CPU only.", "Choose bfloat16 or float16, or the device cpu.")
    if not adapter and (Path(name) / ADAPTER).is_file():
        name, adapter = base_of(Path(name)), name
    # An adapter's folder has the tokenizer too, if the recipe wrote it; the base has the same one.
    tokenizer = load_tokenizer(name)
    model = load_model(name, _DTYPES[_precision(precision, place)])
    if adapter:
        model = _merged(model, adapter)
    model = model.to(place).eval()
    return Checkpoint(_in_eight_bits(model) if precision == "int8" else model, tokenizer)


def load_tokenizer(name: str | Path) -> Any:
    """By name or folder.

    Raises:
        ModelFileError: It cannot be loaded.
        MissingExtraError: It needs SentencePiece, and that is not installed.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(name)
    except ImportError as error:
        raise MissingExtraError(f"The tokenizer of {name}", "languages") from error
    except (OSError, ValueError, KeyError) as error:
        raise _unusable(name, error) from error


def load_model(name: str | Path, dtype: torch.dtype, quantization: Any = None) -> Any:
    """The network by name or folder.

    Raises:
        ModelFileError: It cannot be loaded, or its file lacks tensors.
    """
    from transformers import AutoModelForSeq2SeqLM

    load: Any = AutoModelForSeq2SeqLM.from_pretrained
    try:
        model, info = load(name, dtype=dtype, quantization_config=quantization, output_loading_info=True)
    except (OSError, ValueError, KeyError) as error:
        raise _unusable(name, error) from error
    if missing := sorted(info["missing_keys"]):
        raise _unusable(name, f"it lacks {missing[0]} and {len(missing) - 1} more tensors")
    return model


def base_of(adapter: Path) -> str:
    """The name or folder of the checkpoint that an adapter was trained on.

    Raises:
        ModelFileError: Its configuration does not say.
    """
    try:
        return str(json.loads((adapter / ADAPTER).read_bytes())["base_model_name_or_path"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(adapter, f"{ADAPTER} does not name a base ({error!r})") from error


def _merged(model: Any, adapter: str | Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelFileError(
            f"The adapter {adapter} does not fit {model.config.name_or_path}: {error}",
            "Load it with the checkpoint that it was trained on; its adapter_config.json names it.",
        ) from error


def _in_eight_bits(model: nn.Module) -> nn.Module:
    """Linear layers with weights of 8 bits, whose inputs are quantised as they come."""
    quantize: Any = torch.ao.quantization.quantize_dynamic
    quantised: nn.Module = quantize(model, {nn.Linear}, dtype=torch.qint8)
    return quantised


def _device(wanted: str) -> torch.device:
    if wanted != "auto":
        return torch.device(wanted)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _precision(wanted: Precision, device: torch.device) -> str:
    if wanted != "auto":
        return wanted
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"


def _unusable(name: str | Path, why: object) -> ModelFileError:
    return ModelFileError(
        f"The translation model {str(name)!r} cannot be loaded: {why}",
        "Check the name or folder, and download a checkpoint of the hub before going offline.",
    )
