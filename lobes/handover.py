"""When a person takes over, what that person is given, and how the customer is told.

A conversation is handed over when the customer asks for a person, when answers fail repeatedly, and when somebody is in
distress or danger. How to reach a person is quoted from a policy, never made up. The summary is put together from the
conversation without a language model; card numbers, addresses, names and health data are taken out, and the customer
reads exactly what the person will read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage

from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.handovers import Handover, Reason, handover_source
from seamless_retail.core.intents import Intent
from seamless_retail.core.moods import ThreadMood
from seamless_retail.core.redaction import Redactor
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.policy_shelf import PolicyShelf
from seamless_retail.lobes.small_talk import PERSON
from seamless_retail.lobes.stems import content_stems
from seamless_retail.lobes.supervision import subject

FAILURES = 2
"""Answers in a row without anything in them after which a person takes over."""
QUOTED = 3
"""Messages of the customer that the summary quotes."""
LENGTH = 140
"""Characters of a message that it quotes."""
REMEMBERED_QUESTIONS = 4
NOT_FAILURES = (Intent.OUT_OF_SCOPE, Intent.GENERAL_CHAT, Intent.CODE_REQUEST, Intent.VISUAL_SEARCH)
"""Questions that a shop need not be able to answer."""
NOT_PASSED_ON = "I could not pass this conversation on to a person myself."
_WHY: dict[Reason, str] = {
    "asked": "The customer asked for a person",
    "failure": "The assistant could not answer",
    "distress": "The customer is in distress",
    "emergency": "The customer told of a danger to life",
}


def digest_of(question: str) -> str:
    """The same for a question asked again in other order or case; empty for one of less than two words of content."""
    stems = sorted(content_stems(question))
    return hashlib.sha256(" ".join(stems).encode()).hexdigest()[:16] if len(stems) > 1 else ""


def with_outcome(mood: ThreadMood, draft: Draft, reports: Sequence[LobeReport]) -> ThreadMood:
    """The thread's mood with how this turn went.

    Args:
        mood: Before.
        draft: What is answered.
        reports: Of the lobes; one that acts or asks back is no failure, and its question is none that comes again.
    """
    asked, acts = digest_of(draft.question), draft.refused or any(report.wish for report in reports)
    again = bool(asked) and mood.questions[-1:] == (asked,)
    fails = not (draft.answers or acts or draft.intent in NOT_FAILURES)
    repeated = again and not acts
    angry_again = repeated and mood.is_negative
    failures = mood.failures + 1 if fails or repeated else 0
    questions = (*mood.questions, asked)[-REMEMBERED_QUESTIONS:] if asked else mood.questions
    return mood.model_copy(update={"failures": max(failures, FAILURES if angry_again else 0), "questions": questions})


def reason_for(mood: ThreadMood) -> Reason | None:
    """Why a person should take over now; each reason but the customer's own wish holds once in a conversation."""
    found: list[Reason] = []
    if mood.emergency == "sure":
        found.append("emergency")
    if mood.distress:
        found.append("distress")
    if mood.failures >= FAILURES:
        found.append("failure")
    if mood.wants_person:
        return "asked"
    return next((reason for reason in found if reason not in mood.handed_over), None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a summary is made of."""

    messages: Sequence[AnyMessage]
    """The turns before."""
    question: str
    """The message of this turn, in the customer's own language."""
    reports: Sequence[LobeReport]
    mood: ThreadMood
    customer_id: str
    order_ids: tuple[str, ...]


def summarise(told: Conversation, reason: Reason, at: datetime) -> Handover:
    """What a person is given."""
    redactor = Redactor()
    tried = tuple(
        f"{subject(report.lobe)}: {'found something' if report.claims else 'found nothing'}" for report in told.reports
    )
    said = [str(message.text) for message in told.messages if isinstance(message, HumanMessage)]
    if not said or said[-1].strip() != told.question.strip():
        said.append(told.question)
    quoted = [f"“{_shortened(redactor.text(text))}”" for text in said[-QUOTED:]]
    now = told.mood.now
    parts = [
        f"{_WHY[reason]}.",
        f"Said, the latest last: {'; '.join(quoted)}.",
        f"Orders: {', '.join(told.order_ids)}." if told.order_ids else "",
        f"Tried: {'; '.join(tried)}." if tried else "",
        f"Mood: {now.sentiment}, urgency {now.urgency}.",
    ]
    summary = " ".join(filter(None, parts))
    name = hashlib.sha256(f"{told.customer_id}|{at.isoformat()}|{summary}".encode()).hexdigest()[:12]
    return Handover(
        id=name,
        at=at,
        reason=reason,
        summary=summary,
        customer_id=told.customer_id,
        order_ids=told.order_ids,
        tried=tried,
        mood={"sentiment": now.sentiment, "urgency": now.urgency, "valence": told.mood.valence},
    )


def person_claims(shelf: PolicyShelf, said: Sequence[Claim]) -> list[Claim]:
    """How to reach a person, as a policy says it, unless it is said already."""
    found = shelf.sentence(PERSON, "assistant")
    told = {citation for claim in said for citation in claim.citations}
    if found is None or found[1] in told:
        return []
    return [make_claim("policy", [found[1]], sentence=found[1].quote)]


def handed_over_claim(handover: Handover) -> Claim:
    """What the person is given, word for word."""
    citation = handover_source(handover).cite("summary")
    return make_claim("handed_over", [citation], summary=handover.summary)


def order_ids(draft: Draft, understood: str, focused: Any) -> tuple[str, ...]:
    """The orders that the message, the answer or the thread is about."""
    cited = [
        citation.source_id.removeprefix("order:")
        for claim in (*draft.claims, *draft.supplementary)
        for citation in claim.citations
        if citation.source_id.startswith("order:")
    ]
    return tuple(dict.fromkeys(filter(None, (understood, *cited, str(focused or "")))))


def _shortened(text: str) -> str:
    plain = " ".join(text.split()).rstrip(".").translate(_MARKS)
    return plain if len(plain) <= LENGTH else f"{plain[:LENGTH].rsplit(' ', 1)[0]} …"


_MARKS = str.maketrans({"[": "(", "]": ")", "“": "'", "”": "'"})
"""Brackets would pass for citation marks."""
