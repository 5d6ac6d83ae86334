"""The Temporal Fusion Transformer: its blocks against pytorch-forecasting's, and what no input may do."""

import pytest
import torch
from torch import Tensor, nn

from seamless_retail.models.forecasting.gated import GatedResidual, InterpretableAttention, VariableSelection
from seamless_retail.models.forecasting.temporal_fusion import (
    LEVELS,
    Batch,
    Shape,
    TemporalFusionTransformer,
    quantile_loss,
)

SHAPE = Shape({"units": 2, "price": 1}, {"price": 1}, ("scale", "idle"), {"group": 3}, encoder=6, horizon=4, hidden=8)


def wave(parameter: Tensor, phase: int) -> Tensor:
    """Weights that both implementations can be given."""
    return torch.sin(torch.arange(parameter.numel(), dtype=torch.float32) * 0.7 + phase).reshape(parameter.shape)


def fill(module: nn.Module, phases: dict[str, int]) -> None:
    named = dict(module.named_parameters())
    assert set(named) == set(phases)
    for name, phase in phases.items():
        named[name].data = wave(named[name], phase)


def batch(size: int = 3) -> Batch:
    torch.manual_seed(0)
    return Batch(torch.randn(size, 6, 3), torch.randn(size, 4, 1), torch.randn(size, 2), torch.tensor([[1]] * size))


def test_the_gated_residual_network_equals_pytorch_forecasting() -> None:
    """Numbers of ``GatedResidualNetwork(4, 3, 4, dropout=0, context_size=2)`` of pytorch-forecasting 1.8.0."""
    network = GatedResidual(4, 3, 4, dropout=0.0, context=2)
    names = ("first.weight", "first.bias", "context.weight", "second.weight", "second.bias")
    gate = ("gate.gates.weight", "gate.gates.bias", "gate.norm.weight", "gate.norm.bias")
    fill(network, {name: number for number, name in enumerate((*names, *gate), start=1)})
    # Their GLU is glu(x) = a σ(b) of the halves (a, b), as torch's.
    found = network(
        torch.tensor([[0.5, -1.0, 2.0, 0.1], [1.5, 0.3, -0.7, 0.9]]), torch.tensor([[1.0, -0.5], [0.2, 0.8]])
    )
    theirs = [[0.457942, -1.157011, -0.791247, -0.877396], [1.705827, -1.197193, -0.836913, -1.278969]]
    torch.testing.assert_close(found, torch.tensor(theirs), atol=1e-5, rtol=0)


def test_the_attention_equals_pytorch_forecasting() -> None:
    """Numbers of ``InterpretableMultiHeadAttention(2, 4)`` of pytorch-forecasting 1.8.0."""
    attention = InterpretableAttention(4, heads=2, dropout=0.0)
    one = torch.empty(2, 4), torch.empty(2)
    for layer, phases in ((attention.queries, (3, 5)), (attention.keys, (7, 9))):
        layer.weight.data = torch.cat([wave(one[0], phase) for phase in phases])
        layer.bias.data = torch.cat([wave(one[1], phase + 1) for phase in phases])
    attention.values.weight.data, attention.values.bias.data = wave(one[0], 1), wave(one[1], 2)
    attention.out.weight.data = wave(attention.out.weight, 11)
    memory = torch.sin(torch.arange(12, dtype=torch.float32)).reshape(1, 3, 4)
    hidden_from = torch.tensor([[False, False, True], [False, False, False]])
    found, weights = attention(memory[:, 1:], memory, hidden_from)
    theirs = [[-0.886142, 0.255697, 0.973062, 0.075080], [-1.238831, -0.599161, 1.035156, 0.951045]]
    torch.testing.assert_close(found[0], torch.tensor(theirs), atol=1e-5, rtol=0)
    first_head = [[0.323103, 0.676897, 0.0], [0.990951, 0.001213, 0.007836]]
    torch.testing.assert_close(weights[0, 0], torch.tensor(first_head), atol=1e-5, rtol=0)


def test_variable_selection_gives_each_variable_a_share() -> None:
    selection = VariableSelection({"a": 2, "b": 1, "c": 3}, 8, dropout=0.0)
    found, weights = selection(torch.randn(5, 7, 6))
    assert found.shape == (5, 7, 8) and weights.shape == (5, 7, 3)
    torch.testing.assert_close(weights.sum(-1), torch.ones(5, 7))


def test_a_period_does_not_see_what_comes_after_it() -> None:
    network = TemporalFusionTransformer(SHAPE).eval()
    before = batch()
    changed = before._replace(future=before.future.clone())
    changed.future[:, 2:] += 5.0
    one, other = network(before), network(changed)
    torch.testing.assert_close(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2:], other[:, 2:])


def test_the_output_is_a_mean_and_quantiles_that_do_not_cross() -> None:
    found = TemporalFusionTransformer(SHAPE).eval()(batch())
    assert found.shape == (3, 4, 1 + len(LEVELS))
    assert bool((found >= 0).all()) and bool((found[..., 1:].diff(dim=-1) >= 0).all())


@pytest.mark.parametrize(("level", "truth", "loss"), [(0.9, 3.0, 1.8), (0.9, 0.0, 0.1), (0.5, 3.0, 1.0)])
def test_the_quantile_loss_counts_too_little_and_too_much_by_the_level(level: float, truth: float, loss: float) -> None:
    found = quantile_loss(torch.tensor([1.0]), torch.tensor(truth), torch.tensor([level]))
    assert float(found) == pytest.approx(loss)


def test_the_shape_survives_json_with_its_order() -> None:
    assert Shape.of(SHAPE.to_json()) == SHAPE
    assert list(Shape.of(SHAPE.to_json()).past) == ["units", "price"]
