import pytest
import torch
from torch import Tensor

from seamless_retail.models.clara.topk import NOTHING, TopK, differentiable_topk, mix


def soft_place(scores: Tensor, taken: list[int], temperature: float) -> Tensor:
    """The soft part of one place, written again without the module: softmax over what is not taken."""
    logits = scores.double() / temperature
    logits[taken] = float("-inf")
    return torch.exp(logits - torch.logsumexp(logits, 0))


def test_places_are_one_hot_and_in_order_of_score() -> None:
    chosen = differentiable_topk(torch.tensor([[0.1, 0.9, 0.5, -0.2], [0.3, 0.2, 0.1, 0.4]]), 3)
    assert chosen.indices.tolist() == [[1, 2, 0], [3, 0, 1]]
    # Exactly one-hot: the straight-through term must cancel bit for bit, or memories would be blended.
    assert torch.equal(chosen.weights, torch.nn.functional.one_hot(chosen.indices, 4).float())


def test_the_gradient_is_that_of_the_soft_part() -> None:
    """Straight-through means: the forward pass is hard, the backward pass differentiates the softmax of each place."""
    temperature, step = 0.3, 1e-5
    scores = torch.tensor([0.31, -0.2, 0.55, 0.12, 0.4], dtype=torch.double)
    target = torch.randn(3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    asked = scores.clone()[None].requires_grad_()
    chosen = differentiable_topk(asked, 3, temperature=temperature)
    (chosen.weights[0] * target).sum().backward()
    order = chosen.indices[0].tolist()

    def soft(at: Tensor) -> float:
        return sum(float(target[j] @ soft_place(at, order[:j], temperature)) for j in range(3))

    assert asked.grad is not None
    for i in range(5):
        moved = torch.zeros(5, dtype=torch.double)
        moved[i] = step
        expected = (soft(scores + moved) - soft(scores - moved)) / (2 * step)
        assert float(asked.grad[0, i]) == pytest.approx(expected, abs=1e-4)


def weak_mask_soft(scores: Tensor, taken: list[int], temperature: float) -> Tensor:
    """How the paper's published code lowers taken entries: by log(1e-8), after the temperature."""
    free = torch.ones_like(scores)
    free[taken] = 0
    return (scores / temperature + torch.log(free + 1e-8)).softmax(0)


def test_a_taken_leader_does_not_keep_the_later_places() -> None:
    """A lead of 0.5 is 25 logits: more than the 18.4 of the weak mask, so there the second place teaches the first."""
    scores = torch.tensor([0.9, 0.4, 0.3])
    assert float(weak_mask_soft(scores, [0], 0.02)[0]) > 0.99
    assert float(soft_place(scores, [0], 0.02)[0]) == 0.0

    asked = scores[None].clone().requires_grad_()
    second = differentiable_topk(asked, 2).weights[0, 1]
    (second * torch.tensor([0.0, 1.0, 0.0])).sum().backward()
    assert asked.grad is not None
    p = float(torch.sigmoid(torch.tensor(0.1 / 0.02)))
    # d p1 / d s1 = p1 (1 - p1) / temperature between the two that are left, and nothing flows to the taken one.
    assert asked.grad[0].tolist() == pytest.approx([0.0, p * (1 - p) / 0.02, -p * (1 - p) / 0.02], rel=1e-3)


def test_masked_documents_are_never_chosen_and_get_no_gradient() -> None:
    scores = torch.tensor([[0.9, 0.1, 0.2]], requires_grad=True)
    chosen = differentiable_topk(scores, 2, mask=torch.tensor([[False, True, True]]))
    assert chosen.indices.tolist() == [[2, 1]]
    (chosen.weights * torch.randn(1, 2, 3, generator=torch.Generator().manual_seed(1))).sum().backward()
    assert scores.grad is not None
    assert scores.grad[0, 0] == 0


def test_more_places_than_documents_leave_empty_places() -> None:
    """Questions of a batch may differ in their number of documents: an empty place has index -1, no weight, no NaN."""
    scores = torch.tensor([[0.2, 0.1, 0.0], [0.3, 0.2, 0.1]], requires_grad=True)
    mask = torch.tensor([[True, False, False], [True, True, True]])
    chosen = differentiable_topk(scores, 3, mask=mask)
    assert chosen.indices.tolist() == [[0, NOTHING, NOTHING], [0, 1, 2]]
    assert chosen.weights[0, 1:].abs().sum() == 0
    (chosen.weights * torch.arange(18.0).view(2, 3, 3)).sum().backward()
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()


def test_hard_weights_carry_no_gradient() -> None:
    chosen = differentiable_topk(torch.randn(2, 4, requires_grad=True), 2, hard=True)
    assert not chosen.weights.requires_grad


def test_half_precision_scores_are_computed_in_float32() -> None:
    """One bfloat16 step (1/256) at a temperature of 0.02 is 0.2 logits: the softmax must not be rounded away."""
    scores = torch.tensor([[0.5, 0.5 + 1 / 256]], dtype=torch.bfloat16, requires_grad=True)
    weights = differentiable_topk(scores, 1).weights
    assert weights.dtype == torch.float32
    weights[0, 0, 1].backward()
    assert scores.grad is not None
    p = torch.sigmoid(torch.tensor(1 / 256 / 0.02)).item()
    assert scores.grad[0, 1].item() == pytest.approx(p * (1 - p) / 0.02, rel=1 / 256)


def test_noise_is_repeatable_and_samples_by_the_softmax() -> None:
    """Gumbel noise on logits turns the first place into a draw from the softmax: 0.02 ln 3 apart, that is 3 : 1."""
    scores = torch.tensor([[0.02 * float(torch.log(torch.tensor(3.0))), 0.0]]).expand(4000, 2)
    first = differentiable_topk(scores, 1, noise=torch.Generator().manual_seed(5)).indices
    again = differentiable_topk(scores, 1, noise=torch.Generator().manual_seed(5)).indices
    assert torch.equal(first, again)
    # Four standard deviations of a share of 3/4 among 4000.
    assert float((first == 0).float().mean()) == pytest.approx(0.75, abs=4 * (0.1875 / 4000) ** 0.5)


def test_mixing_picks_the_chosen_memories_and_lets_the_gradient_through() -> None:
    memories = torch.randn(1, 3, 2, 4, generator=torch.Generator().manual_seed(2))
    mask = torch.tensor([[[True, True], [True, False], [True, True]]])
    scores = torch.tensor([[0.1, 0.3, 0.2]], requires_grad=True)
    vectors, kept = mix(differentiable_topk(scores, 2), memories, mask)
    assert torch.equal(vectors[0, 0, 0], memories[0, 1, 0])
    assert torch.equal(vectors[0, 1], memories[0, 2])
    assert kept.tolist() == [[[True, False], [True, True]]]
    vectors.sum().backward()
    assert scores.grad is not None
    assert scores.grad.abs().sum() > 0


def test_an_empty_place_has_an_empty_memory() -> None:
    chosen = TopK(torch.zeros(1, 1, 2), torch.tensor([[NOTHING]]))
    vectors, kept = mix(chosen, torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, dtype=torch.bool))
    assert not kept.any()
    assert vectors.abs().sum() == 0
