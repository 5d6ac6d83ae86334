"""The same blend as a recipe for mergekit (https://github.com/arcee-ai/mergekit, schema of 0.1.5).

mergekit merges whole models, here ``base+adapter``, tensor by tensor. Its ``task_arithmetic`` is our linear blend, its
``ties``, ``dare_linear`` and ``dare_ties`` are ours (they sparsify whole weights, ours the adapters), its
``multislerp`` is another mean on the sphere than our SLERP, for two models and more.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from seamless_retail.core.errors import PersonalityError
from seamless_retail.core.personality import Merge, MergeMethod

_METHODS: Mapping[MergeMethod, str] = {
    "linear": "task_arithmetic",
    "ties": "ties",
    "dare": "dare_linear",
    "dare_ties": "dare_ties",
    "slerp": "multislerp",
}


def mergekit_yaml(base: str, adapters: Mapping[str, Path], weights: Mapping[str, float], merge: Merge) -> str:
    """A configuration for ``mergekit-yaml``.

    Args:
        base: Folder or hub name of the base model.
        adapters: Folders by adapter.
        weights: By adapter; at least one.
        merge: Method and density.

    Raises:
        PersonalityError: There is nothing to merge, or mergekit's SLERP cannot do it.
    """
    if not weights:
        raise PersonalityError("There is nothing to merge.", "Turn a dial: seamless persona set warmth=0.8")
    alone = len(weights) == 1
    method = "task_arithmetic" if alone and merge.method == "slerp" else _METHODS[merge.method]
    if method == "multislerp" and min(weights.values()) < 0:
        raise PersonalityError(
            "mergekit's multislerp takes no negative weights, which dials below 0.5 are.",
            "Blend with linear, ties, dare or dare_ties, or use the blended adapter that is saved beside it.",
        )
    shared: dict[str, object] = {"normalize_weights": True} if method == "multislerp" else {"normalize": False}
    sparse = merge.method in ("ties", "dare", "dare_ties")
    models = [
        {
            "model": f"{base}+{adapters[name]}",
            "parameters": {"weight": round(weight, 6), **({"density": merge.density} if sparse else {})},
        }
        for name, weight in weights.items()
    ]
    content = {
        "merge_method": method,
        "base_model": base,
        "models": models,
        "parameters": shared,
        "dtype": "float32",
        "tokenizer_source": "base",
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
