"""Documents that a caller brings along, cut into passages that can be cited by document and exact place."""

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.documents import Document

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.evidence import Source
from seamless_retail.retrievers.passages import passages

Given = str | Document | Mapping[str, Any]
"""A text; a LangChain document, its id or ``metadata["source"]`` naming it; or ``{"id", "title", "text"}``."""


def passages_of(documents: Iterable[Given]) -> list[Document]:
    """The passages of some documents, in order; texts of white space only have none.

    A passage's metadata is its document's, with ``source_id``, ``title``, ``start`` and ``end``. A document without an
    id is called ``document-1``, ``document-2`` … by its place.

    Raises:
        InvalidQueryError: A document is none of the kinds above or not valid Unicode, or two have the same id.
    """
    sources = [_source(document, place) for place, document in enumerate(documents, start=1)]
    seen: set[str] = set()
    for place, source in enumerate(sources, start=1):
        if source.id in seen:
            raise InvalidQueryError(f"The id of document {place} is taken by another.", "Give every document its own.")
        seen.add(source.id)
    return [_without_kind(passage) for source in sources if source.text.strip() for passage in passages(source)]


def _source(document: Given, place: int) -> Source:
    if isinstance(document, str):
        id_, title, text, metadata = "", "", document, {}
    elif isinstance(document, Document):
        metadata = dict(document.metadata)
        id_, title, text = document.id or metadata.get("source") or "", metadata.get("title", ""), document.page_content
    elif isinstance(document, Mapping):
        id_, title, text = (document.get(key, "") for key in ("id", "title", "text"))
        metadata = dict(document.get("metadata") or {})
    else:
        raise _refused(place, "is neither a text, a LangChain document nor a mapping")
    if not isinstance(text, str):
        raise _refused(place, "has no text")
    name = f"{id_}" or f"document-{place}"
    if not _is_valid(name) or not _is_valid(text) or not _is_valid(f"{title}"):
        raise _refused(place, "is not valid Unicode")
    # The kind decides how short passages are; those of policies are short, so that a citation is narrow.
    return Source(id=name, kind="policy", title=f"{title}" or name, text=text, metadata=metadata)


def _without_kind(passage: Document) -> Document:
    return passage.model_copy(update={"metadata": {k: v for k, v in passage.metadata.items() if k != "kind"}})


def _is_valid(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(place: int, fault: str) -> InvalidQueryError:
    return InvalidQueryError(
        f"Document {place} {fault}.", 'Give texts, LangChain documents, or {"id": …, "title": …, "text": …}.'
    )
