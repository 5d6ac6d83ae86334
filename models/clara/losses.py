"""The losses of the three stages."""

import torch
from torch import Tensor
from torch.nn import functional

IGNORED = -100
"""The label of a place that carries no loss."""


def answer_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, averaged over the answer tokens of the whole batch.

    Args:
        logits: ``[b, t, vocabulary]``; place i predicts the token at place i + 1.
        labels: ``[b, t]`` token ids at their own places, not shifted; -100 where there is nothing to learn.

    Returns:
        A float32 scalar; zero, with a gradient of zero, when nothing is labelled.
    """
    predicted = logits[:, :-1].flatten(0, 1).float()
    expected = labels[:, 1:].flatten()
    total = functional.cross_entropy(predicted, expected, ignore_index=IGNORED, reduction="sum")
    return total / (expected != IGNORED).sum().clamp(min=1)


def alignment_loss(text: Tensor, memory: Tensor, detach: bool = False) -> Tensor:
    """Mean squared distance of the mean document state and the mean memory vector, both ``[n, h]``.

    Args:
        text: Mean states of the documents.
        memory: Mean memory vectors.
        detach: Move only the memories; the paper's own code moves both sides.
    """
    return functional.mse_loss(memory.float(), (text.detach() if detach else text).float())


def contrastive_loss(scores: Tensor, positives: Tensor, temperature: float = 0.02) -> Tensor:
    """InfoNCE: minus the log of the probability that the softmax gives to the right documents together.

    Args:
        scores: ``[b, n]``; -inf leaves a candidate out.
        positives: The right candidate's index ``[b]``, or a multi-hot ``[b, n]``. A row without one carries no loss.
        temperature: Divides the scores.
    """
    if positives.dim() == 1:
        positives = functional.one_hot(positives, scores.shape[1])
    logits = scores.float() / temperature
    right = logits.masked_fill(~positives.bool(), float("-inf"))
    has_one = positives.bool().any(1)
    per_row = torch.logsumexp(logits[has_one], 1) - torch.logsumexp(right[has_one], 1)
    return per_row.sum() / has_one.sum().clamp(min=1)
