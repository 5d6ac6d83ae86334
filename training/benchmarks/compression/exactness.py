"""Whether the model repeats itself exactly: the same answers twice, the same memories, to the bit, after loading."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from seamless_retail.models.clara import MemoryTokens
from seamless_retail.training.benchmarks.compression.bench import Bench
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.compression.questions import shop_items

QUESTIONS = 32


def measure(bench: Bench) -> dict[str, Any]:
    """Yes or no for each property."""
    items = shop_items(bench.catalogue, bench.settings.seed)[:QUESTIONS]
    questions, documents = [item.question for item in items], [item.documents[0] for item in items]
    memories = bench.model.compress(documents)
    parts = [memories.select([i]) for i in range(len(items))]
    asked = {
        "text": lambda: bench.from_text(questions, [[text] for text in documents], "full text twice"),
        "memory": lambda: bench.from_memory(questions, parts, "memories twice"),
    }
    return {
        "questions": len(items),
        "answers_from_text_repeat": asked["text"]() == asked["text"](),
        "answers_from_memory_repeat": asked["memory"]() == asked["memory"](),
        "memories_repeat": same(memories, bench.model.compress(documents)),
        "memories_after_saving": _after_saving(bench, memories, documents),
    }


def exactness_table(result: Mapping[str, Any]) -> str:
    """The table of :func:`measure`."""
    said = {
        "answers_from_text_repeat": "decoding twice from full text: same answers, same confidence",
        "answers_from_memory_repeat": "decoding twice from memories: same answers, same confidence",
        "memories_repeat": "compressing twice: same bits",
        "memories_after_saving": "compressing after saving and loading the model: same bits",
    }
    rows = [[words, "yes" if result[name] else "**no**"] for name, words in said.items()]
    return f"{result['questions']} questions.\n\n{table(['property', 'holds'], rows)}"


def same(one: MemoryTokens, other: MemoryTokens) -> bool:
    """Whether two sets of memories are equal in every bit of vectors, mask and provenance."""
    equal = torch.equal(one.vectors, other.vectors) and torch.equal(one.mask, other.mask)
    return equal and one.provenance == other.provenance


def _after_saving(bench: Bench, memories: MemoryTokens, documents: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        bench.model.save_pretrained(Path(folder))
        return same(memories, bench.load(Path(folder)).compress(documents))
