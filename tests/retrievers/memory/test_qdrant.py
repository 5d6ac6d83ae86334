"""Qdrant's local mode, in memory and in a folder; and what is sent to a cluster."""

import json
import pickle
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.memory.conformance import DIMENSION, VectorIndexConformance, some_rows, unit_vectors
from seamless_retail.retrievers.memory.entry import SHOP
from seamless_retail.retrievers.memory.qdrant_index import QdrantIndex
from seamless_retail.retrievers.memory.vector_index import IndexRow, VectorIndex

pytest.importorskip("qdrant_client")
EVERYBODY = frozenset({SHOP, "ann"})


class TestInMemory(VectorIndexConformance):
    @pytest.fixture
    def index(self) -> Iterator[VectorIndex]:
        index = QdrantIndex.embedded(None, DIMENSION)
        yield index
        index.close()


def test_a_folder_outlives_its_process_and_serves_one_at_a_time(tmp_path: Path) -> None:
    rows = some_rows(10, [SHOP, "ann"])
    index = QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    index.upsert(rows)
    with pytest.raises(SearchIndexError, match="serves one process"):
        QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    index.close()
    with pytest.raises(SearchIndexError, match="other vectors"):
        QdrantIndex.embedded(tmp_path / "q", DIMENSION + 1)
    again = QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    assert again.ids() == {row.id for row in rows}
    assert again.search(rows[2].vector, 1, EVERYBODY, None)[0][0] == rows[2].id
    again.drop()
    assert not (tmp_path / "q").exists()


def test_clear_leaves_no_byte_in_the_folder(tmp_path: Path) -> None:
    index = QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    vector, kept = unit_vectors(2)
    index.upsert(
        [IndexRow("secretid", "secretowner", vector, {"kind": "secretvalue"}), IndexRow("row", SHOP, kept, {})]
    )
    assert _held(tmp_path, b"secretowner")
    assert not _held(tmp_path, b"secretvalue")
    index.clear()
    index.upsert([IndexRow("row", SHOP, kept, {})])
    assert not any(_held(tmp_path, trace) for trace in (b"secretid", b"secretowner"))
    index.close()


def _held(folder: Path, trace: bytes) -> bool:
    return any(trace in path.read_bytes() for path in folder.rglob("*") if path.is_file())


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("trap-sprung"),)


def test_a_folder_from_a_stranger_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    index = QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    index.upsert(some_rows(1, [SHOP]))
    index.close()
    file = next((tmp_path / "q").rglob("storage.sqlite"))
    with sqlite3.connect(file) as database:
        database.execute("UPDATE points SET point = ?", (pickle.dumps(_Trap()),))
    database.close()
    with pytest.raises(SearchIndexError, match="is no part of a point"):
        QdrantIndex.embedded(tmp_path / "q", DIMENSION)
    assert not (tmp_path / "trap-sprung").exists()


@pytest.fixture
def recorder() -> Iterator[tuple[str, list[tuple[str, str, str | None, Any]]]]:
    """A server that notes what it is asked and answers as an empty Qdrant would."""
    requests: list[tuple[str, str, str | None, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append((self.command, self.path, self.headers.get("api-key"), json.loads(body or b"null")))
            result: Any = {"exists": False} if self.path.endswith("/exists") else True
            if self.path.endswith(("/index?wait=true", "/index")):
                result = {"operation_id": 1, "status": "completed"}
            if self.path.endswith("/query"):
                result = {"points": []}
            content = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_cluster_is_asked_for_shards_and_queried_with_owners_and_filter(
    recorder: tuple[str, list[tuple[str, str, str | None, Any]]],
) -> None:
    url, requests = recorder
    index = QdrantIndex.server(url, DIMENSION, "summer", api_key="key", shards=6, replicas=2)
    made = next(body for verb, path, _, body in requests if (verb, path) == ("PUT", "/collections/summer"))
    assert (made["shard_number"], made["replication_factor"]) == (6, 2)
    assert made["vectors"] == {"size": DIMENSION, "distance": "Cosine"}
    tenant = next(body for _, path, _, body in requests if "/index" in path and body["field_name"] == "owner")
    assert tenant["field_schema"]["is_tenant"] is True
    assert index.search(unit_vectors(1)[0], 3, frozenset({"ann"}), {"kind": "tea"}) == []
    asked = [body for _, path, _, body in requests if path.endswith("/query")]
    assert [body["params"]["exact"] for body in asked] == [False, True]  # fewer than asked for: looked at exactly
    owner, kind = asked[0]["filter"]["must"]
    assert owner == {"key": "owner", "match": {"any": ["ann"]}}
    assert kind["key"] == "terms"
    assert {key for _, _, key, _ in requests} == {"key"}
    index.close()


def test_a_server_that_is_down_is_said_to_be() -> None:
    with pytest.raises(SearchIndexError, match=r"The Qdrant server http://127\.0\.0\.1:9 cannot be used"):
        QdrantIndex.server("http://127.0.0.1:9", DIMENSION, "memory")
