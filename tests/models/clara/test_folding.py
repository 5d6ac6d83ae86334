import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners import lora
from torch import nn

from seamless_retail.models.clara.folding import FoldedLinear, fold


def layer(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(0)
    settings = LoraConfig(r=2, lora_alpha=4, lora_dropout=dropout, target_modules=["0"], init_lora_weights=False)
    made = inject_adapter_in_model(settings, nn.Sequential(nn.Linear(6, 4)), adapter_name="compressor")
    return made.requires_grad_(True)


def test_a_folded_layer_computes_what_peft_computes() -> None:
    """With its gradients, for more tokens than the break-even and for fewer."""
    model, x = layer(), torch.randn(3, 5, 6)
    found = {}
    for folded in (False, True):
        if folded:
            fold(model)
        model.zero_grad()
        y = model(x)
        y.square().sum().backward()
        found[folded] = [y.detach(), *(p.grad.clone() for p in model.parameters() if p.grad is not None)]
    assert isinstance(model[0], FoldedLinear)
    assert len(found[True]) == len(found[False]) > 3
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*found.values(), strict=True))
    assert torch.allclose(model(x[:1, :1]), found[True][0][:1, :1], atol=1e-5)


def test_a_layer_with_dropout_stays_as_it_is() -> None:
    """Dropout stands between the input and the adapter, so the adapter cannot join the weight."""
    model = layer(dropout=0.1)
    fold(model)
    assert type(model[0]) is lora.Linear


def test_without_an_adapter_at_work_it_is_the_bare_layer() -> None:
    model, x = layer(), torch.randn(8, 6)
    fold(model)
    model[0]._active_adapter = []
    assert torch.equal(model(x), model[0].base_layer(x))
