"""The visual index: vectors of product texts and of product pictures, in the one space of an image encoder.

It is a FAISS store in an index directory like the shop's search index: verified by sha256, replaced in one step,
without pickle. Building it again computes only what is new.
"""

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import ImageRefusedError, SearchIndexError
from seamless_retail.core.images import Picture, decode_picture
from seamless_retail.core.ports import ImageEncoder, Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sightings import SeenProduct
from seamless_retail.retrievers.embeddings import Progress
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.manifest import MANIFEST
from seamless_retail.retrievers.visual.pictures import ProductPicture

Vectors = NDArray[np.float32]

Kind = Literal["text", "picture"]
TEXT: Literal["text"] = "text"
PICTURE: Literal["picture"] = "picture"
_Job = tuple[Document, Path | None]
"""What is to be indexed: a picture with its file, or a text."""
_CHUNK = 64
"""Texts or pictures embedded between two progress reports."""
BUILD = "Build it: seamless visual index"


class SightEmbeddings(Embeddings):
    """An image encoder's text side as LangChain embeddings, so that a vector store knows which model it holds."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self.encoder = encoder
        self.model_name, self.dimension = encoder.name, encoder.dimension
        self.weights_sha256 = str(getattr(encoder, "weights_sha256", ""))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of texts."""
        vectors: list[list[float]] = self.encoder.embed_texts(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


class VisualIndexReport(BaseModel):
    """What a build did."""

    model_config = ConfigDict(frozen=True)

    directory: Path
    texts: int
    pictures: int
    embedded: int
    """Texts and pictures whose vectors were computed; the others were there."""
    refused: dict[str, str]
    """Why, by path of the picture."""
    seconds: float


@dataclass(frozen=True)
class VisualIndex:
    """Products by picture and by text."""

    store: FaissStore

    @classmethod
    def load(cls, directory: Path, encoder: ImageEncoder) -> "VisualIndex":
        """Open an index.

        Raises:
            SearchIndexError: There is none, it is damaged, or another encoder made it.
        """
        if not (directory / MANIFEST).exists():
            raise SearchIndexError(f"There is no visual index in {directory}.", BUILD)
        try:
            return cls(FaissStore.load(directory, SightEmbeddings(encoder)))
        except SearchIndexError as error:
            raise SearchIndexError(error.message, f"{BUILD} --force") from error

    @cached_property
    def has_pictures(self) -> bool:
        """Whether it holds anything but texts."""
        return any(document_id.startswith(PICTURE) for document_id in self.store.documents.ids)

    def nearest(
        self, vector: Vectors, k: int, kind: Kind, product_ids: Collection[str] | None = None
    ) -> list[SeenProduct]:
        """Products by their nearest text or picture, each once, best first.

        Args:
            vector: ``[d]``.
            k: Products at most.
            kind: ``text`` or ``picture``.
            product_ids: Among which; ``None``: all.
        """
        where: dict[str, object] = {"kind": kind}
        if product_ids is not None:
            where["product_id"] = {"$in": list(product_ids)}
        best: dict[str, float] = {}
        for document_id, score in self.store.nearest(vector, 4 * k if kind == PICTURE else k, where):
            best.setdefault(_product_of(document_id), score)
        return [SeenProduct(product_id=p, score=s, found_by=kind) for p, s in list(best.items())[:k]]

    def shown_by(self, sha256: str) -> str:
        """The product that a file with this sha256 was indexed for; empty for none."""
        found = (i for i in self.store.documents.ids if i.startswith(PICTURE) and i.endswith(f":{sha256}"))
        return _product_of(next(found, "::"))


def product_text(product: Product) -> str:
    """What is embedded of a product: its name, kind and the first sentence of its description."""
    return f"{product.name}, {product.category}. {product.description.partition('. ')[0]}".strip()


def build_visual_index(
    shop: Shop,
    directory: Path,
    encoder: ImageEncoder,
    pictures: Sequence[ProductPicture] | None = None,
    *,
    departments: tuple[str, ...] = (),
    progress: Progress | None = None,
    force: bool = False,
) -> VisualIndexReport:
    """Bring the index up to date with the shop.

    Args:
        shop: Whose products to index.
        directory: Where; created if missing.
        encoder: Makes the vectors.
        pictures: All pictures to index; ``None``: those that are indexed already stay.
        departments: Of which products; empty: of all.
        progress: Called with what is embedded so far and what there is to embed.
        force: Build anew, also over an index that is damaged or that another encoder made.

    Raises:
        SearchIndexError: The index that is there is damaged or of another encoder and ``force`` is not set, or the
            directory cannot be written.
    """
    began = time.perf_counter()
    old = VisualIndex.load(directory, encoder).store if not force and (directory / MANIFEST).exists() else None
    ids = shop.catalogue.find_ids(ProductQuery(departments=departments))
    refused: dict[str, str] = {}
    texts: list[_Job] = [(_text_document(product), None) for product in shop.catalogue.get_many(sorted(ids))]
    shown = _kept(old, set(ids)) if pictures is None else list(_picture_documents(pictures, refused))
    store, embedded = _store(encoder, old, [*texts, *shown], progress)
    store.save(directory)
    return VisualIndexReport(
        directory=directory,
        texts=len(texts),
        pictures=len(shown),
        embedded=embedded,
        refused=refused,
        seconds=time.perf_counter() - began,
    )


def _store(
    encoder: ImageEncoder, old: FaissStore | None, jobs: Sequence[_Job], progress: Progress | None
) -> tuple[FaissStore, int]:
    """A store of all documents, and how many of them had to be embedded."""
    known = set(old.documents.ids) if old else set()
    store, new = FaissStore(SightEmbeddings(encoder)), [job for job in jobs if job[0].id not in known]
    kept = [document for document, _ in jobs if document.id in known]
    if old and kept:
        store.add_embedded(kept, old.vectors([str(document.id) for document in kept]))
    for start in range(0, len(new), _CHUNK):
        chunk = new[start : start + _CHUNK]
        texts = [document for document, path in chunk if path is None]
        shown = [(document, path) for document, path in chunk if path is not None]
        if texts:
            store.add_embedded(texts, encoder.embed_texts([document.page_content for document in texts]))
        if shown:
            vectors = encoder.embed_images([_read(path) for _, path in shown])
            store.add_embedded([document for document, _ in shown], vectors)
        if progress:
            progress(start + len(chunk), len(new))
    return store, len(new)


def _text_document(product: Product) -> Document:
    text = product_text(product)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(
        id=f"{TEXT}:{product.id}:{digest}", page_content=text, metadata={"kind": TEXT, "product_id": product.id}
    )


def _picture_documents(pictures: Sequence[ProductPicture], refused: dict[str, str]) -> Iterator[_Job]:
    for path, product_id in pictures:
        try:
            digest = _read(path).sha256
        except ImageRefusedError as error:
            refused[str(path)] = error.message
            continue
        metadata = {"kind": PICTURE, "product_id": product_id, "sha256": digest}
        yield Document(id=f"{PICTURE}:{product_id}:{digest}", page_content=path.name, metadata=metadata), path


def _kept(old: FaissStore | None, ids: Collection[str]) -> list[_Job]:
    """The pictures of an index whose products there still are."""
    documents = old.documents.at(range(len(old))) if old else []
    found = (document.metadata for document in documents)
    return [
        (document, None)
        for document, about in zip(documents, found, strict=True)
        if about["kind"] == PICTURE and about["product_id"] in ids
    ]


def _product_of(document_id: str) -> str:
    return document_id.split(":", 1)[1].rsplit(":", 1)[0]


def _read(path: Path) -> Picture:
    try:
        return decode_picture(path.read_bytes(), path.name)
    except OSError as error:
        raise ImageRefusedError("place", f"{path} cannot be read: {error.strerror}.", "Check the path.") from None
