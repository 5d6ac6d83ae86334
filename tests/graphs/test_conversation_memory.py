"""A customer is remembered in later threads and after a restart; nobody else is told, and no answer waits for it."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langgraph.checkpoint.memory import InMemorySaver

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import MemoryStoreError, ModelFileError
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.core.interactions import Interaction, RememberedInteraction
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings, load_settings
from seamless_retail.core.sources import policy_source
from seamless_retail.graphs import Brain, ask, assemble, build_brain, stream_answer
from seamless_retail.graphs.conversation_memory import (
    BACKLOG,
    DeferredConversationMemory,
    RecordedCompressor,
    open_conversation_memory,
    open_memory,
)
from seamless_retail.lobes.recollection import FORGOTTEN, NOT_KEPT, NOTHING, NOTHING_AT_ALL
from seamless_retail.retrievers.lexical import LexicalRetriever

ANA, BEN, GUEST = Principal("C0001"), Principal("C0002"), Principal()
TOLD = "I'm a size M and I hate wool"


class Unsure:
    """Takes every message for small talk: the memory must be recognised without the router's help."""

    def classify(self, texts: Any) -> list[IntentPrediction]:
        return [IntentPrediction(intent=Intent.RETURNS_EXCHANGE, confidence=0.6) for _ in texts]


@pytest.fixture(scope="module")
def policies(shop: SqlShop) -> LexicalRetriever:
    """The policies, found by their words."""
    documents = []
    for source in map(policy_source, shop.policies.all()):
        known = {"source_id": source.id, "title": source.title, "kind": "policy", "start": 0, "end": len(source.text)}
        documents.append(Document(source.text, id=source.id, metadata={**source.metadata, **known}))
    return LexicalRetriever.from_documents(documents)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path, checkpoint_url="none", plugins=False, clara_model="", lobe_deadline_s=60.0)


Open = Callable[..., tuple[Brain, DeferredConversationMemory]]


@pytest.fixture
def open_brain(shop: SqlShop, policies: LexicalRetriever, home: Settings) -> Open:
    """A brain over the demonstration shop with a memory in a folder of the test; each call is a restart."""

    def opened(**changes: object) -> tuple[Brain, Any]:
        settings = home.model_copy(update=changes)
        parts = assemble(settings, shop=shop, retriever=policies, classifier=Unsure())
        return build_brain(parts, checkpointer=InMemorySaver()), parts.conversations

    return opened


def test_what_was_told_in_one_thread_answers_in_a_later_one_for_its_author_alone(open_brain: Open) -> None:
    brain, memory = open_brain()
    ask(brain, TOLD, principal=ANA, thread_id="monday")
    ask(brain, "My order arrived damaged and I am furious", principal=ANA, thread_id="monday")
    ask(brain, "I'm a size XL", principal=BEN, thread_id="monday")
    memory.flush()

    size = ask(brain, "what size am I?", principal=ANA, thread_id="friday")
    assert f"“{TOLD}” [1]" in size["answer"]
    assert size["intent"]["intent"] == Intent.GENERAL_CHAT
    assert [citation["source_id"].partition(":")[0] for citation in size["citations"]] == ["memory"]
    assert size["citations"][0]["quote"] == TOLD
    complaint = ask(brain, "what did I complain about last time?", principal=ANA, thread_id="friday")
    assert "“My order arrived damaged and I am furious” [1]" in complaint["answer"]
    assert any(citation["source_id"].startswith("order:") for citation in complaint["citations"])

    assert "XL" in ask(brain, "what size am I?", principal=BEN)["answer"]
    assert ask(brain, "what did I complain about last time?", principal=BEN)["answer"] == NOTHING_AT_ALL
    guest = ask(brain, "what size am I?", principal=GUEST)
    assert "sign in" in guest["answer"]
    assert "M and I" not in guest["answer"]


def test_the_next_turn_knows_already_and_questions_about_memory_are_not_remembered(open_brain: Open) -> None:
    brain, _ = open_brain()
    ask(brain, TOLD, principal=ANA, thread_id="t")
    for _ in range(2):
        output = ask(brain, "what did I say about wool?", principal=ANA, thread_id="t")
        assert [citation["quote"] for citation in output["citations"]] == [TOLD]
    assert ask(brain, "what did I say about velvet?", principal=ANA)["answer"] == NOTHING


def test_forgetting_is_done_when_it_is_said(open_brain: Open, home: Settings) -> None:
    brain, memory = open_brain()
    ask(brain, TOLD, principal=ANA)
    ask(brain, "I love linen", principal=BEN)
    assert ask(brain, "please forget everything I told you", principal=ANA)["answer"] == FORGOTTEN
    assert ask(brain, "what size am I?", principal=ANA)["answer"] == NOTHING_AT_ALL
    assert "I love linen" in ask(brain, "what do I like?", principal=BEN)["answer"]
    memory.flush()
    files = [path for path in home.memory_folder.rglob("*") if path.is_file()]
    assert files
    assert not any(b"hate wool" in path.read_bytes() for path in files)


def test_it_is_remembered_after_a_restart(open_brain: Open) -> None:
    brain, memory = open_brain()
    ask(brain, TOLD, principal=ANA)
    memory.flush()
    again, _ = open_brain()
    assert TOLD in ask(again, "what size am I?", principal=ANA)["answer"]


def test_turned_off_nothing_is_kept(open_brain: Open, home: Settings) -> None:
    brain, memory = open_brain(memory_enabled=False)
    ask(brain, TOLD, principal=ANA)
    assert memory is None
    assert not home.memory_folder.exists()
    assert ask(brain, "what size am I?", principal=ANA)["answer"] == NOT_KEPT


def test_guests_leave_nothing_and_open_nothing(open_brain: Open, home: Settings) -> None:
    brain, memory = open_brain()
    ask(brain, TOLD, principal=GUEST)
    memory.flush()
    assert not home.memory_folder.exists()


class SlowMemory:
    """Takes as long as the test wants."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.kept: list[str] = []

    def remember(self, principal: Principal, interaction: Interaction) -> None:
        self.go_on.wait(60)
        self.kept.append(interaction.said)

    def recall(self, *arguments: Any, **more: Any) -> list[RememberedInteraction]:
        return []

    def forget(self, principal: Principal) -> int:
        return 0


@pytest.fixture
def slow() -> Iterator[SlowMemory]:
    memory = SlowMemory()
    yield memory
    memory.go_on.set()


def test_no_answer_waits_for_what_it_leaves_to_be_remembered(
    shop: SqlShop, policies: LexicalRetriever, home: Settings, slow: SlowMemory
) -> None:
    deferred = DeferredConversationMemory(lambda: slow, wait_s=0.05)
    parts = assemble(home, shop=shop, retriever=policies, classifier=Unsure(), conversations=deferred)
    brain = build_brain(parts)
    assert [event["type"] for event in stream_answer(brain, TOLD, principal=ANA)][-1] == "final"
    assert slow.kept == []
    with pytest.raises(TimeoutError):
        deferred.recall(ANA, "wool")
    slow.go_on.set()
    deferred.flush(60)
    assert slow.kept == [TOLD]


def test_a_backlog_is_bounded(slow: SlowMemory, caplog: pytest.LogCaptureFixture) -> None:
    deferred = DeferredConversationMemory(lambda: slow, wait_s=1)
    at = Interaction.model_validate({"said": "x", "at": "2026-11-03T00:00:00Z"})
    for _ in range(BACKLOG + 5):
        deferred.remember(ANA, at)
    assert caplog.text.count("is not remembered") == 5
    slow.go_on.set()
    deferred.flush(60)
    assert len(slow.kept) == BACKLOG


def test_a_memory_that_cannot_be_opened_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []

    def fail() -> Any:
        tries.append(time.monotonic())
        raise ModelFileError("The weights are missing.", "Reinstall.")

    deferred = DeferredConversationMemory(fail, wait_s=10)
    for _ in range(3):
        deferred.remember(ANA, Interaction.model_validate({"said": "x", "at": "2026-11-03T00:00:00Z"}))
    deferred.flush(10)
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (len(tries), len(told)) == (3, 1)
    with pytest.raises(ModelFileError):
        deferred.recall(ANA, "x")


ENDING = """
import sys
from seamless_retail.core.interactions import Interaction
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.conversation_memory import open_conversation_memory

memory = open_conversation_memory(load_settings(home=sys.argv[1]))
memory.remember(Principal("C0001"), Interaction.model_validate({"said": "I hate wool", "at": "2026-11-03T00:00:00Z"}))
assert "torch" not in sys.modules, "the answer would have waited for this"
"""


def test_a_process_that_ends_stores_first_what_it_was_told(tmp_path: Path, home: Settings) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", ENDING, str(tmp_path)], capture_output=True, text=True, check=True, timeout=240
    )
    assert finished.stderr == ""
    engine = open_memory(home, compresses=False)
    (batch,) = engine.ledger.entries("C0001")
    assert [entry.text for entry in batch] == ["I hate wool"]
    with pytest.raises(MemoryStoreError, match="without a compressor"):
        engine.compressor.compress(["x"])
    engine.close()


def test_a_folder_without_a_memory_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(MemoryStoreError, match="no memory"):
        RecordedCompressor.of(tmp_path)
    assert open_conversation_memory(load_settings(home=tmp_path, memory_enabled=False)) is None
