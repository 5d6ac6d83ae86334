"""A saved memory is the same memory; what is forgotten leaves the disk; damage is refused."""

from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.associative import AssociativeMemory, RecordMemory
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.manifest import read_manifest, write_index


def test_a_loaded_memory_answers_the_same(
    memory: AssociativeMemory, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    memory.as_user("anna").store("my doctor", "forbade", "peanuts\u2028and nuts", "severe")
    memory.save(tmp_path)
    loaded = AssociativeMemory.load(tmp_path, embeddings)
    for one, other in ((memory, loaded), (memory.as_user("anna"), loaded.as_user("anna"))):
        assert list(one.facts()) == list(other.facts())
        assert one.query(object="peanuts", k=9) == other.query(object="peanuts", k=9)
        assert one.stats() == other.stats()
    loaded.store("Dario Haas", "bought", "peppermint tea", "very happy with it")
    assert loaded.query(subject="Dario Haas", k=1)[0].fillers["object"] == "peppermint tea"


def test_an_empty_memory_can_be_saved(embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    AssociativeMemory(embeddings).save(tmp_path)
    assert len(AssociativeMemory.load(tmp_path, embeddings)) == 0


def test_no_byte_of_a_forgotten_user_stays_on_disk(memory: AssociativeMemory, tmp_path: Path) -> None:
    view = memory.as_user("anna-17")
    view.store("xylocarp doctor", "forbade", "peanuts", "severe")
    bits = memory.encoder.encode(["xylocarp doctor"]).numpy()
    packed = np.packbits(bits < 0).tobytes()
    memory.save(tmp_path)
    traces = (b"xylocarp", b"anna-17", packed[:200])
    assert all(any(trace in content for content in contents(tmp_path)) for trace in traces)
    memory.forget("anna-17")
    memory.save(tmp_path)
    assert not any(trace in content for trace in traces for content in contents(tmp_path))


def test_damage_is_refused(memory: AssociativeMemory, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    memory.save(tmp_path)
    file = tmp_path / read_manifest(tmp_path).generation / "records.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(SearchIndexError, match=r"records\.npy.*damaged"):
        AssociativeMemory.load(tmp_path, embeddings)


def test_arrays_that_do_not_belong_together_are_refused(
    memory: AssociativeMemory, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    memory.save(tmp_path)
    manifest = read_manifest(tmp_path)
    files = {name: (tmp_path / manifest.generation / name).read_bytes() for name in manifest.files}
    files["texts.jsonl"] = b"".join(files["texts.jsonl"].splitlines(keepends=True)[:3])
    write_index(tmp_path, files, count=manifest.count, embedding=manifest.embedding)
    with pytest.raises(SearchIndexError, match="do not belong together"):
        AssociativeMemory.load(tmp_path, embeddings)


def test_another_embedding_or_kind_of_memory_is_refused(embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    memory = RecordMemory(embeddings, ("key", "value"))
    memory.store_many([{"key": "colour", "value": "red"}])
    memory.save(tmp_path)
    with pytest.raises(SearchIndexError, match="holds key, value"):
        AssociativeMemory.load(tmp_path, embeddings)
    manifest = read_manifest(tmp_path)
    files = {name: (tmp_path / manifest.generation / name).read_bytes() for name in manifest.files}
    other = manifest.embedding.model_copy(update={"name": "another"})
    write_index(tmp_path, files, count=1, embedding=other)
    with pytest.raises(SearchIndexError, match="another"):
        RecordMemory.load(tmp_path, embeddings)


def test_a_missing_directory_is_an_error(embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    with pytest.raises(SearchIndexError, match="cannot be opened"):
        AssociativeMemory.load(tmp_path / "nowhere", embeddings)


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
