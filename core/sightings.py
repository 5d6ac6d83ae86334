"""What was seen on a picture: names, products, and how sure that is. The picture itself is not kept."""

from typing import Literal, NamedTuple

from seamless_retail.core.catalogue import Record
from seamless_retail.core.queries import ProductQuery


class Label(NamedTuple):
    """A name of what a picture shows, with its probability."""

    name: str
    probability: float


class SeenProduct(Record):
    """A product that a picture may show."""

    product_id: str
    score: float
    """A cosine in the encoder's space for ``picture`` and ``text``, a probability for ``label``."""
    found_by: Literal["picture", "text", "label"]
    """Likeness to the product's own picture, to its text, or its name being what the picture is called."""


class Sighting(Record):
    """What was made of one picture."""

    sha256: str
    """Of the file as it came, in hexadecimal."""
    source: str
    """Where it came from, as it may be shown: a file's name, a host, ``upload``."""
    width: int
    height: int
    labels: tuple[Label, ...] = ()
    """Likeliest first; empty without a classifier."""
    departments: tuple[str, ...] = ()
    """Of the shop, that the names are of; empty: any."""
    products: tuple[SeenProduct, ...] = ()
    """Likeliest first."""
    recognised: bool = False
    """Whether anything that the shop or the classifier knows was made out."""
    sure: bool = False
    """Whether the first product may be taken for what the picture shows."""
    query: ProductQuery | None = None
    """What finds products of that kind in the catalogue."""
    problem: str = ""
    """Why it could not be looked at, in words a customer understands."""
