"""The settings of an adapter on a language model."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from seamless_retail.models.causal_lm import BUNDLED
from seamless_retail.training.run.settings import Optimisation, RecipeSettings, Settings


class Lora(Settings):
    """Of the adapter (Hu et al. 2021)."""

    r: int = Field(gt=0)
    alpha: int = Field(gt=0)
    """Updates are scaled by ``alpha / r``."""
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Names of the layers, or all linear ones but the output layer."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) and value != "embedded" else value


Records = Annotated[Literal["embedded"] | tuple[Path, ...], BeforeValidator(_listed)]
"""What the recipe's own builder writes, or JSONL files."""


class TuningSettings(RecipeSettings):
    """What both recipes are told."""

    base: str = BUNDLED
    """Folder or Hugging Face name of a causal language model, or ``bundled``."""
    four_bit: Literal["auto", "never"] = "auto"
    """``auto``: the frozen base in 4 bits (nf4, double quantisation) where bitsandbytes and a GPU are there."""
    lora: Lora
    data: Records = "embedded"
    records: int = Field(2000, gt=0)
    """Training records that the builder writes."""
    held_out: int = Field(64, gt=0)
    """Records that are judged; the builder's are on other products, policies or functions, a file's are its last."""
    max_length: int = Field(2048, gt=0)
    """Tokens; longer records are cut."""
    packing: bool = False
    """Fill sequences with several records; only with FlashAttention, which keeps them apart."""
    optimisation: Optimisation
