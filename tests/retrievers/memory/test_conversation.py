"""What customers said is kept without secrets, found again by them alone, faded by time and not by use, told once."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from seamless_retail.core.interactions import Interaction
from seamless_retail.core.principal import Principal
from seamless_retail.retrievers.lexical import tokenize
from seamless_retail.retrievers.memory import conversation
from seamless_retail.retrievers.memory.compressors import EmbeddingCompressor
from seamless_retail.retrievers.memory.conversation import StoredConversations
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.retention import FADED, HALF_LIFE_DAYS, TOLD_HALF_LIFE_DAYS, retention

ANA, BEN, GUEST = Principal("C1"), Principal("C2"), Principal()
START = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


class HashedWords(Embeddings):
    """Feature hashing (Weinberger et al. 2009): a stem is a direction, a text the sum of its stems."""

    def embed_query(self, text: str) -> list[float]:
        vector = np.full(64, 1e-3)
        for stem in tokenize(text):
            digest = hashlib.sha256(stem.encode()).digest()
            vector[digest[0] % 64] += 1 if digest[1] % 2 else -1
        return list(vector)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


class Clock:
    """A time that only the test moves."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def pass_days(self, days: float) -> None:
        self.time += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(folder: Path) -> MemoryEngine:
    return MemoryEngine.open(
        folder, EmbeddingCompressor(HashedWords()), backend="faiss", keep_text=True, layout=None, options={}
    )


@pytest.fixture
def memory(tmp_path: Path, clock: Clock) -> Iterator[StoredConversations]:
    engine = opened(tmp_path / "memory")
    yield StoredConversations(engine, clock)
    engine.close()


@pytest.fixture
def tell(memory: StoredConversations, clock: Clock):
    def remember(said: str, *topics: str, who: Principal = ANA, **more: str) -> None:
        memory.remember(who, Interaction(said=said, at=clock(), topics=topics, **more))

    return remember


def said(found) -> list[str]:
    return [one.said for one in found]


def test_what_was_said_is_found_by_its_words_and_by_its_topic(memory, tell, clock):
    tell("I'm a size M and I hate wool", "size", "preference")
    clock.pass_days(1)
    tell("blue summer dresses under $50")
    clock.pass_days(1)
    tell("My order arrived damaged", "complaint", order_id="ORD-100001")
    assert said(memory.recall(ANA, "wool")) == ["I'm a size M and I hate wool"]
    assert said(memory.recall(ANA, "", topics=("size",))) == ["I'm a size M and I hate wool"]
    complaint = memory.recall(ANA, "", topics=("complaint",))[0]
    assert (complaint.order_id, complaint.first, complaint.last) == ("ORD-100001", clock(), clock())
    assert memory.recall(ANA, "", topics=("allergy",)) == []
    assert memory.recall(ANA, "submarine") == []


def test_without_a_word_of_content_the_latest_come_first(memory, tell, clock):
    for text in ("about boots", "about coats", "about hats"):
        tell(text)
        clock.pass_days(1)
    assert said(memory.recall(ANA, "", limit=2)) == ["about hats", "about coats"]


def test_nobody_reads_what_another_said(memory, tell):
    tell("I hate wool", "preference")
    tell("I love wool", "preference", who=BEN)
    tell("I am a guest who hates wool", "preference", who=GUEST)
    assert said(memory.recall(ANA, "wool")) == ["I hate wool"]
    assert said(memory.recall(BEN, "", topics=("preference",))) == ["I love wool"]
    assert memory.recall(GUEST, "wool") == []
    assert memory.recall(Principal("c1"), "wool") == []
    assert set(memory.engine.ledger.counts()) == {"C1", "C2"}


def test_other_entries_of_a_customer_are_not_taken_for_what_they_said(memory, tell):
    compressed = memory.engine.compressor.compress(["wool"])[0]
    for owner in ("C1", ""):
        memory.engine.put(
            [conversation.MemoryEntry("x", owner, "wool", {"kind": "note"}, compressed.tokens, compressed.vector)]
        )
    assert memory.recall(ANA, "wool") == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my card is 4111 1111 1111 1111, charge it", "my card is (card), charge it"),
        ("write to ana.ruiz@example.com please", "write to (email) please"),
        ("call me on (503) 555-0118 about wool", "call me on (phone) about wool"),
        ("my password is hunter2!", "my password is (secret)"),
        ("order ORD-100001 and #W2611340 came late", "order ORD-100001 and #W2611340 came late"),
        ("size 41\u202e and\n42 [1] </evidence>", "size 41 and 42 (1) ‹/evidence›"),
    ],
)
def test_secrets_and_marks_are_taken_out_before_anything_is_written(memory, tell, tmp_path, text, kept):
    tell(text, "complaint")
    assert said(memory.all(ANA)) == [kept]
    memory.engine.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "memory").rglob("*") if path.is_file())
    for secret in ("4111", "ana.ruiz", "555-0118", "hunter2"):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("first", "again", "entries"),
    [
        ("I hate wool!", "i hate WOOL", 1),
        ("I hate wool", "I hate the wool.", 1),
        ("I'm a size M", "I'm a size L", 2),
        ("my shoe size is 41", "my shoe size is 42", 2),
        ("I like wool", "I do not like wool", 2),
        ("I hate wool", "I love wool", 2),
        ("I hate wool", "I hate silk", 2),
    ],
)
def test_what_is_said_again_updates_and_what_differs_is_added(memory, tell, clock, first, again, entries):
    tell(first, "preference")
    clock.pass_days(2)
    tell(again, "preference")
    found = memory.all(ANA)
    assert len(found) == entries
    assert found[-1].said == again
    assert found[-1].times == 3 - entries
    assert found[-1].last == clock()
    assert found[0].first == START


def test_the_same_complaint_about_another_order_is_another(memory, tell):
    tell("it arrived broken", "complaint", order_id="ORD-100001")
    tell("it arrived broken", "complaint", order_id="ORD-100002")
    assert len(memory.all(ANA)) == 2


def test_what_was_told_halves_in_half_a_year_and_every_use_makes_it_last_longer(memory, tell, clock):
    tell("I hate wool", "preference")
    clock.pass_days(TOLD_HALF_LIFE_DAYS)
    assert memory.all(ANA)[0].retention == pytest.approx(0.5)
    memory.recall(ANA, "wool")
    assert memory.all(ANA)[0].retention == 1.0
    clock.pass_days(TOLD_HALF_LIFE_DAYS)
    assert memory.all(ANA)[0].retention == pytest.approx(2**-0.5)


def test_a_question_fades_sooner_than_what_was_told_and_is_then_taken_out(memory, tell, clock):
    tell("blue wool dresses")
    tell("I hate wool", "preference")
    assert said(memory.recall(ANA, "wool dresses")) == ["blue wool dresses", "I hate wool"]
    memory.forget(ANA)
    tell("blue wool dresses")
    tell("I hate wool", "preference")
    clock.pass_days(6 * HALF_LIFE_DAYS)
    memory = StoredConversations(memory.engine, clock)
    assert retention(6 * HALF_LIFE_DAYS, 1, ()) < FADED
    memory.remember(ANA, Interaction(said="I'm a size M", at=clock(), topics=("size",)))
    assert said(memory.all(ANA)) == ["I hate wool", "I'm a size M"]


def test_of_two_that_answer_alike_the_fresher_comes_first(memory, tell, clock):
    tell("wool coats in red")
    clock.pass_days(40)
    tell("wool coats in green")
    assert said(memory.recall(ANA, "wool coats")) == ["wool coats in green", "wool coats in red"]


def test_a_customer_who_says_much_has_a_bounded_memory(memory, tell, clock, monkeypatch):
    monkeypatch.setattr(conversation, "MAX_KEPT", 3)
    monkeypatch.setattr(conversation, "TIDIED", 2)
    tell("I hate wool", "preference")
    for text in ("boots please", "coats please", "hats please", "socks please"):  # the last is followed by a look
        clock.pass_days(1)
        tell(text)
    assert said(memory.all(ANA)) == ["I hate wool", "hats please", "socks please"]


def test_it_is_there_after_a_restart_and_no_byte_of_it_after_forgetting(memory, tell, tmp_path):
    folder = tmp_path / "memory"
    tell("the zibeline coat scratched me", "complaint")
    tell("I hate wool", "preference", who=BEN)
    memory.engine.close()
    again = StoredConversations(opened(folder))
    assert said(again.recall(ANA, "zibeline coat")) == ["the zibeline coat scratched me"]
    assert again.forget(ANA) == 1
    assert again.recall(ANA, "") == []
    assert said(again.recall(BEN, "")) == ["I hate wool"]
    assert again.forget(GUEST) == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not any(b"zibeline" in path.read_bytes() for path in files)
    again.engine.close()
