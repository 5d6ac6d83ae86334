"""The retrieval recipe, from records to an adapter that the setting ``embeddings`` takes."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.bundled_minilm import BUNDLED
from seamless_retail.models.low_rank_adapter import CONFIG
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.retrieval_pairs import RetrievalRecord, write_records
from seamless_retail.training.recipes.retrieval import RECIPE, with_negatives
from seamless_retail.training.recipes.retrieval_judging import judge, rankings
from seamless_retail.training.recipes.retrieval_mining import mined
from seamless_retail.training.recipes.retrieval_settings import Mining, RetrievalSettings, Sides, chosen_sides
from seamless_retail.training.run import Run, main


def records(number: int = 12) -> list[RetrievalRecord]:
    return [
        RetrievalRecord(f"is number {n} good {way}?", f"number {n} is good {way}", group=f"product {n}", source="own")
        for n in range(number)
        for way in ("at home", "outside")
    ]


def by_words(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of words: texts with words in common are alike."""
    vectors = np.zeros((len(texts), 97), dtype=np.float32)
    for row, text in zip(vectors, texts, strict=True):
        for word in text.lower().strip("?").split():
            row[sum(map(ord, word)) % 97] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    write_records(tmp_path / "own.jsonl", records())
    return Run(out=tmp_path / "out", data=tmp_path)


def test_groups_and_texts_stay_on_one_side(run: Run) -> None:
    write_records(run.data / "more.jsonl", [RetrievalRecord(record.query, "x", group="y") for record in records()])
    settings = RetrievalSettings(records=("own.jsonl", "more.jsonl"), held_out=0.4)
    sides = chosen_sides(settings, run)
    assert sides == chosen_sides(settings, run)
    assert len(sides.train) > 4 < len(sides.held_out)
    assert not {r.group for r in sides.train} & {r.group for r in sides.held_out}
    assert not {r.query for r in sides.train} & {r.query for r in sides.held_out}
    run.max_samples = 3
    assert chosen_sides(settings, run).train == sides.train[:3]
    with pytest.raises(ConfigurationError, match="0 to judge"):
        chosen_sides(RetrievalSettings(records=("own.jsonl",), held_out=1e-9), run)


def test_mined_negatives_are_near_and_no_answers() -> None:
    settings = RetrievalSettings(mining=Mining(negatives=2, depth=8, margin=0.01))
    given = [*records(4), RetrievalRecord(records(1)[0].query, "number 0 is fine", source="own")]
    for before, after in zip(given, mined(given, by_words, settings), strict=True):
        right = {record.positive for record in given if record.query == before.query}
        assert len(after.negatives) == 2 or before.positive.endswith("fine")
        assert not right & set(after.negatives)
        assert all("good" in text or "fine" in text for text in after.negatives)
    strict = settings.model_copy(update={"mining": Mining(negatives=2, margin=2.0)})
    assert not any(record.negatives for record in mined(given, by_words, strict)), "all may be answers"


def test_values_of_the_same_attribute_are_no_negatives() -> None:
    given = [RetrievalRecord(f"is it {c}?", f"color: {{ value:{c} }}", source="own") for c in ("red", "blue")]
    given.append(RetrievalRecord("how long?", "length: { value:2 }", source="own"))
    found = mined(given, by_words, RetrievalSettings(mining=Mining(negatives=2, margin=0.0)))
    assert all("color" not in text for record in found[:2] for text in record.negatives)


def test_a_source_has_the_same_number_of_negatives_throughout() -> None:
    settings = RetrievalSettings(mining=Mining(negatives=0))
    given = [RetrievalRecord("a?", "a", ("b",), source="own"), RetrievalRecord("b?", "b", source="own")]
    found = with_negatives(Sides(given, []), None, settings)
    assert {len(record.negatives) for record in found["own"]} == {0}


def test_rankings_hold_the_answers_the_group_and_others() -> None:
    settings = RetrievalSettings(query_format="{instruction}: {query}")
    given = [RetrievalRecord(r.query, r.positive, ("brought",), "find", r.group, r.source) for r in records(3)]
    (found,) = rankings(given, settings)
    assert len(found.questions) == 6
    assert all(question.startswith("find: is number") for question in found.questions)
    for candidates, relevant in zip(found.candidates, found.relevant, strict=True):
        texts = [found.documents[number] for number in candidates]
        assert relevant.sum() == 1
        assert "brought" in texts
    assert judge(by_words, [found])["own"] > 0.8


@pytest.mark.parametrize("query_format", ["{question}", "{instruction}", "{query"])
def test_a_query_format_that_cannot_be_written_is_refused(query_format: str) -> None:
    with pytest.raises(ValueError, match="query_format"):
        RetrievalSettings(query_format=query_format)


def test_the_bundled_model_learns_and_the_folder_is_taken_as_embeddings(tmp_path: Path) -> None:
    """Also merged: sentence-transformers loads that without PEFT and without the base."""
    out = tmp_path / "out"
    assert main(RECIPE, ["--config", "test", "--out", str(out), "--set", "merged=true"]) == 0
    texts = ["Can I bring back what I bought?", "Where are your stores?"]
    trained, plain = SentenceEncoder(out), SentenceEncoder()
    assert np.abs(trained.encode(texts) - plain.encode(texts)).max() > 1e-3
    np.testing.assert_allclose(trained.encode(texts), SentenceEncoder(out / "merged").encode(texts), atol=1e-4)
    assert json.loads((out / CONFIG).read_text())["base_model_name_or_path"] == BUNDLED
    assert "| policies |" in (out / "README.md").read_text()
    assert RECIPE.verify is not None
    found = RECIPE.verify(out, Run(out=tmp_path / "verified", data=tmp_path))
    assert [check.name for check in found.checks if check.passed][:3] == ["loads", "adapter", "merged"]
    written = json.loads((out / "figures.json").read_text())["policies"]
    assert found.figures["nDCG@10 policies"].trained == pytest.approx(written["trained"], abs=0.02)
    assert found.figures["nDCG@10 policies"].base == pytest.approx(written["base"])


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of 20,000 weights that is not the bundled one."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("small")
    words = [
        "[PAD]",
        "[UNK]",
        *sorted({w for r in records() for t in (r.query, r.positive) for w in t.strip("?").split()}),
    ]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    transformer = Transformer(str(folder))
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder / "st"))
    return folder / "st"


@pytest.mark.parametrize("loss", ["cached", "cached_gist"])
def test_any_model_learns_with_every_loss(run: Run, small_model: Path, loss: str) -> None:
    """The adapter's folder names its base, and sentence-transformers loads both."""
    config = run.data / "own.yaml"
    config.write_text(
        json.dumps(
            {
                "base": str(small_model),
                "records": ["own.jsonl"],
                "held_out": 0.4,
                "loss": loss,
                "chunk": 2,
                "query_format": "Instruct: {instruction} {query}",
                "optimisation": {"updates": 2, "batch": 4, "learning_rate": 0.05},
                "tracking": {"tensorboard": False},
            }
        )
    )
    arguments = ["--config", str(config), "--data", str(run.data), "--out", str(run.out)]
    assert main(RECIPE, arguments) == 0
    texts = ["number 3 is good at home", "number 5"]
    assert np.abs(SentenceEncoder(run.out).encode(texts) - SentenceEncoder(small_model).encode(texts)).max() > 1e-3


def test_a_stop_leaves_no_result_and_a_wrong_record_is_named(
    run: Run, small_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--config", "test", "--data", str(run.data), "--out", str(run.out), "--set", f"base={small_model}"]
    arguments += ["--set", "records=[own.jsonl]", "--set", "adapter={}"]
    assert main(RECIPE, [*arguments, "--max-minutes", "0.00001"]) == 0
    assert not (run.out / CONFIG).exists()
    assert main(RECIPE, [*arguments, "--resume"]) == 0
    assert (run.out / CONFIG).is_file()
    with (run.data / "own.jsonl").open("a") as file:
        file.write('{"query": "x"}\n')
    assert main(RECIPE, [*arguments, "--dry-run"]) == 1
    assert "line 25, field 'positive'" in " ".join(capsys.readouterr().err.split())
