"""Chroma in a folder and on a real server, which this module starts."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.memory.chroma_index import ChromaIndex
from seamless_retail.retrievers.memory.conformance import DIMENSION, VectorIndexConformance, some_rows, unit_vectors
from seamless_retail.retrievers.memory.entry import SHOP
from seamless_retail.retrievers.memory.vector_index import IndexRow, VectorIndex

pytest.importorskip("chromadb")
EVERYBODY = frozenset({SHOP, "ann", "bob"})


@pytest.fixture(scope="module")
def folder_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaIndex]:
    index = ChromaIndex.embedded(tmp_path_factory.mktemp("chroma") / "index", DIMENSION)
    yield index
    index.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    environment = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=log, stderr=log, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api/v2/heartbeat", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "chroma run ended"
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("chroma run gave no heartbeat within a minute")


class TestEmbedded(VectorIndexConformance):
    @pytest.fixture
    def index(self, folder_index: ChromaIndex) -> VectorIndex:
        folder_index.clear()
        return folder_index


class TestServer(VectorIndexConformance):
    @pytest.fixture
    def index(self, server: str) -> Iterator[VectorIndex]:
        index = ChromaIndex.server(server, DIMENSION, "conformance")
        yield index
        index.drop()


def test_two_clients_see_each_others_writes(server: str) -> None:
    first = ChromaIndex.server(server, DIMENSION, "shared")
    second = ChromaIndex.server(server, DIMENSION, "shared")
    rows = some_rows(6, sorted(EVERYBODY))
    first.upsert(rows[:3])
    second.upsert(rows[3:])
    for index in (first, second):
        assert index.ids() == {row.id for row in rows}
        assert index.search(rows[4].vector, 1, EVERYBODY, None)[0][0] == rows[4].id
    first.delete([rows[0].id])
    assert rows[0].id not in second.ids()
    second.clear()
    assert first.search(rows[4].vector, 3, EVERYBODY, None) == []
    first.upsert(rows[:1])
    assert second.ids() == {rows[0].id}
    second.close()
    first.drop()


def test_collections_of_one_server_do_not_mix(server: str) -> None:
    one, other = (ChromaIndex.server(server, DIMENSION, name) for name in ("one", "other"))
    one.upsert(some_rows(3, [SHOP]))
    assert len(other) == 0
    assert one.name != other.name
    one.drop()
    other.drop()


def test_an_embedded_index_outlives_its_process(tmp_path: Path) -> None:
    rows = some_rows(10, [SHOP, "ann"])
    with_rows = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    with_rows.upsert(rows)
    with_rows.close()
    again = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    assert again.ids() == {row.id for row in rows}
    assert again.search(rows[2].vector, 1, EVERYBODY, None)[0][0] == rows[2].id
    again.drop()
    assert not (tmp_path / "c").exists()


def test_clear_leaves_no_byte_in_the_folder(tmp_path: Path) -> None:
    index = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    secret, kept = unit_vectors(2, seed=77)
    # More rows than Chroma's write-ahead log holds, so that the vector is in the graph's file too.
    crowd = [IndexRow(f"row{n}", SHOP, vector, {"n": n}) for n, vector in enumerate(unit_vectors(1000, seed=6))]
    index.upsert([IndexRow("secretid", "secretowner", secret, {"kind": "secretvalue"}), *crowd])
    traces = (secret.tobytes(), b"secretid", b"secretowner")
    assert all(_held(tmp_path, trace) for trace in traces)
    assert not _held(tmp_path, b"secretvalue")
    index.clear()
    index.upsert([IndexRow("row0", SHOP, kept, {"n": 0})])
    assert [trace for trace in traces if _held(tmp_path, trace)] == []
    assert index.search(kept, 1, EVERYBODY, None) == [("row0", pytest.approx(1.0, abs=1e-3))]
    index.close()
    assert [trace for trace in traces if _held(tmp_path, trace)] == []


def _held(folder: Path, trace: bytes) -> bool:
    return any(trace in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_rows_inherit_nothing_from_a_cleared_collection(tmp_path: Path) -> None:
    """Chroma 1.5 reuses row numbers, and leaves the lists of a deleted collection under them."""
    index = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    vectors = unit_vectors(3)
    index.upsert([IndexRow(str(n), SHOP, vector, {"kind": ["tea", "coffee"]}) for n, vector in enumerate(vectors)])
    index.clear()
    index.upsert([IndexRow(str(n), SHOP, vector, {}) for n, vector in enumerate(vectors)])
    assert index.search(vectors[0], 3, EVERYBODY, {"kind": "tea"}) == []
    assert len(index.search(vectors[0], 3, EVERYBODY, {"kind": {"$ne": "tea"}})) == 3
    index.close()


def test_k_results_come_when_the_graph_finds_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    rows = some_rows(40, [SHOP])
    index.upsert(rows)
    from chromadb.api.models.Collection import Collection

    whole = Collection.query
    monkeypatch.setattr(Collection, "query", lambda self, n_results, **rest: whole(self, n_results=2, **rest))
    found = index.search(rows[0].vector, 10, EVERYBODY, None)
    scores = np.sort(np.stack([row.vector for row in rows]) @ rows[0].vector)[::-1][:10]
    np.testing.assert_allclose([score for _, score in found], scores, atol=1e-3)
    index.close()


def test_a_second_process_is_kept_out_of_the_folder(tmp_path: Path) -> None:
    index = ChromaIndex.embedded(tmp_path / "c", DIMENSION)
    code = (
        "from pathlib import Path; from filelock import FileLock\n"
        "from seamless_retail.core.errors import SearchIndexError\n"
        "from seamless_retail.retrievers.memory import chroma_connection\n"
        f"try: chroma_connection._hold(Path({str(tmp_path / 'c')!r}))\n"
        "except SearchIndexError as error: print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Another process has the Chroma folder" in shown
    assert "chroma run" in shown
    index.close()


def test_a_server_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SearchIndexError, match=f"chroma run --host 127.0.0.1 --port {port}"):
        ChromaIndex.server(f"http://127.0.0.1:{port}", DIMENSION, "memory")
