"""Opening the sentence embeddings and the trained heads over them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from seamless_retail.core.ports import InjectionScorer, IntentClassifier
from seamless_retail.core.settings import Settings

if TYPE_CHECKING:
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

BUNDLED_EMBEDDINGS = "minilm"
"""The value of the setting ``embeddings`` for the model that comes with the package."""


def open_embeddings(settings: Settings) -> "MiniLMEmbeddings":
    """The sentence embeddings of the settings.

    Raises:
        ModelFileError: The model is missing or damaged.
    """
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

    return MiniLMEmbeddings(None if settings.embeddings == BUNDLED_EMBEDDINGS else settings.embeddings)


def open_classifier(settings: Settings, embeddings: "MiniLMEmbeddings | None" = None) -> IntentClassifier:
    """The intent router.

    Args:
        settings: Where to find its sentence model.
        embeddings: Shared with the retriever, so that a message is embedded once.

    Raises:
        ModelFileError: A model file is missing or damaged, or was made for another sentence model.
    """
    from seamless_retail.models.intent_router import IntentRouter

    router: IntentClassifier = IntentRouter.load((embeddings or open_embeddings(settings)).encoder)
    return router


def open_injection_head(settings: Settings, embeddings: Callable[[], "MiniLMEmbeddings"]) -> InjectionScorer | None:
    """The trained head of the input guard; none where the setting ``embeddings`` names another sentence model.

    Args:
        settings: Name the sentence model.
        embeddings: Opens it; shared with the retriever, so that a message is embedded once.

    Raises:
        ModelFileError: A model file is missing or damaged.
    """
    from seamless_retail.models.injection_head import InjectionHead

    if settings.embeddings != BUNDLED_EMBEDDINGS:
        return None
    head: InjectionScorer = InjectionHead.load(embeddings().encoder)
    return head
