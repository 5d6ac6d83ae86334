"""The packaged scorer tells styles apart, and refuses files that do not fit."""

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.personality import DIMENSIONS
from seamless_retail.models.module import StoredModule
from seamless_retail.models.style_scorer import KIND, StyleScorer

PLAIN = "The lamp is in stock at Riverside."
MORE = {
    "warmth": "I am so happy to help you, dear customer: the lamp is in stock at Riverside.",
    "playful": "Ta-da! The lamp is in stock at Riverside, and it is ready to party!",
    "formal": "Kindly be informed that the lamp is in stock at Riverside.",
    "encouragement": "The lamp is in stock at Riverside. Great choice, go for it, you can do it!",
}


def test_more_of_a_dimension_scores_higher_in_it():
    scores = StyleScorer.load().scores([PLAIN, *(MORE[dimension] for dimension in DIMENSIONS)])
    moves = scores[1:] - scores[0]
    assert scores.shape == (5, 4)
    assert moves.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert StyleScorer.load().scores([]).shape == (0, 4)


class Encoder:
    weights_sha256 = "a"

    def encode_layers(self, texts):
        return np.ones((len(texts), 2, 3), np.float32)


def module(**changes):
    config = {"encoder_sha256": "a", "dimensions": list(DIMENSIONS), "layers": [1]}
    tensors = {"mean": np.zeros(3, np.float32), "weight": np.ones((4, 3), np.float32)}
    return StoredModule(KIND, {**config, **changes}, tensors)


def test_it_is_a_linear_layer():
    assert StyleScorer(Encoder(), module()).scores(["x"]).tolist() == [[3.0] * 4]


@pytest.mark.parametrize("changes", [{"encoder_sha256": "b"}, {"dimensions": ["warmth"]}, {"layers": ["one"]}])
def test_a_scorer_that_does_not_fit_is_refused(changes):
    with pytest.raises(ModelFileError):
        StyleScorer(Encoder(), module(**changes))
