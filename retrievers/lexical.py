"""BM25 over stemmed English words, as a LangChain retriever."""

import re
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS
from bm25s.tokenization import Tokenized
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.document_table import DocumentTable
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.manifest import Manifest, read_index, write_index

DOCUMENTS_FILE = "documents.jsonl"
BM25_FOLDER = "bm25"

_WORD = re.compile(r"\w+")
_CONTRACTION = re.compile(r"(?<=\w)['’](?:s|m|d|t|ll|re|ve)\b")
_INITIAL = re.compile(r"\b(\w)-(?=\w)")
_SIZES = {"s", "m"}
_STOPWORDS = frozenset(STOPWORDS_EN_PLUS) - _SIZES | {"could", "would", "please", "hello", "hi", "thanks", "thank"}
_local = threading.local()

Scores = NDArray[np.float32]


def tokenize(text: str) -> list[str]:
    """Lower-case words without accents, stop words taken out, stemmed (Snowball English).

    One-character words stay ("m" is a size and "7" a number), ``t-shirt`` is one word, ``women's`` is ``women``.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = _WORD.findall(_INITIAL.sub(r"\1", _CONTRACTION.sub("", plain)))
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:  # a Snowball stemmer must not be shared between threads
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    stems: list[str] = stemmer.stemWords([word for word in words if word not in _STOPWORDS])
    return stems


class LexicalRetriever(BaseRetriever):
    """Ranks documents by BM25 (Lucene's variant, Kamphuis et al. 2020); documents that share no word are left out."""

    k: int = Field(default=5, ge=1)
    """Documents returned; ``invoke(..., k=…)`` overrides it."""
    filter: dict[str, Any] | None = None
    """Metadata filter; ``invoke(..., filter=…)`` replaces it."""

    _table: DocumentTable = PrivateAttr(default_factory=DocumentTable)
    _bm25: bm25s.BM25 | None = PrivateAttr(default=None)

    @classmethod
    def from_documents(
        cls, documents: Iterable[Document], *, text_of: Callable[[Document], str] | None = None, **fields: Any
    ) -> "LexicalRetriever":
        """Index documents, whose ids must be set.

        Args:
            documents: What to index.
            text_of: The text to index of a document; its ``page_content`` by default.
            **fields: ``k`` and ``filter``.
        """
        retriever = cls(**fields)
        retriever._table = DocumentTable(documents)
        documents = retriever._table.at(range(len(retriever._table)))
        retriever._bm25 = _index([text_of(d) if text_of else d.page_content for d in documents])
        return retriever

    def __len__(self) -> int:
        return len(self._table)

    @property
    def documents(self) -> DocumentTable:
        """The documents by row."""
        return self._table

    def search(self, query: str, k: int, filter: Filter | None = None) -> list[tuple[str, float]]:
        """Ids and BM25 scores of the ``k`` best documents among those the filter admits, best first.

        Raises:
            InvalidQueryError: The filter is malformed, or ``k`` is not positive.
        """
        if k < 1:
            raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more documents.")
        table = self._table  # pydantic looks private attributes up slowly
        mask = table.mask(filter)
        scores = self._scores(tokenize(query))
        if mask is not None:
            scores = np.where(mask, scores, np.float32(0.0))
        rows = np.flatnonzero(scores > 0)
        if len(rows) > k:
            rows = rows[np.argpartition(-scores[rows], k - 1)[:k]]
        rows = rows[np.lexsort((rows, -scores[rows]))]
        return [(table.id_at(row), float(scores[row])) for row in rows.tolist()]

    def coverage(self, query: str, ids: Sequence[str]) -> NDArray[np.float32]:
        """How much of a query documents cover: BM25 score over the score's upper bound for this query, 0..1, ``[n]``.

        The bound is the sum of the inverse document frequencies of the query's words, those that no document holds
        included, so words foreign to the collection lower the coverage of every document.

        Raises:
            KeyError: An id is unknown.
        """
        rows = self._table.rows(ids)
        if len(rows) != len(ids):
            raise KeyError("Not all of these ids are in the index.")
        tokens = tokenize(query)
        bound = self._bound(tokens)
        return self._scores(tokens)[rows] / bound if bound else np.zeros(len(rows), dtype=np.float32)

    def files(self) -> dict[str, bytes]:
        """The index as files by name, without the documents."""
        if self._bm25 is None:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            self._bm25.save(folder, show_progress=False)
            return {f"{BM25_FOLDER}/{path.name}": path.read_bytes() for path in sorted(Path(folder).iterdir())}

    def save(self, directory: str | Path) -> None:
        """Write the index and its documents into an index directory, in one step.

        Raises:
            SearchIndexError: The directory cannot be written, or metadata is not JSON data.
        """
        files = {DOCUMENTS_FILE: self._table.to_jsonl(), **self.files()}
        write_index(Path(directory), files, count=len(self._table))

    @classmethod
    def load(cls, directory: str | Path, **fields: Any) -> "LexicalRetriever":
        """Open a saved index.

        Raises:
            SearchIndexError: There is none, or a file is missing or damaged.
        """

        def load(manifest: Manifest, folder: Path) -> LexicalRetriever:
            table = DocumentTable.from_jsonl((folder / DOCUMENTS_FILE).read_bytes())
            return cls.from_folder(manifest, folder, table, **fields)

        return read_index(Path(directory), load)

    @classmethod
    def from_folder(cls, manifest: Manifest, folder: Path, table: DocumentTable, **fields: Any) -> "LexicalRetriever":
        """Open the index in a verified generation of an index directory, over documents read already."""
        retriever = cls(**fields)
        retriever._table = table
        if any(name.startswith(f"{BM25_FOLDER}/") for name in manifest.files):
            retriever._bm25 = bm25s.BM25.load(folder / BM25_FOLDER, show_progress=False)
        return retriever

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filter: Filter | None = None,
    ) -> list[Document]:
        found = self.search(query, self.k if k is None else k, self.filter if filter is None else filter)
        documents = self._table.at(self._table.rows(id_ for id_, _ in found))
        for document, (_, score) in zip(documents, found, strict=True):
            document.metadata["bm25"] = score
        return documents

    def _scores(self, tokens: list[str]) -> Scores:
        """BM25 scores of all documents, ``[n]``."""
        known = self._bm25.get_tokens_ids(tokens) if self._bm25 else []
        if self._bm25 is None or not known:
            return np.zeros(len(self._table), dtype=np.float32)
        scores: Scores = self._bm25.get_scores_from_ids(known)
        return scores

    def _bound(self, tokens: list[str]) -> float:
        """The BM25 score no document can exceed: term weights stay under 1, so the sum of the words' idf."""
        if self._bm25 is None:
            return 0.0
        starts, n = self._bm25.scores["indptr"], len(self._table)
        ids = (self._bm25.vocab_dict.get(token) for token in tokens)
        frequencies = [0 if i is None else int(starts[i + 1] - starts[i]) for i in ids]
        return float(sum(np.log1p((n - df + 0.5) / (df + 0.5)) for df in frequencies))


def _index(texts: Sequence[str]) -> bm25s.BM25 | None:
    """A BM25 index of the texts, or ``None`` when there is no word to index."""
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(token, len(vocabulary)) for token in tokenize(text)] for text in texts]
    if not vocabulary:
        return None
    bm25 = bm25s.BM25(method="lucene")
    bm25.index(Tokenized(ids=ids, vocab=vocabulary), create_empty_token=False, show_progress=False)
    return bm25
