"""The node that words the answer.

Without a chat model the grounded composer words it. With one, the same evidence goes to the model, and its text is
shown only when every sentence of it stands in the evidence it cites; otherwise the composer's text is shown and the
reason is recorded. Nothing is streamed before it is checked. What guards have to say, and what is missing, is always
worded by the composer.
"""

import logging
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.runtime import Runtime

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.core.evidence import Claim
from seamless_retail.core.personality import Personality
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.composer import Composer, Composition
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.answer_guard import AnswerGuard, Released
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.framing import FRAMING
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems
from seamless_retail.lobes.guardrails.guard import with_decisions
from seamless_retail.lobes.guardrails.household import UNRESTRICTED, Household
from seamless_retail.lobes.guardrails.input_guard.records import MARKED
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.speaker import Speaker
from seamless_retail.lobes.manners import OWN_SENTENCES, expanded
from seamless_retail.lobes.model_writer import ModelWriter
from seamless_retail.lobes.phrasebook import GUARD_KINDS, NOTHING_FOUND, QUOTED_KINDS, REFUSAL, phrase_words
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)

OWN_WORDS = FRAMING | phrase_words()
"""What the composer may say without evidence; a model may not say as much."""
NOT_FOR_MODELS = GUARD_KINDS | QUOTED_KINDS
"""Kinds of claims that the composer words in any case."""
TONE = OWN_SENTENCES | {expanded(sentence) for sentence in NOTHING_FOUND}
"""Sentences that state nothing."""
NAMING_FACTS = ("name", "product", "brand", "location", "store", "city", "code", "subject")
"""Facts of claims that name something."""
GUEST = Principal()
PLAIN: dict[str, Any] = {"personality": Personality(), "opening": ""}
"""What a draft is set to that is to be said without a tone of its own."""
COMPOSER = "composer"
"""The author of an answer that no model worded."""


class Answer:
    """The answer node.

    Args:
        composer: Words the answer without a model.
        chat_model: Words it instead, if its text passes the check.
        timeout_s: Seconds the model has.
        allow_out_of_context: Let the model answer from general knowledge, and say so, when there is no evidence. Such
            an answer cites nothing, so a composer that requires citations refuses it all the same.
        food_guard: Judges every sentence before it leaves.
        speaker: Says the judged sentences in the language of the customer.
    """

    def __init__(
        self,
        composer: Composer | None = None,
        chat_model: BaseChatModel | None = None,
        timeout_s: float = 20.0,
        allow_out_of_context: bool = False,
        food_guard: FoodGuard | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        self._composer = composer or Composer()
        self._writer = ModelWriter(chat_model, self._composer, timeout_s) if chat_model else None
        self._allow_out_of_context = allow_out_of_context and not self._composer.require_citations
        self._guard = AnswerGuard(food_guard or FoodGuard())
        self._speaker = speaker or Speaker()

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``answer``, ``citations``, ``products``, ``missing``, ``composed_by``; stream the sentences.

        Each checked sentence goes to the custom stream as ``{"type": "sentence", "text": …}``; joined, the texts are
        the answer. ``guardrail`` gets what the guard over the sentences decided.
        """
        draft = Draft.model_validate(state["draft"])
        household, principal = Household.from_state(state["household"]), runtime.context or Principal()
        released, composed_by = self._said(draft, household, principal)
        composition = begun_with(draft.first, released.composition)
        said: list[str] = []
        kinds = [kind for kind, _ in composition.origins]
        names = _names(draft, composition)
        for chunk in self._speaker.say(composition.chunks, Spoken.of(state), names, kinds, urgent=len(draft.first)):
            runtime.stream_writer({"type": "sentence", "text": chunk})
            said.append(chunk)
        return {
            "answer": "".join(said),
            "citations": [
                {"mark": number, **citation.model_dump(mode="json")}
                for number, citation in enumerate(composition.citations, start=1)
            ],
            "products": list(composition.products),
            "missing": list(draft.missing),
            "composed_by": composed_by,
            **with_decisions(state.get("guardrail") or {}, released.decisions),
        }

    def _said(self, draft: Draft, household: Household, principal: Principal) -> tuple[Released, dict[str, str]]:
        """The answer; in an emergency, nothing at all rather than an error."""
        if not draft.first:
            return self.word(draft, household, principal)
        try:
            return self.word(draft, household, principal)
        except Exception:
            log.exception("what follows the first sentences of an emergency could not be worded")
            return Released(Composition(answer="")), {
                "author": COMPOSER,
                "fallback": "Only the emergency was answered.",
            }

    def word(
        self, draft: Draft, household: Household = UNRESTRICTED, principal: Principal = GUEST
    ) -> tuple[Released, dict[str, str]]:
        """The checked answer; who worded it (``author``); why a better text was not used (``fallback``)."""
        fallback = ""
        if self._writer is not None:
            try:
                composition = self._by_model(draft, self._writer)
                released = self._guard.release(composition, household, principal) if composition else None
                if released and not released.decisions:
                    return released, {"author": self._writer.name, "fallback": ""}
                if released:
                    fallback = f"The model's text was not safe for the customer. {released.decisions[0].reason}"
            except LanguageModelError as error:
                log.info("falling back to the composer: %s", error.message)
                fallback = error.message
        released, found = self._composed(draft, household, principal)
        if released.decisions and not draft.personality.is_neutral:
            # What is left out must not be cheered on.
            released, found = self._composed(draft.model_copy(update=PLAIN), household, principal)
        if found:
            log.error("the composed answer failed its check: %s", "; ".join(found))
            fallback = f"The composed answer failed its check: {found[0]}."
            released = Released(Composition(answer=REFUSAL, sentences=(REFUSAL,), chunks=(REFUSAL,)))
        return released, {"author": COMPOSER, "fallback": fallback}

    def _composed(self, draft: Draft, household: Household, principal: Principal) -> tuple[Released, list[str]]:
        """The composer's answer as the guard lets it go, and what its check found."""
        if draft.first and not (draft.claims or draft.supplementary or draft.missing):
            return Released(Composition(answer="")), []
        composition = self._composer.compose(draft)
        return self._guard.release(composition, household, principal), self._check(composition, draft)

    def _check(self, composition: Composition, draft: Draft) -> list[str]:
        claims = (*draft.claims, *draft.supplementary)
        uncited = () if self._composer.require_citations else (claim.text for claim in claims if not claim.citations)
        return problems(
            composition.sentences,
            evidence_for(composition.citations, claims),
            exempt={*draft.missing, *NOTHING_FOUND, *TONE, *uncited},
            framing=OWN_WORDS,
        )

    def _by_model(self, draft: Draft, writer: ModelWriter) -> Composition | None:
        """The model's wording of the facts, then the composer's of the rest; ``None`` when there is nothing to word.

        Raises:
            LanguageModelError: The model's text cannot be used.
        """
        ours = tuple(claim for claim in (*draft.claims, *draft.supplementary) if _is_ours(claim))
        rest = draft.model_copy(update={"claims": ours, "supplementary": (), **PLAIN})
        facts = tuple(claim for claim in draft.claims if not _is_ours(claim))
        further = tuple(claim for claim in draft.supplementary if not _is_ours(claim))
        if not facts and not further:
            if not self._allow_out_of_context or ours or draft.refused or draft.first:
                return None
            return writer.write_from_general_knowledge(draft.question)
        stated = draft.model_copy(update={"claims": facts, "supplementary": further})
        worded = self._composer.dressed(writer.write(stated, tuple(filter(None, draft.withheld.values()))), draft)
        if not ours and not draft.missing:
            return worded
        return worded.followed_by(self._composer.compose(rest, known=worded.citations))


def begun_with(first: Sequence[str], composition: Composition) -> Composition:
    """The answer after the sentences that an emergency puts before everything else."""
    if not first:
        return composition
    chunks = (first[0], *(f" {line}" for line in first[1:]))
    head = Composition(answer="".join(chunks), sentences=tuple(first), chunks=chunks, origins=(("", ""),) * len(first))
    return head.followed_by(composition)


def _names(draft: Draft, composition: Composition) -> set[str]:
    """Names in an answer: titles of what it cites, and what its claims call products, brands and places."""
    facts = (claim.facts.get(key) for claim in (*draft.claims, *draft.supplementary) for key in NAMING_FACTS)
    titles = (citation.title for citation in composition.citations)
    return {name for name in (*titles, *facts) if isinstance(name, str) and name}


def _is_ours(claim: Claim) -> bool:
    """Whether no language model is shown the claim: of some kinds, and where its source gives instructions."""
    return claim.kind in NOT_FOR_MODELS or MARKED in claim.facts
