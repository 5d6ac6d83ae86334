"""Finds what the shop's own policy documents say, sentence by sentence. It never says what they do not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.evidence import Citation
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.ports import Shop
from seamless_retail.core.sources import policy_source
from seamless_retail.lobes.sentences import ScoredSentence, retrieve, score_sentences, sentence_spans


@dataclass(frozen=True, slots=True)
class PolicyShelf:
    """The policy documents, by retrieval and by topic."""

    shop: Shop
    retriever: BaseRetriever

    def search(
        self, question: str, topics: Sequence[str] = (), enough: float = 0.0, k: int = 4
    ) -> list[ScoredSentence]:
        """Sentences of retrieved policy passages, the best first; ``topics`` restrict the documents.

        Where no passage scores ``enough``, the question is asked again in words alike.
        """
        where: dict[str, Any] = {"kind": "policy"}
        if topics:
            where["topic"] = {"$in": list(topics)}
        return score_sentences(question, retrieve(self.retriever, question, k, where, enough))

    def sentence(self, pattern: str, topic: str = "", until: str = "") -> tuple[re.Match[str], Citation] | None:
        """The first sentence of a policy (of that topic) in which the pattern occurs, with the match.

        Args:
            pattern: Regular expression, case ignored.
            topic: Only documents of this topic.
            until: Regular expression at which the quotation stops.
        """
        for document in self.documents(topic):
            source = policy_source(document)
            for start, end in sentence_spans(source.text):
                if match := re.search(pattern, source.text[start:end], re.IGNORECASE):
                    cut = re.search(until, source.text[start:end]) if until else None
                    return match, source.cite_span(start, start + cut.start() if cut else end)
        return None

    def documents(self, topic: str = "") -> list[PolicyDocument]:
        """All documents, or those of one topic."""
        return [document for document in self.shop.policies.all() if topic in ("", document.topic)]


def first_person(sentence: str) -> str:
    """What a policy says about "this assistant", as the assistant says it of itself."""
    sentence = re.sub(r"^(?:It|This assistant) (can|cannot|will|may)\b", r"I \1", sentence)
    sentence = re.sub(r"^(?:It|This assistant) does\b", "I do", sentence)
    return re.sub(r"\band does not\b", "and do not", sentence) if sentence.startswith("I ") else sentence
