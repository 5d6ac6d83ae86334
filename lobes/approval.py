"""The two steps between the guards and the answer that ask for a yes: ``propose`` and ``approval``.

``propose`` keeps what a lobe drafted as a proposal and puts the question into the answer. ``approval`` pauses the graph
with LangGraph's ``interrupt()``; it runs again from its beginning when the graph is resumed, and does nothing before
the interrupt. It takes the decision as data, ``{"proposal_id", "digest", "approved"}``, or the customer's own words, of
which only a clear yes is a yes. Words that ask for something else are a no to the proposal, and are answered.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.evidence import Citation, Claim, Source
from seamless_retail.core.languages import find_language
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Decision, Proposal
from seamless_retail.core.source_text import SourceText
from seamless_retail.lobes.answer import COMPOSER
from seamless_retail.lobes.composer import mark
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.speaker import Speaker
from seamless_retail.lobes.mood_emergency import danger_in
from seamless_retail.lobes.order_claims import order_claims
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.state import BrainState
from seamless_retail.tools.approval import ApprovalGate, question
from seamless_retail.tools.understanding.consent import Consent, read_consent

SHALL_I = "Shall I do this? Nothing is changed until you say yes."
YES_OR_NO = "Please answer yes or no."
NOTHING = "Nothing was changed."
APPROVAL = "approval"
"""The ``type`` of the interrupt's value."""


def asks_for_approval(state: BrainState) -> bool:
    """Whether a lobe drafted something that needs the customer's yes."""
    return bool((state.get("draft") or {}).get("action"))


def is_proposed(state: BrainState) -> bool:
    """Whether the question was put; what was refused when it was proposed is answered at once."""
    return bool(state.get("proposal"))


def has_new_question(state: BrainState) -> bool:
    """Whether the customer asked something else in place of a yes or no."""
    return bool(state.get("query"))


def asked_in_words(value: Mapping[str, Any]) -> str:
    """The question of an interrupt as a customer reads it."""
    return " ".join(filter(None, (value["words"], SHALL_I, value.get("note", ""))))


def proposal_source(proposal: Proposal) -> Source:
    """A proposal as a citable text. Fields: ``words``."""
    text = SourceText()
    text.line(proposal.words, "words")
    return Source(
        id=f"proposal:{proposal.id}", kind="proposal", title="What you approved", text=text.text, fields=text.fields
    )


@dataclass(frozen=True, slots=True)
class Propose:
    """The step ``propose``: keeps the draft as a proposal and words the question."""

    gate: ApprovalGate
    speaker: Speaker = field(default_factory=Speaker)

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``proposal``, ``answer`` and ``citations``, or what stands in the way into ``draft``."""
        draft = Draft.model_validate(state["draft"])
        if draft.action is None:
            return {}
        try:
            shown = question(self.gate.propose(runtime.context, draft.action))
        except SeamlessError as error:
            return {"draft": _plain(draft, missing=(str(error),))}
        cited = tuple(dict.fromkeys(citation for claim in draft.claims for citation in claim.citations))
        text = mark(shown["words"], list(range(1, len(cited) + 1)))
        sentences = (*(f"{line} " for line in draft.first), text, f" {SHALL_I}")
        names = tuple(citation.title for citation in cited)
        said: list[str] = []
        for sentence in self.speaker.say(sentences, Spoken.of(state), names, urgent=len(draft.first)):
            runtime.stream_writer({"type": "sentence", "text": sentence})
            said.append(sentence)
        return {
            "proposal": shown,
            "answer": "".join(said),
            "citations": _numbered(cited),
            "composed_by": {"author": COMPOSER, "fallback": ""},
        }


@dataclass(frozen=True, slots=True)
class Approval:
    """The step ``approval``: waits for the answer, and does what was approved."""

    gate: ApprovalGate
    shop: Shop

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``draft`` and what the customer said; or ``query``, when that is a new question."""
        shown = state["proposal"]
        spoken = Spoken.of(state)
        said, consent = _heard(shown, _spoken_code(spoken))
        draft = Draft.model_validate(state["draft"])
        try:
            proposal = self._decided(shown, runtime.context, consent == "yes")
        except SeamlessError as error:
            missing = (f"{error} {NOTHING}",) if consent == "yes" else (str(error),)
            draft = Draft.model_validate(_plain(draft, missing=missing))
        else:
            if consent == "other":
                return {"query": said, "proposal": {}}
            done = self._done(proposal, runtime.context) if proposal.state == "executed" else ()
            draft = Draft.model_validate(_plain(draft, done, () if done else (NOTHING,)))
        understanding = {**state["understanding"], "text": said, "wish": None}
        return {
            "draft": draft.model_copy(update={"question": said}).model_dump(mode="json"),
            "understanding": understanding,
            "proposal": {},
            "language": spoken.quiet().record(),
            "started": time.time(),
        }

    def _decided(self, shown: Mapping[str, Any], principal: Principal, approved: bool) -> Proposal:
        proposal = self.gate.decide(shown["proposal_id"], principal, approved, shown["digest"])
        return self.gate.execute(proposal.id, principal) if approved else proposal

    def _done(self, proposal: Proposal, principal: Principal) -> tuple[Claim, ...]:
        """What was done, as it was approved, and how the order stands now."""
        told = make_claim("change_done", [proposal_source(proposal).cite("words")], words=proposal.words)
        order_id = proposal.arguments.get("order_id") or (proposal.result or {}).get("id", "")
        order = self.shop.orders.get(str(order_id), principal.customer_id) if order_id else None
        return (told, *(order_claims(order, {"status"})[:1] if order is not None else ()))


def _spoken_code(spoken: Spoken) -> str:
    """ISO 639-1, as consent is read by; empty for languages that nobody here reads."""
    language = find_language(spoken.code)
    return language.iso if language else ""


def _heard(shown: Mapping[str, Any], language: str = "") -> tuple[str, Consent]:
    """The customer's words and what they mean; asked once more when they are unclear.

    A decision about another proposal is no answer at all, and is passed over.
    """
    unclear, note = 0, ""
    while True:
        answer = interrupt({**shown, "note": note} if note else dict(shown))
        if isinstance(answer, str):
            consent = "other" if danger_in(answer) else read_consent(answer, language)
            if consent != "unclear":
                return answer, consent
            unclear += 1
            if unclear > 1:
                return answer, "no"
        elif (decision := _decision(answer, shown)) is not None:
            return ("yes", "yes") if decision.approved else ("no", "no")
        note = YES_OR_NO


def _decision(answer: object, shown: Mapping[str, Any]) -> Decision | None:
    """The decision about what was shown; a yes to other arguments is none."""
    try:
        decision = Decision.model_validate(answer)
    except ValidationError:
        return None
    is_about_it = decision.proposal_id == shown["proposal_id"]
    return decision if is_about_it and (decision.digest == shown["digest"] or not decision.approved) else None


def _plain(draft: Draft, claims: tuple[Claim, ...] = (), missing: tuple[str, ...] = ()) -> dict[str, Any]:
    update = {"action": None, "claims": claims, "supplementary": (), "missing": missing}
    return draft.model_copy(update=update).model_dump(mode="json")


def _numbered(citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    return [{"mark": n, **citation.model_dump(mode="json")} for n, citation in enumerate(citations, start=1)]
