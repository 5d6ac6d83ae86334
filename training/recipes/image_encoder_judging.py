"""How well a tower sees: calibration on one half of the validation photos, its figures on the other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seamless_retail.models.image_encoder import GroceryImageEncoder, Look, calibrated
from seamless_retail.training.data.grocery_images import GroceryImages, Photo, Product, calibration_half

Ranks = NDArray[np.int64]
SHRINK = 0.01
"""Share of the mean variance that is added to all, so that rare directions do not count without bound."""
TEMPERATURES = np.arange(0.2, 3.0, 0.05)
QUANTILES = np.arange(0.05, 0.55, 0.05)
"""Of the photos' distances, that are tried as the one from which probabilities fall."""
WORTH_SHOWING = 0.5
"""Share of the pictures of a web shop that must show the photo's kind of thing where they are called alike."""
MARGIN = 0.03
"""By how much one product must be nearer than any other, as a cosine."""


class Familiar(NamedTuple):
    """What the states of known photos look like: a normal distribution around each product's mean, all of one shape."""

    means: NDArray[np.float32]
    """``[products, width]``."""
    whitening: NDArray[np.float32]
    """``[width, width]``; the length of what it makes of a difference is its Mahalanobis distance."""

    @classmethod
    def nothing(cls, products: int, width: int) -> "Familiar":
        """With which every distance is 0."""
        return cls(np.zeros((products, width), np.float32), np.zeros((width, width), np.float32))

    @classmethod
    def of(cls, encoder: GroceryImageEncoder, photos: Sequence[Photo], products: int) -> "Familiar":
        """From photos; a product without any has the mean of all."""
        states = encoder.states([photo.picture for photo in photos]).astype(np.float64)
        names = np.array([photo.product for photo in photos])
        means = np.stack([(states[names == p] if (names == p).any() else states).mean(0) for p in range(products)])
        apart = states - means[names]
        spread = apart.T @ apart / len(apart)
        spread += (SHRINK * np.trace(spread) / len(spread) + 1e-6) * np.eye(len(spread))
        whitening = np.linalg.inv(np.linalg.cholesky(spread))
        return cls(means.astype(np.float32), whitening.astype(np.float32))


class Calibration(NamedTuple):
    """What photos from other places say about a tower."""

    photos: int = 0
    """How many there were."""
    temperature: float = 1.0
    farthest: float = 1.0
    """Squared distance from the mean states beyond which probabilities fall."""
    min_confidence: float = 0.0
    right: float = 0.0
    """Share of the photos that are named right."""
    believed: float = 0.0
    """Share of them whose likeliest name reaches ``min_confidence``."""
    alike: float = 0.0
    """Cosine from which half of the web shop's pictures show the photo's kind of thing."""
    same: float = 1.0
    """Cosine from which the web shop's nearest picture shows the same, where it is nearer than others by ``margin``."""
    margin: float = MARGIN
    taken: float = 0.0
    """Share of the photos whose nearest picture of the web shop is taken for the same."""

    def bounds(self) -> dict[str, float]:
        """What the stored tower's configuration holds of it."""
        names = ("temperature", "farthest", "min_confidence", "alike", "same", "margin")
        return {name: float(getattr(self, name)) for name in names}


class Judgement(NamedTuple):
    """Figures on photos: shares, each of ``photos``, ``reported`` or ``texts``."""

    photos: int
    texts: int
    products: float
    kinds: float
    reported: int
    """Photos that the next figures are of: those that probabilities were not fitted on."""
    reported_right: float
    """Share of them that is named right."""
    believed: float
    right_when_believed: float
    calibration_error: float
    """Mean distance of confidence and share of right names, over ten bins of confidence."""
    by_chance: float
    """The same, where every probability is exactly right: as many photos are no more exact."""
    text_to_image: dict[int, float]
    """By k: texts with one of their photos among the first k."""
    image_to_text: dict[int, float]
    """By k: photos with their text among the first k."""


def calibrate(
    encoder: GroceryImageEncoder, photos: Sequence[Photo], data: GroceryImages, least_right: float, least_same: float
) -> Calibration:
    """Probabilities that are as high as the share of names that are right, and the bounds from which more is said.

    Args:
        encoder: Knows what is familiar to it; its own calibration is not used.
        photos: That it has not seen, from other places than what it has.
        data: The products, and the web shop's picture of each.
        least_right: Share that must be right of the names that are believed.
        least_same: Share that must show the same product of the web shop's pictures that are taken for the same.
    """
    if not photos:
        return Calibration()
    names = np.array([photo.product for photo in photos])
    seen = encoder.look([photo.picture for photo in photos])
    right = seen.products.argmax(1) == names
    temperature, farthest = fitted(seen, right)
    sure = calibrated(seen, temperature, farthest).max(1)
    least = bound(sure, right, least_right)
    kinds = np.array([product.kind for product in data.products])
    cosines = seen.vectors @ encoder.embed_images([photo.picture for photo in data.iconic]).T
    best = np.sort(cosines, axis=1)
    clear = best[:, -1] - best[:, -2] >= MARGIN
    same = bound(best[clear, -1], (cosines.argmax(1) == names)[clear], least_same)
    return Calibration(
        photos=len(photos),
        temperature=temperature,
        farthest=farthest,
        min_confidence=least,
        right=float(right.mean()),
        believed=float((sure >= least).mean()),
        alike=bound(cosines.ravel(), (kinds[names][:, None] == kinds[None]).ravel(), WORTH_SHOWING),
        same=same,
        taken=float((clear & (best[:, -1] >= same)).mean()),
    )


def fitted(seen: Look, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature and farthest distance with the least log loss of the likeliest name's probability.

    Args:
        seen: Of photos from other places than the training's.
        right: Whether the likeliest name of each is right.
    """

    def loss(temperature: float, farthest: float) -> float:
        sure = calibrated(seen, temperature, farthest).max(1).clip(1e-4, 1 - 1e-4)
        return float(-np.log(np.where(right, sure, 1 - sure)).mean())

    distances = [round(float(distance), 3) for distance in np.quantile(seen.distances, QUANTILES)]
    tried = [(round(float(t), 3), distance) for t in TEMPERATURES for distance in distances]
    return min(tried, key=lambda pair: loss(*pair))


def bound(sure: NDArray[np.float32], right: NDArray[np.bool_], least_right: float) -> float:
    """The lowest of ``sure`` at and above which at least the share ``least_right`` is right; 1 where there is none."""
    order = np.argsort(-sure, kind="stable")
    enough = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= least_right)
    return round(float(sure[order][enough[-1]]) - 5e-5, 4) if len(enough) else 1.0


def share_right(encoder: GroceryImageEncoder, photos: Sequence[Photo]) -> float:
    """Of photos that are named right."""
    named = encoder.look([photo.picture for photo in photos]).products.argmax(1)
    return float((named == np.array([photo.product for photo in photos])).mean())


def judge(encoder: GroceryImageEncoder, data: GroceryImages) -> Judgement:
    """Figures on the validation photos; of probabilities, on those that they were not fitted on."""
    names = np.array([photo.product for photo in data.validation])
    seen = encoder.look([photo.picture for photo in data.validation])
    texts = encoder.embed_texts([product.name for product in data.products])
    return measure(encoder, seen, texts, names, data.products, ~calibration_half(data.validation))


def measure(
    encoder: GroceryImageEncoder,
    seen: Look,
    texts: NDArray[np.float32],
    names: NDArray[np.int64],
    products: Sequence[Product],
    reported: NDArray[np.bool_],
) -> Judgement:
    """Figures of what was seen.

    Args:
        encoder: That saw it.
        seen: Its vectors and logits, ``n`` photos.
        texts: Vectors of the products' names, ``[products, d]``.
        names: The product of each photo, ``[n]``.
        products: All of them.
        reported: Which photos the figures on probabilities are of, ``[n]``.
    """
    kind_of = np.array([product.kind for product in products])
    named, chances = seen.products.argmax(1), encoder.calibrated(seen)
    right = named == names
    sure, borne_out = chances.max(1)[reported], right[reported]
    believed = sure >= encoder.min_confidence
    shown = np.unique(names)
    first_photo, own_text = first_ranks(seen.vectors, texts, names, shown)
    return Judgement(
        photos=len(names),
        texts=len(shown),
        products=float(right.mean()),
        kinds=float((kind_of[named] == kind_of[names]).mean()),
        reported=len(sure),
        reported_right=float(borne_out.mean()),
        believed=float(believed.mean()),
        right_when_believed=float(borne_out[believed].mean()) if believed.any() else 0.0,
        calibration_error=calibration_error(sure, borne_out),
        by_chance=by_chance(sure),
        text_to_image={k: float((first_photo < k).mean()) for k in (1, 5)},
        image_to_text={k: float((own_text < k).mean()) for k in (1, 5)},
    )


def first_ranks(
    photos: NDArray[np.float32], texts: NDArray[np.float32], names: NDArray[np.int64], shown: NDArray[np.int64]
) -> tuple[Ranks, Ranks]:
    """The rank, from 0, of the first right photo for each text of ``shown``, and of its own text for each photo."""
    likeness = photos @ texts.T
    by_text = np.argsort(-likeness[:, shown], axis=0, kind="stable")
    first_photo = (names[by_text] == shown[None]).argmax(0)
    by_photo = np.argsort(-likeness, axis=1, kind="stable")
    own_text = (by_photo == names[:, None]).argmax(1)
    return first_photo, own_text


def calibration_error(sure: NDArray[np.float32], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance of confidence and share right, weighted by the photos in each of ``bins`` equal parts of 0 to 1."""
    part = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float(sure[part == b].mean() - right[part == b].mean())) * float((part == b).mean()) for b in set(part)]
    return float(sum(gaps))


def by_chance(sure: NDArray[np.float32], draws: int = 1000) -> float:
    """Mean :func:`calibration_error` of names that are right with just the probability that is told of them."""
    random = np.random.default_rng(0)
    return float(np.mean([calibration_error(sure, random.random(len(sure)) < sure) for _ in range(draws)]))
