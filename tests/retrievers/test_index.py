"""Building and opening the index: what is reused, what survives, what two builders and a reader do to each other."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding

from seamless_retail.core.catalogue import Money
from seamless_retail.core.errors import SearchIndexError
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.sources import resolve
from seamless_retail.retrievers.documents import AddedDocuments
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.index import build_index, open_retriever

RETURNS = "How long do I have to return something?"


def test_products_policies_locations_and_promotions_are_found(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    report = build_index(small_shop, tmp_path, embeddings)
    assert report.sources == {"product": 6, "policy": 3, "location": 1, "promotion": 1}
    assert report.embedded == report.passages
    retriever = open_retriever(tmp_path, embeddings, k=2)
    for query, source_id in {
        RETURNS: "policy:returns-window",
        "mint tea": "product:G2",
        "20 % off dresses in June": "promotion:june",
        "downtown store": "location:downtown",
    }.items():
        assert retriever.invoke(query)[0].metadata["source_id"] == source_id


def test_a_second_build_computes_and_writes_nothing(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    build_index(small_shop, tmp_path, embeddings)
    manifest = (tmp_path / "manifest.json").read_bytes()
    again = build_index(small_shop, tmp_path, embeddings)
    assert (again.embedded, again.reused, again.changed) == (0, again.passages, False)
    assert (tmp_path / "manifest.json").read_bytes() == manifest


def test_only_what_changed_is_embedded(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    build_index(small_shop, tmp_path, embeddings)
    del small_shop.products["F4"]
    small_shop.documents[2] = small_shop.documents[2].model_copy(update={"body": "Gift cards expire after ten years."})
    report = build_index(small_shop, tmp_path, embeddings)
    assert (report.embedded, report.removed, report.changed) == (1, 2, True)
    retriever = open_retriever(tmp_path, embeddings)
    assert "ten years" in retriever.invoke("do gift cards expire?")[0].page_content
    assert not retriever.invoke("silk", filter={"product_id": "F4"})
    fresh = build_index(small_shop, tmp_path / "fresh", embeddings)
    assert fresh.passages == report.passages
    np.testing.assert_allclose(
        retriever.store.vectors(retriever.store.documents.ids),
        open_retriever(tmp_path / "fresh", embeddings).store.vectors(retriever.store.documents.ids),
        atol=1e-5,
    )


def test_a_new_price_reaches_the_filter(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    build_index(small_shop, tmp_path, embeddings)
    dress = small_shop.products["F1"]
    cheaper = tuple(v.model_copy(update={"price": Money(cents=1900)}) for v in dress.variants)
    small_shop.products["F1"] = dress.model_copy(update={"variants": cheaper})
    build_index(small_shop, tmp_path, embeddings)
    found = open_retriever(tmp_path, embeddings).invoke("dress", filter={"price": {"$lt": 2000}})
    assert [document.metadata["product_id"] for document in found] == ["F1", "G1", "G2"][: len(found)]
    assert found[0].metadata["product_id"] == "F1"


def test_every_passage_is_found_again_in_its_source(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    build_index(small_shop, tmp_path, embeddings)
    small_shop.get = small_shop.products.get
    small_shop.policies.get = {document.id: document for document in small_shop.documents}.get
    small_shop.promotion = {p.id: p for p in small_shop.all_promotions()}.get
    for passage in open_retriever(tmp_path, embeddings).invoke("dress granola return shipping june downtown", k=50):
        source = resolve(small_shop, passage.metadata["source_id"])
        assert source is not None
        span = slice(passage.metadata["start"], passage.metadata["end"])
        assert source.text[span] == passage.page_content


def test_added_documents_are_indexed_and_survive_rebuilds(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    note = PolicyDocument(id="parking", title="Parking", topic="added", body="Parking is free for two hours.")
    AddedDocuments(tmp_path).add([note])
    for force in (False, True):
        build_index(small_shop, tmp_path, embeddings, force=force)
        found = open_retriever(tmp_path, embeddings).invoke("where can I park the car")
        assert found[0].metadata["source_id"] == "policy:parking"


def test_a_damaged_index_is_rebuilt_only_by_force(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    build_index(small_shop, tmp_path, embeddings)
    [vectors] = tmp_path.rglob("vectors.faiss")
    vectors.write_bytes(b"not an index")
    with pytest.raises(SearchIndexError, match=r"vectors\.faiss is damaged") as raised:
        build_index(small_shop, tmp_path, embeddings)
    assert "--force" in raised.value.remedy
    assert vectors.read_bytes() == b"not an index"
    build_index(small_shop, tmp_path, embeddings, force=True)
    assert open_retriever(tmp_path, embeddings).invoke(RETURNS)


def test_another_model_needs_force(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    build_index(small_shop, tmp_path, DeterministicFakeEmbedding(size=384))
    with pytest.raises(SearchIndexError, match="all-MiniLM-L6-v2"):
        build_index(small_shop, tmp_path, embeddings)
    with pytest.raises(SearchIndexError, match="SEAMLESS_EMBEDDINGS"):
        open_retriever(tmp_path, embeddings)
    assert build_index(small_shop, tmp_path, embeddings, force=True).reused == 0
    assert open_retriever(tmp_path, embeddings).invoke(RETURNS)


def test_a_write_that_fails_leaves_the_old_index(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(small_shop, tmp_path, embeddings)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    del small_shop.products["F1"]

    def full_disk(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(SearchIndexError, match="No space left"):
        build_index(small_shop, tmp_path, embeddings)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert open_retriever(tmp_path, embeddings).invoke("linen")[0].metadata["product_id"] == "F1"


def test_what_a_crash_left_is_cleared_away(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "generation-dead").mkdir(parents=True)
    (tmp_path / "generation-dead.json").write_text("{")
    build_index(small_shop, tmp_path, embeddings)
    assert not list(tmp_path.glob("generation-dead*"))


def test_a_folder_that_cannot_be_made_is_a_typed_error(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SearchIndexError, match="cannot be used"):
        build_index(small_shop, tmp_path / "file" / "index", embeddings)


def test_two_processes_build_once(tmp_path: Path) -> None:
    script = (
        "import runpy, sys\n"
        "from langchain_core.embeddings import DeterministicFakeEmbedding\n"
        "from seamless_retail.retrievers import build_index\n"
        "shop = runpy.run_path(sys.argv[1])['MemoryShop']()\n"
        "print(build_index(shop, sys.argv[2], DeterministicFakeEmbedding(size=8)).changed)\n"
    )
    conftest = Path(__file__).with_name("conftest.py")
    command = [sys.executable, "-c", script, str(conftest), str(tmp_path)]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [builder.communicate(timeout=120)[0].strip() for builder in builders]
    assert sorted(answers) == ["False", "True"]
    assert open_retriever(tmp_path, DeterministicFakeEmbedding(size=8)).invoke(RETURNS)


def test_a_reader_never_sees_half_an_index(tmp_path: Path) -> None:
    model = DeterministicFakeEmbedding(size=8)
    store = FaissStore.from_texts([f"text {n}" for n in range(200)], model)
    store.save(tmp_path)
    writer = threading.Thread(target=lambda: [store.save(tmp_path) for _ in range(40)])
    writer.start()
    while writer.is_alive():
        assert len(FaissStore.load(tmp_path, model)) == 200
    writer.join()


def test_progress_counts_passages(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = build_index(small_shop, tmp_path, embeddings, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (report.passages, report.passages)


def test_an_empty_shop_has_an_empty_index(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    small_shop.products.clear()
    small_shop.documents.clear()
    small_shop.stock.locations = list
    small_shop.all_promotions = list
    assert build_index(small_shop, tmp_path, embeddings).passages == 0
    assert open_retriever(tmp_path, embeddings).invoke("dress") == []
    assert not build_index(small_shop, tmp_path, embeddings).changed


def test_same_text_under_two_ids_is_embedded_once(
    small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    twin = small_shop.documents[0].model_copy(update={"id": "returns-copy"})
    small_shop.documents.append(twin)
    build_index(small_shop, tmp_path, embeddings)
    found = open_retriever(tmp_path, embeddings).invoke(RETURNS, k=2)
    assert {d.metadata["source_id"] for d in found} == {"policy:returns-window", "policy:returns-copy"}


def test_documents_keep_their_metadata(small_shop: Any, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    build_index(small_shop, tmp_path, embeddings)
    [granola, *_] = open_retriever(tmp_path, embeddings).invoke("granola", filter={"attributes.diet": "vegetarian"})
    assert isinstance(granola, Document)
    assert granola.metadata["price"] == 549
    assert granola.metadata["brand"] == "millbrook"
