"""The food guard of the settings: its lexicon with the user's imported words, its audit, its advisor."""

from langchain_core.language_models import BaseChatModel

from seamless_retail.core.settings import Settings
from seamless_retail.lobes.guardrails.advisor import ModelAdvisor
from seamless_retail.lobes.guardrails.audit import AuditTrail
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.labels.off_taxonomy import imported_rows
from seamless_retail.lobes.guardrails.labels.reading import LabelReader, packaged_reader


def open_food_guard(settings: Settings, chat_model: BaseChatModel | None = None) -> FoodGuard:
    """Make the guard.

    Args:
        settings: Of the guard (``guard_…``), the folder and the country.
        chat_model: The advisor, if the settings ask for one.

    Raises:
        ImportSourceError: The imported lexicon is damaged. No guard is made without it: it may know what ours does not.
    """
    extra = imported_rows(settings.home)
    return FoodGuard(
        jurisdiction=settings.jurisdiction,
        block_traces=settings.guard_block_traces,
        clear_by_reviewed_rows_only=settings.guard_reviewed_rows_only,
        timeout_s=settings.guard_timeout_s,
        reader=LabelReader(extra=extra) if extra else packaged_reader(),
        advisor=ModelAdvisor(chat_model, settings.llm_timeout_s) if settings.guard_advisor and chat_model else None,
        audit=AuditTrail(settings.guard_folder, settings.guard_audit_required) if settings.guard_audit else None,
    )
