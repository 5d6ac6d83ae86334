"""Reads ``mood_signs.toml``: the signs in messages that rules look for, as data."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_WORD = re.compile(r"<(\w+)>")


def patterns(table: str) -> Mapping[str, re.Pattern[str]]:
    """The expressions of one table by name, case ignored; those of a list are alternatives."""
    content = _content()
    words = content["words"]

    def compiled(value: str | list[str]) -> re.Pattern[str]:
        whole = value if isinstance(value, str) else "|".join(value)
        return re.compile(_WORD.sub(lambda match: words.get(match[1], match[0]), whole), re.IGNORECASE)

    return {name: compiled(value) for name, value in content[table].items()}


@cache
def _content() -> dict[str, dict[str, Any]]:
    text = (files("seamless_retail.lobes") / "mood_signs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
