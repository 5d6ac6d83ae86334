"""Muon against torch's own, and its iteration against the singular values it promises."""

import torch
from torch import nn

from seamless_retail.training.run.muon import Muon, orthogonal
from seamless_retail.training.run.optimizers import build_optimizers
from seamless_retail.training.run.settings import Descent


def test_singular_values_end_near_one_for_wide_and_tall_matrices() -> None:
    torch.manual_seed(0)
    for shape in ((3, 24, 40), (2, 40, 24)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.3


def test_updates_are_those_of_torch_up_to_its_bfloat16() -> None:
    torch.manual_seed(0)
    start, gradients = torch.randn(24, 40), [torch.randn(24, 40) for _ in range(3)]
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    pairs = (
        (ours, Muon([ours], lr=0.02, weight_decay=0.1)),
        (theirs, torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")),
    )
    for gradient in gradients:
        for parameter, optimizer in pairs:
            parameter.grad = gradient.clone()
            optimizer.step()
    assert torch.allclose(ours, theirs, atol=2e-3)
    assert not torch.allclose(ours, start, atol=2e-2)


class Tied(nn.Module):
    """A base whose output layer is its embedding, and a readout."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Module()
        self.base.embed, self.base.hidden, self.base.head = nn.Embedding(9, 4), nn.Linear(4, 4), nn.Linear(4, 9, False)
        self.base.head.weight = self.base.embed.weight
        self.base.get_output_embeddings = lambda: self.base.head  # type: ignore[assignment]
        self.readout = nn.Linear(4, 4, bias=False)


def test_muon_takes_the_matrices_between_layers_and_adamw_the_rest() -> None:
    model = Tied()
    muon, adamw = build_optimizers(model, Descent(optimizer="muon", learning_rate=1e-3))
    names = {id(value): name for name, value in model.named_parameters()}
    taken = [{names[id(p)] for group in o.param_groups for p in group["params"]} for o in (muon, adamw)]
    assert taken == [{"base.hidden.weight", "readout.weight"}, {"base.embed.weight", "base.hidden.bias"}]
    assert [o.param_groups[0]["lr"] for o in (muon, adamw)] == [1e-3, 1e-3]
