"""The YAML settings: the defaults of the package, files of one's own, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.retrievers.rag_config import RagConfig


def test_the_file_of_the_package_says_what_the_issue_wants() -> None:
    config = RagConfig.load()
    assert (config.retrieval.sparse_top_k, config.retrieval.dense_top_k, config.retrieval.fusion) == (25, 12, "rrf")
    assert (config.reranking.top_k, config.reranking.min_score) == (5, 0.55)
    assert (config.compression.enabled, config.compression.model, config.compression.rate) == (True, "light", 32)
    assert (config.guardrails.allow_out_of_context, config.guardrails.require_citations) == (False, True)


def test_a_file_of_ones_own_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "rag.yaml"
    path.write_text("reranking:\n  min_score: 0.7\ngeneration: {max_new_tokens: 12, temperature: 1}\n")
    config = RagConfig.load(path)
    assert (config.reranking.min_score, config.reranking.top_k) == (0.7, 5)
    assert (config.generation.max_new_tokens, config.generation.temperature) == (12, 1)
    path.write_text("")
    assert RagConfig.load(path) == RagConfig()


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        pytest.param({"reranking": {"min_score": 1.5}}, ["reranking.min_score"], id="out of range"),
        pytest.param({"retrieval": {"dense_top_k": 0, "fusion": "best"}}, ["dense_top_k", "fusion"], id="two at once"),
        pytest.param({"rerank": {}}, ["rerank"], id="unknown section"),
        pytest.param({"compression": {"rates": 16}}, ["compression.rates"], id="unknown key"),
        pytest.param({"compression": {"rate": 17}}, ["16, 32, 64, 128"], id="a rate light does not have"),
        pytest.param({"retrieval": {"sparse_top_k": "25"}}, ["sparse_top_k"], id="text for a number"),
        pytest.param(["compression"], ["valid dictionary"], id="a list"),
    ],
)
def test_every_fault_is_named_with_its_place(values: Any, parts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rag.yaml"
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigurationError) as caught:
        RagConfig.load(path)
    assert all(part in caught.value.message for part in parts)
    assert "rag.yaml" in caught.value.remedy


def test_files_that_are_no_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rag.yaml"
    path.write_text("a: [1\nkey: {secret")
    with pytest.raises(ConfigurationError, match="is not YAML") as caught:
        RagConfig.load(path)
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="No such file"):
        RagConfig.load(tmp_path / "none.yaml")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        RagConfig.load(path)


def test_a_yaml_file_runs_no_code(tmp_path: Path) -> None:
    path, proof = tmp_path / "rag.yaml", tmp_path / "proof"
    path.write_text(
        f"compression: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{proof}']]"
    )
    with pytest.raises(ConfigurationError):
        RagConfig.load(path)
    assert not proof.exists()
