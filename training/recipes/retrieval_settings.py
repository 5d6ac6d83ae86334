"""The settings of the retrieval recipe, and the records that they choose."""

import hashlib
from dataclasses import replace
from random import Random
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.bundled_minilm import BUNDLED
from seamless_retail.training.data.retrieval_pairs import RetrievalRecord, chosen_records, plain
from seamless_retail.training.run import Optimisation, RecipeSettings, Run, Settings

ENCODER_LINEARS = r".*layer\.\d+\..*(query|key|value|dense)"
"""All linear layers of a BERT encoder, without its pooler, which sentence embeddings do not read."""


class Adapter(Settings):
    """LoRA (Hu et al. 2021) on the linear layers."""

    rank: int = Field(16, gt=0)
    alpha: int = Field(32, gt=0)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: str | tuple[str, ...] = "all-linear"
    """``all-linear``, a regular expression, or the ends of module names."""


class Mining(Settings):
    """Hard negatives for records that bring none: passages that BM25 and the base rank high but that do not answer."""

    negatives: int = Field(1, ge=0, le=16)
    """Of a record; 0: only the others of its batch."""
    depth: int = Field(30, gt=0)
    """Of the fused ranking in which they are looked for."""
    margin: float = Field(0.05, ge=0, le=2)
    """A passage whose cosine is not so much lower than the positive's may be an answer, and is left out."""


class RetrievalSettings(RecipeSettings):
    """All settings."""

    base: str = BUNDLED
    """The bundled MiniLM, or the name or folder of any sentence-transformers model."""
    download: bool = False
    """Whether a base that is not here may be fetched."""
    four_bit: Literal["never", "auto"] = "never"
    """``auto``: the frozen base in 4 bits (QLoRA) where there are CUDA and bitsandbytes."""
    adapter: Adapter = Adapter()
    records: tuple[str, ...] = ("policies",)
    """Sources of ``training/data/retrieval_pairs.py`` and JSON Lines files; every batch is of one of them."""
    most: int | None = Field(None, gt=0)
    """Records of a source."""
    held_out: float = Field(0.1, gt=0, lt=1)
    """Share of the groups (products, documents) that are judged and not learned."""
    query_format: str = "{query}"
    """How a query is written, for models that want an instruction: ``Instruct: {instruction}\\nQuery: {query}``."""
    max_tokens: int | None = Field(None, gt=0)
    """Longer texts are cut while the model learns; judged and used, it reads as many as its base."""
    loss: Literal["ranking", "cached", "gist", "cached_gist"] = "ranking"
    """Multiple negatives ranking (Henderson et al. 2017); with gradients cached, so that batches may be large (Gao et
    al. 2021); without in-batch negatives that the base holds for answers (GISTEmbed, Solatorio 2024); or both."""
    temperature: float = Field(0.05, gt=0)
    chunk: int = Field(32, gt=0)
    """Texts of one forward pass of a cached loss."""
    batches: Literal["round_robin", "proportional"] = "proportional"
    """Whose turn it is among the sources; ``round_robin`` ends an epoch with the smallest of them."""
    mining: Mining = Mining()
    merged: bool = False
    """Also write the merged model, which sentence-transformers loads without PEFT and without the base."""
    judged: int = Field(500, gt=0)
    """Held-out questions of a source that the figures are of."""
    optimisation: Optimisation = Optimisation()

    @model_validator(mode="after")
    def _readable(self) -> "RetrievalSettings":
        try:
            written = self.query_format.format(instruction="i", query="\0")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"query_format knows {{instruction}} and {{query}} only: {error!r}") from error
        if "\0" not in written:
            raise ValueError("query_format does not hold {query}")
        return self

    def written(self, record: RetrievalRecord) -> str:
        """A record's query as the model reads it."""
        return self.query_format.format(instruction=record.instruction, query=record.query)


class Sides(NamedTuple):
    """Records that are learned and records that are judged."""

    train: list[RetrievalRecord]
    held_out: list[RetrievalRecord]


def chosen_sides(settings: RetrievalSettings, run: Run) -> Sides:
    """The split by groups, the same every time; ``--max-samples`` limits the side that is learned.

    A question or passage of the held-out side is not learned in another group either.

    Raises:
        NotFoundError: A file is missing.
        RecordError: A line is no record.
        ConfigurationError: A side is empty.
    """
    records = _limited(chosen_records(settings.records, run.data), settings.most)
    held_out = [record for record in records if _share(record.group) < settings.held_out]
    seen = {plain(text) for record in held_out for text in (record.query, record.positive)}
    groups = {record.group for record in held_out}
    train = [
        replace(record, negatives=tuple(text for text in record.negatives if plain(text) not in seen))
        for record in records
        if record.group not in groups and not seen & {plain(record.query), plain(record.positive)}
    ]
    train = list(run.limited(train))
    if not train or not held_out:
        raise ConfigurationError(
            f"{len(train)} records are left to learn and {len(held_out)} to judge.",
            "Add records of more groups, or change held_out.",
        )
    return Sides(train, held_out)


def _limited(records: list[RetrievalRecord], most: int | None) -> list[RetrievalRecord]:
    """At most so many of each source, drawn; the sources shuffled into each other."""
    sources: dict[str, list[RetrievalRecord]] = {}
    for record in records:
        sources.setdefault(record.source, []).append(record)
    random, drawn = Random(0), []
    for found in sources.values():
        drawn += random.sample(found, min(most or len(found), len(found)))
    random.shuffle(drawn)
    return drawn


def _share(group: str) -> float:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") / 2**32
