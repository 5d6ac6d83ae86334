"""The node that words the answer.

Without a chat model the grounded composer words it. With one, the same evidence goes to the model, and its text is
shown only when every sentence of it stands in the evidence it cites; otherwise the composer's text is shown and the
reason is recorded. Nothing is streamed before it is checked. What guards have to say, and what is missing, is always
worded by the composer.
"""

import logging
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.runtime import Runtime

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.composer import Composer, Composition
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.framing import FRAMING
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems
from seamless_retail.lobes.model_writer import ModelWriter
from seamless_retail.lobes.phrasebook import GUARD_KINDS, NOTHING_FOUND, QUOTED_KINDS, REFUSAL, phrase_words
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)

OWN_WORDS = FRAMING | phrase_words()
"""What the composer may say without evidence; a model may not say as much."""
NOT_FOR_MODELS = GUARD_KINDS | QUOTED_KINDS
"""Kinds of claims that the composer words in any case."""
COMPOSER = "composer"
"""The author of an answer that no model worded."""


class Answer:
    """The answer node.

    Args:
        composer: Words the answer without a model.
        chat_model: Words it instead, if its text passes the check.
        timeout_s: Seconds the model has.
        allow_out_of_context: Let the model answer from general knowledge, and say so, when there is no evidence.
    """

    def __init__(
        self,
        composer: Composer | None = None,
        chat_model: BaseChatModel | None = None,
        timeout_s: float = 20.0,
        allow_out_of_context: bool = False,
    ) -> None:
        self._composer = composer or Composer()
        self._writer = ModelWriter(chat_model, self._composer, timeout_s) if chat_model else None
        self._allow_out_of_context = allow_out_of_context

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``answer``, ``citations``, ``products``, ``missing`` and ``composed_by``; stream the sentences.

        Each checked sentence goes to the custom stream as ``{"type": "sentence", "text": …}``; joined, the texts are
        the answer.
        """
        draft = Draft.model_validate(state["draft"])
        composition, composed_by = self.word(draft)
        for chunk in composition.chunks:
            runtime.stream_writer({"type": "sentence", "text": chunk})
        return {
            "answer": composition.answer,
            "citations": [
                {"mark": number, **citation.model_dump(mode="json")}
                for number, citation in enumerate(composition.citations, start=1)
            ],
            "products": list(composition.products),
            "missing": list(draft.missing),
            "composed_by": composed_by,
        }

    def word(self, draft: Draft) -> tuple[Composition, dict[str, str]]:
        """The checked answer; who worded it (``author``); why a better text was not used (``fallback``)."""
        fallback = ""
        if self._writer is not None:
            try:
                composition = self._by_model(draft, self._writer)
                if composition is not None:
                    return composition, {"author": self._writer.name, "fallback": ""}
            except LanguageModelError as error:
                log.info("falling back to the composer: %s", error.message)
                fallback = error.message
        composition = self._composer.compose(draft)
        found = self._check(composition, draft)
        if found:
            log.error("the composed answer failed its check: %s", "; ".join(found))
            fallback = f"The composed answer failed its check: {found[0]}."
            composition = Composition(answer=REFUSAL, sentences=(REFUSAL,), chunks=(REFUSAL,))
        return composition, {"author": COMPOSER, "fallback": fallback}

    def _check(self, composition: Composition, draft: Draft) -> list[str]:
        claims = (*draft.claims, *draft.supplementary)
        uncited = () if self._composer.require_citations else (claim.text for claim in claims if not claim.citations)
        return problems(
            composition.sentences,
            evidence_for(composition.citations, claims),
            exempt={*draft.missing, *NOTHING_FOUND, *uncited},
            framing=OWN_WORDS,
        )

    def _by_model(self, draft: Draft, writer: ModelWriter) -> Composition | None:
        """The model's wording of the facts, then the composer's of the rest; ``None`` when there is nothing to word.

        Raises:
            LanguageModelError: The model's text cannot be used.
        """
        ours = tuple(claim for claim in (*draft.claims, *draft.supplementary) if claim.kind in NOT_FOR_MODELS)
        rest = draft.model_copy(update={"claims": ours, "supplementary": ()})
        facts = tuple(claim for claim in draft.claims if claim.kind not in NOT_FOR_MODELS)
        further = tuple(claim for claim in draft.supplementary if claim.kind not in NOT_FOR_MODELS)
        if not facts and not further:
            if not self._allow_out_of_context or ours:
                return None
            return writer.write_from_general_knowledge(draft.question)
        stated = draft.model_copy(update={"claims": facts, "supplementary": further})
        worded = writer.write(stated, tuple(filter(None, draft.withheld.values())))
        if not ours and not draft.missing:
            return worded
        return worded.followed_by(self._composer.compose(rest, known=worded.citations))
