"""Reading the packaged content: tables in TOML, ingredient rows and policy texts."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

CONTENT = files("seamless_retail.core.database.seed") / "content"


def read_toml(path: str) -> dict[str, Any]:
    """A packaged TOML file, such as ``fashion/brands.toml``."""
    return tomllib.loads(read_text(path))


def read_text(path: str) -> str:
    """A packaged text file."""
    return (CONTENT / path).read_text(encoding="utf-8")


@cache
def words(line: str) -> tuple[str, ...]:
    """Cut a comma-separated line."""
    return tuple(word.strip() for word in line.split(",") if word.strip())
