"""The probability that a candidate is relevant to the query, from signals that mean the same for every query.

============ ==========================================================================================================
``cosine``   of the embeddings of query and candidate
``coverage`` how much of the query's idf mass BM25 finds in the candidate (``LexicalRetriever.coverage``), 0..1
``rank``     the fused rank score as a share of the best possible one, 0..1
``latent``   late interaction of the query with the candidate's compressed memory, -1..1
============ ==========================================================================================================

A rank alone cannot say "nothing here answers this": the best of bad candidates has rank 1 too. The logistic models
(Platt 1999, "Probabilistic outputs for support vector machines") are in ``calibration.json``, one for candidates
without memories and one for each compressor that was calibrated, and come from
``training/recipes/retrieval_calibration.py`` and ``training/recipes/reranking_calibration.py``. Those with memories
give the probability at even odds: as if as many candidates were relevant as are not.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from seamless_retail.retrievers.memory.entry import CompressorIdentity

CALIBRATIONS = "calibration.json"
HYBRID = "hybrid"
"""The model for candidates without memories."""


class Calibration(BaseModel):
    """A logistic model over named signals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    """By signal."""
    intercept: float
    compressor_sha256: str = ""
    """Of the compressor whose latent similarities it weighs."""

    def logits(self, signals: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """``Σ weight · signal + intercept``: ``[n]`` from signals of ``[n]`` each."""
        terms = [weight * np.asarray(signals[name], dtype=np.float64) for name, weight in self.weights.items()]
        return np.asarray(np.sum(terms, axis=0) + self.intercept, dtype=np.float64)

    def relevance(self, signals: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """The probabilities: the sigmoid of :meth:`logits`."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.logits(signals))), dtype=np.float64)


def hybrid_calibration() -> Calibration:
    """The model for candidates without memories."""
    return _shipped()[HYBRID]


def calibration_for(compressor: CompressorIdentity) -> Calibration | None:
    """The model for candidates with memories of a compressor.

    ``None`` if the package has none for this compressor, or has one that was fitted on other weights.
    """
    found = _shipped().get(calibration_name(compressor))
    return found if found is not None and found.compressor_sha256 == compressor.sha256 else None


def uncalibrated(similarities: ArrayLike) -> NDArray[np.float64]:
    """Latent similarities of -1..1 on a scale of 0..1: for order, not probabilities."""
    return np.asarray((1.0 + np.asarray(similarities, dtype=np.float64)) / 2.0, dtype=np.float64)


def calibration_name(compressor: CompressorIdentity) -> str:
    """Under which name a compressor's model is kept: ``light-balanced@32``."""
    return f"{compressor.name}@{compressor.rate}"


@cache
def _shipped() -> dict[str, Calibration]:
    text = files("seamless_retail.retrievers").joinpath(CALIBRATIONS).read_text(encoding="utf-8")
    return {name: Calibration.model_validate(values) for name, values in json.loads(text).items()}
