"""Keeps a blend: as one adapter, or merged into the base; safetensors, and a manifest that says what it was made of."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.personality import ClaraSpec
from seamless_retail.models.adapters.blending import BLEND

MANIFEST = "manifest.json"
KIND = "persona_blend"
_MAKE = "Make it again with `seamless persona blend`."


@dataclass(frozen=True)
class Saved:
    """A blend on disk: ``adapter`` (PEFT loads it) or ``merged`` (a whole model), with what it was made of."""

    folder: Path
    form: Literal["adapter", "merged"]
    spec: ClaraSpec
    weights: Mapping[str, float]

    @classmethod
    def open(cls, folder: Path) -> "Saved":
        """Read the manifest and check the hash of every file.

        Raises:
            ModelFileError: A file is missing or was changed, or it is no blend.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["kind"] != KIND:
                raise ValueError(f"it holds {manifest['kind']!r}")
            for name, sha256 in manifest["sha256"].items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
                    raise ValueError(f"{name} was changed")
            spec = ClaraSpec.model_validate(manifest["spec"])
            return cls(folder, manifest["form"], spec, manifest["weights"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(f"{folder} is no blend: {error}.", _MAKE) from error


def save_adapter(model: Any, folder: Path, spec: ClaraSpec, weights: Mapping[str, float]) -> Saved:
    """Write the blended adapter as ``PeftModel.from_pretrained`` reads it.

    Raises:
        ModelFileError: All dials are in the middle, so there is none.
    """
    if not hasattr(model, "peft_config"):
        raise ModelFileError("There is no blend to save.", "Turn a dial: seamless persona set warmth=0.8")
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), selected_adapters=[BLEND])
    inner = folder / BLEND  # PEFT puts named adapters into a folder of their own
    for path in inner.iterdir():
        path.replace(folder / path.name)
    inner.rmdir()
    return _saved(folder, "adapter", spec, weights)


def save_merged(model: Any, tokenizer: Any, folder: Path, spec: ClaraSpec, weights: Mapping[str, float]) -> Saved:
    """Write base and adapter as one model, as ``AutoModelForCausalLM`` reads it; ``model`` is used up."""
    merged = model.merge_and_unload() if hasattr(model, "peft_config") else model
    folder.mkdir(parents=True, exist_ok=True)
    merged.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return _saved(folder, "merged", spec, weights)


def _saved(folder: Path, form: Literal["adapter", "merged"], spec: ClaraSpec, weights: Mapping[str, float]) -> Saved:
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name not in (MANIFEST, "README.md"))
    manifest = {
        "kind": KIND,
        "form": form,
        "spec": spec.model_dump(mode="json"),
        "weights": dict(weights),
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return Saved(folder, form, spec, weights)
