"""What storing a document takes: memories at every rate against the text and its MiniLM vector, which RAG keeps."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from seamless_retail.models.clara import MemoryTokens
from seamless_retail.training.benchmarks.compression.bench import Bench
from seamless_retail.training.benchmarks.compression.markdown import percent, table
from seamless_retail.training.data.clara_catalogue import product_document

VECTOR = 384 * 4
"""Bytes of a MiniLM vector in float32."""
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def measure(bench: Bench) -> dict[str, Any]:
    """Mean bytes per document."""
    documents = [product_document(product) for product in bench.catalogue.products]
    rates = sorted({*bench.model.config.rates, bench.model.config.rate})
    return {
        "documents": len(documents),
        "hidden": bench.model.base.get_input_embeddings().embedding_dim,
        "text": sum(len(text.encode()) for text in documents) / len(documents),
        "vector": VECTOR,
        "rates": {str(rate): of_memories(bench.compress(documents, rate, "storage")) for rate in rates},
    }


def of_memories(memories: MemoryTokens) -> dict[str, float]:
    """Vectors per document, and bytes per document: the vectors alone, and with their provenance in a file."""
    count = len(memories)
    found: dict[str, float] = {"vectors": sum(memories.counts) / count}
    with tempfile.TemporaryDirectory() as folder:
        for name, dtype in TYPES.items():
            cast = memories.to(dtype=dtype)
            found[name] = cast.nbytes / count
            cast.save(Path(folder) / name)
            found[f"{name}_file"] = (Path(folder) / name).stat().st_size / count
    return found


def storage_table(result: Mapping[str, Any]) -> str:
    """The table of :func:`measure`."""
    text, whole = result["text"], result["text"] + result["vector"]
    head = f"Mean bytes per document, {result['documents']} held-out products, vectors of {result['hidden']} numbers."
    columns = ["stored", "vectors", "float32", "bfloat16", "bfloat16 of MiniLM + text", "bfloat16 file, provenance too"]
    usual = ["MiniLM vector (fp32) + text", "1", f"{whole:.0f} ({text:.0f} of it text)", "–", "–", "–"]
    rows: list[Sequence[str]] = [usual]
    for rate, found in result["rates"].items():
        share = percent(found["bfloat16"] / whole)
        sizes = [f"{found[name]:.0f}" for name in TYPES]
        rows.append([f"memories {rate}x", f"{found['vectors']:.1f}", *sizes, share, f"{found['bfloat16_file']:.0f}"])
    return f"{head}\n\n{table(columns, rows)}"
