"""Compressors and rerankers by their settings. Loading a CLaRa model takes seconds."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from seamless_retail.retrievers.memory.entry import MemoryCompressor
from seamless_retail.retrievers.rag_config import LIGHT, LIGHT_RATES, CompressionConfig
from seamless_retail.retrievers.reranking import LatentReranker

BUNDLED_CLARA = "clara-nano"
LIGHT_RATE = 32
"""Of the light compressor, if the settings say nothing."""


def open_compressor(config: CompressionConfig, embeddings: Embeddings | None = None) -> MemoryCompressor:
    """The compressor of some settings.

    Args:
        config: Its model and rate.
        embeddings: Whose MiniLM the light compressor shares, so that it is loaded once.

    Raises:
        ModelFileError: The model is missing or damaged.
    """
    from seamless_retail.retrievers.memory.compressors import ClaraCompressor, LightCompressor

    if config.model == LIGHT:
        from seamless_retail.models.document_compressor import DocumentCompressor

        shared = DocumentCompressor.from_pretrained(encoder=embeddings)
        return LightCompressor(LIGHT_RATES[config.rate or LIGHT_RATE], shared)
    from seamless_retail.models.clara.model import ClaraModel

    model = ClaraModel.from_pretrained(_location(config.model))
    return ClaraCompressor(model, config.rate or model.config.rate)


def open_reranker(config: CompressionConfig, embeddings: Embeddings | None = None, **options: Any) -> LatentReranker:
    """The reranker of some settings.

    Args:
        config: Of its compressor.
        embeddings: Of :class:`LatentReranker`.
        options: Further arguments of :class:`LatentReranker`.

    Raises:
        ModelFileError: The model is missing or damaged.
    """
    return LatentReranker(open_compressor(config, embeddings), embeddings=embeddings, **options)


def _location(name: str) -> str | Path:
    if name == BUNDLED_CLARA:
        return Path(str(files("seamless_retail.models"))) / "weights" / "clara_nano"
    return Path(name).expanduser() if Path(name).expanduser().exists() else name
