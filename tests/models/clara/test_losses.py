import math

import pytest
import torch
from torch.nn import functional

from seamless_retail.models.clara.losses import alignment_loss, answer_loss, contrastive_loss


def test_the_answer_loss_averages_over_labelled_tokens_of_the_batch() -> None:
    """One row has one answer token, the other two: each token counts the same, not each row."""
    logits = torch.randn(2, 4, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[-100, -100, -100, 3], [-100, 5, 6, -100]])
    log_p = logits.log_softmax(-1)
    expected = -(log_p[0, 2, 3] + log_p[1, 0, 5] + log_p[1, 1, 6]) / 3
    assert float(answer_loss(logits, labels)) == pytest.approx(float(expected), rel=1e-6)


def test_a_batch_without_labels_is_no_nan() -> None:
    logits = torch.randn(1, 3, 5, requires_grad=True)
    loss = answer_loss(logits, torch.full((1, 3), -100))
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert logits.grad.abs().sum() == 0


@pytest.mark.parametrize("detach", [False, True])
def test_alignment_moves_the_text_only_when_asked(detach: bool) -> None:
    text, memory = torch.ones(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    loss = alignment_loss(text, memory, detach)
    loss.backward()
    assert loss.item() == 1.0
    assert (text.grad is None) is detach
    assert memory.grad is not None


def test_the_contrastive_loss_is_cross_entropy_for_one_positive() -> None:
    scores = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    positives = torch.tensor([0, 5, 2, 2])
    expected = functional.cross_entropy(scores / 0.02, positives)
    assert float(contrastive_loss(scores, positives)) == pytest.approx(float(expected), rel=1e-6)


def test_several_positives_share_the_probability() -> None:
    """Two right documents of four equal ones: together they have one half."""
    right = torch.tensor([[True, False, True, False]])
    assert float(contrastive_loss(torch.zeros(1, 4), right)) == pytest.approx(math.log(2), rel=1e-6)


def test_rows_without_a_positive_and_missing_candidates_carry_nothing() -> None:
    scores = torch.tensor([[0.0, float("-inf"), 0.0], [1.0, 2.0, 3.0]], requires_grad=True)
    loss = contrastive_loss(scores, torch.tensor([[1, 0, 0], [0, 0, 0]]), temperature=1.0)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2), rel=1e-6)
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    assert scores.grad[1].abs().sum() == 0
