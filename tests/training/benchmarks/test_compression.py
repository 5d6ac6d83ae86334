"""Every part of the benchmark on a tiny random model, from the command line and one by one."""

import copy
import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.benchmarks.compression import choosing, encoding, exactness, reading, speed, storage
from seamless_retail.training.benchmarks.compression.__main__ import main
from seamless_retail.training.benchmarks.compression.bench import Bench
from seamless_retail.training.benchmarks.compression.parts import PARTS, read_figures, write_figures

READINGS = ["full text", "4x", "16x", "no document"]


def changed(bench: Bench, **fields: Any) -> Bench:
    """The same bench with its loaded model, and other settings or data."""
    other = copy.copy(bench)
    other.__dict__.update(fields)
    return other


@pytest.fixture(scope="module")
def shop(bench: Bench) -> dict[str, Any]:
    return reading.measure_shop(bench)


def test_every_way_of_reading_answers_every_question(shop: dict[str, Any]) -> None:
    assert list(shop["readings"]) == READINGS
    assert (shop["questions"], shop["products"], shop["left_out"]) == (18, 3, 0)
    assert sum(kind["questions"] for kind in shop["kinds"].values()) == 18


def test_memories_shorten_the_prompt(shop: dict[str, Any]) -> None:
    """What makes reading fast; a reading that secretly saw the text would show here."""
    lengths = [shop["readings"][name]["prompt_tokens"] for name in READINGS]
    text, nothing = lengths[0] - lengths[3], lengths[3]
    assert lengths[1] - nothing == pytest.approx(text / 4, abs=2)
    assert lengths[2] - nothing == pytest.approx(text / 16, abs=2)


def test_products_that_are_asked_about_are_held_out_and_of_both_kinds(bench: Bench) -> None:
    assert {product.id for product in bench.catalogue.products} <= {product.id for product in bench.held_out.products}
    assert len({product.department for product in bench.catalogue.products}) == 2


def test_questions_that_do_not_fit_are_left_out_of_every_row(bench: Bench) -> None:
    """A share of full text compares the same questions."""
    items = reading.shop_items(bench.catalogue, 0)
    lengths = [len(bench.generator.asker.text(item.question, item.documents, 1).embeddings) for item in items]
    room = changed(bench, settings=replace(bench.settings, max_new_tokens=1024 - sorted(lengths)[8]))
    assert [reading._fits(room, item) for item in items] == [length <= sorted(lengths)[8] for length in lengths]
    with pytest.raises(ConfigurationError, match="None of the 18 questions"):
        reading.measure_shop(changed(bench, settings=replace(bench.settings, max_new_tokens=1023)))


def test_dev_sets_that_are_not_there_are_named(bench: Bench) -> None:
    found = reading.measure_dev(bench)
    assert list(found) == ["hetpqa", "clara_pretrain_example"]
    assert "hetpqa_dev.jsonl.gz" in reading.dev_table(found)


def test_dev_sets(bench: Bench, tmp_path: Path) -> None:
    rows = [
        {"asin": "B1", "question": f"how long, {n}?", "answers": ["3 feet"], "docs": [f"it is 3 feet, {n}."]}
        for n in range(6)
    ]
    (tmp_path / "qa_with_docs").mkdir()
    content = "\n".join(map(json.dumps, rows)).encode()
    (tmp_path / "qa_with_docs" / "hetpqa_dev.jsonl.gz").write_bytes(gzip.compress(content))
    found = reading.measure_dev(changed(bench, data=tmp_path))
    assert found["hetpqa"]["questions"] == bench.settings.questions == 4
    assert list(found["hetpqa"]["readings"]) == READINGS
    assert "target" not in reading.dev_table(found), "the targets are for the shop"


def test_one_of_twenty(bench: Bench) -> None:
    found = choosing.measure(bench)
    assert list(found["rankers"]) == [
        "reasoner, late score",
        "reasoner, pooled score",
        "untrained reasoner, late score",
        "untrained reasoner, pooled score",
        "BM25",
        "MiniLM cosine",
    ]
    assert (found["candidates"], found["reasoner"]) == (20, True)
    assert found["rankers"]["BM25"]["recall@5"]["mean"] > 0.5, "words alone narrow the choice"
    for ranker in found["rankers"].values():
        assert 0 <= ranker["recall@1"]["mean"] <= ranker["recall@5"]["mean"] <= 1


def test_the_untrained_reasoner_asks_with_the_compressor(bench: Bench) -> None:
    untrained = choosing._without_reasoner(bench)
    question = ["What is the price?"]
    asked, compressed = untrained.query(question), bench.model.compress(question, bench.model.config.query_rate)
    assert torch.equal(asked.vectors, compressed.vectors)
    assert not torch.equal(asked.vectors, bench.model.query(question).vectors), "the trained one asks otherwise"


def test_time_to_the_first_token_and_in_all(bench: Bench) -> None:
    limit = bench.model.config.max_prompt_tokens, bench.model.base.config.max_position_embeddings
    found = speed.measure(bench)
    assert (bench.model.config.max_prompt_tokens, bench.model.base.config.max_position_embeddings) == limit
    one, three = found["documents"]["1"], found["documents"]["3"]
    assert three["text"]["prompt_tokens"] > 2 * one["text"]["prompt_tokens"] > 10 * one["memory"]["prompt_tokens"]
    for side in (one["text"], one["memory"], three["text"], three["memory"]):
        assert 0 < side["first"] < side["total"]


def test_timings_decode_as_the_generator_does(bench: Bench) -> None:
    """The clock feeds the same prompt and the same tokens; only then is its time that of an answer."""
    text, asker = "Brand: Fernhill\nPrice: $3.29", bench.generator.asker
    fed: list[list[int]] = []
    embed = bench.model.embed

    def embed_and_note(ids: torch.Tensor) -> torch.Tensor:
        fed.append(ids.flatten().tolist())
        return embed(ids)

    bench.model.embed = embed_and_note
    try:
        speed.clock(bench.model, None, lambda: asker.text("Price?", [text], 1), 4)
    finally:
        del bench.model.embed
    [answer] = bench.generator.generate_from_text(["Price?"], [[text]], max_new_tokens=3, citations=False)
    written = bench.model.tokenizer.decode([token for [token] in fed[1:]], skip_special_tokens=True).strip()
    assert written == answer.text


def test_bare_pass_reads_the_tokens_that_compress_reads(bench: Bench) -> None:
    """Memories from the padded batches are those of ``compress``: the two costs are of the same work."""
    texts = ["Brand: Fernhill", "Price: from $3.29 to $8.89 and more words than the first"]
    [(ids, mask)] = encoding.padded(bench.model, texts, 16)
    with torch.no_grad():
        encoded = bench.model.encode(ids, mask, 16)
    assert torch.equal(encoded.memory, bench.model.compress(texts, 16).vectors)


def test_cost_of_compress(bench: Bench) -> None:
    found = encoding.measure(bench)
    assert set(found["seconds"]) == {
        encoding.BARE,
        encoding.ENCODE,
        encoding.TOKENISED,
        encoding.COMPRESS,
        encoding.SINGLE,
    }
    assert found["documents"] == 3
    assert all(seconds > 0 for seconds in found["seconds"].values())
    assert "documents/s" in encoding.encoding_table(found)


def test_bytes_per_document(bench: Bench) -> None:
    found = storage.measure(bench)
    assert found["vector"] == 1536
    for sizes in found["rates"].values():
        assert sizes["float32"] == pytest.approx(sizes["vectors"] * 32 * 4)
        assert sizes["bfloat16"] == sizes["float32"] / 2
        assert sizes["bfloat16_file"] > sizes["bfloat16"], "the provenance takes room"
    assert found["rates"]["4"]["vectors"] == pytest.approx(4 * found["rates"]["16"]["vectors"], rel=0.05)


def test_exactness(bench: Bench) -> None:
    found = exactness.measure(bench)
    assert all(found.values())
    other = bench.model.compress(["Brand: Fernhill"])
    nudged = replace(other, vectors=other.vectors + torch.finfo(torch.float32).eps)
    assert exactness.same(other, other)
    assert not exactness.same(other, nudged), "one bit is a difference"


def test_command_line(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables on standard output, figures in the file; a second run of another part keeps the first."""
    figures = tmp_path / "figures.json"
    common = ["--model", str(checkpoint), "--json", str(figures), "--products", "2", "--repeats", "1"]
    assert main([*common, "--only", "f"]) == 0
    assert main([*common, "--only", "e"]) == 0
    printed = capsys.readouterr().out
    assert "| memories 16x |" in printed
    assert "documents/s" in printed
    assert list(read_figures(figures)["parts"]) == ["storage", "encoding"]


def test_figures_of_other_weights_are_dropped(checkpoint: Path, tmp_path: Path) -> None:
    """A table may not mix two checkpoints."""
    figures, other = tmp_path / "figures.json", tmp_path / "other"
    write_figures(figures, checkpoint, {"storage": {}})
    shutil.copytree(checkpoint, other)
    (other / "manifest.json").write_text("{}")
    assert list(write_figures(figures, other, {"speed": {}})["parts"]) == ["speed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--only", "a,z"], "no part 'z'", id="unknown part"),
        pytest.param(["--model", "/nowhere"], "no CLaRa model in /nowhere", id="no checkpoint"),
    ],
)
def test_errors_are_said_with_their_remedy(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


def test_letters_are_those_of_the_issue() -> None:
    assert list(PARTS) == list("abcdefg")
