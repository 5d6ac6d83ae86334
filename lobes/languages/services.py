"""What the brain's parts that deal with language are made of."""

from dataclasses import dataclass, field

from seamless_retail.core.ports import LanguageIdentifier
from seamless_retail.lobes.languages.translation import CheckedTranslator


@dataclass(frozen=True, slots=True)
class Languages:
    """The composition root's choice; as it is, every message is taken for English."""

    identifier: LanguageIdentifier | None = None
    """Tells the language of a message."""
    translator: CheckedTranslator = field(default_factory=CheckedTranslator)
    """Translates, where a model is configured."""
    answer_language: str = "auto"
    """``auto``, or the NLLB code of the language that every answer is in."""
