"""How well the embedded image encoder sees, on the official validation photos, and how fast.

    python -m seamless_retail.training.benchmarks.sight [--weights FOLDER] [--photos development] [--json FILE]

What the probabilities are worth (``confidence``) is told of the half of these photos that they were not fitted on.
Beside the tower, on the same photos: the nearest colour histogram among the training photos, and a logistic regression
over raw pixels, whose weight decay is chosen on series of photos held out of the training ones. Every setting of the
tower was chosen on those too (``training/data/grocery_images.py``), so ``--photos development`` reads high: its photos
were in the last training. Intervals are Wilson's, of 95 %.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from seamless_retail.core.images import Picture
from seamless_retail.core.settings import load_settings
from seamless_retail.models.image_encoder import GroceryImageEncoder
from seamless_retail.models.image_tower import pixels_of, standardised
from seamless_retail.training.benchmarks.input_guard import wilson
from seamless_retail.training.data.grocery_images import (
    GroceryImages,
    Photo,
    calibration_half,
    colours,
    development,
    read_grocery_images,
)
from seamless_retail.training.recipes.image_encoder_judging import measure

RAW_SIDE = 32
"""Pixels of the pictures whose raw values are read."""
DECAYS = (1e-4, 1e-3, 1e-2, 1e-1)
TIMED = 100
"""Queries."""
INDEXED = 10_000
"""Vectors that a timed search goes through."""


def baselines(data: GroceryImages, judged: Sequence[Photo], held: NDArray[np.bool_]) -> dict[str, NDArray[np.int64]]:
    """The product that each baseline names for each photo, ``[n]``.

    Args:
        data: Whose training photos they learn from, and whose held-out series choose the decay.
        judged: The photos.
        held: Which of the training photos are held out.
    """
    paths = {photo.path for photo in judged}
    taught = [photo for photo in data.training if photo.path not in paths]
    names = np.array([photo.product for photo in taught])
    near = _colours(judged) @ _colours(taught).T
    return {"colour histogram": names[near.argmax(1)], "raw pixels": raw_pixels(data.training, held, taught, judged)}


def raw_pixels(
    training: Sequence[Photo], held: NDArray[np.bool_], taught: Sequence[Photo], judged: Sequence[Photo]
) -> NDArray[np.int64]:
    """What a logistic regression over :data:`RAW_SIDE` x :data:`RAW_SIDE` pixels names."""
    inner = [photo for photo, out in zip(training, held, strict=True) if not out]
    outer = [photo for photo, out in zip(training, held, strict=True) if out]
    expected = np.array([photo.product for photo in outer])
    inner_pixels, outer_pixels = _raw(inner), _raw(outer)
    scores = [float((_fit(inner_pixels, inner, decay, outer_pixels) == expected).mean()) for decay in DECAYS]
    return _fit(_raw(taught), taught, DECAYS[int(np.argmax(scores))], _raw(judged))


def other_pictures(count: int = 24) -> list[Picture]:
    """Pictures of none of the products: ``count`` cuts of scikit-learn's two photos (a temple, a flower), and noise."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    random, found = np.random.default_rng(0), []
    for number in range(count):
        photo = load_sample_images().images[number % 2]
        side = int(random.integers(160, 400))
        top, left = (int(random.integers(0, length - side)) for length in photo.shape[:2])
        found.append(photo[top : top + side, left : left + side])
        grain = 4 ** int(random.integers(1, 4))
        noise = random.integers(0, 256, (grain, grain, 3), dtype=np.uint8)
        found.append(np.asarray(Image.fromarray(noise).resize((160, 160), Image.Resampling.BICUBIC)))
    return [Picture(len(rows), len(rows), rows.tobytes(), "", "other") for rows in found]


def latency(encoder: GroceryImageEncoder, photos: Sequence[Photo]) -> dict[str, Any]:
    """Milliseconds of one query after another, on as many cores as torch uses."""
    index = np.random.default_rng(0).standard_normal((INDEXED, encoder.dimension)).astype(np.float32)
    chosen = [photos[i % len(photos)] for i in range(TIMED)]
    vectors = encoder.embed_images([photo.picture for photo in chosen[:8]])

    def search(at: int) -> None:
        scores = index @ vectors[at % 8]
        best = np.argpartition(-scores, 5)[:5]
        best[np.argsort(-scores[best])]

    return {
        "cores": torch.get_num_threads(),
        "picture": _timed(lambda at: encoder.embed_images([chosen[at].picture])),
        "names": _timed(lambda at: encoder.classify([chosen[at].picture])),
        "text": _timed(lambda at: encoder.embed_texts([f"{encoder.labels[at % len(encoder.labels)]} {at}"])),
        f"search of {INDEXED:,}": _timed(search),
    }


def report(weights: Path | None, data: GroceryImages, part: str) -> dict[str, Any]:
    """All figures."""
    encoder = GroceryImageEncoder.load(folder=weights)
    held = development(data.training)
    photos = data.validation if part == "validation" else [p for p, out in zip(data.training, held, strict=True) if out]
    names = np.array([photo.product for photo in photos])
    kind_of = np.array([product.kind for product in data.products])
    texts = encoder.embed_texts([product.name for product in data.products])
    reported = ~calibration_half(photos) if part == "validation" else np.ones(len(photos), dtype=bool)
    found = measure(encoder, encoder.look([photo.picture for photo in photos]), texts, names, data.products, reported)
    others = encoder.probabilities(other_pictures()).max(1)
    shares = {
        "image encoder": {"right product": (found.products, len(photos)), "right kind": (found.kinds, len(photos))},
        "search": {f"text to image, first {k}": (share, found.texts) for k, share in found.text_to_image.items()}
        | {f"image to text, first {k}": (share, found.photos) for k, share in found.image_to_text.items()},
        "confidence": {
            "right product": (found.reported_right, found.reported),
            "name believed": (found.believed, found.reported),
            "right where believed": (found.right_when_believed, round(found.believed * found.reported)),
            "other picture refused": (float((others < encoder.min_confidence).mean()), len(others)),
        },
    }
    for name, named in baselines(data, photos, held).items():
        kinds = float((kind_of[named] == kind_of[names]).mean())
        shares[name] = {
            "right product": (float((named == names).mean()), len(photos)),
            "right kind": (kinds, len(photos)),
        }
    told = {name: {what: _share(*share) for what, share in rows.items()} for name, rows in shares.items()}
    return {
        "weights": encoder.name,
        "photos": part,
        "shares": told,
        "calibration error": round(found.calibration_error, 4),
        "by chance": round(found.by_chance, 4),
        "milliseconds": latency(encoder, photos),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the data sets")
    parser.add_argument("--weights", type=Path, help="folder that the recipe wrote; the packaged one by default")
    parser.add_argument("--photos", choices=("validation", "development"), default="validation")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = report(options.weights, read_grocery_images(options.data), options.photos)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    console = Console(width=120, highlight=False)
    for name, rows in found["shares"].items():
        for what, share in rows.items():
            low, high = share["interval"]
            console.print(f"{name:18} {what:22} {share['share']:.1%} of {share['of']} ({low:.1%} to {high:.1%})")
    console.print(f"calibration error  {found['calibration error']}, by chance alone {found['by chance']}")
    for name, times in found["milliseconds"].items():
        console.print(f"milliseconds       {name:22} {times}")


def _colours(photos: Sequence[Photo]) -> NDArray[np.float64]:
    return np.stack([colours(photo.picture) for photo in photos])


def _raw(photos: Sequence[Photo]) -> torch.Tensor:
    return torch.stack([standardised(pixels_of(photo.picture, RAW_SIDE)).flatten() for photo in photos])


def _fit(pixels: torch.Tensor, photos: Sequence[Photo], decay: float, judged: torch.Tensor) -> NDArray[np.int64]:
    """The optimum of a multinomial logistic regression; what it names."""
    names = torch.tensor([photo.product for photo in photos])
    weight = torch.zeros(pixels.shape[1], int(names.max()) + 1, requires_grad=True)
    bias = torch.zeros(weight.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(pixels @ weight + bias, names) + decay * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch gives it no types
    found: NDArray[np.int64] = (judged @ weight + bias).detach().argmax(1).numpy()
    return found


def _timed(query: Callable[[int], object]) -> dict[str, float]:
    """Median and 95th percentile of :data:`TIMED` calls, in milliseconds."""
    query(0)
    taken = []
    for at in range(TIMED):
        began = time.perf_counter()
        query(at)
        taken.append(1000 * (time.perf_counter() - began))
    return {"p50": round(float(np.median(taken)), 2), "p95": round(float(np.quantile(taken, 0.95)), 2)}


def _share(share: float, count: int) -> dict[str, Any]:
    low, high = wilson(share, count)
    return {"share": round(share, 4), "interval": [round(low, 4), round(high, 4)], "of": count}


if __name__ == "__main__":
    main()
