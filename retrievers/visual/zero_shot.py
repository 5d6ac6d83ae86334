"""Names for what pictures show, from an encoder that was never trained on them: CLIP, SigLIP and their like.

Each name becomes a text, "a photo of milk"; the probabilities are the softmax over the scaled cosines of the names and
of what is no merchandise, as in Radford et al. 2021 (https://arxiv.org/abs/2103.00020), section 3.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.images import Picture
from seamless_retail.core.ports import ImageEncoder
from seamless_retail.core.sightings import Label

OTHER_THINGS = (
    "a person",
    "a face",
    "a pet",
    "an animal",
    "a car",
    "a street",
    "a building",
    "a landscape",
    "the sky",
    "a room",
    "a screenshot",
    "a page of text",
    "a drawing",
    "a toy",
    "a tool",
    "nothing in particular",
)
"""What pictures show that no shop is asked for; their share of the probability is given to nothing."""
SCALE = 100.0
"""Of the cosines: CLIP's learned scale, at its limit. An encoder's own, ``logit_scale``, comes first."""


@dataclass(frozen=True)
class ZeroShotClassifier:
    """Implements :class:`~seamless_retail.core.ports.ImageClassifier` over any image encoder."""

    encoder: ImageEncoder
    names: Sequence[str]
    """Such as the categories of a catalogue."""

    @cached_property
    def _texts(self) -> NDArray[np.float32]:
        """``[names + other things, d]``."""
        kinds = [f"a photo of {name}" for name in self.names]
        return self.encoder.embed_texts([*kinds, *(f"a photo of {thing}" for thing in OTHER_THINGS)])

    def classify(self, pictures: Sequence[Picture], k: int = 5) -> list[list[Label]]:
        """The ``k`` likeliest names of each picture, likeliest first."""
        if not pictures or not self.names:
            return [[] for _ in pictures]
        scale = float(getattr(self.encoder, "logit_scale", SCALE))
        logits = scale * self.encoder.embed_images(pictures) @ self._texts.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = (shares / shares.sum(axis=1, keepdims=True))[:, : len(self.names)]
        best = np.argsort(-shares, axis=1)[:, :k]
        return [[Label(self.names[i], float(row[i])) for i in order] for row, order in zip(shares, best, strict=True)]
