"""``verify``: whether a result's files are the ones that were written, and what its recipe says of it."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.table import Table

from seamless_retail.core.errors import ModelFileError, SeamlessError
from seamless_retail.models.module import MANIFEST, load_module
from seamless_retail.training.listing import RECIPES
from seamless_retail.training.run.progress import console
from seamless_retail.training.run.provenance import PROVENANCE, check_files, read_provenance
from seamless_retail.training.run.recipe import Run
from seamless_retail.training.run.verification import Check, Verification


def verify(path: Path, run: Run) -> Verification:
    """Check hashes first; only files that are whole are loaded.

    Args:
        path: Folder of a result: one with ``training.json``, or a module's with ``manifest.json``.
        run: Says where the data sets are, how many samples and minutes a comparison may take.

    Raises:
        ModelFileError: It is neither.
    """
    if not (path / PROVENANCE).is_file() and (path / MANIFEST).is_file():
        return _verify_module(path)
    record = read_provenance(path)
    checks, name = check_files(path, record["sha256"]), record["recipe"]
    if not all(check.passed for check in checks):
        return Verification(name, path, tuple(checks))
    recipe = getattr(import_module(f"{RECIPES}.{name}"), "RECIPE", None)
    if recipe is None or recipe.verify is None:
        loaded = [_loads(path, _kind(path))] if (path / MANIFEST).is_file() else []
        return Verification(name, path, (*checks, *loaded))
    try:
        found: Verification = recipe.verify(path, run)
    except SeamlessError as error:
        return Verification(name, path, (*checks, Check("loads", False, str(error))))
    return Verification(name, path, (*checks, *found.checks), found.figures)


def show(found: Verification, as_json: bool) -> None:
    """A table on stderr, or one line of JSON on stdout."""
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False))  # noqa: T201  # it is the command's output
        return
    checks = Table("check", "", "", title=f"{found.path} ({found.recipe})", title_justify="left", box=None)
    for check in found.checks:
        checks.add_row(check.name, "[green]yes[/]" if check.passed else "[red]NO[/]", check.detail)
    console.print(checks)
    if found.figures:
        figures = Table("figure", "base", "trained", box=None)
        for name, (base, trained) in found.figures.items():
            figures.add_row(name, "–" if base is None else f"{base:,.4f}", f"{trained:,.4f}")
        console.print(figures)
    console.print("[green]verified[/]" if found.passed else "[red]not verified[/]")


def _verify_module(path: Path) -> Verification:
    """A folder without ``training.json``: a module of :mod:`seamless_retail.models.module`, or a CLaRa checkpoint."""
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
        kind, hashes = str(manifest["kind"]), dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{path / MANIFEST} is not a manifest ({error}).", "Name the folder that a recipe was given as --out."
        ) from error
    checks = check_files(path, hashes)
    if all(check.passed for check in checks):
        checks.append(_loads(path, kind))
    return Verification(kind, path, tuple(checks))


def _kind(path: Path) -> str:
    return str(json.loads((path / MANIFEST).read_bytes())["kind"])


def _loads(path: Path, kind: str) -> Check:
    import numpy as np

    try:
        if kind == "clara":
            from seamless_retail.models.clara import ClaraModel

            tensors = [value.detach().float().numpy() for value in ClaraModel.from_pretrained(path).parameters()]
        else:
            tensors = list(load_module(path, kind).tensors.values())
    except SeamlessError as error:
        return Check("loads", False, str(error))
    broken = sum(value.dtype.kind == "f" and not bool(np.isfinite(value).all()) for value in tensors)
    size = f"{sum(value.size for value in tensors):,} parameters"
    return Check("loads", not broken, f"{broken} tensors are not finite" if broken else size)
