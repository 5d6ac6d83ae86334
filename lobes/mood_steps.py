"""The steps of a turn that attend to the customer's mood: ``alarm``, ``feel`` and ``tone``.

``alarm`` looks for danger to life before anything else can refuse, misread or delay the message. ``feel`` reads the
mood of the understood message and keeps the conversation's. ``tone`` sets the dials of the answer, puts the first
sentences of an emergency into it, and hands the conversation over where a person should go on. None of them fails a
turn: what cannot be read is neutral.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langgraph.runtime import Runtime

from seamless_retail.core.emergencies import emergency_number
from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.handovers import Handover, Reason
from seamless_retail.core.moods import Mood, ThreadMood
from seamless_retail.core.personality import Personality
from seamless_retail.core.ports import HandoverDesk, MoodReader, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.lobes import handover as handing
from seamless_retail.lobes.clara_empathy import utc_now
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.mood_dials import dials, is_upset, opening
from seamless_retail.lobes.mood_emergency import Danger, danger_in, first_sentences
from seamless_retail.lobes.mood_person import asks_for_person
from seamless_retail.lobes.policy_shelf import PolicyShelf
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)

FOR_THE_AMBULANCE = frozenset(
    {"ingredients", "allergens", "traces", "contains_allergen", "may_contain_allergen", "blocked", "caution"}
)
"""Claims that stay in the answer to a certain emergency: what a food holds, and never what it lacks."""


def thread_mood(state: BrainState) -> ThreadMood:
    """The conversation's mood; a fresh one where none is kept or another version kept it."""
    try:
        return ThreadMood.model_validate(state.get("mood") or {})
    except ValueError:
        return ThreadMood()


def alarm(state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
    """The step ``alarm`` of the node ``router``, right after ``receive``: write whether a life is in danger."""
    fresh = {"alarmed": False, "wants_person": False, "distress": False}
    thread = thread_mood(state).model_copy(update=fresh)
    found = _endangered(thread, danger_in(state["query"]), "sure", runtime.context.jurisdiction)
    return {"mood": found.model_dump(mode="json"), "handover": {}}


def _endangered(thread: ThreadMood, danger: Danger, how: str, country: str) -> ThreadMood:
    """The thread with whom to call in such a danger; without one, with nobody."""
    known = emergency_number(country)
    update = {
        "emergency": how if danger else "",
        "danger": danger,
        "emergency_number": known.number if danger else "",
        "emergency_source": known.source if danger else "",
        "distress": thread.distress or danger == "self",
    }
    return thread.model_copy(update=update)


@dataclass(frozen=True, slots=True)
class Feel:
    """The step ``feel`` of the node ``router``: the mood of the message and of the conversation."""

    reader: MoodReader | None

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``mood``; in an emergency, drop what the message wants done."""
        understanding, thread = state["understanding"], thread_mood(state)
        text = str(understanding["text"])
        mood = self._read("" if (state.get("route") or {}).get("refused") else text)
        country = runtime.context.jurisdiction
        if not thread.emergency and (danger := danger_in(text)):
            # What was said in another language shows it only in translation.
            thread = _endangered(thread, danger, "sure", country)
        elif not thread.emergency and mood.emergency:
            thread = _endangered(thread, "body", "likely", country)
        update = {"wants_person": asks_for_person(text), "distress": thread.distress or mood.distress}
        if thread.emergency:
            mood = mood.model_copy(update={"urgency": "high", "emergency": True})
        found = {"mood": thread.after(mood).model_copy(update=update).model_dump(mode="json")}
        return {**found, "understanding": {**understanding, "wish": None}} if thread.emergency == "sure" else found

    def _read(self, text: str) -> Mood:
        if self.reader is None or not text:
            return Mood()
        try:
            return self.reader.read([text])[0]
        except Exception:
            log.exception("the mood of a message could not be read")
            return Mood()


@dataclass(frozen=True, slots=True)
class Tone:
    """The step ``tone`` before an answer is worded.

    Args:
        personality: The shop's dials.
        shop: Whose policy says how to reach a person.
        retriever: Of the policies.
        desk: Keeps what is handed over; without one, the caller gets it with the answer.
        now: The time, UTC.
    """

    personality: Personality
    shop: Shop
    retriever: BaseRetriever
    desk: HandoverDesk | None = None
    now: Callable[[], datetime] = utc_now

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``draft``, ``mood`` and ``handover``."""
        draft, thread = Draft.model_validate(state["draft"]), thread_mood(state)
        draft, thread = _alarmed(draft, thread, runtime.context.jurisdiction)
        given: dict[str, Any] = {}
        try:
            if not _about_memory(state):
                thread = handing.with_outcome(thread, draft, _reports(state))
            if draft.action is None and (reason := handing.reason_for(thread)):
                draft, thread, given = self._handed_over(state, draft, thread, reason, runtime.context.customer_id)
        except Exception:
            log.exception("a conversation could not be handed over")
        draft = self._toned(draft, thread, opens=not _about_memory(state))
        since = 0 if draft.opening else min(99, thread.since_opening + 1)
        thread = thread.model_copy(update={"since_opening": since, "alarmed": True})
        return {
            "draft": draft.model_dump(mode="json"),
            "mood": thread.model_dump(mode="json"),
            "handover": given or state.get("handover") or {},
        }

    def _toned(self, draft: Draft, thread: ThreadMood, *, opens: bool) -> Draft:
        return draft.model_copy(
            update={
                "personality": dials(self.personality, thread),
                "opening": opening(draft, thread) if opens else "",
                "brief": thread.now.urgency == "high",
                "subdued": is_upset(thread),
            }
        )

    def _handed_over(
        self, state: BrainState, draft: Draft, thread: ThreadMood, reason: Reason, customer: str
    ) -> tuple[Draft, ThreadMood, dict[str, Any]]:
        focus, understanding, reports = state.get("focus") or {}, state["understanding"], _reports(state)
        orders = handing.order_ids(draft, str(understanding.get("order_id", "")), focus.get("order_id"))
        question = Spoken.of(state).heard or draft.question
        told = handing.Conversation(state.get("messages") or [], question, reports, thread, customer, orders)
        handover = handing.summarise(told, reason, self.now())
        kept = self._kept(handover)
        claims = handing.person_claims(PolicyShelf(self.shop, self.retriever), draft.claims)
        lost: tuple[str, ...] = () if kept else (handing.NOT_PASSED_ON,)
        claims += [handing.handed_over_claim(handover)] if kept else []
        missing = draft.missing if draft.answers or reason != "asked" else ()
        draft = draft.model_copy(update={"claims": (*draft.claims, *claims), "missing": (*missing, *lost)})
        thread = thread.model_copy(
            update={"handed_over": tuple(dict.fromkeys((*thread.handed_over, reason))), "failures": 0}
        )
        return draft, thread, handover.model_dump(mode="json")

    def _kept(self, handover: Handover) -> bool:
        """Whether the person will find it."""
        if self.desk is None:
            return True
        try:
            self.desk.hand_over(handover)
        except SeamlessError as error:
            log.error("a conversation could not be kept for a person: %s", error)
            return False
        return True


def _about_memory(state: BrainState) -> bool:
    """Whether the turn asks what was said before, or to forget it: no complaint, and nothing that can fail twice."""
    return bool(state["understanding"].get("about_memory"))


def _reports(state: BrainState) -> list[LobeReport]:
    return [LobeReport.model_validate(report) for report in state.get("reports") or []]


def _alarmed(draft: Draft, thread: ThreadMood, country: str) -> tuple[Draft, ThreadMood]:
    """The draft that begins with whom to call; of what was found, a certain emergency leaves the labels."""
    if not thread.emergency or thread.alarmed:
        return draft, thread
    certain = thread.emergency == "sure"
    first = first_sentences(thread.danger, certain, country)
    if not certain:
        return draft.model_copy(update={"first": first}), thread
    labels = (
        tuple(claim for claim in draft.claims if claim.kind in FOR_THE_AMBULANCE) if thread.danger == "body" else ()
    )
    update = {"first": first, "claims": labels, "supplementary": (), "missing": (), "action": None}
    return draft.model_copy(update=update), thread
