"""Settings of compression, retrieval, reranking and generation in one YAML file; ``rag.yaml`` has the defaults."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.retrievers.fusion import Fusion

DEFAULTS = "rag.yaml"
LIGHT = "light"
"""The light compressor; any other model is one of CLaRa."""
LIGHT_RATES = {16: "conservative", 32: "balanced", 64: "aggressive", 128: "extreme"}
"""Its configurations by rate."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CompressionConfig(_Section):
    """What makes the memories that candidates are compared by."""

    enabled: bool = True
    """``False``: candidates are ordered by words and vectors alone."""
    model: Annotated[str, Field(min_length=1)] = LIGHT
    """:data:`LIGHT`, ``clara-nano``, or the folder or name of another CLaRa model."""
    rate: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Text tokens per memory token; ``None`` for 32 of the light compressor, and for a CLaRa model's own."""

    @model_validator(mode="after")
    def _the_light_rates_are_few(self) -> "CompressionConfig":
        if self.model == LIGHT and self.rate is not None and self.rate not in LIGHT_RATES:
            raise ValueError(f"the rates of {LIGHT!r} are {', '.join(map(str, LIGHT_RATES))}")
        return self


class RetrievalConfig(_Section):
    """Where candidates come from."""

    dense_top_k: Count = 12
    sparse_top_k: Count = 25
    fusion: Fusion = "rrf"
    """See :mod:`seamless_retail.retrievers.fusion`."""


class RerankingConfig(_Section):
    """Which candidates are kept."""

    top_k: Count = 5
    min_score: Share = 0.55
    """On the calibrated scale: the probability of being relevant."""


class GenerationConfig(_Section):
    """How a language model words the answer."""

    max_new_tokens: Annotated[int, Field(ge=1, le=4096)] = 64
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0


class GuardrailsConfig(_Section):
    """What an answer must satisfy to be given."""

    allow_out_of_context: bool = False
    """Whether a question is put to the language model although no passage reaches ``min_score``."""
    require_citations: bool = True
    """Whether an answer is withheld unless cited words bear it out; with it nothing out of context is ever given."""


class RagConfig(_Section):
    """All of it. A section or key that is left out has its default."""

    compression: CompressionConfig = CompressionConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    reranking: RerankingConfig = RerankingConfig()
    generation: GenerationConfig = GenerationConfig()
    guardrails: GuardrailsConfig = GuardrailsConfig()

    @classmethod
    def load(cls, path: str | Path | None = None) -> "RagConfig":
        """Read a YAML file; without one, the defaults of the package.

        Raises:
            ConfigurationError: The file cannot be read or is not YAML, or it holds unknown keys or bad values, all of
                which are named.
        """
        page = files("seamless_retail.retrievers").joinpath(DEFAULTS) if path is None else Path(path)
        try:
            values = yaml.safe_load(page.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigurationError(
                f"The settings in {page} cannot be read: {_reason(error)}.", "Give the path of a YAML file in UTF-8."
            ) from error
        return cls.of(values or {}, str(page))

    @classmethod
    def of(cls, values: Any, origin: str = "the settings") -> "RagConfig":
        """Check values that were read elsewhere.

        Args:
            values: Sections by name.
            origin: Where they come from, for messages.

        Raises:
            ConfigurationError: There are unknown keys or bad values, all of which are named.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_url=False))
            raise ConfigurationError(
                f"{origin} cannot be used: {faults}.",
                f"The keys and their defaults are those of {DEFAULTS} in seamless_retail/retrievers.",
            ) from None


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(map(str, path)) or "the file"


def _reason(error: Exception) -> str:
    """In one line, without what the file holds."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"line {mark.line + 1} is not YAML"
    return getattr(error, "strerror", None) or type(error).__name__
