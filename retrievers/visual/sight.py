"""Looks at pictures: what they are called, and which products of the catalogue they show or resemble."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.images import Picture
from seamless_retail.core.ports import ImageClassifier, ImageEncoder
from seamless_retail.core.sightings import Label, SeenProduct, Sighting
from seamless_retail.retrievers.visual.index import PICTURE, TEXT, VisualIndex

MIN_CONFIDENCE = 0.5
"""Probability under which a name is not taken, unless the encoder says otherwise."""
ALIKE, SAME, MARGIN = 0.75, 0.9, 0.03
"""Cosines of two pictures from which a product is worth showing and from which they may show the same one, and by how
much that one must be nearer than any other; unless the encoder says otherwise."""
WORDS_WEIGHT = 0.5
"""Of the words beside a picture, when both are searched by."""


@dataclass(frozen=True)
class CatalogueSight:
    """Implements :class:`~seamless_retail.core.ports.ProductSight`.

    A product is taken for what a picture shows only by another picture of it: the same file, or one that is as like as
    ``same``, and likelier than that of any other product by ``margin``. A name alone never makes it sure, because the
    shop may sell another brand's.
    """

    encoder: ImageEncoder
    classifier: ImageClassifier | None = None
    index: VisualIndex | None = None
    """Without one, pictures have names and no products."""
    departments: tuple[str, ...] = ()
    """Of the shop, that the classifier knows; empty: all."""
    min_confidence: float = MIN_CONFIDENCE
    alike: float = ALIKE
    same: float = SAME
    margin: float = MARGIN

    def look(self, pictures: Sequence[Picture], k: int = 5) -> list[Sighting]:
        """What each picture shows."""
        if not pictures:
            return []
        compares = self.index is not None and self.index.has_pictures
        vectors = self.encoder.embed_images(pictures) if compares else [None] * len(pictures)
        names = self.classifier.classify(pictures, k) if self.classifier else [[] for _ in pictures]
        return [
            self._sighting(picture, vector, labels, k)
            for picture, vector, labels in zip(pictures, vectors, names, strict=True)
        ]

    def search(
        self, picture: Picture | None, text: str, k: int = 5, product_ids: Collection[str] | None = None
    ) -> list[SeenProduct]:
        """Products by a picture, by words, or by both, best first: those like it by their own pictures come first.

        Args:
            picture: What is looked for looks like this.
            text: What is looked for is described so.
            k: Products at most.
            product_ids: Among which; ``None``: all.
        """
        if self.index is None or not (picture or text):
            return []
        parts: list[NDArray[np.float32]] = []
        if picture is not None:
            parts.append(self.encoder.embed_images([picture])[0])
        if text:
            parts.append(self.encoder.embed_texts([text])[0] * (WORDS_WEIGHT if parts else 1.0))
        vector: NDArray[np.float32] = np.sum(parts, axis=0)
        alike = [seen for seen in self.index.nearest(vector, k, PICTURE, product_ids) if seen.score >= self.alike]
        shown = {seen.product_id for seen in alike}
        words = f"{self._name_of(picture)} {text}".strip()
        if picture is not None and words != text:
            vector = self.encoder.embed_texts([words])[0]
        described = self.index.nearest(vector, k + len(alike), TEXT, product_ids)
        return [*alike, *(seen for seen in described if seen.product_id not in shown)][:k]

    def _name_of(self, picture: Picture | None) -> str:
        """What the picture is called, which finds texts better than its looks do; empty if it has no sure name."""
        if picture is None or self.classifier is None:
            return ""
        labels = self.classifier.classify([picture], 1)[0]
        return labels[0].name if labels and labels[0].probability >= self.min_confidence else ""

    def _sighting(
        self, picture: Picture, vector: NDArray[np.float32] | None, labels: Sequence[Label], k: int
    ) -> Sighting:
        near = self.index.nearest(vector, k, PICTURE) if self.index and vector is not None else []
        known = self.index.shown_by(picture.sha256) if self.index else ""
        sure = bool(known) or self._is_same(near)
        recognised = sure or (bool(labels) and labels[0].probability >= self.min_confidence)
        first = [SeenProduct(product_id=known, score=1.0, found_by="picture")] if known else []
        alike = [seen for seen in near if seen.score >= self.alike and seen.product_id != known]
        return Sighting(
            sha256=picture.sha256,
            source=picture.source,
            width=picture.width,
            height=picture.height,
            labels=tuple(labels),
            departments=self.departments,
            products=tuple([*first, *alike][:k]) if recognised else (),
            recognised=recognised,
            sure=sure,
        )

    def _is_same(self, near: Sequence[SeenProduct]) -> bool:
        if not near or near[0].score < self.same:
            return False
        return len(near) == 1 or near[0].score - near[1].score >= self.margin
