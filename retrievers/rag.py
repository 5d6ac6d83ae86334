"""Questions over documents, answered with the words that bear the answer out, or with "I don't know".

    rag = Rag()
    answer, citations = rag.query("How long can I return shoes?", documents=[{"id": "returns", "text": …}])

Retrieval, reranking, then an answer from the passages that reach ``min_score``: by a reader of compressed memories
(CLaRa), by a chat model, or, without either, the sentence itself that answers best. What a model says is given only if
cited words bear it out (:mod:`seamless_retail.retrievers.citations`); what it cannot prove is replaced by a quotation.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.core.evidence import Citation
from seamless_retail.core.ports import MemoryReader, TextScreen
from seamless_retail.retrievers.citations import borne_out, cite, sentences
from seamless_retail.retrievers.hybrid import HybridRetriever
from seamless_retail.retrievers.opening import open_reranker
from seamless_retail.retrievers.own_documents import Given, passages_of
from seamless_retail.retrievers.rag_config import RagConfig
from seamless_retail.retrievers.reranking import LatentReranker
from seamless_retail.retrievers.said import Said, ask_chat_model, ask_reader
from seamless_retail.retrievers.text_cache import TextCache

log = logging.getLogger(__name__)

DONT_KNOW = "I don't know."
_COLLECTIONS = 8
"""Collections of a caller's own documents whose indexes are kept."""


@dataclass(frozen=True, slots=True)
class RagAnswer:
    """An answer and how it came about."""

    answer: str
    """Begins with :data:`DONT_KNOW` if nothing was found."""
    citations: tuple[Citation, ...]
    """Document id, title and exact place of the words that bear the answer out."""
    passages: tuple[Document, ...] = ()
    """What was read, best first; ``metadata["score"]`` is the probability of being relevant."""
    confidence: float = 0.0
    """The score of the passage that is cited first; 0 without one."""

    @property
    def known(self) -> bool:
        """Whether there is an answer."""
        return not self.answer.startswith(DONT_KNOW)


class Rag:
    """Answers questions from documents; usable from several threads.

    Args:
        config: Settings, or a YAML file or mapping of them; the package's defaults without.
        retriever: Finds passages when a question brings no documents: any LangChain retriever.
        reader: Reads answers from passages.
        chat_model: Does so where there is no reader.
        embeddings: Of the index over a caller's own documents; the bundled MiniLM by default.
        reranker: Compares by memories; what the settings say by default.
        screen: Finds passages that give instructions instead of information; they are not read. A passage that it
            fails on is not read either. The input guard is one (:mod:`seamless_retail.lobes.guardrails.input_guard`).

    Raises:
        ConfigurationError: The settings are invalid, both a reader and a chat model are given, or ``min_score`` is
            above 0 and the reranker is not calibrated.
        ModelFileError: The compressor is missing or damaged.
    """

    def __init__(
        self,
        config: RagConfig | Mapping[str, Any] | str | Path | None = None,
        *,
        retriever: BaseRetriever | None = None,
        reader: MemoryReader | None = None,
        chat_model: BaseChatModel | None = None,
        embeddings: Embeddings | None = None,
        reranker: LatentReranker | None = None,
        screen: TextScreen | None = None,
    ) -> None:
        if reader is not None and chat_model is not None:
            raise ConfigurationError("Both a reader and a chat model are given.", "Leave one out.")
        self.config = _config(config)
        self.retriever = retriever
        self.reader = reader
        self.chat_model = chat_model
        self.embeddings = embeddings or _minilm()
        self.reranker = reranker
        if reranker is None and self.config.compression.enabled:
            self.reranker = open_reranker(self.config.compression, self.embeddings)
        if self.reranker is not None:
            self.reranker.check_min_score(self.config.reranking.min_score)
        self.screen = screen
        self._collections = TextCache[HybridRetriever](_COLLECTIONS)

    def query(self, question: str, documents: Iterable[Given] | None = None) -> tuple[str, tuple[Citation, ...]]:
        """The answer and its citations; see :meth:`answer`."""
        found = self.answer(question, documents)
        return found.answer, found.citations

    async def aquery(self, question: str, documents: Iterable[Given] | None = None) -> tuple[str, tuple[Citation, ...]]:
        """As :meth:`query`."""
        return await asyncio.to_thread(self.query, question, documents)

    async def aanswer(self, question: str, documents: Iterable[Given] | None = None) -> RagAnswer:
        """As :meth:`answer`."""
        return await asyncio.to_thread(self.answer, question, documents)

    def answer(self, question: str, documents: Iterable[Given] | None = None) -> RagAnswer:
        """Answer from documents.

        Args:
            question: In plain words.
            documents: Texts, LangChain documents or ``{"id", "title", "text"}``, searched for this question alone;
                without them the retriever is asked.

        Raises:
            InvalidQueryError: The question is blank, or it or a document is not valid text.
            ConfigurationError: There are neither documents nor a retriever.
        """
        if not question.strip():
            raise InvalidQueryError("The question is empty.", "Ask with one or more words.")
        found = self._search(question, None if documents is None else passages_of(documents))
        least = self.config.reranking.min_score
        kept = [p for p in found if p.metadata.get("score", 1.0) >= least and self._informs(p)]
        if not kept and not self.config.guardrails.allow_out_of_context:
            return RagAnswer(_nothing(found, least), ())
        return self._borne_out(question, kept, self._said(question, kept))

    def _search(self, question: str, own: Sequence[Document] | None) -> list[Document]:
        """The best passages, those below ``min_score`` too, so that it can be said what was searched."""
        top_k = self.config.reranking.top_k
        if own is not None:
            return self._collection(own).invoke(question, k=top_k, min_score=0.0) if own else []
        if self.retriever is None:
            raise ConfigurationError(
                "There is nothing to search.", "Give documents with the question, or make Rag(retriever=…)."
            )
        return self.retriever.invoke(question)[:top_k]

    def _collection(self, own: Sequence[Document]) -> HybridRetriever:
        """An index over the passages, kept for further questions over the same documents."""
        name = "\n".join(repr((p.id, p.page_content, sorted(map(repr, p.metadata.items())))) for p in own)
        return self._collections.get([name], lambda _: [self._index(own)])[0]

    def _index(self, own: Sequence[Document]) -> HybridRetriever:
        retrieval = self.config.retrieval
        return HybridRetriever.from_documents(
            own,
            self.embeddings,
            reranker=self.reranker,
            lexical_k=retrieval.sparse_top_k,
            dense_k=retrieval.dense_top_k,
            fusion=retrieval.fusion,
        )

    def _informs(self, passage: Document) -> bool:
        """Whether a passage may be read: it gives no instructions."""
        if self.screen is None:
            return True
        try:
            return not any(map(self.screen.gives_instructions, (cite(passage).title, passage.page_content)))
        except Exception:
            log.exception("a passage could not be screened; it is not read")
            return False

    def _said(self, question: str, passages: Sequence[Document]) -> Said | None:
        """What the model says; ``None`` if there is none to ask."""
        if self.reader is not None:
            return ask_reader(self.reader, question, passages) if passages else None
        if self.chat_model is not None:
            return ask_chat_model(self.chat_model, question, passages, self.config.generation)
        return None

    def _borne_out(self, question: str, passages: Sequence[Document], said: Said | None) -> RagAnswer:
        """The model's words if they stand the check, else a quotation, else nothing."""
        least = self.config.reranking.min_score
        if said is not None and not said.stated:
            return RagAnswer(_nothing(passages, least), (), tuple(passages))
        if said is not None and (evidence := borne_out(said.text, said.read)):
            return _with(said.text, [evidence.citation], passages)
        if said is not None and not self.config.guardrails.require_citations:
            return RagAnswer(said.text, (), tuple(passages))
        if not passages:
            return RagAnswer(_nothing(passages, least), ())
        citation = self._sentence(question, passages)
        return _with(citation.quote, [citation], passages)

    def _sentence(self, question: str, passages: Sequence[Document]) -> Citation:
        """The sentence of the best passage that answers best."""
        first = passages[0]
        spans = sentences(first.page_content)
        if len(spans) < 2 or self.reranker is None:
            return cite(first, spans[0] if spans else None)
        scores = self.reranker.scores(question, [first.page_content[start:end] for start, end in spans])
        return cite(first, spans[int(scores.argmax())])


def _with(answer: str, citations: Sequence[Citation], passages: Sequence[Document]) -> RagAnswer:
    cited = {citation.source_id for citation in citations}
    scores = (float(p.metadata.get("score", 1.0)) for p in passages if cite(p).source_id in cited)
    return RagAnswer(answer, tuple(citations), tuple(passages), max(scores, default=0.0))


def _nothing(searched: Sequence[Document], least: float) -> str:
    """That nothing was found, and what was searched."""
    if not searched:
        return f"{DONT_KNOW} There was nothing to search."
    titles = list(dict.fromkeys(cite(passage).title or cite(passage).source_id for passage in searched))
    best = max(float(passage.metadata.get("score", 1.0)) for passage in searched)
    near = f"no passage reached the score {least:g} (the best has {best:.2f})" if best < least else "none says it"
    return f"{DONT_KNOW} I searched the documents, nearest first: {', '.join(titles)}; {near}."


def _config(given: RagConfig | Mapping[str, Any] | str | Path | None) -> RagConfig:
    if isinstance(given, RagConfig):
        return given
    return RagConfig.of(given) if isinstance(given, Mapping) else RagConfig.load(given)


def _minilm() -> Embeddings:
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

    return MiniLMEmbeddings()
