"""The parts of the benchmark in the order of their letters, and the file that holds their figures."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.benchmarks.compression import choosing, encoding, exactness, reading, speed, storage
from seamless_retail.training.benchmarks.compression.bench import Bench


@dataclass(frozen=True)
class Part:
    """One figure, or several of a kind."""

    name: str
    """In the file of figures."""
    title: str
    measure: Callable[[Bench], dict[str, Any]]
    table: Callable[[Mapping[str, Any]], str]


PARTS = {
    "a": Part("shop", "Answers on held-out products", reading.measure_shop, reading.shop_table),
    "b": Part("dev_sets", "Answers on real dev sets", reading.measure_dev, reading.dev_table),
    "c": Part("choosing", "One of twenty candidates", choosing.measure, choosing.choosing_table),
    "d": Part("speed", "Text against stored memories", speed.measure, speed.speed_table),
    "e": Part("encoding", "Cost of compressing", encoding.measure, encoding.encoding_table),
    "f": Part("storage", "Bytes per document", storage.measure, storage.storage_table),
    "g": Part("exactness", "Exactness", exactness.measure, exactness.exactness_table),
}


def measure(part: Part, bench: Bench) -> dict[str, Any]:
    """The figures of one part, with when and on what they were taken."""
    import torch

    figures = part.measure(bench)
    surroundings = {
        "device": torch.cuda.get_device_name() if bench.device.startswith("cuda") else bench.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return {"figures": figures, "surroundings": surroundings}


def show(part: Part, measured: Mapping[str, Any]) -> str:
    """A part in Markdown."""
    on = measured["surroundings"]
    place = f"{on['device']}, {on['threads']} threads, torch {on['torch']}, {on['when']}"
    return f"#### {part.title}\n\n{part.table(measured['figures'])}\n\n<sub>{place}</sub>\n"


def read_figures(path: Path) -> dict[str, Any]:
    """What :func:`write_figures` wrote.

    Raises:
        ConfigurationError: There is no such file, or it is another.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found["parts"], dict) or not isinstance(found["weights"], str):
            raise ValueError("it holds no parts")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} is not a file of figures ({error}).",
            "Write one with: python -m seamless_retail.training.benchmarks.compression --json FILE",
        ) from error
    return found


def write_figures(path: Path, folder: Path, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Write figures beside those of other parts that were measured on the same weights; returns all of them."""
    weights = fingerprint(folder)
    kept: dict[str, Any] = {}
    if path.exists():
        before = read_figures(path)
        kept = before["parts"] if before["weights"] == weights else {}
    figures = {"weights": weights, "parts": {**kept, **measured}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures


def fingerprint(folder: Path) -> str:
    """Of a checkpoint: its manifest lists the hash of every part."""
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
