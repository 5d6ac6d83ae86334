"""Which language a conversation is in, turn by turn: the identifier's guess, and what was spoken before.

Short messages say little about their language: "ok", "M" and "Gouda" are said in all of them. They leave the
conversation in the language it is in, unless their letters are of another script.
"""

from seamless_retail.core.languages import ENGLISH, LANGUAGES
from seamless_retail.core.ports import LanguageIdentifier

LEAST = 0.5
"""Confidence under which a guess changes nothing."""
CERTAIN = 0.95
"""Confidence at which a short message changes the language."""
SHORT = 2
"""Words of a short message."""


def language_of_message(text: str, identifier: LanguageIdentifier, before: str = "") -> str:
    """The NLLB code of the language that a message is in.

    Args:
        text: The message, normalised.
        identifier: Guesses.
        before: The language of the conversation so far; empty for English.
    """
    before = before or ENGLISH.code
    guess = identifier.identify(text)
    if not guess.known or guess.code == before:
        return before
    if _script(guess.code) != _script(before) and not text.isascii():
        return guess.code
    short = len(text.split()) <= SHORT
    needed = CERTAIN if short and before != ENGLISH.code else LEAST
    return guess.code if guess.confidence >= needed else before


def _script(code: str) -> str:
    known = LANGUAGES.get(code)
    return known.script if known else code.partition("_")[2]
