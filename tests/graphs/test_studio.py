"""``langgraph dev`` starts offline on our ``langgraph.json``, and the API that Studio reads serves the brain."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.skipif(
    find_spec("langgraph_cli") is None or find_spec("langgraph_api") is None,
    reason="langgraph-cli[inmem] is not installed (extra: studio)",
)

ROOT = Path(__file__).parents[2]
DRESSES = "Find blue dresses under $80"


@pytest.fixture(scope="module")
def studio_url(seeded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``langgraph dev`` in a folder of its own (it keeps its state where it runs)."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copy(ROOT / "langgraph.json", folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "SEAMLESS_HOME": str(seeded_home),
        "SEAMLESS_PLUGINS": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "true",
        "LANGSMITH_TRACING": "false",
        "HF_HUB_OFFLINE": "1",
    }
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--port", str(port)]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_up(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            if httpx.get(f"{url}/ok", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise AssertionError(log.read_text(errors="replace"))


async def _converse(url: str) -> dict[str, Any]:
    from langgraph_sdk import get_client

    client = get_client(url=url)
    (assistant,) = await client.assistants.search(graph_id="brain")
    thread = await client.threads.create()
    context = {"customer_id": "C0001"}
    runs = [
        await client.runs.wait(thread["thread_id"], "brain", input={"query": query}, context=context)
        for query in (DRESSES, "How much is the first one?", "How many loyalty points do I have?")
    ]
    stateless = [
        chunk
        async for chunk in client.runs.stream(None, "brain", input={"query": DRESSES}, stream_mode=["updates"])
        if chunk.event == "updates"
    ]
    return {
        "schemas": await client.assistants.get_schemas(assistant["assistant_id"]),
        "graph": await client.assistants.get_graph(assistant["assistant_id"]),
        "runs": runs,
        "state": await client.threads.get_state(thread["thread_id"]),
        "history": await client.threads.get_history(thread["thread_id"], limit=50),
        "streamed": stateless,
    }


@pytest.fixture(scope="module")
def conversation(studio_url: str) -> dict[str, Any]:
    return asyncio.run(_converse(studio_url))


def test_schemas_describe_input_output_and_the_principal(conversation: dict[str, Any]) -> None:
    schemas = conversation["schemas"]
    assert "query" in schemas["input_schema"]["properties"]
    assert {"answer", "citations"} <= set(schemas["output_schema"]["properties"])
    assert "customer_id" in schemas["context_schema"]["properties"]


def test_every_edge_is_drawn(conversation: dict[str, Any]) -> None:
    nodes = {node["id"] for node in conversation["graph"]["nodes"]}
    targets = {edge["target"] for edge in conversation["graph"]["edges"]}
    assert {"router", "inventory", "recommendation", "empathy", "context", "synthesis", "answer"} <= nodes
    assert targets == nodes - {"__start__"}


def test_runs_answer_within_their_thread(conversation: dict[str, Any]) -> None:
    first, second, third = conversation["runs"]
    assert first["products"]
    assert second["products"] == first["products"][:1]
    assert any("C0001" in citation["source_id"] for citation in third["citations"])


def test_state_and_history_are_kept(conversation: dict[str, Any]) -> None:
    assert conversation["state"]["values"]["answer"] == conversation["runs"][-1]["answer"]
    answers = [state["values"].get("answer") for state in conversation["history"]]
    assert all(run["answer"] in answers for run in conversation["runs"])


def test_a_run_streams_its_nodes(conversation: dict[str, Any]) -> None:
    nodes = {node for chunk in conversation["streamed"] for node in chunk.data}
    assert {"router", "synthesis", "answer"} <= nodes
