"""The probability that a retrieved passage is relevant to the query.

A logistic model over three signals that mean the same for every query: the cosine of query and passage; how much of the
query's idf mass BM25 finds in the passage (``LexicalRetriever.coverage``); and the fused rank score as a share of the
best possible one. The rank alone cannot say "nothing here answers this": the best of bad candidates has rank 1 too.

The weights come from ``training/recipes/retrieval_calibration.py``.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

COSINE = 10.42
COVERAGE = 3.24
RANK = 0.49
INTERCEPT = -6.66


def relevance(cosine: ArrayLike, coverage: ArrayLike, rank: ArrayLike) -> NDArray[np.float64]:
    """``sigmoid(a·cosine + b·coverage + c·rank + d)``, elementwise; arguments and result ``[n]``."""
    logit = COSINE * np.asarray(cosine) + COVERAGE * np.asarray(coverage) + RANK * np.asarray(rank) + INTERCEPT
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)
