"""Blends the adapters that the dials turn up into one adapter of the base model.

Linear, TIES (Yadav et al. 2023, arXiv 2306.01708) and DARE (Yu et al. 2023, arXiv 2311.03099) are PEFT's weighted
adapters; SLERP is ``slerp.py``. Linear is PEFT's ``cat``, which is exact: its own ``linear`` adds the factors up and
not their products. A dial below the middle is a negative weight: the adapters learn with both signs (Concept Sliders,
Gandikota et al. 2023, arXiv 2311.12092). TIES elects signs before it weighs, so an adapter of negative weight takes
part turned round.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.personality import Merge
from seamless_retail.models.adapters.shelf import AdapterShelf, base_folder
from seamless_retail.models.adapters.slerp import coefficients, products
from seamless_retail.models.loading_bars import no_loading_bar

BLEND = "blend"
_METHODS = {"ties": "ties_svd", "dare": "dare_linear_svd", "dare_ties": "dare_ties_svd"}
RANK_FACTOR = 4
"""What TIES and DARE leave has full rank; so many times the adapters' ranks are kept of it."""


def open_model(name: str, *, download: bool = False, four_bit: bool = False) -> tuple[Any, Any]:
    """A causal language model in float32, or in 4 bits, and its tokenizer.

    Args:
        name: ``persona-nano`` (bundled), a folder, or a name on the Hugging Face hub.
        download: Whether a name that is not in the local cache may be fetched.
        four_bit: NF4 with bitsandbytes; needs a GPU and the extra ``quantized``.

    Raises:
        ModelFileError: It cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source, local = base_folder(name), {"local_files_only": not download}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, **local)
        with no_loading_bar():
            model = AutoModelForCausalLM.from_pretrained(source, **local, **_precision(four_bit))
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise ModelFileError(f"The model {name} cannot be loaded: {reason}", "Check base_model.") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model.train(False)
    return model, tokenizer


def blend(model: Any, shelf: AdapterShelf, weights: Mapping[str, float], merge: Merge) -> Any:
    """The model with one adapter, ``blend``, at work; without weights, the model as it is.

    Args:
        model: The base, changed in place.
        shelf: Its adapters.
        weights: By adapter, as :meth:`AdapterShelf.weights` gives them; none of them 0.
        merge: How they are blended.
    """
    from peft import PeftModel

    if not weights:
        return model
    names = list(weights)
    first = str(shelf.adapters[names[0]].folder)
    peft = PeftModel.from_pretrained(model, first, adapter_name=names[0])
    for name in names[1:]:
        peft.load_adapter(str(shelf.adapters[name].folder), adapter_name=name)
    _add(peft, weights, merge)
    peft.set_adapter(BLEND)
    for name in names:
        peft.delete_adapter(name)
    return peft.eval()


def _add(peft: Any, weights: Mapping[str, float], merge: Merge) -> None:
    names, values = list(weights), list(weights.values())
    if merge.method in ("linear", "slerp"):
        peft.base_model.add_weighted_adapter(names, values, BLEND, combination_type="cat")
        if merge.method == "slerp" and len(names) > 1:  # PEFT only scales one adapter alone, and so does SLERP
            _turn(peft, weights)
        return
    _negate(peft, [name for name, weight in weights.items() if weight < 0])
    rank = min(RANK_FACTOR * sum(peft.peft_config[name].r for name in names), _narrowest(peft))
    with torch.random.fork_rng():
        torch.manual_seed(merge.seed)
        peft.base_model.add_weighted_adapter(
            names,
            [abs(value) for value in values],
            BLEND,
            combination_type=_METHODS[merge.method],
            svd_rank=rank,
            svd_full_matrices=False,
            density=merge.density,
        )


@torch.no_grad()
def _turn(peft: Any, weights: Mapping[str, float]) -> None:
    """Put SLERP's coefficients in the place of the weights, layer by layer."""
    for layer in _layers(peft):
        names = [name for name in weights if name in layer.lora_A]
        factors = [(layer.lora_A[n].weight, layer.lora_B[n].weight, float(layer.scaling[n])) for n in names]
        shares = coefficients(products(factors), [weights[name] for name in names])
        rows = [a * (scale * share) for (a, _, scale), share in zip(factors, shares, strict=True)]
        blended = torch.cat(rows, dim=0)
        layer.lora_A[BLEND].weight[: len(blended)] = blended


@torch.no_grad()
def _negate(peft: Any, names: list[str]) -> None:
    for layer in _layers(peft):
        for name in names:
            if name in layer.lora_B:
                layer.lora_B[name].weight.neg_()


def _narrowest(peft: Any) -> int:
    return min(int(min(layer.in_features, layer.out_features)) for layer in _layers(peft))


def _layers(peft: Any) -> Iterator[Any]:
    from peft.tuners.lora import LoraLayer

    return (module for module in peft.modules() if isinstance(module, LoraLayer))


def _precision(four_bit: bool) -> dict[str, Any]:
    if not four_bit:
        return {"dtype": torch.float32}
    from transformers import BitsAndBytesConfig

    chosen = torch.bfloat16 if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else torch.float16
    config = BitsAndBytesConfig(  # type: ignore[no-untyped-call]  # transformers gives it no types
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=chosen,
    )
    return {"quantization_config": config, "device_map": {"": 0}}
