"""The model that the retrieval recipe starts from, and what is kept of it in the end."""

import json
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.bundled_minilm import BUNDLED, BUNDLED_NAMES, bundled_folder
from seamless_retail.models.low_rank_adapter import CONFIG
from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings

MERGED = "merged"
"""Folder of the merged model, below the adapter's."""


def load_base(settings: RetrievalSettings) -> Any:
    """The ``SentenceTransformer`` without adapter, frozen.

    Raises:
        ModelFileError: It is not here, or cannot be loaded.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    cuda = torch.cuda.is_available()
    name = str(bundled_folder()) if settings.base in BUNDLED_NAMES else str(Path(settings.base).expanduser())
    try:
        model = SentenceTransformer(
            name,
            device="cuda" if cuda else "cpu",
            local_files_only=not settings.download,
            model_kwargs=_four_bits() if settings.four_bit == "auto" and cuda else {},
        )
    except Exception as error:  # the library raises a dozen unrelated types for a missing or broken model
        raise ModelFileError(
            f"The base {settings.base!r} could not be loaded: {error}",
            "Name a folder that holds the model, or set download: true.",
        ) from error
    return model


def _four_bits() -> dict[str, Any]:
    """QLoRA's storage (Dettmers et al. 2023), where bitsandbytes is installed."""
    from importlib.util import find_spec

    if find_spec("bitsandbytes") is None:
        return {}
    import torch
    from transformers import BitsAndBytesConfig

    quantized = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": quantized}


def add_adapter(model: Any, settings: RetrievalSettings) -> None:
    """Put a fresh adapter on the model; it alone is trained.

    Raises:
        ModelFileError: No layer of the base is named as the settings say.
    """
    from peft import LoraConfig

    chosen = settings.adapter
    config = LoraConfig(
        r=chosen.rank,
        lora_alpha=chosen.alpha,
        lora_dropout=chosen.dropout,
        target_modules=chosen.targets if isinstance(chosen.targets, str) else list(chosen.targets),
        task_type="FEATURE_EXTRACTION",
    )
    try:
        model.add_adapter(config)
    except ValueError as error:
        raise ModelFileError(f"The adapter does not fit the base: {error}", "Change adapter.targets.") from error


def save(model: Any, settings: RetrievalSettings, folder: Path) -> None:
    """Write the adapter, and with ``merged`` the merged model below it."""
    model.save_pretrained(str(folder), create_model_card=False)
    page = folder / CONFIG
    config = json.loads(page.read_text(encoding="utf-8"))
    # A path into this machine's site-packages would name nothing anywhere else.
    config["base_model_name_or_path"] = BUNDLED if settings.base in BUNDLED_NAMES else settings.base
    page.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if settings.merged:
        merge(model)
        model.save_pretrained(str(folder / MERGED), create_model_card=False)


def merge(model: Any) -> None:
    """Put the adapter into the weights, in place."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    inner = model[0].auto_model
    for name, module in list(inner.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            parent, _, last = name.rpartition(".")
            setattr(inner.get_submodule(parent), last, module.get_base_layer())
    inner._hf_peft_config_loaded = False
    del inner.peft_config
