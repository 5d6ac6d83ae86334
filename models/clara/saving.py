"""How a CLaRa model is stored: every part in a file of its own, and a manifest with the hash of each.

``base/`` holds the language model, where the checkpoint has one of its own; ``adapters/<role>/`` a LoRA adapter in
PEFT's own format, so that PEFT can load it too; ``readout.safetensors`` the readout; ``new_tokens.safetensors`` the
embeddings of added tokens; beside them ``config.json``, the tokenizer's files and ``manifest.json``. Nothing is
pickled, and no part is ever left out silently: what is missing or was changed is an error that names it.
"""

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from seamless_retail.core.errors import ConfigurationError, MissingExtraError, ModelFileError
from seamless_retail.models.clara.config import ClaraConfig
from seamless_retail.models.clara.roles import adapter_key, adapter_of, lora_config, plain_key

FORMAT = 1
MANIFEST, BASE, READOUT, NEW_TOKENS = "manifest.json", "base", "readout.safetensors", "new_tokens.safetensors"
ADAPTER = "adapters/{role}/adapter_model.safetensors"
_PEFT_PREFIX = "base_model.model."
_AGAIN = "Download or copy the checkpoint again, or save it again from the model that was trained."


class Stored:
    """``save_pretrained`` and ``from_pretrained`` of :class:`~seamless_retail.models.clara.model.ClaraModel`."""

    base: Any
    config: Any
    tokenizer: Any
    roles: Any
    readout: Any
    new_tokens: Any
    state_dict: Any

    def save_pretrained(
        self, folder: Path | str, *, is_main_process: bool = True, state_dict: dict[str, Tensor] | None = None
    ) -> None:
        """Write the checkpoint; the manifest comes last, so an interrupted save is never taken for a whole one.

        Args:
            folder: Created if need be; files of others in it are left alone.
            is_main_process: With several processes, only the main one writes.
            state_dict: The tensors, gathered from all devices, when this process holds only a share of them.
        """
        if not is_main_process:
            return
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        state = self.state_dict() if state_dict is None else state_dict
        written = [*self._save_settings(folder), *self._save_tensors(folder, state)]
        hashes = {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(written)}
        manifest = {"format": FORMAT, "kind": ClaraConfig.model_type, "sha256": hashes}
        partial = folder / f"{MANIFEST}.partial"
        partial.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        partial.replace(folder / MANIFEST)

    def _save_settings(self, folder: Path) -> list[Path]:
        self.config.architectures = [type(self).__name__]
        self.config.save_pretrained(folder)
        written = [folder / "config.json"]
        if self.tokenizer is not None:
            written += [Path(name) for name in self.tokenizer.save_pretrained(folder)]
        return [path for path in written if path.is_file()]

    def _save_tensors(self, folder: Path, state: dict[str, Tensor]) -> list[Path]:
        written = []
        base = {key.removeprefix("base."): value for key, value in state.items() if key.startswith("base.")}
        if _has_own_base(self.config):
            plain = {plain_key(key): value for key, value in base.items() if adapter_of(key) is None}
            self.base.save_pretrained(folder / BASE, state_dict=plain)
            written += [path for path in (folder / BASE).iterdir() if path.suffix in (".json", ".safetensors")]
        for role in self.roles.names:
            path = folder / ADAPTER.format(role=role)
            tensors = {_PEFT_PREFIX + adapter_key(key): value for key, value in base.items() if adapter_of(key) == role}
            _write(path, tensors)
            lora_config(self.config).save_pretrained(path.parent)
            written += [path, path.parent / "adapter_config.json"]
        readout = {key.removeprefix("readout."): value for key, value in state.items() if key.startswith("readout.")}
        written.append(_write(folder / READOUT, readout))
        if self.new_tokens is not None:
            written.append(_write(folder / NEW_TOKENS, {"new_tokens": state["new_tokens"]}))
        return written

    @classmethod
    def from_pretrained(
        cls,
        folder: Path | str,
        *,
        config: ClaraConfig | None = None,
        dtype: torch.dtype | str | None = None,
        device: torch.device | str | None = None,
        attn_implementation: str | None = None,
        base: PreTrainedModel | None = None,
        revision: str | None = None,
        **options: Any,
    ) -> Any:
        """Read a checkpoint, after checking the hash of every file; the model is in ``eval()``.

        Args:
            folder: Where it lies, or the name of a repository on the Hugging Face hub.
            config: Settings to use instead of the stored ones (``rate``, ``quantization`` …).
            dtype: Cast to this; as stored by default.
            device: Move there.
            attn_implementation: ``eager``, ``sdpa`` … of the base.
            base: The language model, if it is in memory already; only for checkpoints without their own.
            revision: Of a repository on the hub.
            options: What ``AutoModel`` adds and a checkpoint without code of its own does not need.

        Raises:
            ModelFileError: A part is missing, was changed, or does not fit; the message names it.
            ConfigurationError: An option is unknown.
        """
        unknown = sorted(set(options) - {"trust_remote_code", "adapter_kwargs"} - {o for o in options if o[0] == "_"})
        if unknown:
            raise ConfigurationError(
                f"from_pretrained does not know {', '.join(unknown)}.", "Set such values in the config argument."
            )
        folder = _local(folder, revision)
        _verify(folder)
        config = AutoConfig.from_pretrained(folder) if config is None else config
        if _has_own_base(config):
            base = load_base(folder / BASE, None, attn_implementation=attn_implementation)
        elif base is None:
            base = load_base(config.base_name, config.quantization, dtype or "auto", attn_implementation)
        model: Any = cls(config, base, AutoTokenizer.from_pretrained(folder))  # type: ignore[call-arg]  # a mixin's cls
        model._load_tensors(folder)
        if dtype not in (None, "auto") and not config.quantization:
            model.to(getattr(torch, dtype) if isinstance(dtype, str) else dtype)
        return model if device is None else model.to(device)

    def _load_tensors(self, folder: Path) -> None:
        for role in self.roles.names:
            found = _read(folder / ADAPTER.format(role=role), f"adapter {role!r}")
            own = {_PEFT_PREFIX + adapter_key(key): value for key, value in self.roles.parameters(role)}
            _assign(own, found, f"adapter {role!r}")
        _assign(dict(self.readout.state_dict(keep_vars=True)), _read(folder / READOUT, "readout"), "readout")
        if self.new_tokens is not None:
            found = _read(folder / NEW_TOKENS, "embeddings of added tokens")
            _assign({"new_tokens": self.new_tokens}, found, "embeddings of added tokens")


def load_base(
    name: Path | str, quantization: str | None, dtype: Any = "auto", attn_implementation: str | None = None
) -> PreTrainedModel:
    """A causal language model by name or folder.

    Raises:
        MissingExtraError: A quantised one is asked for, and bitsandbytes is not installed.
        ModelFileError: It cannot be loaded, or its file lacks tensors.
    """
    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": attn_implementation}
    if quantization is not None:
        options["quantization_config"] = quantization_config(quantization)
    load: Any = AutoModelForCausalLM.from_pretrained
    try:
        base, info = load(name, output_loading_info=True, **options)
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"The base model {str(name)!r} cannot be loaded: {error}",
            "Check base_name, download the base first, or pass it as from_pretrained(…, base=…).",
        ) from error
    if missing := sorted(info["missing_keys"]):
        raise ModelFileError(f"The base model {str(name)!r} lacks {missing[0]} and {len(missing) - 1} more.", _AGAIN)
    loaded: PreTrainedModel = base
    return loaded


def quantization_config(kind: str) -> Any:
    """How transformers is told to load an ``int8`` or ``int4`` base.

    Raises:
        MissingExtraError: bitsandbytes is not installed.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError(f"An {kind} base", "quantized")
    from transformers import BitsAndBytesConfig

    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _has_own_base(config: ClaraConfig) -> bool:
    return config.train_base or not config.base_name


def _local(name: Path | str, revision: str | None) -> Path:
    """A folder on this machine; a name that is none is looked up on the hub (or in its cache)."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(str(name), revision=revision))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelFileError(f"There is no CLaRa model in {name}.", "Check the path or the repository name.") from error


def _verify(folder: Path) -> None:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        kind, version, hashes = manifest["kind"], manifest["format"], dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{folder / MANIFEST} is missing or is not a manifest.", _AGAIN) from error
    if (kind, version) != (ClaraConfig.model_type, FORMAT):
        raise ModelFileError(f"{folder} holds {kind!r} in format {version}, expected clara in {FORMAT}.", _AGAIN)
    for name, sha256 in hashes.items():
        if not (folder / name).is_file():
            raise ModelFileError(f"The checkpoint {folder} lacks {_part(name)}.", _AGAIN)
        if _sha256(folder / name) != sha256:
            raise ModelFileError(f"In {folder}, {_part(name)} is not the file that was saved.", _AGAIN)


def _part(name: str) -> str:
    """A file by what it holds, then by its name."""
    folder, _, rest = name.partition("/")
    if folder == "adapters":
        return f"the adapter {rest.partition('/')[0]!r} ({name})"
    return f"a part of the base ({name})" if folder == BASE else name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, tensors: dict[str, Tensor]) -> Path:
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)
    return path


def _read(path: Path, part: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"The {part} is missing: {path} cannot be read.", _AGAIN) from error
    return found


def _assign(own: dict[str, Tensor], found: dict[str, Tensor], part: str) -> None:
    """Put stored tensors in place, in the float type they were stored in."""
    if wrong := sorted(own.keys() ^ found.keys()):
        raise ModelFileError(f"The {part} does not fit the model: {wrong[0]} and {len(wrong) - 1} more.", _AGAIN)
    for key, value in own.items():
        if value.shape != found[key].shape:
            raise ModelFileError(
                f"The {part} does not fit the model: {key} has shape {tuple(found[key].shape)}, "
                f"expected {tuple(value.shape)}.",
                _AGAIN,
            )
        value.data = found[key].to(value.device)
