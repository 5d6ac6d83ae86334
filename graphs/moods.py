"""Opens what reads moods, and the queue of conversations that wait for a person."""

from seamless_retail.core.ports import IntentClassifier, MoodReader
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.handovers import FileHandovers


def open_mood_reader(settings: Settings, classifier: IntentClassifier) -> MoodReader | None:
    """The mood head; none where it is turned off.

    Args:
        settings: ``mood_head``.
        classifier: The intent router, whose pass over a message it shares; beside any other it makes its own.

    Raises:
        ModelFileError: A model file is missing or damaged.
    """
    if not settings.mood_head:
        return None
    from seamless_retail.models.mood_head import MoodHead

    head: MoodReader = MoodHead.load(getattr(classifier, "encoder", None))
    return head


def open_handovers(settings: Settings) -> FileHandovers:
    """The queue in ``home``."""
    return FileHandovers(settings.home / "handovers.jsonl")
