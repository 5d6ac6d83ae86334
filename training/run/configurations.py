"""Settings from YAML: packaged ones by name (``training/configs/<recipe>/<name>.yaml``), others by their path."""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from seamless_retail.core.errors import ConfigurationError

S = TypeVar("S", bound=BaseModel)


def configurations(recipe: str) -> list[str]:
    """Names of the packaged configurations of a recipe."""
    folder = _folder(recipe)
    pages = folder.iterdir() if folder.is_dir() else ()
    return sorted(page.name.removesuffix(".yaml") for page in pages if page.name.endswith(".yaml"))


def read_settings(kind: type[S], recipe: str, source: str, overrides: Sequence[str] = ()) -> S:
    """Read a packaged configuration by name, or a file by its path.

    Args:
        kind: The recipe's settings.
        recipe: Its name.
        source: ``test``, or ``path/to/file.yaml``.
        overrides: ``optimisation.updates=100`` …; the values are YAML.

    Raises:
        ConfigurationError: It does not exist or a field is wrong; lists every one.
    """
    values = _load(recipe, source)
    for override in overrides:
        _set(values, override)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(
            f"{source} is not a configuration of {recipe}: {faults}.",
            f"Correct these fields; {kind.__module__} says what each one means.",
        ) from error


def _folder(recipe: str) -> Traversable:
    return files("seamless_retail.training") / "configs" / recipe


def _load(recipe: str, source: str) -> dict[str, Any]:
    names = configurations(recipe)
    page = _folder(recipe) / f"{source}.yaml" if source in names else Path(source)
    try:
        values = yaml.safe_load(page.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"The configuration {source} cannot be read ({error}).",
            f"Give the path of a YAML file, or one of {', '.join(names)}.",
        ) from error
    if not isinstance(values, dict):
        raise ConfigurationError(f"{source} holds no settings.", f"Start from one of training/configs/{recipe}.")
    return values


def _set(values: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    *parents, leaf = path.split(".")
    for name in parents:
        values = values.setdefault(name, {})
    if not equals or not isinstance(values, dict):
        raise ConfigurationError(f"{override!r} sets nothing.", "Write --set optimisation.updates=100.")
    values[leaf] = yaml.safe_load(value)
