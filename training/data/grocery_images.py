"""Photos of groceries, pictures from a web shop, and the words that go with both.

Source: the Grocery Store Dataset (Klasson et al. 2019, MIT licence), in ``grocery_images`` of the data sets: 2,640
photos to train on, 296 official validation photos, 81 products of 43 kinds, one web-shop picture and description each.

The photos of a product come in series, one shelf or one hand from many sides, and the file names are shuffled. A split
by chance would put twins on both sides: the nearest colour histogram then names 92 % right. :func:`series` joins photos
of a product that look alike, and :func:`development` holds out whole series, where the histogram names 47 % right. The
validation photos are from other places still: 27 %. What is held out therefore reads high (``training/LOG.md``), and
probabilities are calibrated on :func:`calibration_half` of the validation photos instead.
"""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.images import Picture, decode_picture
from seamless_retail.training.data.grocery_names import KINDS, NAMES

FOLDER = "grocery_images"
ALIKE = 0.96
"""Affinity of two colour histograms from which photos of one product belong to one series."""
APART = 0.945
"""The same for the halves of the validation photos: the histogram names 28 % to 40 % of one right by the other."""
SHARE, MOST = 0.08, 0.2
"""Of a product's photos: series are held out until there are ``SHARE``, and none that would make it ``MOST``."""
SMALLEST = 3
"""Photos of a series that are held out before smaller ones."""


class Photo(NamedTuple):
    """A picture with what it shows."""

    path: str
    picture: Picture
    product: int


@dataclass(frozen=True)
class Product:
    """A class of the data set."""

    name: str
    """As a shopper says it: ``Arla standard milk``."""
    kind: int
    description: str

    def texts(self) -> tuple[str, ...]:
        """What may be said of it, the name first."""
        kind = KINDS[self.kind]
        return (
            self.name,
            f"a photo of {self.name.lower()}",
            f"{self.name}, {kind}",
            f"{self.name}. {self.description}",
        )


@dataclass(frozen=True)
class GroceryImages:
    """The data set."""

    products: tuple[Product, ...]
    training: tuple[Photo, ...]
    validation: tuple[Photo, ...]
    iconic: tuple[Photo, ...]
    """One picture of a web shop for each product, in their order."""


def read_grocery_images(data: Path) -> GroceryImages:
    """Read everything; all pictures are decoded, which takes some five seconds.

    Args:
        data: Folder of the data sets.

    Raises:
        ImportSourceError: A file is missing or is not what it should be.
    """
    folder = data / FOLDER
    try:
        rows = list(csv.DictReader((folder / "classes.csv").read_text(encoding="utf-8").splitlines()))
        descriptions = json.loads((folder / "descriptions.json").read_text(encoding="utf-8"))
        kinds = [int(row["Coarse Class ID (int)"]) for row in rows]
        texts = [descriptions[row["Product Description Path (str)"].lstrip("/")] for row in rows]
        icons = [(row["Iconic Image Path (str)"].lstrip("/"), number) for number, row in enumerate(rows)]
        return GroceryImages(
            tuple(Product(*parts) for parts in zip(NAMES, kinds, texts, strict=True)),
            _photos(folder / "train.zip", _listed(folder / "train.txt")),
            _photos(folder / "val.zip", _listed(folder / "val.txt")),
            _photos(folder / "iconic.zip", icons),
        )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ImportSourceError(
            f"The grocery images in {folder} cannot be read: {error}.", "See its README.md."
        ) from error


def series(photos: Sequence[Photo], least: float = ALIKE) -> NDArray[np.int64]:
    """The number of each photo's series, ``[n]``: photos of one product, joined by single linkage from ``least`` on."""
    marks = np.stack([colours(photo.picture) for photo in photos])
    products = np.array([photo.product for photo in photos])
    number = np.arange(len(photos))
    for product in np.unique(products):
        rows = np.flatnonzero(products == product)
        alike = marks[rows] @ marks[rows].T > least
        number[rows] = rows[_components(alike)]
    return number


def development(photos: Sequence[Photo], seed: int = 1) -> NDArray[np.bool_]:
    """Which photos are held out of the training, ``[n]``: whole series of each product that has enough of them."""
    numbers, products = series(photos), np.array([photo.product for photo in photos])
    random, held = np.random.default_rng(seed), np.zeros(len(photos), dtype=bool)
    for product in np.unique(products):
        rows = np.flatnonzero(products == product)
        found = [numbers[rows] == number for number in random.permutation(np.unique(numbers[rows]))]
        for members in sorted(found, key=lambda members: members.sum() < SMALLEST):
            have = held[rows].sum()
            if have < SHARE * len(rows) and have + members.sum() <= MOST * len(rows):
                held[rows[members]] = True
    return held


def calibration_half(photos: Sequence[Photo]) -> NDArray[np.bool_]:
    """Which of the validation photos probabilities are fitted on, ``[n]``; figures are of the others.

    Product by product, the largest series first, each series goes to the half that has fewer photos of the product, or
    fewer in all. Nothing is left to chance.
    """
    numbers, products = series(photos, APART), np.array([photo.product for photo in photos])
    chosen, filled = np.zeros(len(photos), dtype=bool), [0, 0]
    for product in np.unique(products):
        own = [0, 0]
        found, sizes = np.unique(numbers[products == product], return_counts=True)
        for number in found[np.argsort(-sizes, kind="stable")]:
            members, half = numbers == number, 0 if (own[0], filled[0]) <= (own[1], filled[1]) else 1
            chosen[members] = half == 0
            own[half] += int(members.sum())
            filled[half] += int(members.sum())
    return chosen


def colours(picture: Picture) -> NDArray[np.float64]:
    """Square roots of the shares of 8 x 4 x 4 colours (hue, saturation, value), ``[128]``.

    The product of two is their affinity after Bhattacharyya, 1 for the same colours.
    """
    from PIL import Image

    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).convert("HSV")
    counts, _ = np.histogramdd(np.asarray(image).reshape(-1, 3), bins=(8, 4, 4), range=((0, 256),) * 3)
    shares: NDArray[np.float64] = np.sqrt(counts.ravel() / counts.sum())
    return shares


def _components(joined: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The lowest member of each one's connected component, of a symmetric relation ``[n, n]``."""
    lowest = np.arange(len(joined))
    while True:
        found = np.where(joined | np.eye(len(joined), dtype=bool), lowest[None], len(joined)).min(1)
        if (found == lowest).all():
            return lowest
        lowest = found


def _listed(page: Path) -> list[tuple[str, int]]:
    """Path and product of each line."""
    lines = [line.split(",") for line in page.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(path.strip(), int(product)) for path, product, _ in lines]


def _photos(archive: Path, listed: Sequence[tuple[str, int]]) -> tuple[Photo, ...]:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as file:
        return tuple(Photo(path, decode_picture(file.read(path), path), product) for path, product in listed)
