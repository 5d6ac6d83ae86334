"""A folder of adapters, one for each dimension and domain, with the words that each may add or leave out.

``manifest.json`` holds the kind, the base model, how requests are worded and the sha256 of every file. Each adapter's
folder has ``adapter_config.json`` and ``adapter_model.safetensors``, as PEFT writes them, and ``style.json``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from seamless_retail.core.errors import ModelFileError, PersonalityError
from seamless_retail.core.personality import DIMENSIONS, ClaraSpec
from seamless_retail.core.style_check import Allowance, joined
from seamless_retail.models.persona_prompt import Wording

BUNDLED = "persona-nano"
STYLE, MANIFEST, KIND = "style.json", "manifest.json", "persona_adapters"
_FILES = ("adapter_config.json", "adapter_model.safetensors", STYLE)
_RETRAIN = "Reinstall seamless-retail, or train them again with training/recipes/personality.py."


@dataclass(frozen=True)
class StoredAdapter:
    """One adapter on the shelf."""

    name: str
    folder: Path
    allowance: Allowance


@dataclass(frozen=True)
class AdapterShelf:
    """The adapters of one base model, by name; those of dimensions work with a weight of either sign."""

    base_model: str
    wording: Wording
    adapters: Mapping[str, StoredAdapter]

    @classmethod
    def open(cls, folder: Path) -> "AdapterShelf":
        """Read a shelf, after checking the hash of every file.

        Raises:
            ModelFileError: It is missing, or a file is not the one that was written.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            kind, base, wording = manifest["kind"], str(manifest["base_model"]), manifest["wording"]
            hashes = dict(manifest["sha256"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(f"{folder} is no folder of adapters: {error}.", _RETRAIN) from error
        if kind != KIND or wording not in get_args(Wording):
            raise ModelFileError(f"{folder} holds {kind!r} and no adapters of a voice.", _RETRAIN)
        for path, sha256 in hashes.items():
            if _sha256(folder / path) != sha256:
                raise ModelFileError(f"{folder / path} is not the file that {MANIFEST} describes.", _RETRAIN)
        names = dict.fromkeys(path.split("/")[0] for path in hashes)
        adapters = {name: StoredAdapter(name, folder / name, read_style(folder / name)) for name in names}
        return cls(base, wording, adapters)

    @classmethod
    def of(cls, spec: ClaraSpec) -> "AdapterShelf":
        """The shelf that a specification names.

        Raises:
            ModelFileError: As for :meth:`open`.
            PersonalityError: The bundled adapters belong to another base model than the specification's.
        """
        if spec.adapters:
            return cls.open(Path(spec.adapters).expanduser())
        if spec.base_model != BUNDLED:
            raise PersonalityError(
                f"The bundled adapters are not of {spec.base_model}.",
                "Train its own with training/recipes/personality.py and name their folder in `adapters`.",
            )
        return cls.open(bundled_folder() / "adapters")

    def weights(self, spec: ClaraSpec) -> dict[str, float]:
        """The weights that the dials ask for, without those of 0: -1…1 for a dimension, 0…1 for a domain.

        Raises:
            PersonalityError: A dial is turned for which there is no adapter.
        """
        turned: dict[str, float] = {dimension: spec.personality.weight(dimension) for dimension in DIMENSIONS}
        turned |= {domain: float(dial) for domain, dial in spec.expertise.domains.items()}
        turned = {name: weight for name, weight in turned.items() if abs(weight) > 1e-6}
        if missing := [name for name in turned if name not in self.adapters]:
            raise PersonalityError(
                f"There is no adapter for {', '.join(missing)}.",
                f"Train one with training/recipes/personality.py; there are {', '.join(self.adapters)}.",
            )
        return turned

    def allowance(self, names: Mapping[str, float]) -> Allowance:
        """What the adapters at work may add and leave out."""
        return joined(self.adapters[name].allowance for name in names)


def bundled_folder() -> Path:
    """Where the packaged base and adapters lie.

    Raises:
        ModelFileError: The package is not installed as files.
    """
    folder = files("seamless_retail.models") / "weights" / "personality"
    if not isinstance(folder, Path):
        raise ModelFileError("The voice's weights are not files.", "Install seamless-retail unzipped.")
    return folder


def base_folder(base_model: str) -> str:
    """The folder of the bundled base, or the name as it is."""
    return str(bundled_folder() / "base") if base_model == BUNDLED else base_model


def write_style(folder: Path, allowance: Allowance) -> None:
    """Write the words beside an adapter."""
    dropped = {word: sorted(instead) for word, instead in sorted(allowance.dropped.items())}
    content = {"added": sorted(allowance.added), "dropped": dropped}
    (folder / STYLE).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_style(folder: Path) -> Allowance:
    """The words beside an adapter.

    Raises:
        ModelFileError: They are missing or are none.
    """
    try:
        content: dict[str, Any] = json.loads((folder / STYLE).read_text(encoding="utf-8"))
        dropped = {str(word): frozenset(instead) for word, instead in content["dropped"].items()}
        return Allowance(frozenset(content["added"]), dropped)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{folder / STYLE} cannot be read: {error}.", _RETRAIN) from error


def write_shelf(folder: Path, base_model: str, wording: Wording) -> None:
    """Write the manifest over the adapters that stand in ``folder``."""
    names = sorted(path.parent.name for path in folder.glob(f"*/{STYLE}"))
    hashes = {f"{name}/{file}": _sha256(folder / name / file) for name in names for file in _FILES}
    manifest = {"kind": KIND, "base_model": base_model, "wording": wording, "sha256": hashes}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}.", _RETRAIN) from error
