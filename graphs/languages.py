"""Opening what tells and translates languages."""

import logging
from collections.abc import Sequence
from threading import Lock

from seamless_retail.core.errors import ConfigurationError, MissingExtraError, TranslationError, UnknownLanguageError
from seamless_retail.core.languages import language_of
from seamless_retail.core.ports import LanguageIdentifier, Translator
from seamless_retail.core.settings import Settings
from seamless_retail.lobes.languages.interpreter import AUTO
from seamless_retail.lobes.languages.services import Languages
from seamless_retail.lobes.languages.translation import CheckedTranslator

log = logging.getLogger(__name__)

NO_MODEL = (
    "Set SEAMLESS_TRANSLATION_MODEL to an NLLB-200 checkpoint, such as facebook/nllb-200-distilled-600M, or a folder."
)


def open_languages(settings: Settings) -> Languages:
    """The identifier, and the translator of the settings; the model is loaded when it is first needed.

    Raises:
        ConfigurationError: ``answer_language`` names no language.
    """
    translator = DeferredTranslator(settings) if settings.translation_model else None
    return Languages(open_identifier(), CheckedTranslator(translator), _answer_language(settings))


def open_identifier() -> LanguageIdentifier | None:
    """The language identifier; none where its packages are not installed: every message is then taken for English."""
    from seamless_retail.models.language_identifier import LanguageIdentifier as Identifier

    try:
        return Identifier.load()
    except MissingExtraError as error:
        log.warning("messages in other languages are not told apart: %s", error)
        return None


def open_translator(settings: Settings) -> Translator:
    """The configured translation model, loaded.

    Raises:
        TranslationError: None is configured.
        MissingExtraError: Its packages are not installed.
        ModelFileError: It cannot be loaded.
    """
    if not settings.translation_model:
        raise TranslationError("No translation model is configured.", NO_MODEL)
    from seamless_retail.models.translator import CheckpointTranslator

    return CheckpointTranslator.load(settings.translation_model, settings.translation_adapter)


class DeferredTranslator:
    """Implements ``Translator``; the model is loaded by the first message in another language.

    Args:
        settings: Name the model.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: Translator | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Of the model, as it was configured."""
        return self._settings.translation_model

    def supports(self, source: str, target: str) -> bool:
        """Whether the model knows both languages."""
        return self._model().supports(source, target)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the target language.

        Raises:
            TranslationError: The model does not know the pair, or fails.
            ModelFileError: The model cannot be loaded.
        """
        return self._model().translate(texts, source, target)

    def _model(self) -> Translator:
        with self._lock:
            if self._loaded is None:
                self._loaded = open_translator(self._settings)
            return self._loaded


def _answer_language(settings: Settings) -> str:
    """``auto``, or an NLLB code."""
    if settings.answer_language == AUTO:
        return AUTO
    try:
        return language_of(settings.answer_language).code
    except UnknownLanguageError as error:
        raise ConfigurationError(
            f"SEAMLESS_ANSWER_LANGUAGE: {error.message}", f"{error.remedy} Or write {AUTO!r}."
        ) from error
