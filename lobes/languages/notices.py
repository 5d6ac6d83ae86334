"""Authored sentences that tell customers, in their language, why an answer is not in it."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from seamless_retail.core.languages import ENGLISH, LANGUAGES

Occasion = Literal["english", "lost", "partly", "unread"]

LOST = "I did not understand your message. Please write it in English words, such as 'oat milk under $4'."
"""What is missing from an answer to a message of which nothing is understood."""
IN_ENGLISH = "No translation model is configured, so I answer in English."
"""Said to whom asks in English for an answer in another language."""


def notice(occasion: Occasion, code: str) -> str:
    """The sentence in the language of an NLLB code; in English where there is none."""
    language = LANGUAGES.get(code, ENGLISH)
    return _table().get(language.iso, {}).get(occasion, IN_ENGLISH if occasion == "english" else "")


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "notices.toml").read_text(encoding="utf-8"))
