"""Documents by row, as the rows of a vector index or of a lexical index have them."""

import copy
import json
from collections.abc import Iterable, Sequence

from langchain_core.documents import Document

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.filters import Filter, Mask, MetadataIndex


class DocumentTable:
    """An ordered set of documents with unique ids. Documents go in and come out as copies."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._documents: list[Document] = []
        self._row_of: dict[str, int] = {}
        self._metadata = MetadataIndex(())
        self.extend(documents)

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def ids(self) -> list[str]:
        """Ids in row order."""
        return [str(document.id) for document in self._documents]

    def rows(self, ids: Iterable[str]) -> list[int]:
        """Rows of the ids that exist, in the order asked."""
        return [self._row_of[id_] for id_ in ids if id_ in self._row_of]

    def id_at(self, row: int) -> str:
        """The id of the document in a row."""
        return str(self._documents[row].id)

    def at(self, rows: Iterable[int]) -> list[Document]:
        """Copies of the documents in these rows."""
        return [_copy(self._documents[row]) for row in rows]

    def extend(self, documents: Iterable[Document]) -> None:
        """Add documents, whose ids must be set and new, as further rows."""
        for document in documents:
            if not document.id or document.id in self._row_of:
                raise ValueError(f"Document id {document.id!r} is empty or taken.")
            self._row_of[document.id] = len(self._documents)
            self._documents.append(_copy(document))
        self._reindex()

    def remove(self, rows: Iterable[int]) -> None:
        """Take rows out; the rows behind them move up."""
        gone = set(rows)
        self._documents = [document for row, document in enumerate(self._documents) if row not in gone]
        self._row_of = {str(document.id): row for row, document in enumerate(self._documents)}
        self._reindex()

    def mask(self, where: Filter | None) -> Mask | None:
        """The rows that satisfy the filter, or ``None`` when there is no filter.

        Raises:
            InvalidQueryError: The filter is malformed.
        """
        return self._metadata.mask(where) if where else None

    def to_jsonl(self) -> bytes:
        """One JSON object per line and row: id, page_content, metadata.

        Raises:
            SearchIndexError: The metadata of a document is not JSON data.
        """
        return "".join(f"{_to_json(document)}\n" for document in self._documents).encode()

    @classmethod
    def from_jsonl(cls, content: bytes) -> "DocumentTable":
        """Read what :meth:`to_jsonl` wrote."""
        rows = (json.loads(line) for line in content.decode().split("\n") if line)
        return cls(Document(id=row["id"], page_content=row["page_content"], metadata=row["metadata"]) for row in rows)

    def _reindex(self) -> None:
        metadata: Sequence[dict[str, object]] = [document.metadata for document in self._documents]
        self._metadata = MetadataIndex(metadata)


def _copy(document: Document) -> Document:
    return Document(id=document.id, page_content=document.page_content, metadata=copy.deepcopy(document.metadata))


def _to_json(document: Document) -> str:
    row = {"id": document.id, "page_content": document.page_content, "metadata": document.metadata}
    try:
        return json.dumps(row)
    except (TypeError, ValueError) as error:
        raise SearchIndexError(
            f"The metadata of document {document.id!r} cannot be stored: {error}.",
            "Use texts, numbers, booleans, None, and lists and mappings of them.",
        ) from error
