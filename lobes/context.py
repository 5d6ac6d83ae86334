"""The context lobe: what the store policies, the store directory and product descriptions say, word for word.

It answers questions about policies, stores, promotions and the text of one product by quoting the sentences that
answer. It never rewords or combines them, and when no passage is likely enough to answer it says what it searched.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.ports import Shop
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.memory_answer import RECORD_WANTS, MemoryAnswers
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.policy_shelf import PolicyShelf, first_person
from seamless_retail.lobes.sentences import ScoredSentence, answering, retrieve, score_sentences
from seamless_retail.lobes.stems import content_stems
from seamless_retail.lobes.store_claims import promotion_claims, store_claims

PRODUCT_INTENTS = (Intent.PRODUCT_INQUIRY, Intent.INVENTORY_CHECK, Intent.RECOMMENDATION, Intent.VISUAL_SEARCH)
POLICY_WANTS = frozenset({"delivery", "returns", "care"})
"""Wants of a product question to which a policy can add something."""
LOOKED_UP = RECORD_WANTS | frozenset(
    {
        "price",
        "stock",
        "size",
        "color",
        "material",
        "care",
        "promotion",
        "similar",
        "complement",
        "repurchase",
        "personal",
    }
)
"""Wants that other lobes look up, so that nothing about them is read from memory beside them."""

NOT_FOUND = "I don't know: I searched our policies and product descriptions and found nothing that answers this."
UNSURE = 0.1
"""Confidence in an answer that only says what else can be done."""
SCOPE: Mapping[Intent, tuple[str, ...]] = {
    Intent.OUT_OF_SCOPE: (r"nothing to do with", r"^This assistant can\b"),
    Intent.CODE_REQUEST: (r"computer code",),
    Intent.VISUAL_SEARCH: (r"look at pictures",),
}
"""For what is not the assistant's business: the policy sentences that say so, and what is instead."""
OTHER_WAYS = (r"talk to a person",)

MIN_STEMS = 3
"""Content words a question needs before this lobe adds to what another says: fewer match too much."""
_PROMOTION_STEMS = content_stems(
    "promotions sales offers deals discounts specials coupons clearance current running today now week month any on"
)
_FIELD_LINE = re.compile(r"^[A-Z][\w ]{1,40}: ")


@dataclass(frozen=True, slots=True)
class ContextLobe:
    """Answers from retrieved passages."""

    retriever: BaseRetriever
    """Called as ``invoke(text, k=…, filter=…)``; passages carry their span and a score in 0..1."""
    shop: Shop
    min_score: float = 0.4
    """Passages that score less do not answer."""
    passages: int = 5
    max_sentences: int = 3
    memory: MemoryAnswers | None = None
    """Reads the passages from compressed memory."""
    name: str = "context"
    description: str = "Answers questions about store policies, stores, promotions and product descriptions."

    def is_ready(self) -> Readiness:
        """Whether the index answers."""
        try:
            found = self.retriever.invoke("returns", k=1, filter={"kind": "policy"})
        except Exception as error:
            return Readiness(ready=False, reason=f"The search index does not answer: {error}")
        return Readiness(ready=bool(found), reason="" if found else "The search index holds no policy document.")

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Quote what answers the request."""
        if claims := self._from_records(request):
            return LobeReport(lobe=self.name, confidence=1.0, claims=tuple(claims))
        if (where := self._where(request)) is not None:
            found = self._from_passages(request, where)
        else:
            found = self._from_product(request)
        return found or self._nothing(request)

    def _from_records(self, request: LobeRequest) -> list[Claim]:
        """What the store directory and the list of promotions say, when they are asked for."""
        text, query = request.understanding.text, request.understanding.products
        if request.role == "primary" or request.intent.intent is Intent.STORE_INFO:
            stores = store_claims(self.shop, text, query.location_id)
            if stores:
                return stores
        general = "promotion" in request.understanding.wants and not request.understanding.selected_product_id
        if general and not content_stems(text) - _PROMOTION_STEMS - content_stems(" ".join(query.categories)):
            return promotion_claims(self.shop, query)
        return []

    def _from_passages(self, request: LobeRequest, where: Mapping[str, Any]) -> LobeReport | None:
        """What retrieved passages say, as far as they are likely enough to answer."""
        needed = self._needed(request)
        question = request.understanding.standalone or request.understanding.text
        passages = retrieve(self.retriever, question, self.passages, where, needed)
        likely = [passage for passage in passages if float(passage.metadata.get("score", 0.0)) >= needed]
        if read := self._from_memory(request, likely):
            return read
        chosen = answering(score_sentences(question, passages), needed, self.max_sentences)
        if not chosen:
            return None
        confidence = min(1.0, max(sentence.passage_score for sentence in chosen))
        claims = tuple(self._claim(sentence) for sentence in chosen)
        return LobeReport(lobe=self.name, confidence=confidence, claims=claims)

    def _from_product(self, request: LobeRequest) -> LobeReport | None:
        """What the text of the one product in question says, beside the lobe that looks things up in its record."""
        understanding, query = request.understanding, request.understanding.products
        ids = {understanding.selected_product_id} - {""} or set(query.product_ids)
        looked_up = LOOKED_UP & set(understanding.wants) or query.colors or query.sizes or query.in_stock
        if self.memory is None or len(ids) != 1 or looked_up:
            return None
        where = {"kind": "product", "product_id": ids.pop()}
        question = understanding.standalone or understanding.text
        return self._from_memory(request, self.retriever.invoke(question, k=self.passages, filter=where))

    def _from_memory(self, request: LobeRequest, passages: Sequence[Document]) -> LobeReport | None:
        """What the reader of memories points to, with its confidence; ``None`` when the passages do not bear it out."""
        read = self.memory.find(request.understanding, passages) if self.memory else None
        if read is None:
            return None
        claim = self._claim(ScoredSentence(read.quote.citation, read.confidence, read.quote.document))
        return LobeReport(lobe=self.name, confidence=read.confidence, claims=(claim,))

    def _where(self, request: LobeRequest) -> dict[str, Any] | None:
        """Which passages may answer; ``None`` when none can add to what the product lobes say."""
        understanding = request.understanding
        policies: dict[str, Any] = {"kind": "policy"}
        if request.role == "parallel":
            policies["topic"] = {"$ne": "assistant"}
        about_products = request.intent.intent in PRODUCT_INTENTS or understanding.products.constraints()
        if request.role == "parallel":
            if about_products and not POLICY_WANTS & set(understanding.wants):
                return None
            if len(content_stems(understanding.text)) < MIN_STEMS:
                return None
        if understanding.selected_product_id:
            return {"$or": [policies, {"kind": "product", "product_id": understanding.selected_product_id}]}
        return policies

    def _needed(self, request: LobeRequest) -> float:
        """The score a passage needs: more when the question is probably not about the shop at all."""
        if request.intent.intent in SCOPE:
            return max(self.min_score, 0.5 + request.intent.confidence / 2)
        return self.min_score

    def _claim(self, sentence: ScoredSentence) -> Claim:
        metadata = sentence.document.metadata
        product_id = str(metadata.get("product_id", "")) if metadata.get("kind") == "product" else ""
        text = sentence.text
        if product_id and _FIELD_LINE.match(text):
            text = f"{sentence.citation.title}: {text[0].lower()}{text[1:]}"
        kind = "policy" if metadata.get("kind") == "policy" else "passage"
        return make_claim(kind, [sentence.citation], product_id, min(1.0, sentence.score), sentence=text)

    def _nothing(self, request: LobeRequest) -> LobeReport:
        """Say what was searched; where this lobe leads, say also what the assistant is for, or whom to ask."""
        claims: list[Claim] = []
        outside = request.intent.intent in SCOPE
        if request.role == "primary":
            shelf = PolicyShelf(self.shop, self.retriever)
            found = [shelf.sentence(pattern, "assistant") for pattern in SCOPE.get(request.intent.intent, OTHER_WAYS)]
            claims = [
                make_claim("policy", [quoted[1]], confidence=UNSURE, sentence=first_person(quoted[1].quote))
                for quoted in found
                if quoted
            ]
        return LobeReport(
            lobe=self.name,
            status="empty",
            confidence=UNSURE if claims else 0.0,
            claims=tuple(claims),
            missing=() if outside and claims else (NOT_FOUND,),
        )
