"""Health and readiness, and what a client is told when a part breaks."""

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from starlette.testclient import TestClient

from seamless_retail.core.errors import SeamlessError, SearchIndexError, ShopDatabaseError
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve import create_app


class BrokenIndex(BaseRetriever):
    """An index whose file went away."""

    def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
        raise SearchIndexError("The index in /home is damaged.", "Rebuild it: seamless index build --force")


class BrokenReader:
    """A query reader that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, *_: Any) -> Any:
        raise self.error


def client_over(settings: Settings, parts: Parts) -> TestClient:
    return TestClient(create_app(settings, parts=parts), raise_server_exceptions=False)


def test_every_part_answers(server_settings: Settings, parts: Parts) -> None:
    with client_over(server_settings, parts) as client:
        assert client.get("/health").json()["status"] == "up"
        ready = client.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["parts"] == dict.fromkeys(("shop", "index", "router", "conversations"), "ok")


def test_a_part_that_fails_makes_the_server_not_ready_and_is_named_with_its_remedy(
    server_settings: Settings, parts: Parts
) -> None:
    with client_over(server_settings, replace(parts, retriever=BrokenIndex())) as client:
        ready = client.get("/ready")
        assert client.get("/health").status_code == 200
    assert ready.status_code == 503
    assert "index build --force" in ready.json()["parts"]["index"]
    assert ready.json()["parts"]["shop"] == "ok"


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (ShopDatabaseError("postgresql://u:secret@host is gone.", "secret"), 503, "The shop database does not answer."),
        (SeamlessError("secret", "secret"), 500, "Something went wrong here."),
        (RuntimeError("secret"), 500, "Something went wrong here."),
    ],
)
@pytest.mark.parametrize("path", ["/ask", "/ask/stream", "/brain/invoke"])
def test_troubles_of_the_shop_are_told_without_details(
    server_settings: Settings, parts: Parts, path: str, error: Exception, status: int, told: str
) -> None:
    broken = replace(parts, reader=BrokenReader(error))
    body = {"input": {"query": "hello"}} if path.startswith("/brain") else {"query": "hello"}
    with client_over(server_settings, broken) as client:
        response = client.post(path, json=body)
    assert response.status_code == status
    assert response.json()["error"] == told
    assert "secret" not in response.text


def test_without_langserve_the_plain_routes_remain(server_settings: Settings, parts: Parts) -> None:
    with TestClient(create_app(server_settings, parts=parts, langserve=False)) as client:
        assert client.post("/brain/invoke", json={"input": {"query": "hello"}}).status_code == 404
        assert client.post("/ask", json={"query": "hello"}).status_code == 200
        assert "/playground/" not in client.get("/").text


def test_the_schema_names_every_route(server_settings: Settings, parts: Parts) -> None:
    with client_over(server_settings, parts) as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert {"/ask", "/ask/stream", "/health", "/ready", "/brain/invoke", "/chat/stream"} <= set(paths)
