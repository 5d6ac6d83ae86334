"""The embedded image encoder: photos of groceries among the vectors of all-MiniLM-L6-v2, and names for 81 products.

A picture is seen whole and once more mirrored; the vectors and the logits of both are averaged. Probabilities are the
softmax of the logits divided by a temperature (Guo et al. 2017), and less the farther a picture is from all photos of
the training; both were fitted on photos from other places than those.

Torch is imported when an encoder is built, not with this module.
"""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.images import Picture
from seamless_retail.core.ports.sight import ImageEncoder
from seamless_retail.core.sightings import Label
from seamless_retail.models.layer_heads import softmax
from seamless_retail.models.module import MANIFEST, WEIGHTS, StoredModule, load_module

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]
KIND = "image_encoder"
MEANS, WHITENING = "familiar.means", "familiar.whitening"
"""Tensors: the mean state of each product's photos, and what makes the states around their means alike in all ways."""
EMBEDDED = "grocery"
"""The name under which :func:`open_image_encoder` finds the packaged one."""
BATCH = 32
"""Pictures that go through the tower at once."""

_RETRAIN = "Reinstall seamless-retail, or train it again: seamless train image_encoder --config shipped."


class TextEncoder(Protocol):
    """What puts texts into the space."""

    weights_sha256: str

    def encode(self, texts: Sequence[str]) -> Array:
        """Unit vectors, float32 ``[n, d]``."""
        ...


class Look(NamedTuple):
    """What the tower makes of pictures."""

    vectors: Array
    """``[n, d]``, of length 1."""
    products: Array
    """Logits ``[n, products]``."""
    kinds: Array
    """Logits ``[n, kinds]``."""
    distances: Array
    """Squared, to the nearest product's mean state, after Mahalanobis: ``[n]`` (Lee et al. 2018)."""


class GroceryImageEncoder:
    """Implements :class:`~seamless_retail.core.ports.ImageEncoder` and ``ImageClassifier``; usable from many threads.

    Args:
        encoder: Puts texts into the space; must run the weights that the tower was trained beside.
        module: The stored tower.

    Raises:
        ModelFileError: The tower was trained beside another encoder, lacks a tensor, or does not fit together.
    """

    def __init__(self, encoder: TextEncoder, module: StoredModule) -> None:
        from seamless_retail.models.image_tower import TowerShape, tower_of

        config = module.config
        try:
            shape = TowerShape.read(config["shape"])
            self.labels: tuple[str, ...] = tuple(config["labels"])
            self.kinds: tuple[str, ...] = tuple(config["kinds"])
            self._side, self._temperature = int(config["side"]), float(config["temperature"])
            self.min_confidence = float(config["min_confidence"])
            """Of the likeliest name; below it a picture shows, as far as can be told, none of the products."""
            self.alike, self.same, self.margin = (float(config[name]) for name in ("alike", "same", "margin"))
            """Cosines of a photo with a web shop's picture: from ``alike`` that is worth showing; from ``same``, and
            nearer by ``margin`` than any other product, it shows the same."""
            beside: str = config["encoder_sha256"]
            self._farthest = float(config["farthest"])
            tensors = dict(module.tensors)
            means, self._whitening = tensors.pop(MEANS), tensors.pop(WHITENING)
            self._centres = means @ self._whitening.T
            self._tower = tower_of(shape, tensors)
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise ModelFileError(f"The image encoder is not complete: {error!r}.", _RETRAIN) from error
        if (len(self.labels), len(self.kinds)) != (shape.products, shape.kinds):
            raise ModelFileError("The image encoder does not have a name for every product and kind.", _RETRAIN)
        if encoder.weights_sha256 != beside:
            raise ModelFileError(
                "The image encoder was trained beside another sentence model.",
                "Load it with the bundled all-MiniLM-L6-v2, or train it again with training/recipes/image_encoder.py.",
            )
        self._encoder, self.dimension = encoder, shape.dimension
        self.weights_sha256 = str(config.get("weights_sha256", ""))

    @classmethod
    def load(cls, encoder: Any = None, folder: Path | Traversable | None = None) -> "GroceryImageEncoder":
        """The packaged encoder, or one that the recipe wrote to ``folder``.

        Args:
            encoder: A sentence encoder, or LangChain embeddings that hold one as ``encoder``; where it does not run
                the right weights, the bundled one is loaded beside it.
            folder: Where the recipe wrote the tower.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        place = folder or files("seamless_retail.models") / "weights" / KIND
        module = load_module(place, KIND)
        module.config["weights_sha256"] = _sha256(place)
        encoder = getattr(encoder, "encoder", encoder)
        shared = getattr(encoder, "weights_sha256", "") == module.config.get("encoder_sha256")
        if not (shared and hasattr(encoder, "encode")):
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            encoder = SentenceEncoder()
        return cls(encoder, module)

    @property
    def name(self) -> str:
        """``grocery-`` and the first digits of the weights' sha256."""
        return f"{EMBEDDED}-{self.weights_sha256[:12]}"

    def embed_images(self, pictures: Sequence[Picture]) -> Array:
        """Vectors of pictures: float32 ``[n, d]``, rows of length 1."""
        return self.look(pictures).vectors

    def embed_texts(self, texts: Sequence[str]) -> Array:
        """Vectors of texts in the same space: float32 ``[n, d]``, rows of length 1."""
        return self._encoder.encode(texts)

    def classify(self, pictures: Sequence[Picture], k: int = 5) -> list[list[Label]]:
        """The ``k`` likeliest names of each picture with their probabilities, likeliest first."""
        rows = self.probabilities(pictures)
        orders = np.argsort(-rows, axis=1, kind="stable")[:, :k]
        return [
            [Label(self.labels[i], min(1.0, float(row[i]))) for i in order]
            for row, order in zip(rows, orders, strict=True)
        ]

    def probabilities(self, pictures: Sequence[Picture]) -> Array:
        """Calibrated probabilities, float32 ``[n, products]`` in the order of :attr:`labels`.

        What is missing to 1 is the chance that a picture shows none of them, as far as its strangeness tells.
        """
        return self.calibrated(self.look(pictures))

    def calibrated(self, seen: Look) -> Array:
        """Probabilities of what :meth:`look` gave; see :func:`calibrated`."""
        return calibrated(seen, self._temperature, self._farthest)

    def look(self, pictures: Sequence[Picture]) -> Look:
        """Vectors and logits of pictures, in the order given."""
        import torch

        parts = [self._look(pictures[at : at + BATCH]) for at in range(0, len(pictures), BATCH)]
        if not parts:
            vectors, products, kinds = (
                np.zeros((0, n), np.float32) for n in (self.dimension, len(self.labels), len(self.kinds))
            )
            return Look(vectors, products, kinds, np.zeros(0, np.float32))
        vectors, products, kinds, states = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
        return Look(vectors, products, kinds, self._distances(states))

    def states(self, pictures: Sequence[Picture]) -> Array:
        """What everything is read from, float32 ``[n, width]``."""
        import torch

        parts = [self._look(pictures[at : at + BATCH])[3] for at in range(0, len(pictures), BATCH)]
        found: Array = torch.cat(parts).numpy()
        return found

    def _distances(self, states: Array) -> Array:
        apart = (states @ self._whitening.T)[:, None] - self._centres[None]
        return np.asarray((apart**2).sum(2).min(1), dtype=np.float32)

    def _look(self, pictures: Sequence[Picture]) -> "tuple[torch.Tensor, ...]":
        import torch
        from torch.nn.functional import normalize

        from seamless_retail.models.image_tower import pixels_of, standardised

        with torch.inference_mode():
            pixels = standardised(torch.stack([pixels_of(picture, self._side) for picture in pictures]))
            both = torch.cat([pixels, pixels.flip(3)]).contiguous(memory_format=torch.channels_last)
            seen = self._tower(both)
            vectors = normalize(_of_both(normalize(seen.vectors, dim=1)), dim=1)
            return vectors, _of_both(seen.products), _of_both(seen.kinds), _of_both(seen.states)


def calibrated(seen: Look, temperature: float, farthest: float) -> Array:
    """``softmax(logits / temperature) · min(1, farthest / distance)``: float32 ``[n, products]``."""
    familiar = np.minimum(1.0, farthest / np.maximum(seen.distances, farthest))
    return np.asarray(softmax(seen.products / temperature) * familiar[:, None], dtype=np.float32)


def _of_both(rows: "torch.Tensor") -> "torch.Tensor":
    """The mean of each picture and its mirror image: ``[2n, d]`` → ``[n, d]``."""
    return rows.view(2, -1, rows.shape[1]).mean(0)


def open_image_encoder(name: str = EMBEDDED, encoder: Any = None, *, download: bool = False) -> ImageEncoder:
    """The packaged encoder, one of our folders, or a CLIP or SigLIP checkpoint.

    Args:
        name: ``grocery``; a folder that the recipe wrote; or a checkpoint's folder or name on the Hugging Face hub.
        encoder: A sentence encoder to share, for the first two.
        download: Whether a checkpoint that is not in the local cache may be fetched.

    Raises:
        ModelFileError: It is missing or damaged.
    """
    if name == EMBEDDED:
        return GroceryImageEncoder.load(encoder)
    if (Path(name) / MANIFEST).is_file():
        return GroceryImageEncoder.load(encoder, Path(name))
    from seamless_retail.models.pretrained_image_encoder import PretrainedImageEncoder

    return PretrainedImageEncoder(name, download=download)


def _sha256(folder: Path | Traversable) -> str:
    """Of the weights, as the manifest says, which was checked."""
    import json

    return str(json.loads((folder / MANIFEST).read_bytes())["sha256"][WEIGHTS])
