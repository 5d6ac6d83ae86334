"""How our small networks are stored: tensors, a configuration and a manifest, in a folder.

``weights.safetensors`` holds the tensors, ``config.json`` what is needed to build the network, ``manifest.json`` the
kind of network and the sha256 of the other two files. Nothing is pickled, so loading runs no code from the file.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError

WEIGHTS, CONFIG, MANIFEST = "weights.safetensors", "config.json", "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class StoredModule:
    """What a folder holds: ``tensors`` by name and the JSON ``config``."""

    kind: str
    """``intent_router`` …: which class can be built from it."""
    config: dict[str, Any]
    tensors: dict[str, NDArray[Any]]


def save_module(folder: Path, module: StoredModule) -> None:
    """Write a module; a reader sees the old manifest or the new one, never half of one."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in sorted(module.tensors.items())}
    files = {
        WEIGHTS: save(contiguous, metadata={"kind": module.kind}),
        CONFIG: (json.dumps(module.config, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(),
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = {"format": FORMAT, "kind": module.kind, "sha256": hashes}
    files[MANIFEST] = (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()
    for name, content in files.items():
        partial = folder / f"{name}.partial"
        partial.write_bytes(content)
        partial.replace(folder / name)


def load_module(folder: Path | Traversable, kind: str) -> StoredModule:
    """Read a module, after checking its kind and the hash of every file.

    Raises:
        ModelFileError: A file is missing, was changed, or belongs to another kind of network.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        manifest = json.loads(_read(folder, MANIFEST))
        found, version, hashes = manifest["kind"], manifest["format"], manifest["sha256"]
        expected = {name: hashes[name] for name in (WEIGHTS, CONFIG)}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{MANIFEST} is not a manifest") from error
    if (found, version) != (kind, FORMAT):
        raise _damaged(folder, f"it holds {found!r} in format {version}, expected {kind!r} in format {FORMAT}")
    content = {name: _read(folder, name) for name in expected}
    for name, sha256 in expected.items():
        if hashlib.sha256(content[name]).hexdigest() != sha256:
            raise _damaged(folder, f"{name} is not the file that {MANIFEST} describes")
    try:
        return StoredModule(kind, json.loads(content[CONFIG]), load(content[WEIGHTS]))
    except (ValueError, SafetensorError) as error:
        raise _damaged(folder, str(error)) from error


def _read(folder: Path | Traversable, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _damaged(folder, f"{name} cannot be read ({error.strerror or error})") from error


def _damaged(folder: Path | Traversable, why: str) -> ModelFileError:
    return ModelFileError(
        f"The model in {folder} cannot be loaded: {why}.",
        "Reinstall seamless-retail, or write the folder again with the recipe its README.md names.",
    )
