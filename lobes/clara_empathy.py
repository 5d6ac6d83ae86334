"""What a customer told in earlier conversations, where it matters now: a complaint that comes again, a preference.

The words come from the customer's compressed memory (``ConversationMemory``): they are quoted with their day and cited,
and stand beside what the records say, never in place of it. Guests, customers who had themselves forgotten and shops
that keep no memory get nothing. What was said within the last hour belongs to this conversation and is not told anew.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seamless_retail.core.account_sources import memory_source
from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.interactions import RememberedInteraction
from seamless_retail.core.ports import ConversationMemory
from seamless_retail.core.source_text import written_date
from seamless_retail.lobes.lobe import Lobe, LobeRequest, Readiness
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.stems import content_stems
from seamless_retail.tools.understanding.recollection import topics_told

log = logging.getLogger(__name__)

EARLIER = timedelta(hours=1)
"""Age from which something was said in an earlier conversation."""
IN_COMMON = 2
"""Words of content that two complaints about one thing share, unless they name one order."""
LOOKED_AT = 3
"""Remembered interactions that are looked at."""
QUOTED = 200
"""Characters of a message up to which it is quoted."""
_GENERAL = content_stems(
    "like love prefer hate dislike avoid wear buy eat drink use want need always never only really usually something "
    "anything favourite favorite order product thing again still very good bad new old problem complain complaint"
)
"""Words that say nothing of what a complaint or a preference is about."""


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ClaraEmpathy:
    """Recalls what matters to a request."""

    memory: ConversationMemory | None
    """Without one, nothing is recalled."""
    now: Callable[[], datetime] = utc_now

    def complaint(self, request: LobeRequest) -> list[Claim]:
        """An earlier complaint about the same, if this message is a complaint."""
        text, order_id = request.understanding.text, request.understanding.order_id
        if "complaint" not in topics_told(text):
            return []
        about = content_stems(text) - _GENERAL

        def is_the_same(one: RememberedInteraction) -> bool:
            shared = about & (content_stems(one.said) - _GENERAL)
            return len(shared) >= IN_COMMON or bool(order_id and order_id == one.order_id)

        return self._recalled(request, "complaint", is_the_same)

    def preference(self, request: LobeRequest, report: LobeReport) -> list[Claim]:
        """A preference that bears on what is asked or suggested."""
        told = " ".join([request.understanding.text, *(claim.text for claim in report.claims)])
        about = content_stems(told) - _GENERAL

        def bears_on_it(one: RememberedInteraction) -> bool:
            return bool(about & (content_stems(one.said) - _GENERAL))

        return self._recalled(request, "preference", bears_on_it)

    def _recalled(
        self, request: LobeRequest, topic: str, matters: Callable[[RememberedInteraction], bool]
    ) -> list[Claim]:
        if self.memory is None or not request.principal.customer_id:
            return []
        try:
            found = self.memory.recall(request.principal, request.understanding.text, topics=(topic,), limit=LOOKED_AT)
        except (SeamlessError, TimeoutError) as error:
            log.warning("the memory of conversations cannot be read: %s", error)
            return []
        earlier = (one for one in found if self.now() - one.first >= EARLIER and len(one.said) <= QUOTED)
        return [_quoted(one) for one in earlier if matters(one)][:1]


@dataclass(frozen=True, slots=True)
class WithPreferences:
    """A lobe whose suggestions are introduced by the preference that they should suit."""

    lobe: Lobe
    recalls: ClaraEmpathy

    @property
    def name(self) -> str:
        """The lobe's."""
        return self.lobe.name

    @property
    def description(self) -> str:
        """The lobe's."""
        return self.lobe.description

    def is_ready(self) -> Readiness:
        """Whether the lobe is."""
        return self.lobe.is_ready()

    def __call__(self, request: LobeRequest) -> LobeReport:
        """The lobe's report, with a preference in front where one bears on it."""
        report = self.lobe(request)
        claims = self.recalls.preference(request, report) if report.claims else []
        return report.model_copy(update={"claims": (*claims, *report.claims)}) if claims else report


def _quoted(one: RememberedInteraction) -> Claim:
    source = memory_source(one)
    citation = source.cite_span(0, len(source.text))
    said = citation.quote.strip().rstrip(".")
    return make_claim("told_before", [citation], confidence=0.9, date=written_date(one.first), said=said)
