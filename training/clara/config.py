"""The settings of a training journey, read from YAML.

``configs/clara/<name>.yaml`` holds one per size; any other file can be given by its path. The defaults here are those
of the paper (arXiv 2511.18659) where it names a value.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run.configurations import configurations, read_settings
from seamless_retail.training.run.settings import Descent, Precision, Settings, Tracking

STAGES = ("reader", "stage1", "stage2", "stage3")
"""In the order of the journey."""


class Base(Settings):
    """The language model that training starts from: one that can be loaded, or a new one."""

    name: str | None = None
    """Folder or Hugging Face name."""
    config: dict[str, Any] | None = None
    """Of a new model: ``model_type`` and its fields; the vocabulary is filled in."""
    tokenizer: str | None = None
    """Of a new model: a folder; without it a tokenizer is trained on the reader's records."""
    vocabulary: int = 2048
    """Most tokens of a tokenizer that is trained here."""
    attention: str | None = None
    """``sdpa``, ``eager``, ``flash_attention_2`` …; by default what the model prefers."""

    @model_validator(mode="after")
    def _one_of_two(self) -> "Base":
        if (self.name is None) == (self.config is None):
            raise ValueError("give either name, of a model to load, or config, of a new one")
        return self


class StreamStep(Settings):
    """Options of a stream for so many updates, before the next step begins."""

    updates: int = Field(gt=0)
    options: dict[str, Any]


class Stream(Settings):
    """Records without end from a function ``seed → iterator of stage-1 records``."""

    stream: str
    """``package.module:function``."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Keyword arguments for it."""
    steps: tuple[StreamStep, ...] = ()
    """Further ones at first: easier records, say."""

    def options_at(self, update: int) -> dict[str, Any]:
        """The keyword arguments for the records of ``update``."""
        for step in self.steps:
            if update < step.updates:
                return self.options | step.options
            update -= step.updates
        return self.options


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) and value != "catalogue" else value


Data = Annotated[Literal["catalogue"] | Stream | tuple[Path, ...], BeforeValidator(_listed)]
"""The shop's catalogue, a function, or files."""


class RateStep(Settings):
    """Rates that are drawn for so many updates, before the next step begins."""

    updates: int = Field(gt=0)
    rates: tuple[int, ...] = Field(min_length=1)


class Stage(Descent):
    """How one stage is optimised."""

    batch: int = Field(128, gt=0)
    """Records per update, over all devices."""
    micro_batch: int = Field(2, gt=0)
    """Records per forward pass on one device; gradients are accumulated up to ``batch``."""
    questions_per_document: int = Field(16, gt=0)
    """Drawn anew each time a record comes by, when it has more."""
    isolate_questions: bool = True
    """Each question sees the document and itself only; otherwise also the questions before it, as in the paper."""
    bucket: int = Field(16, gt=0)
    """So many micro-batches are drawn together and sorted by length, which saves padding."""


class Reader(Stage):
    """Full text in the context; the base alone is trained."""


class Stage1(Stage):
    """Compressor pretraining."""

    rates: tuple[int, ...] = ()
    """Drawn per micro-batch; by default those of the model."""
    rate_steps: tuple[RateStep, ...] = ()
    """What is drawn before that."""
    fade_updates: int = Field(0, ge=0)
    """So many updates until the encoder's states enter the pooled memories fully."""
    alignment_weight: float = Field(0.1, ge=0)
    alignment_detach: Literal["document", "none"] = "none"
    """Whether the mean document state is held still; the paper moves both."""
    text_share: float = Field(0.0, ge=0, lt=1)
    """Of micro-batches that are read as full text, so that the model keeps reading text."""


class Stage2(Stage1):
    """Instruction tuning over several documents."""

    max_documents: int | None = Field(None, gt=0)
    """Most documents per question, the first ones."""
    shuffle_documents: bool = True


class Stage3(Stage):
    """End to end through the choice of documents."""

    learning_rate: float = Field(5e-6, gt=0)
    batch: int = Field(32, gt=0)
    rates: tuple[int, ...] = ()
    """Of the candidates' memories; by default the model's own rate."""
    score: Literal["late", "pooled", "flat"] = "late"
    gumbel_noise: bool = False
    contrastive_updates: int = Field(0, ge=0)
    """Warm start: so many updates teach the reasoner alone, on ``pos_index``."""
    contrastive_temperature: float = Field(0.02, gt=0)
    cached_vectors: int = Field(200_000, ge=0)
    """Memory vectors of candidates that are kept from one update to the next."""


class Watch(Settings):
    """Questions that are answered during training, to see what was learned."""

    data: Data | None = None
    every: int = Field(500, gt=0)
    records: int = Field(64, gt=0)
    rates: tuple[int, ...] = ()
    """By default the model's own."""
    stages: tuple[Literal["reader", "stage1", "stage2", "stage3"], ...] = ("reader", "stage1")
    """Those whose format the data has."""


class Journey(Settings):
    """Everything that ``seamless train clara`` needs."""

    seed: int = 7
    base: Base
    model: dict[str, Any] = Field(default_factory=dict)
    """Fields of :class:`~seamless_retail.models.clara.config.ClaraConfig`."""
    data: dict[Literal["reader", "stage1", "stage2", "stage3"], Data] = Field(default_factory=dict)
    precision: Precision = "auto"
    gradient_checkpointing: bool = False
    tracking: Tracking = Tracking()
    log_every: int = Field(10, gt=0)
    checkpoint_every: int = Field(1000, gt=0)
    watch: Watch = Watch()
    reader: Reader | None = None
    stage1: Stage1 = Stage1()
    stage2: Stage2 = Stage2()
    stage3: Stage3 = Stage3()

    def stage(self, name: str) -> Stage:
        """The settings of a stage.

        Raises:
            ConfigurationError: There are none.
        """
        found = getattr(self, name, None) if name in STAGES else None
        if not isinstance(found, Stage):
            raise ConfigurationError(
                f"The configuration has no stage {name!r}.",
                f"Choose among {', '.join(stage for stage in STAGES if getattr(self, stage))}.",
            )
        return found


def names() -> list[str]:
    """The packaged configurations."""
    return configurations("clara")


def read_config(source: str, overrides: Sequence[str] = ()) -> Journey:
    """Read a packaged configuration by name (``nano``), or a file by its path, with overrides.

    Raises:
        ConfigurationError: It does not exist or a field is wrong; lists every one.
    """
    return read_settings(Journey, "clara", source, overrides)
