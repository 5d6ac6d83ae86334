"""All settings, read once by the composition root.

Sources, strongest first: arguments, environment variables ``SEAMLESS_*``, ``.env``, ``seamless.toml`` (both in the
working folder), defaults.
"""

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from seamless_retail.core.errors import ConfigurationError

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


def _listed(value: object) -> object:
    """``"a, b"`` from the environment as a list."""
    return [part for word in value.split(",") if (part := word.strip())] if isinstance(value, str) else value


Topics = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """The whole configuration of a shop assistant; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="SEAMLESS_",
        env_file=".env",
        env_file_encoding="utf-8",
        toml_file="seamless.toml",
        frozen=True,
        extra="ignore",
    )

    home: Path = Path("~/.seamless")
    """Folder for the shop database, the index, the threads and the signing key."""
    database_url: str = ""
    """SQLAlchemy URL of the shop; empty: ``shop.db`` in ``home``. PostgreSQL: ``postgresql://user@host/name``."""
    checkpoint_url: str = ""
    """Where conversations are kept: empty: ``threads.db`` in ``home``; ``postgresql://…``; ``none``."""
    data: Path = Path("../shared/data")
    """Folder of the real data sets that imports, recipes and benchmarks read."""

    embeddings: str = "minilm"
    """``minilm`` (bundled all-MiniLM-L6-v2) or any sentence-transformers name or path."""
    image_encoder: str = "grocery"
    """Looks at pictures: ``grocery`` (bundled; knows groceries), any CLIP or SigLIP name or path, or empty: nothing."""
    image_hosts: Topics = ()
    """Hosts, comma-separated, from which pictures are fetched by https; ``*.example.com`` for those below a name;
    empty: none."""
    clara_model: str = "clara-nano"
    """Reads answers from compressed memory: ``clara-nano`` (bundled), the folder or name of a CLaRa model, or empty."""
    clara_rate: Annotated[int, Field(ge=1)] = 16
    """Text tokens per memory vector."""
    clara_min_confidence: Probability = 0.7
    """Confidence under which an answer from memory gives way to the sentences that the composer quotes."""
    memory_enabled: bool = True
    """Whether what customers say is remembered for later conversations; guests are never remembered."""
    memory_backend: str = ""
    """Vector index of that memory: ``faiss``, ``chroma``, ``qdrant``, ``http://host:8000`` (Chroma) or
    ``qdrant+http://host:6333``; empty: as the memory is, FAISS for a new one. ``seamless memory move`` changes it."""
    memory_api_key: SecretStr = SecretStr("")
    """Of that index's server."""
    memory_compressor: Literal["light", "clara"] = "light"
    """What compresses it: the light compressor over MiniLM, or the model of ``clara_model``."""
    llm: str = ""
    """Empty: answers are composed without a language model. Else an ``init_chat_model`` name: ``openai:gpt-…``, or
    ``hf:BASE+ADAPTER`` for a checkpoint on this machine (folder or Hugging Face name; the adapter is optional)."""
    llm_base_url: str = ""
    """Base URL of an OpenAI-compatible server (vLLM, llama.cpp)."""
    llm_api_key: SecretStr = SecretStr("")
    llm_temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    llm_timeout_s: Annotated[float, Field(gt=0.0)] = 20.0

    translation_model: str = ""
    """Translates messages and answers: an NLLB-200 or other M2M100 checkpoint by name or path; empty: messages in other
    languages are understood by single words, and answered in English."""
    translation_adapter: str = ""
    """Folder of a LoRA adapter for that model."""
    answer_language: str = "auto"
    """``auto``: the language of the message; else the code of the one language that every answer is in: ``en``."""

    sparse_top_k: Annotated[int, Field(ge=1)] = 25
    """Lexical candidates per query."""
    dense_top_k: Annotated[int, Field(ge=1)] = 12
    """Dense candidates per query."""
    top_k: Annotated[int, Field(ge=1)] = 5
    """Passages that reach a lobe."""
    min_score: Probability = 0.4
    """Calibrated retrieval score under which the assistant says that it does not know."""
    allow_out_of_context: bool = False
    """Whether the language model may answer from general knowledge, saying so, where no record answers."""
    require_citations: bool = True
    """Whether what cites no record is left out; with it, nothing out of context is said either."""
    topics_allowed: Topics = ()
    """Intents or plain words, comma-separated: nothing else is answered but greetings; empty: everything is."""
    topics_refused: Topics = ()
    """Intents or plain words that are not answered."""
    retrieved_instructions: Literal["drop", "mark"] = "drop"
    """What happens to retrieved text that tells the assistant what to do: left out, or quoted with a mark in
    ``guardrail`` and kept from language models. It is obeyed in no case."""
    injection_head: bool = True
    """Whether messages that no rule finds fault with are also judged by the trained head."""
    mood_head: bool = True
    """Whether the mood of messages is read; without it, every message is neutral, and only rules see an emergency."""
    min_intent_confidence: Probability = 0.5
    """Below it the context lobe runs beside the routed one."""

    guard_timeout_s: Annotated[float, Field(gt=0.0)] = 2.0
    """Seconds for one check of food; what is later is blocked."""
    guard_block_traces: bool = False
    """Whether "may contain" blocks for every allergy, not only for anaphylaxis."""
    guard_reviewed_rows_only: bool = False
    """Whether table rows that no dietitian or pharmacist has signed clear nothing."""
    guard_advisor: bool = False
    """Whether the chat model reads the customer's words a second time; it may add restrictions, never lift one."""
    guard_audit: bool = True
    """Whether the food guard's decisions are kept in ``home``, to be explained and replayed."""
    guard_audit_required: bool = False
    """Whether food is blocked when its decision cannot be kept, as on a full disk; else the answer goes on and the log
    says so."""

    lobe_deadline_s: Annotated[float, Field(gt=0.0)] = 5.0
    orders_writable: bool = True
    """Whether orders and carts can be changed, after the customer's yes; without it they are only looked up."""
    undo_window_minutes: Annotated[int, Field(ge=0)] = 30
    """For how long a customer may take back what was last done to an order; 0: not at all."""
    proposal_minutes: Annotated[int, Field(ge=1)] = 15
    """For how long a proposed write waits for the customer's yes."""
    breaker_failures: Annotated[int, Field(ge=1)] = 3
    """Failures in a row after which a lobe is not called for ``breaker_reset_s``."""
    breaker_reset_s: Annotated[float, Field(gt=0.0)] = 30.0
    plugins: bool = True
    """Whether lobes, tools, retrievers and guardrails of other installed packages are used."""

    locale: str = "en-US"
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"
    """ISO 3166 country whose food law applies to guests."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    auth_secret: SecretStr = SecretStr("")
    """Key that signs customer tokens (HS256, at least 32 characters); empty: made once and kept in ``home``."""

    tracing: bool = False
    """LangSmith tracing."""
    redaction: Literal["patterns", "presidio"] = "patterns"
    """What finds personal data in traces: our patterns, or Presidio besides (extra ``privacy``, seconds to import)."""
    redact_health: bool = True
    """Whether traces are sent without what is said of people's allergies, conditions, medicines and diets."""
    redact_identifiers: bool = False
    """Whether traces are sent without numbers of orders and customers."""
    tracing_endpoint: str = ""
    tracing_project: str = "seamless-retail"
    tracing_api_key: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ``seamless.toml`` under the environment."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("home", "data")
    @classmethod
    def _expand_user(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("auth_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @property
    def shop_url(self) -> str:
        """The shop's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.home / 'shop.db'}"

    @property
    def threads_url(self) -> str:
        """Where conversations are kept, or ``none``."""
        return self.checkpoint_url or f"sqlite:///{self.home / 'threads.db'}"

    @property
    def memory_folder(self) -> Path:
        """Folder of the memory of conversations."""
        return self.home / "memory"

    @property
    def guard_folder(self) -> Path:
        """Folder of the food guard's audit."""
        return self.home / "guard"

    @property
    def visual_index_folder(self) -> Path:
        """Folder of the index of product pictures and texts."""
        return self.home / "visual"

    @property
    def index_folder(self) -> Path:
        """Folder of the search index."""
        return self.home / "index"


def load_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: One or more settings are invalid; the message lists all of them.
    """
    remedy = "Correct them in the environment, .env or seamless.toml, then run `seamless doctor`."
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # field types are checked by pydantic
    except TOMLDecodeError as error:
        raise ConfigurationError(f"seamless.toml is not valid TOML: {error}.", remedy) from None
    except ValidationError as error:
        lines = [_describe(item["loc"], item["msg"], item["input"]) for item in error.errors(include_url=False)]
        raise ConfigurationError("Invalid settings:\n" + "\n".join(lines) + "\n", remedy) from None


def _describe(location: tuple[int | str, ...], problem: str, value: object) -> str:
    name = "_".join(map(str, location))
    shown = "" if name.endswith(("secret", "key")) else f" (got {value!r})"
    return f"  SEAMLESS_{name.upper()}: {problem}{shown}"


def setting_origins() -> dict[str, str]:
    """Where each setting comes from: ``environment``, ``.env``, ``seamless.toml`` or ``default``, by field name."""
    origins = dict.fromkeys(Settings.model_fields, "default")
    for origin, source in reversed(_sources()):
        origins |= {name: origin for name in source() if name in origins}
    return origins


def unknown_settings() -> list[str]:
    """Names that look like settings and are none, with their origin; usually spelling mistakes. They have no effect."""
    known = {f"SEAMLESS_{name}".upper() for name in Settings.model_fields}
    variables = (("environment", EnvSettingsSource(Settings)), (".env", DotEnvSettingsSource(Settings)))
    unknown = [
        f"{name.upper()} ({origin})"
        for origin, source in variables
        for name in source.env_vars
        if name.upper().startswith("SEAMLESS_") and name.upper() not in known
    ]
    table = TomlConfigSettingsSource(Settings)()
    return sorted(unknown) + sorted(f"{name} (seamless.toml)" for name in table if name not in Settings.model_fields)


def _sources() -> list[tuple[str, PydanticBaseSettingsSource]]:
    return [
        ("environment", EnvSettingsSource(Settings)),
        (".env", DotEnvSettingsSource(Settings)),
        ("seamless.toml", TomlConfigSettingsSource(Settings)),
    ]
