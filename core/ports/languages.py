"""What tells languages apart, and what translates between them; codes are those of ``core/languages.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from seamless_retail.core.languages import UNDETERMINED


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The language of a text."""

    code: str
    """NLLB-200's code, also of a language that is not among the 25, or ``UNDETERMINED``."""
    confidence: float
    """0 to 1: the probability that ``code`` is right."""

    @property
    def known(self) -> bool:
        """Whether a language was told at all."""
        return self.code != UNDETERMINED


class LanguageIdentifier(Protocol):
    """Tells the language of a text."""

    def identify(self, text: str) -> LanguageGuess:
        """The likeliest language; ``UNDETERMINED`` for a text without letters. Any text is accepted, none raises."""
        ...


class Translator(Protocol):
    """Translates texts, one sentence or short paragraph each."""

    @property
    def name(self) -> str:
        """Of the model, as it was configured."""
        ...

    def supports(self, source: str, target: str) -> bool:
        """Whether it translates from the one NLLB code to the other."""
        ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the target language, one for each, in order. It may be called from several threads.

        Args:
            texts: What to translate; placeholders of :mod:`~seamless_retail.core.protected_spans` are ordinary words.
            source: NLLB code of all the texts.
            target: NLLB code.

        Raises:
            TranslationError: The model does not know the pair, or fails.
        """
        ...
