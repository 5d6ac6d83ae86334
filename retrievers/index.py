"""Building and opening the search index of a shop."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from pydantic import BaseModel, ConfigDict

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.core.evidence import Source
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import location_source, policy_source, product_source, promotion_source
from seamless_retail.retrievers.documents import AddedDocuments
from seamless_retail.retrievers.embeddings import Progress, Vectors, document_vectors
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.hybrid import HybridRetriever
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.manifest import MANIFEST, Manifest, read_index, write_index
from seamless_retail.retrievers.passages import content_hash, indexed_text, passages

_PRODUCTS_PER_READ = 256
_LOCK_TIMEOUT_S = 900.0


class IndexReport(BaseModel):
    """What a build did."""

    model_config = ConfigDict(frozen=True)

    directory: Path
    passages: int
    sources: dict[str, int]
    """Number of sources by kind."""
    embedded: int
    """Passages whose vectors were computed."""
    reused: int
    """Passages whose vectors came from the index that was there."""
    removed: int
    """Passages of the old index that are gone."""
    changed: bool
    """Whether a new index was written; an index that is up to date stays as it is."""
    seconds: float


def shop_sources(shop: Shop) -> Iterator[Source]:
    """What a shop's index holds: products, policies, locations, promotions."""
    ids = sorted(shop.catalogue.find_ids(ProductQuery()))
    for start in range(0, len(ids), _PRODUCTS_PER_READ):
        yield from map(product_source, shop.catalogue.get_many(ids[start : start + _PRODUCTS_PER_READ]))
    yield from map(policy_source, shop.policies.all())
    yield from map(location_source, shop.stock.locations())
    yield from map(promotion_source, shop.catalogue.all_promotions())


def build_index(
    shop: Shop,
    directory: str | Path,
    embeddings: Embeddings,
    *,
    progress: Progress | None = None,
    force: bool = False,
) -> IndexReport:
    """Bring the index in a directory up to date with the shop and the documents added to the index.

    Passages whose text did not change keep their vectors. Processes that build at once wait for each other; readers
    are never disturbed.

    Args:
        shop: Whose products, policies, locations and promotions to index.
        directory: Where; created if missing.
        embeddings: The model of the vectors.
        progress: Called with passages embedded so far and passages to embed.
        force: Build anew, also over an index that is damaged or that another model made.

    Raises:
        SearchIndexError: The index that is there is damaged or was made by another model and ``force`` is not set, the
            directory cannot be written, or another process has been building for 15 minutes.
    """
    began, directory = time.perf_counter(), Path(directory)
    with _build_lock(directory):
        old = FaissStore.load(directory, embeddings) if not force and (directory / MANIFEST).exists() else None
        sources = [*shop_sources(shop), *map(policy_source, AddedDocuments(directory).all())]
        documents = [passage for source in sources for passage in passages(source)]
        store, embedded = _vectorise(documents, embeddings, old, progress)
        changed = old is None or old.documents.to_jsonl() != store.documents.to_jsonl()
        if changed:
            _write(directory, store)
    return IndexReport(
        directory=directory,
        passages=len(documents),
        sources=dict(Counter(source.kind for source in sources)),
        embedded=embedded,
        reused=len(documents) - embedded,
        removed=len(set(old.documents.ids) - set(store.documents.ids)) if old else 0,
        changed=changed,
        seconds=time.perf_counter() - began,
    )


def open_retriever(
    directory: str | Path,
    embeddings: Embeddings,
    *,
    k: int = 5,
    lexical_k: int = 25,
    dense_k: int = 12,
    min_score: float = 0.0,
) -> HybridRetriever:
    """Open the index in a directory.

    Raises:
        SearchIndexError: There is none, a file is missing or damaged, or another model made its vectors.
    """
    directory = Path(directory)

    def load(manifest: Manifest, folder: Path) -> HybridRetriever:
        store = FaissStore.from_folder(directory, manifest, folder, embeddings)
        lexical = LexicalRetriever.from_folder(manifest, folder, store.documents)
        return HybridRetriever(
            store=store, lexical=lexical, k=k, lexical_k=lexical_k, dense_k=dense_k, min_score=min_score
        )

    return read_index(directory, load)


def _vectorise(
    documents: list[Document], embeddings: Embeddings, old: FaissStore | None, progress: Progress | None
) -> tuple[FaissStore, int]:
    """A store of the documents, and how many of them had to be embedded."""
    known = _known_vectors(old) if old else {}
    hashes = [content_hash(document) for document in documents]
    new = {key: indexed_text(document) for key, document in zip(hashes, documents, strict=True) if key not in known}
    vectors = document_vectors(embeddings, list(new.values()), progress)
    known.update(zip(new, vectors, strict=True))
    store = FaissStore(embeddings)
    if documents:
        store.add_embedded(documents, np.stack([known[key] for key in hashes]))
    return store, sum(key in new for key in hashes)


def _known_vectors(store: FaissStore) -> dict[str, Vectors]:
    documents = store.documents.at(range(len(store)))
    vectors = store.vectors(store.documents.ids)
    return {content_hash(document): vector for document, vector in zip(documents, vectors, strict=True)}


def _write(directory: Path, store: FaissStore) -> None:
    documents = store.documents.at(range(len(store)))
    lexical = LexicalRetriever.from_documents(documents, text_of=indexed_text)
    files = {**store.files(), **lexical.files()}
    write_index(directory, files, count=len(store), embedding=store.identity())


@contextmanager
def _build_lock(directory: Path) -> Iterator[None]:
    """Hold the directory's build lock, which the system frees if the process dies."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / "build.lock", timeout=_LOCK_TIMEOUT_S):
            yield
    except Timeout:
        raise SearchIndexError(
            f"Another process has been building the index in {directory} for {_LOCK_TIMEOUT_S / 60:.0f} minutes.",
            "Wait for it or end it, then try again.",
        ) from None
    except OSError as error:
        raise SearchIndexError(
            f"The index folder {directory} cannot be used: {error}.", "Check SEAMLESS_HOME and its permissions."
        ) from error
