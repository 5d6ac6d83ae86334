"""Lets a chat model word the evidence, and shows its text only when the evidence supports every sentence of it.

Writes no answer of its own: what it cannot vouch for it raises as an error, and the caller falls back to the composer.
"""

import logging
import re
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langgraph.constants import TAG_NOSTREAM

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.composer import Composer, Composition
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems, split_sentences
from seamless_retail.lobes.personality import instructions
from seamless_retail.lobes.prompt import answer_prompt, general_prompt
from seamless_retail.lobes.supervision import call_with_deadline

log = logging.getLogger(__name__)

_MARK = re.compile(r"\[(\d+)\]")
_CHUNK_END = re.compile(r"(?<=[.!?:\]])(?=\s)")

FROM_GENERAL_KNOWLEDGE = "This is general knowledge and does not come from our records:"
"""What stands before an answer without evidence."""


class ModelWriter:
    """A chat model under supervision.

    Args:
        chat_model: Any LangChain chat model. Its tokens are never streamed, as nobody has checked them yet.
        composer: Gives the numbering of the evidence.
        timeout_s: Seconds the model has.
    """

    def __init__(self, chat_model: BaseChatModel, composer: Composer, timeout_s: float) -> None:
        self._model = chat_model.model_copy(update={"disable_streaming": True})
        self._composer, self._timeout_s = composer, timeout_s
        self.name = str(getattr(chat_model, "model_name", "") or getattr(chat_model, "model", "") or "model")

    def write(self, facts: Draft, withheld: Sequence[str] = ()) -> Composition:
        """Word the claims of ``facts``.

        Args:
            facts: The draft without what guards add.
            withheld: Names of products that must not be mentioned.

        Raises:
            LanguageModelError: The model failed, was late, or wrote what the evidence does not support.
        """
        claims = (*self._composer.shown(facts.claims), *self._composer.shown(facts.supplementary))
        citations = tuple(dict.fromkeys(citation for claim in claims for citation in claim.citations))
        text = self._ask(answer_prompt(facts.question, claims, citations, instructions(facts)))
        sentences = split_sentences(text)
        found = problems(sentences, evidence_for(citations, claims), withheld=withheld)
        if found:
            raise LanguageModelError(f"The model's text is not supported by the evidence: {'; '.join(found[:3])}.")
        used = list(dict.fromkeys(int(mark) for mark in _MARK.findall(text)))
        text = _MARK.sub(lambda match: f"[{used.index(int(match[1])) + 1}]", text)
        cited = tuple(citations[number - 1] for number in used)
        return Composition(
            answer=text,
            citations=cited,
            sentences=tuple(split_sentences(text)),
            chunks=tuple(_CHUNK_END.split(text)),
            products=tuple(
                dict.fromkeys(c.product_id for c in claims if c.product_id and set(c.citations) & set(cited))
            ),
        )

    def write_from_general_knowledge(self, question: str) -> Composition:
        """Answer without evidence, saying so first.

        Raises:
            LanguageModelError: The model failed or was late.
        """
        text = f"{FROM_GENERAL_KNOWLEDGE}\n{_MARK.sub('', self._ask(general_prompt(question)))}"
        return Composition(answer=text, sentences=tuple(split_sentences(text)), chunks=tuple(_CHUNK_END.split(text)))

    def _ask(self, messages: list[BaseMessage]) -> str:
        def invoke() -> str:
            reply = self._model.invoke(messages, config={"tags": [TAG_NOSTREAM], "run_name": "word_answer"})
            return str(reply.text).strip()

        try:
            text = call_with_deadline(invoke, self._timeout_s, "chat-model")
        except TimeoutError:
            raise LanguageModelError(f"The chat model did not answer within {self._timeout_s:g} s.") from None
        except Exception as error:
            log.warning("the chat model failed", exc_info=True)
            raise LanguageModelError(f"The chat model failed with {type(error).__name__}.") from error
        if not text:
            raise LanguageModelError("The chat model gave an empty answer.")
        return text


def _products(claims: Sequence[Claim], cited: Sequence[Citation]) -> tuple[str, ...]:
    """The products of the claims of which some evidence is cited."""
    used = set(cited)
    return tuple(dict.fromkeys(c.product_id for c in claims if c.product_id and used & set(c.citations)))
