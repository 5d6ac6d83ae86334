"""Translators that do one thing wrong, and a conversation's language."""

from collections.abc import Callable, Sequence

import pytest

from seamless_retail.core.errors import TranslationError
from seamless_retail.core.languages import LANGUAGES
from seamless_retail.core.ports import LanguageGuess


class ScriptedTranslator:
    """Turns every text into what a function makes of it, and counts the calls."""

    name = "scripted"

    def __init__(self, change: Callable[[str], str]) -> None:
        self.change, self.calls = change, []

    def supports(self, source: str, target: str) -> bool:
        return source in LANGUAGES and target in LANGUAGES

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        self.calls.append((tuple(texts), source, target))
        return [self.change(text) for text in texts]


class FailingTranslator(ScriptedTranslator):
    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        raise TranslationError("The model fails.")


class FixedIdentifier:
    """Guesses one language, with one confidence."""

    def __init__(self, code: str, confidence: float = 0.99) -> None:
        self.guess = LanguageGuess(code, confidence)

    def identify(self, text: str) -> LanguageGuess:
        return self.guess


@pytest.fixture
def scripted() -> type[ScriptedTranslator]:
    return ScriptedTranslator


@pytest.fixture
def failing() -> FailingTranslator:
    return FailingTranslator(str)


@pytest.fixture
def identifying() -> type[FixedIdentifier]:
    return FixedIdentifier
