"""Facts found from any subset of their roles; ambiguity, noise, order, threads."""

import random
import threading
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.associative import AssociativeMemory, RecordMemory
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

ROLES = AssociativeMemory.fixed_roles


class LetterCounts(Embeddings):
    """Embeds by counting letters: quick, and the same text always at the same place."""

    dimension = 26

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0 + text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_every_missing_role_is_found_from_the_others(memory: AssociativeMemory, facts: list[dict[str, str]]) -> None:
    for fact in facts:
        for asked in ROLES:
            best = memory.recollect({role: text for role, text in fact.items() if role != asked})[0]
            assert best.fillers == fact
            assert best.missing == (asked,)
            assert best.score == pytest.approx(1.0)


def test_misspelt_and_paraphrased_cues_find_the_fact(memory: AssociativeMemory) -> None:
    assert memory.query(subject="Ana Kellr", object="wool cooat")[0].fillers["result"] == "very happy with it"
    assert memory.query(subject="Bruno Costa", object="running shoes")[0].fillers["result"] == "wrong size"


def test_one_wrong_role_does_not_hide_the_fact(memory: AssociativeMemory) -> None:
    best = memory.query(subject="Carla Novak", action="asked about", object="peppermint tea")[0]
    assert best.fillers["subject"] == "Bruno Costa"
    assert best.score == pytest.approx(2 / 3, abs=0.05)


def test_an_ambiguous_cue_returns_every_filler_with_the_same_score(memory: AssociativeMemory) -> None:
    memory.store("Anna Keller", "returned", "linen dress", "it was too small")
    found = memory.recall("result", {"subject": "Anna Keller", "action": "returned", "object": "linen dress"}, k=2)
    assert [text for text, _ in found] == ["it was too small", "refunded in full"]
    assert found[0][1] == found[1][1] == pytest.approx(1.0)


def test_storing_twice_is_storing_once(memory: AssociativeMemory, facts: list[dict[str, str]]) -> None:
    before = memory.stats()
    assert memory.store_many([facts[0], facts[0]]) == [next(memory.facts()).id] * 2
    assert memory.stats() == before


def test_deleted_facts_and_their_texts_are_gone(memory: AssociativeMemory) -> None:
    found = memory.query(subject="Bruno Costa", object="peppermint tea", k=1)[0]
    assert memory.delete([found.id, "unknown"]) == 1
    assert memory.get([found.id]) == []
    assert all(best.fillers["object"] != "peppermint tea" for best in memory.query(object="peppermint tea"))
    assert len(memory) == 4
    assert memory.query(subject="Carla Novak")[0].fillers["result"] == "delivered late"


def test_nothing_is_found_in_an_empty_memory_or_below_the_least_score(memory: AssociativeMemory) -> None:
    assert RecordMemory(LetterCounts(), ("key", "value")).recollect({"key": "anything"}) == []
    assert memory.query(subject="a completely different matter", min_score=0.2) == []


@pytest.mark.parametrize(
    ("cue", "k"),
    [
        pytest.param({}, 5, id="no role"),
        pytest.param({"colour": "red"}, 5, id="unknown role"),
        pytest.param({"subject": " "}, 5, id="blank"),
        pytest.param({"subject": "Anna"}, 0, id="k"),
    ],
)
def test_bad_cues_are_refused(memory: AssociativeMemory, cue: dict[str, str], k: int) -> None:
    with pytest.raises(InvalidQueryError):
        memory.recollect(cue, k)


def test_incomplete_and_blank_facts_are_refused_whole(memory: AssociativeMemory, facts: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidQueryError, match="every role"):
        memory.store_many([{**facts[0], "result": "new"}, {"subject": "Anna"}])
    with pytest.raises(InvalidQueryError):
        memory.store("Anna", "bought", "", "happy")
    assert len(memory) == len(facts)


words = st.sampled_from(["anna", "bruno", "tea", "coat", "red", "blue", "late", "lost"])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(words, words, words, words), min_size=1, max_size=8), st.integers(0, 99))
def test_the_order_of_storing_does_not_matter(rows: list[tuple[str, ...]], seed: int) -> None:
    facts = [dict(zip(ROLES, row, strict=True)) for row in rows]
    one, other = AssociativeMemory(LetterCounts()), AssociativeMemory(LetterCounts())
    one.store_many(facts)
    for fact in random.Random(seed).sample(facts, len(facts)):
        other.store(**fact)
    for roles in combinations(ROLES, 2):
        cue = {role: facts[0][role] for role in roles}
        assert one.recollect(cue, 9, -1.0) == other.recollect(cue, 9, -1.0)


def test_a_thousand_facts_are_recalled() -> None:
    rng = np.random.default_rng(0)
    memory = AssociativeMemory(LetterCounts())
    names = [[f"{role} {''.join(rng.choice(list('abcdefghij'), 6))}" for _ in range(40)] for role in ROLES]
    rows = {tuple(str(rng.choice(texts)) for texts in names): None for _ in range(1000)}
    memory.store_many([dict(zip(ROLES, row, strict=True)) for row in rows])
    asked = list(rows)[::25]
    right = sum(
        (*row[:3], memory.recall("result", dict(zip(ROLES[:3], row, strict=False)), k=1)[0][0]) in rows for row in asked
    )
    assert right == len(asked)


def test_an_approximate_index_finds_the_same(embeddings: MiniLMEmbeddings, facts: list[dict[str, str]]) -> None:
    memory = AssociativeMemory(embeddings, index="hnsw")
    ids = memory.store_many(facts)
    memory.delete(ids[:1])
    assert memory.query(subject="Bruno Costa", object="peppermint tea")[0].id == ids[3]
    assert memory.query(subject="Anna Keller", object="linen dress")[0].id != ids[0]


def test_threads_may_store_ask_and_forget_at_once() -> None:
    memory, errors = AssociativeMemory(LetterCounts()), []

    def work(number: int) -> None:
        try:
            view = memory.as_user(f"u{number % 2}")
            for turn in range(6):
                view.store(f"person {number}", "bought", f"thing {turn}", "happy")
                view.query(subject=f"person {number}", object=f"thing {turn}")
                if number == 3 and turn == 3:
                    memory.forget("u1")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(memory.as_user("u0")) == 12
