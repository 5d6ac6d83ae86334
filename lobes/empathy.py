"""The customer-care lobe ("empathy"): orders, returns, the loyalty account, earlier conversations, and friendly words.

It answers from the records of the verified customer, from the policy documents, and about earlier conversations with
what the customer said. It never shows anybody else's records, changes nothing itself (what the customer wants done is
drafted, proposed and approved; see ``lobes/approval.py``), and states no rule that a policy does not state; a guest who
asks for account facts is asked to sign in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.orders import Order
from seamless_retail.core.ports import ConversationMemory, Shop
from seamless_retail.lobes import loyalty_claims, order_claims
from seamless_retail.lobes.acting import CANNOT_CHANGE, Acting, acts_on
from seamless_retail.lobes.clara_empathy import ClaraEmpathy
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.mood_person import asks_for_person
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.policy_shelf import PolicyShelf, first_person
from seamless_retail.lobes.recollection import Recollection
from seamless_retail.lobes.return_window import STANDARD, return_window
from seamless_retail.lobes.sentences import answering
from seamless_retail.lobes.small_talk import A_PERSON, CAPABLE, COMPLAINTS, PERSON, recognise
from seamless_retail.lobes.stated import acknowledgement
from seamless_retail.lobes.stems import content_stems
from seamless_retail.tools.orders import find_orders, get_order, previous_order

SIGN_IN = r"please sign in"
NOT_YOURS = r"somebody else's orders"
UNDELIVERED = ("pending", "processed", "shipped")
WIDE_QUESTION = 2
"""Content words up to which a question is about the policy as a whole."""
UNSURE = 0.1
"""Confidence of a claim that only explains why there is no answer."""
ASIDE = r";|, and it\b"
"""Where a quotation about the assistant may stop."""

_ABOUT_POLICY = re.compile(
    r"\b(?:policy|policies|how (?:do|can|does|long|many days)|can i|could i|do you|is it possible|what happens|"
    r"am i able|are there|is there|what(?:'s| is| are) (?:the|your))\b",
    re.IGNORECASE,
)
_MY_POINTS = re.compile(r"\b(?:my|mine|i have|have i|do i have|am i|i(?:'m| am))\b", re.IGNORECASE)
_MY_ORDER = re.compile(r"\b(?:my|mine|i ordered|i bought|it|this|that|them|these|order)\b", re.IGNORECASE)
_HOW = re.compile(r"\b(?:how (?:do|can|does|would)|can i|could i|where can i|what happens|polic\w+)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:orders|order history|purchases)\b", re.IGNORECASE)
_CANCEL = re.compile(r"\b(?:cancel\w*|change|modify|edit)\b", re.IGNORECASE)
_FAULTY = re.compile(
    r"\b(?:arrived? (?:with|broken|damaged)|broken|damaged|defective|faulty|hole|holes|rip|ripped|stain\w*|tear|torn|"
    r"cracked|mouldy|moldy|missing a|wrong (?:item|size|colou?r|product))\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:cancel\w*|change|modify|edit|return|exchange|send (?:it|this|that|them) back|swap)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class EmpathyLobe:
    """Answers the verified customer's own affairs."""

    shop: Shop
    retriever: BaseRetriever
    """Finds policy passages: ``invoke(text, k=…, filter={"kind": "policy", "topic": …})``."""
    min_score: float = 0.4
    memory: ConversationMemory | None = None
    """What the customer said in earlier conversations."""
    acting: Acting | None = None
    """Drafts what the customer wants done; without it, orders are only looked up."""
    name: str = "empathy"
    description: str = "Answers questions about the customer's orders, returns and loyalty account, and small talk."

    def is_ready(self) -> Readiness:
        """Whether the shop's policies can be read."""
        try:
            ready = bool(self.shop.policies.all())
        except Exception as error:
            return Readiness(ready=False, reason=f"The shop does not answer: {error}")
        return Readiness(ready=ready, reason="" if ready else "The shop holds no policy document.")

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Answer by intent; anything else is small talk."""
        if request.understanding.about_memory:
            return self._remembered(request)
        if acts_on(request.understanding.wish, request.intent.intent) and (acted := self._acted(request)):
            return acted
        report = self._answered(request)
        earlier = ClaraEmpathy(self.memory).complaint(request) if report.claims else []
        return report.model_copy(update={"claims": (*earlier, *report.claims)}) if earlier else report

    def _answered(self, request: LobeRequest) -> LobeReport:
        answers: dict[Intent, Callable[[LobeRequest], LobeReport]] = {
            Intent.ORDER_STATUS: self._orders,
            Intent.RETURNS_EXCHANGE: self._returns,
            Intent.LOYALTY_PROGRAM: self._loyalty,
        }
        return answers.get(request.intent.intent, self._small_talk)(request)

    def _acted(self, request: LobeRequest) -> LobeReport | None:
        """A draft of what the customer wants done, or what stands in the way; ``None`` where it is only looked up."""
        wish = request.understanding.wish
        is_return = request.intent.intent is Intent.RETURNS_EXCHANGE
        if wish is None or self.acting is None or (is_return and not request.principal.customer_id):
            return None
        if not request.principal.customer_id:
            return self._report(self._sign_in())
        acted = self.acting.on(request, wish)
        claims = self._why_not(request) if acted.is_refused else list(acted.claims)
        report = self._report(claims, *acted.missing)
        return report.model_copy(update={"action": acted.action, "wish": acted.wish})

    def _why_not(self, request: LobeRequest) -> list[Claim]:
        """How the order stands that cannot be changed, and what a policy says about it."""
        order = self._order(request)
        if order is None:
            return []
        policy = self._how_to_cancel(order) if order.status in UNDELIVERED else []
        claims = [*order_claims.order_claims(order, {"status"})[:1], *policy]
        return [claim.model_copy(update={"confidence": UNSURE}) for claim in claims]

    def _remembered(self, request: LobeRequest) -> LobeReport:
        if not request.principal.customer_id:
            return self._report(self._sign_in())
        claims, missing = Recollection(self.memory, self.shop).answer(request)
        return self._report(claims, missing)

    def _orders(self, request: LobeRequest) -> LobeReport:
        text, customer = request.understanding.text, request.principal.customer_id
        if not customer:
            return self._report(self._sign_in())
        if _SEVERAL.search(text) and not request.understanding.order_id:
            orders = self.shop.orders.recent(customer, 5)
            if orders:
                return self._report(order_claims.order_list(orders))
        order = self._order(request)
        if order is None:
            return self._no_order(request)
        claims = order_claims.order_claims(order, order_claims.asked_aspects(text))
        if _CANCEL.search(text):
            claims += self._how_to_cancel(order)
            return self._report(claims, *self._cannot_change())
        return self._report(claims)

    def _returns(self, request: LobeRequest) -> LobeReport:
        text, customer, named = (
            request.understanding.text,
            request.principal.customer_id,
            request.understanding.order_id,
        )
        general = _ABOUT_POLICY.search(text) and not _MY_ORDER.search(text) and not named
        if general or not customer:
            policy = self._return_policy(text)
            return self._report(policy if general else [*policy, *self._sign_in()])
        order = self._order(request)
        if order is None:
            return self._no_order(request) if named else self._report(self._return_policy(text))
        claims = order_claims.order_claims(order, {"status"} | ({"refund"} & order_claims.asked_aspects(text)))
        if order.status in UNDELIVERED or _CANCEL.search(text):
            claims += self._how_to_cancel(order)
        else:
            claims += [*self._window(order, customer), *self._return_policy(text)]
        return self._report(claims, *(self._cannot_change() if _CHANGES.search(text) else []))

    def _window(self, order: Order, customer: str) -> list[Claim]:
        """Until when the order can be returned, as far as the policies say."""
        account = self.shop.loyalty.account(customer, self.shop.today())
        window = return_window(order, account.tier.name if account else "", PolicyShelf(self.shop, self.retriever))
        return [order_claims.return_claim(order, window, self.shop.today())] if window else []

    def _return_policy(self, text: str) -> list[Claim]:
        """What answers; for a question as wide as "what is your return policy?" the rule itself first."""
        if _CANCEL.search(text):
            return self._how_to(text, "orders")
        if _FAULTY.search(text):
            return self._how_to("something arrives damaged, faulty or is not what you ordered", "returns")
        if len(content_stems(text)) > WIDE_QUESTION:
            return self._how_to(text, "returns")
        rule = PolicyShelf(self.shop, self.retriever).sentence(STANDARD, "returns")
        first = [make_claim("policy", [rule[1]], sentence=rule[1].quote)] if rule else []
        told = {citation for claim in first for citation in claim.citations}
        return first + [claim for claim in self._how_to(text, "returns") if not told & set(claim.citations)]

    def _how_to_cancel(self, order: Order) -> list[Claim]:
        if order.status == "pending":
            return self._how_to("cancel an order while it is pending", "orders")
        if order.status in UNDELIVERED:
            return self._how_to("can a processed or shipped order be stopped", "orders")
        return self._how_to("send something back", "returns")

    def _loyalty(self, request: LobeRequest) -> LobeReport:
        text, customer = request.understanding.text, request.principal.customer_id
        general = _HOW.search(text) or (_ABOUT_POLICY.search(text) and not _MY_POINTS.search(text))
        policy = self._how_to(text, "loyalty") if general or not customer else []
        if not customer:
            return self._report(policy if general else [*policy, *self._sign_in()])
        account = self.shop.loyalty.account(customer, self.shop.today())
        if account is None:
            return self._report(policy, "You have no loyalty account yet.")
        aspects = {"points"} if policy else loyalty_claims.asked_aspects(text)
        return self._report([*policy, *loyalty_claims.loyalty_claims(account, aspects)])

    def _small_talk(self, request: LobeRequest) -> LobeReport:
        text = request.understanding.text
        talk, opening = recognise(text), ""
        if asks_for_person(text) and talk.policy != COMPLAINTS:
            talk = A_PERSON
        if understood := acknowledgement(text):
            talk, opening = CAPABLE, understood
        found = PolicyShelf(self.shop, self.retriever).sentence(talk.policy, talk.topic)
        if found is None:
            return self._report([], opening or talk.opening)
        sentence = f"{opening or talk.opening} {first_person(found[1].quote)}".strip()
        return self._report([make_claim("greeting", [found[1]], sentence=sentence)])

    def _order(self, request: LobeRequest) -> Order | None:
        """The order named or in focus, the one before it if asked for, or the latest (with such a product)."""
        understanding, customer = request.understanding, request.principal.customer_id
        try:
            if "previous_order" in understanding.wants:
                later = understanding.order_id or self.shop.orders.recent(customer, 1)[0].id
                return previous_order(self.shop, customer, later)
            if understanding.order_id:
                return get_order(self.shop, customer, understanding.order_id)
        except (NotFoundError, IndexError):
            return None
        for words in understanding.products.categories:
            if found := find_orders(self.shop, customer, words, limit=1):
                return found[0]
        return next(iter(self.shop.orders.recent(customer, 1)), None)

    def _no_order(self, request: LobeRequest) -> LobeReport:
        """That the order named, or any, is not in the account, and what a policy says about that."""
        order_id = request.understanding.order_id
        pattern = NOT_YOURS if order_id else PERSON
        found = PolicyShelf(self.shop, self.retriever).sentence(pattern, "assistant")
        claims = [make_claim("policy", [found[1]], confidence=UNSURE, sentence=found[1].quote)] if found else []
        return self._report(claims, f"I found no order {order_id}".strip() + " in your account.")

    def _how_to(self, question: str, topic: str) -> list[Claim]:
        """The best sentences of the policies on a topic, if the retriever trusts them."""
        ranked = PolicyShelf(self.shop, self.retriever).search(question, [topic], self.min_score)
        return [
            make_claim("policy", [s.citation], confidence=min(1.0, s.passage_score), sentence=first_person(s.text))
            for s in answering(ranked, self.min_score)
        ]

    def _sign_in(self) -> list[Claim]:
        found = PolicyShelf(self.shop, self.retriever).sentence(SIGN_IN, "assistant", until=ASIDE)
        return [make_claim("sign_in_needed", [found[1]], sentence=found[1].quote)] if found else []

    def _cannot_change(self) -> list[str]:
        """That orders can only be looked up here, where it is so."""
        return [] if self.acting else [CANNOT_CHANGE]

    def _report(self, claims: list[Claim], *missing: str) -> LobeReport:
        status = "ok" if claims else "empty"
        return LobeReport.model_validate(
            {
                "lobe": self.name,
                "status": status,
                "confidence": 0.95 if claims else 0.0,
                "claims": tuple(claims),
                "missing": tuple(filter(None, missing)),
            }
        )
