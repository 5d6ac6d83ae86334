"""What sees: pictures and texts in one space of vectors, and the names of what a picture shows."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.images import Picture
from seamless_retail.core.sightings import Label, Sighting


class ImageEncoder(Protocol):
    """Puts pictures and texts into one space: the nearer, the more a text says what a picture shows."""

    @property
    def name(self) -> str:
        """Which model; an index that another one made is refused."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector, ``d``."""
        ...

    def embed_images(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Vectors of pictures: float32 ``[n, d]``, rows of length 1."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts in the same space: float32 ``[n, d]``, rows of length 1."""
        ...


class ImageClassifier(Protocol):
    """Names what pictures show, of the things it was trained on."""

    def classify(self, pictures: Sequence[Picture], k: int = 5) -> list[list[Label]]:
        """The ``k`` likeliest names of each picture with their probabilities, likeliest first."""
        ...


class ProductSight(Protocol):
    """Finds the products of a shop that pictures show."""

    def look(self, pictures: Sequence[Picture], k: int = 5) -> list[Sighting]:
        """What each picture shows, with at most ``k`` products, likeliest first."""
        ...
