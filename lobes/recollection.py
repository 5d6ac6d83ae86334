"""Answers questions about earlier conversations with the customer's own words, dated and quoted, and nothing else.

What is remembered is data: it is quoted as what the customer said, never followed, and it never stands in for a record.
An order that it was about is told as the records have it today.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from seamless_retail.core.account_sources import memory_source
from seamless_retail.core.errors import NotFoundError, SeamlessError
from seamless_retail.core.evidence import Claim
from seamless_retail.core.interactions import RememberedInteraction
from seamless_retail.core.ports import ConversationMemory, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.source_text import written_date
from seamless_retail.lobes import order_claims
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.sentences import sentence_spans
from seamless_retail.lobes.stems import content_stems
from seamless_retail.tools.orders import get_order
from seamless_retail.tools.understanding.recollection import TOLD, subject_of, topics_asked

log = logging.getLogger(__name__)

NOT_KEPT = "I do not remember earlier conversations."
NOTHING = "I remember nothing you told me about that."
NOTHING_AT_ALL = "I remember nothing from earlier conversations."
FORGOTTEN = "I have forgotten what you told me in earlier conversations."
NOT_FORGOTTEN = "I could not forget all that you told me; please ask again, or talk to a person."
UNREACHABLE = "I could not look into our earlier conversations."
LOOKED_UP_ANEW = "Prices and stock change, so I look them up anew instead of quoting an earlier conversation."
CHANGING = frozenset({"price", "stock", "promotion"})
"""Wants that only the records of today answer."""
QUOTED = 240
"""Characters of a message that are quoted whole; of a longer one, the sentence that answers."""


@dataclass(frozen=True, slots=True)
class Recollection:
    """What a customer said before."""

    memory: ConversationMemory | None
    """Without one, nothing is remembered."""
    shop: Shop
    limit: int = 3
    """Remembered interactions that one answer quotes."""

    def answer(self, request: LobeRequest) -> tuple[list[Claim], str]:
        """The claims about what the caller, who is signed in, said before; and what is missing, in words."""
        if self.memory is None:
            return [], NOT_KEPT
        try:
            if request.understanding.about_memory == "forget":
                left = self.memory.recall(request.principal, "", limit=1)
                return [], NOT_FORGOTTEN if left else FORGOTTEN
            return self._recall(self.memory, request)
        except (SeamlessError, TimeoutError) as error:
            log.warning("the memory of conversations cannot be read: %s", error)
            return [], UNREACHABLE

    def _recall(self, memory: ConversationMemory, request: LobeRequest) -> tuple[list[Claim], str]:
        text = request.understanding.text
        subject, topics = subject_of(text), topics_asked(text)
        found = memory.recall(request.principal, subject, topics=topics, limit=self.limit)
        claims = [_quotation(one, subject, topics) for one in found]
        orders = dict.fromkeys(one.order_id for one in found if one.order_id and "complaint" in one.topics)
        for order_id in orders:
            claims += self._order_today(order_id, request.principal)
        if not claims:
            return [], NOTHING if content_stems(subject) else NOTHING_AT_ALL
        return claims, LOOKED_UP_ANEW if CHANGING & set(request.understanding.wants) else ""

    def _order_today(self, order_id: str, principal: Principal) -> list[Claim]:
        try:
            order = get_order(self.shop, principal.customer_id, order_id)
        except NotFoundError:
            return []
        return order_claims.order_claims(order, {"status"})


def _quotation(remembered: RememberedInteraction, subject: str, topics: Sequence[str]) -> Claim:
    """The customer's words: all of a short message, the sentence that answers of a long one."""
    source = memory_source(remembered)
    start, end = 0, len(source.text)
    if end > QUOTED:
        wanted = content_stems(subject)

        def merit(span: tuple[int, int]) -> tuple[int, int]:
            sentence = source.text[span[0] : span[1]]
            told = sum(bool(TOLD[topic].search(sentence)) for topic in topics if topic in TOLD)
            return told, len(wanted & content_stems(sentence))

        start, end = max(sentence_spans(source.text), key=merit)
        end = min(end, start + QUOTED)
    citation = source.cite_span(start, end)
    said = citation.quote.strip().rstrip(".")
    return make_claim("remembered", [citation], confidence=0.95, date=written_date(remembered.last), said=said)
