"""``training.json``: what made a result, and the hash of each of its files."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from seamless_retail.core.errors import ModelFileError
from seamless_retail.training.run.verification import Check

S = TypeVar("S", bound=BaseModel)
PROVENANCE = "training.json"
NOT_RESULTS = ("checkpoints", "logs", "data")
"""Folders below a run's own that hold no part of its result."""


def write_provenance(folder: Path, recipe: str, config: str, settings: BaseModel) -> Path:
    """Write ``training.json`` for every file that lies in ``folder`` now, but those of :data:`NOT_RESULTS`."""
    page = folder / PROVENANCE
    record = {
        "recipe": recipe,
        "config": config,
        "settings": settings.model_dump(mode="json"),
        "sha256": {path.relative_to(folder).as_posix(): sha256_of(path) for path in result_files(folder)},
    }
    partial = folder / f"{PROVENANCE}.partial"
    partial.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return partial.replace(page)


def read_provenance(folder: Path) -> dict[str, Any]:
    """What :func:`write_provenance` wrote.

    Raises:
        ModelFileError: There is none, or it cannot be read.
    """
    try:
        record = json.loads((folder / PROVENANCE).read_bytes())
        return {"recipe": str(record["recipe"]), **record, "sha256": dict(record["sha256"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{folder} is no result of a recipe: {PROVENANCE} cannot be read ({error}).",
            "Name the folder that a recipe was given as --out; a stopped training has no result yet.",
        ) from error


def settings_of(kind: type[S], folder: Path) -> S:
    """The settings that a result was made with.

    Raises:
        ModelFileError: They cannot be read.
    """
    try:
        return kind.model_validate(read_provenance(folder)["settings"])
    except (KeyError, ValidationError) as error:
        raise ModelFileError(
            f"The settings in {folder / PROVENANCE} cannot be read: {error}", "Train it again with this version."
        ) from error


def check_files(folder: Path, hashes: dict[str, str]) -> list[Check]:
    """One check per file: whether it is there, and the one that was written."""
    found = []
    for name, expected in sorted(hashes.items()):
        path = folder / name
        if not path.is_file():
            found.append(Check(name, False, "missing"))
        else:
            same = sha256_of(path) == expected
            found.append(
                Check(name, same, f"{path.stat().st_size:,} bytes" if same else "not the file that was written")
            )
    return found


def result_files(folder: Path) -> list[Path]:
    """Every file of a result, but ``training.json`` itself and cards, which people edit."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [
        path
        for path in found
        if path.relative_to(folder).parts[0] not in NOT_RESULTS
        and path.name not in (PROVENANCE, "README.md")
        and path.suffix != ".partial"
    ]


def sha256_of(path: Path) -> str:
    """Hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
