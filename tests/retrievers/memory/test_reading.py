"""Memory tokens as tensors: injected into a real decoder, and trained through the choice of documents."""

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraModel
from seamless_retail.retrievers.memory.store import ClaraVectorStore

TEXTS = ["red cotton shirt", "blue rain jacket in a large size for autumn", "oat milk"]


@pytest.fixture
def filled(store: ClaraVectorStore) -> ClaraVectorStore:
    store.add_texts(TEXTS, [{"n": n} for n in range(3)], ids=["0", "1", "2"])
    return store


def test_tokens_stand_one_after_the_other_best_first(filled: ClaraVectorStore) -> None:
    tokens = filled.memory_tokens("oat milk", k=3)
    order = [document.id or "" for document in filled.similarity_search("oat milk", k=3)]
    expected = torch.cat([torch.from_numpy(entry.tokens.copy()) for entry in filled.get_entries(order)])[None]
    assert tokens.dtype == torch.float32 and tokens.shape == (1, 1 + 3 + 1, 32)
    torch.testing.assert_close(tokens, expected)
    assert filled.memory_tokens("x", filter={"n": 9}).shape == (1, 0, 32)


def test_a_decoder_reads_them_as_it_reads_fresh_ones(filled: ClaraVectorStore, clara: ClaraModel) -> None:
    stored = filled.memory_tokens("oat milk", k=1, filter={"n": 2})
    fresh = clara.compress([TEXTS[2]], 16).vectors
    question = clara.embed(torch.tensor([[5, 6, 7]]))
    with torch.no_grad():
        read = [clara.decode(torch.cat([memory, question], 1)).log_softmax(-1) for memory in (stored, fresh)]
    torch.testing.assert_close(read[0], read[1], atol=0.02, rtol=0.01)


def test_the_choice_carries_a_gradient_to_the_question(filled: ClaraVectorStore) -> None:
    hits = filled.search_with_differentiable_topk("oat milk", k=2, candidates=3, temperature=0.5)
    assert (len(hits.ids), hits.chosen.weights.shape, hits.memories.shape) == (3, (1, 2, 3), (1, 2, 3, 32))
    assert hits.ids[int(hits.chosen.indices[0, 0])] == "2"
    torch.testing.assert_close(hits.scores[0, hits.chosen.indices[0, 0]], hits.scores.max())
    hits.memories.pow(2).sum().backward()
    assert hits.question.grad is not None and hits.question.grad.abs().sum() > 0


def test_descending_the_loss_brings_the_wanted_document_to_the_first_place(filled: ClaraVectorStore) -> None:
    """What stage 3 of CLaRa's training does: only the loss on what is read teaches the question."""
    question = torch.nn.Parameter(filled.search_with_differentiable_topk("oat milk").question.detach().clone())
    optimizer = torch.optim.Adam([question], lr=0.05)
    for _ in range(60):
        hits = filled.search_with_differentiable_topk(question, k=1, candidates=3, temperature=0.2)
        wanted = torch.from_numpy(filled.get_entries(["0"])[0].tokens.copy())
        loss = (hits.memories[0, 0, :1] - wanted).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    hits = filled.search_with_differentiable_topk(question, k=1, candidates=3)
    assert hits.ids[int(hits.chosen.indices[0, 0])] == "0"


def test_of_nothing_nothing_is_chosen(store: ClaraVectorStore) -> None:
    hits = store.search_with_differentiable_topk("x", k=2)
    assert hits.ids == [] and hits.chosen.indices.tolist() == [[-1, -1]] and hits.memories.shape == (1, 2, 0, 32)


def test_a_question_of_another_model_is_refused(filled: ClaraVectorStore) -> None:
    with pytest.raises(ConfigurationError, match="cannot be compared"):
        filled.search_with_differentiable_topk(torch.ones(1, 2, 7))
