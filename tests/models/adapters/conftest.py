"""A tiny Llama with adapters of random numbers, on disk."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``base`` and ``adapters`` with warmth, formal and nutrition."""
    import torch
    from peft import LoraConfig, get_peft_model

    from seamless_retail.core.style_check import Allowance
    from seamless_retail.models.adapters import open_model, write_shelf, write_style
    from seamless_retail.training.recipes.personality_base import Shape, make_model, make_tokenizer, save_base

    folder = tmp_path_factory.mktemp("tiny")
    shape = Shape(vocabulary=420, hidden=16, layers=1, heads=2, inner=32, positions=128)
    tokenizer = make_tokenizer(shape, ["the dress is in stock"] * 4)
    torch.manual_seed(0)
    save_base(folder / "base", make_model(shape, tokenizer), tokenizer)
    for name in ("warmth", "formal", "nutrition"):
        base, _ = open_model(str(folder / "base"))
        adapted = get_peft_model(base, LoraConfig(r=2, lora_alpha=4, target_modules="all-linear"))
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.3)
        adapted.save_pretrained(str(folder / "adapters" / name))
        write_style(folder / "adapters" / name, Allowance(frozenset({name}), {"can": frozenset({"may", ""})}))
    write_shelf(folder / "adapters", str(folder / "base"), "numbered")
    return folder
