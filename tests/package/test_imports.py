"""Importing is light: parts that do not need a network's weights do not load the libraries that carry them."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "chromadb")


def loaded_by(module: str) -> list[str]:
    program = f"import sys, json, {module}; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(finished.stdout)
    return loaded


@pytest.mark.parametrize(
    "module",
    [
        "seamless_retail.core.database",
        "seamless_retail.tools",
        "seamless_retail.lobes",
        "seamless_retail.retrievers",
        "seamless_retail.models",
        "seamless_retail.graphs",
        "seamless_retail.graphs.cli",
    ],
)
def test_importing_loads_no_network_library(module: str) -> None:
    assert loaded_by(module) == []
