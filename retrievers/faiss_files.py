"""How a FAISS store is written into an index directory, and opened again."""

import threading
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from langchain_core.embeddings import Embeddings

from seamless_retail.retrievers.document_table import DocumentTable
from seamless_retail.retrievers.embeddings import embedding_identity
from seamless_retail.retrievers.manifest import EmbeddingIdentity, Manifest, check_embedding, read_index, write_index

VECTORS_FILE = "vectors.faiss"
DOCUMENTS_FILE = "documents.jsonl"


class FaissFiles:
    """The part of :class:`~seamless_retail.retrievers.faiss_store.FaissStore` that knows files."""

    _embedding: Embeddings
    _table: DocumentTable
    _index: Any
    _lock: threading.RLock

    def identity(self) -> EmbeddingIdentity:
        """Name, weights and dimension of the embedding model, as a manifest records them."""
        return embedding_identity(self._embedding, self._index.d if self._index is not None else None)

    def files(self) -> dict[str, bytes]:
        """The store's content as files by name.

        Raises:
            SearchIndexError: The metadata of a document is not JSON data.
        """
        with self._lock:
            index = self._index if self._index is not None else faiss.IndexFlatIP(self.identity().dimension)
            return {VECTORS_FILE: faiss.serialize_index(index).tobytes(), DOCUMENTS_FILE: self._table.to_jsonl()}

    def save(self, directory: str | Path) -> None:
        """Write the store into an index directory, in one step.

        Raises:
            SearchIndexError: The directory cannot be written, or metadata is not JSON data.
        """
        with self._lock:
            write_index(Path(directory), self.files(), count=len(self._table), embedding=self.identity())

    @classmethod
    def load(cls, directory: str | Path, embedding: Embeddings) -> Self:
        """Open a saved store.

        Raises:
            SearchIndexError: There is none, a file is missing or damaged, or another model made its vectors.
        """
        directory = Path(directory)

        def load(manifest: Manifest, folder: Path) -> Self:
            return cls.from_folder(directory, manifest, folder, embedding)

        return read_index(directory, load)

    @classmethod
    def from_folder(cls, directory: Path, manifest: Manifest, folder: Path, embedding: Embeddings) -> Self:
        """Open the store in a verified generation of an index directory.

        Raises:
            SearchIndexError: Another model made the vectors.
        """
        check_embedding(directory, manifest.embedding, embedding_identity(embedding))
        store = cls(embedding)  # type: ignore[call-arg]  # of the store, which this is a part of
        store._index = faiss.deserialize_index(np.frombuffer((folder / VECTORS_FILE).read_bytes(), dtype=np.uint8))
        store._table = DocumentTable.from_jsonl((folder / DOCUMENTS_FILE).read_bytes())
        return store
