import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from langchain_core.documents import Document
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, MissingExtraError, ModelFileError
from seamless_retail.models.clara import ClaraConfig, ClaraModel, spans
from seamless_retail.models.clara.losses import alignment_loss, answer_loss
from seamless_retail.models.clara.model import Encoded
from seamless_retail.models.clara.packing import pack

FAMILIES = ("llama", "mistral", "qwen2", "phi")


def long_text(texts: tuple[str, ...], times: int) -> str:
    return " ".join(f"{i}. {text}" for i in range(times) for text in texts)


def tokens_of(model: ClaraModel, text: str) -> int:
    return len(model.tokenizer(text, add_special_tokens=False)["input_ids"])


# --- encode and decode ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_padding_does_not_leak_into_a_memory(make_model: Callable[..., ClaraModel], family: str, readout: str) -> None:
    model = make_model(family, readout=readout)
    ids = torch.tensor([[8, 9, 10, 11, 12, 13, 14], [20, 21, 22, 99, 98, 97, 96]])
    mask = torch.tensor([[1] * 7, [1, 1, 1, 0, 0, 0, 0]])
    with torch.no_grad():
        both, alone = model.encode(ids, mask, 2), model.encode(ids[1:, :3], mask[1:, :3], 2)
    assert both.memory_mask.sum(1).tolist() == [4, 2]
    assert torch.allclose(both.memory[1, :2], alone.memory[0], atol=1e-5)
    assert torch.allclose(both.text_mean[1], alone.text_mean[0], atol=1e-5)
    assert torch.allclose(both.memory_mean[1], alone.memory[0].mean(0), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_reader_is_the_base_itself(
    make_model: Callable[..., ClaraModel], make_base: Callable[..., PreTrainedModel], family: str
) -> None:
    """Role None is what a plain transformers model computes, trained adapters or not."""
    model, base = make_model(family), make_base(family)
    ids = torch.tensor([[8, 9, 10, 11]])
    with torch.no_grad():
        assert torch.equal(model.decode(model.embed(ids), role=None), base(ids).logits)
        assert torch.equal(model(ids)["logits"], base(ids).logits)


def test_a_prompt_may_be_padded_on_either_side(model: ClaraModel) -> None:
    """Training pads on the right, generation on the left: the logits of the real tokens are the same."""
    ids = torch.tensor([[8, 9, 10]])
    pad = torch.zeros(1, 2, dtype=torch.long)
    ones, zeros = torch.ones(1, 3, dtype=torch.long), torch.zeros(1, 2, dtype=torch.long)
    with torch.no_grad():
        plain = model.decode(model.embed(ids))
        right = model.decode(model.embed(torch.cat([ids, pad], 1)), torch.cat([ones, zeros], 1))[:, :3]
        left = model.decode(model.embed(torch.cat([pad, ids], 1)), torch.cat([zeros, ones], 1))[:, 2:]
    assert torch.allclose(plain, right, atol=1e-5)
    assert torch.allclose(plain, left, atol=1e-5)


def test_the_gradient_of_an_answer_agrees_with_finite_differences(make_model: Callable[..., ClaraModel]) -> None:
    """Through decode, memories and encode: the derivative along a random direction of the compressor.

    Phi, because its layer norm is the only one of the four that keeps to float64.
    """
    model = make_model("phi", lora_dropout=0.0).double()
    ids, asked = torch.tensor([[8, 9, 10, 11, 12]]), torch.tensor([[30, 31, 32]])

    def loss() -> Tensor:
        encoded = model.encode(ids, ids > 0, 2)
        logits = model.decode(torch.cat([encoded.memory, model.embed(asked)], 1))
        return logits[:, -3:-1].log_softmax(-1).gather(-1, asked[:, 1:, None]).sum()

    weights = model.part("compressor")
    generator = torch.Generator().manual_seed(0)
    directions = [torch.randn(weight.shape, generator=generator, dtype=torch.double) for weight in weights]
    gradients = torch.autograd.grad(loss(), weights)
    slope = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True))
    ends = []
    for step in (1e-5, -2e-5):  # to +h, then on to -h
        with torch.no_grad():
            for weight, direction in zip(weights, directions, strict=True):
                weight.add_(step * direction)
            ends.append(loss().item())
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


def test_added_tokens_have_rows_of_their_own_that_learn(
    make_base: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerFast
) -> None:
    """A base whose vocabulary lacks our last four tokens: they start as the average and can be trained."""
    base = make_base(vocab_size=len(tokenizer) - 4)
    model = ClaraModel.from_base(base, tokenizer, ClaraConfig(lora_r=2))
    assert model.config.extra_tokens == 4
    ids = torch.tensor([[8, len(tokenizer) - 1]])
    embedded = model.embed(ids)
    table = model.base.get_input_embeddings().weight
    assert torch.equal(embedded[0, 0], table[8])
    assert torch.allclose(embedded[0, 1], table.mean(0))
    assert "new_tokens" in model.trainable("stage1")
    model.embed(ids).sum().backward()
    assert model.new_tokens is not None
    assert model.new_tokens.grad is not None
    assert model.new_tokens.grad.abs().sum(1).tolist() == [0.0, 0.0, 0.0, 32.0]


# --- compress ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [4, 8, 16, 32, 64, 128])
@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_the_count_is_tokens_over_rate_at_every_rate(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...], rate: int, readout: str
) -> None:
    """One model, every rate, short texts and ones of several spans (64 tokens here)."""
    model = make_model(readout=readout)
    documents = [*texts, long_text(texts, 3)]
    memories = model.compress(documents, rate=rate)
    expected = tuple(-(-tokens_of(model, document) // rate) for document in documents)
    assert memories.counts == expected
    assert max(expected) > 1
    assert [record.rate for record in memories.provenance] == [rate] * 5


def test_compress_is_deterministic_and_needs_no_eval(model: ClaraModel, texts: tuple[str, ...]) -> None:
    """The reference compresses with dropout on; ours gives the same bits, and leaves a training model in training."""
    model.train()
    first = model.compress(texts)
    assert model.training
    model.train(False)
    second = model.compress(texts)
    assert torch.equal(first.vectors, second.vectors)
    assert not first.vectors.requires_grad


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_a_batch_gives_what_one_by_one_gives(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...], family: str, readout: str
) -> None:
    model = make_model(family, readout=readout)
    documents = [long_text(texts, 2), *texts, "Ok"]
    together = model.compress(documents, rate=4)
    for i, document in enumerate(documents):
        alone = model.compress([document], rate=4)
        assert alone.counts == (together.counts[i],)
        assert torch.allclose(alone.vectors[0], together.vectors[i][together.mask[i]], atol=1e-5)
        assert alone.provenance[0] == together.provenance[i]


def test_batches_keep_to_the_token_budget(
    model: ClaraModel, texts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []
    encode = model.encode

    def counted(ids: Tensor, *rest: Any) -> Encoded:
        sizes.append((ids.shape[0], ids.shape[1]))
        return encode(ids, *rest)

    monkeypatch.setattr(model, "encode", counted)
    done: list[tuple[int, int]] = []
    memories = model.compress([*texts] * 3, token_budget=100, progress=lambda *at: done.append(at))
    assert len(memories) == 12
    assert len(sizes) > 1
    assert all(rows * width <= 100 or rows == 1 for rows, width in sizes)
    assert done[-1][0] == done[-1][1] == sum(record.tokens for record in memories.provenance)


def test_batches_hold_texts_of_like_length_and_lose_none() -> None:
    lengths = [5, 50, 6, 49, 200, 1]
    found = list(spans.batches(lengths, 100))
    assert found == [[5, 0, 2], [3, 1], [4]]  # 200 exceeds the budget and goes alone


def test_provenance_says_where_every_vector_comes_from(model: ClaraModel, texts: tuple[str, ...]) -> None:
    text = long_text(texts, 2)
    record = model.compress([Document(page_content=text, id="policy-7")], rate=8).provenance[0]
    assert record.document_id == "policy-7"
    assert record.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert record.tokens == tokens_of(model, text)
    assert "".join(text[start:end] for start, end in record.spans) == text
    first = text[slice(*record.spans[0])]
    assert tokens_of(model, first) == 8


def test_documents_are_known_by_id_metadata_or_hash(model: ClaraModel) -> None:
    documents: list[str | Document] = [
        Document(page_content="a b", metadata={"id": "m1"}),
        Document(page_content="c d"),
        "c d",
    ]
    names = [record.document_id for record in model.compress(documents).provenance]
    assert names == ["m1", *[hashlib.sha256(b"c d").hexdigest()[:16]] * 2]


def test_a_document_above_the_cap_is_pooled_again_not_cut(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...]
) -> None:
    """The capped memories are token-weighted means of the uncapped ones, and their spans still cover the whole text."""
    text = long_text(texts, 4)
    free, capped = make_model(max_memory=10_000), make_model(max_memory=10)
    whole, pooled = free.compress([text], rate=4), capped.compress([text], rate=4)
    tokens = tokens_of(free, text)
    count = -(-tokens // 4)
    group = -(-count // 10)
    assert pooled.counts == (-(-count // group),)
    assert pooled.counts[0] <= 10
    record = pooled.provenance[0]
    assert "".join(text[start:end] for start, end in record.spans) == text
    assert torch.allclose(pooled.vectors[0, 0], whole.vectors[0, :group].mean(0), atol=1e-5)
    weights = torch.tensor([4.0] * (count - 1) + [tokens - 4.0 * (count - 1)])
    rest = slice((pooled.counts[0] - 1) * group, count)
    expected = (whole.vectors[0, rest] * weights[rest, None]).sum(0) / weights[rest].sum()
    assert torch.allclose(pooled.vectors[0, -1], expected, atol=1e-5)


def test_a_rate_above_the_span_pools_over_spans(make_model: Callable[..., ClaraModel], texts: tuple[str, ...]) -> None:
    """Windows of 128 tokens over spans of 64: each is the mean of two windows of 64."""
    model = make_model(span_tokens=64)
    text = long_text(texts, 3)
    coarse, fine = model.compress([text], rate=128), model.compress([text], rate=64)
    assert coarse.counts[0] == -(-tokens_of(model, text) // 128)
    assert torch.allclose(coarse.vectors[0, 0], fine.vectors[0, :2].mean(0), atol=1e-5)


@pytest.mark.parametrize(
    ("rate", "span", "inside", "group"), [(16, 256, 16, 1), (48, 100, 48, 1), (128, 64, 64, 2), (101, 64, 1, 101)]
)
def test_every_rate_has_a_plan_that_multiplies_to_it(rate: int, span: int, inside: int, group: int) -> None:
    found = spans.plan(ClaraConfig(span_tokens=span), rate)
    assert (found.rate, found.group) == (inside, group)
    assert found.span_tokens % found.rate == 0
    assert found.span_tokens <= span


@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_the_fixed_mode_gives_every_document_the_same_count(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...], readout: str
) -> None:
    """As in the paper, except that a document longer than a span is pooled to the count, where the paper drops it."""
    model = make_model(readout=readout, count="fixed")
    memories = model.compress([*texts, long_text(texts, 3)], rate=16)
    assert memories.counts == (4,) * 5  # 64-token spans / 16
    assert model.score(memories, memories, "flat").diagonal().tolist() == pytest.approx([1.0] * 5, abs=1e-5)


def test_empty_texts_and_empty_lists_are_no_error(model: ClaraModel) -> None:
    assert len(model.compress([])) == 0
    memories = model.compress(["", "A blue rain jacket"])
    assert memories.counts == (0, 1)
    assert memories.provenance[0].tokens == 0
    assert model.compress([""]).vectors.shape == (1, 0, 32)


def test_broken_text_is_named_by_its_place(model: ClaraModel) -> None:
    with pytest.raises(InvalidQueryError, match="Text 1 is not valid Unicode at character 2"):
        model.compress(["fine", "ab\ud800"])


@pytest.mark.parametrize("rate", [0, -4, 2.5])
def test_a_rate_must_count(model: ClaraModel, rate: int) -> None:
    with pytest.raises(ConfigurationError, match="expected a whole number of at least 1"):
        model.compress(["a"], rate=rate)


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_memories_are_near_the_float32_ones(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...], family: str
) -> None:
    """Cosine above 0.98: half precision rounds, but the direction that the decoder reads stays."""
    exact = make_model(family).compress(texts)
    half = make_model(family).bfloat16().compress(texts)
    assert half.vectors.dtype == torch.bfloat16
    assert half.nbytes == exact.nbytes // 2
    cosine = torch.nn.functional.cosine_similarity(exact.vectors[exact.mask], half.vectors[half.mask].float(), dim=-1)
    assert float(cosine.min()) > 0.98


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_a_training_step_under_autocast_reaches_everything(
    make_model: Callable[..., ClaraModel], attention: str, readout: str
) -> None:
    """The recipes' setting: float32 weights, bfloat16 products, checkpointing, packed questions, both losses."""
    model = make_model(attn_implementation=attention, readout=readout, train_base=True, lora_dropout=0.0)
    model.trainable("stage1")
    model.train()
    model.gradient_checkpointing_enable()
    ids, asked = torch.tensor([[8, 9, 10, 11, 12]]), torch.tensor([[30, 31, 32, 33]])
    with torch.autocast("cpu", torch.bfloat16):
        encoded = model.encode(ids, ids > 0, 2)
        packed = pack([3], [[2, 2]])
        prompt = torch.cat([encoded.memory, model.embed(asked)], 1)
        logits = model.decode(prompt, packed.mask, packed.position_ids)
        labels = torch.cat([torch.full((1, 3), -100), asked], 1)
        loss = answer_loss(logits, labels) + 0.1 * alignment_loss(encoded.text_mean, encoded.memory_mean)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


# --- queries -------------------------------------------------------------------------------------------------------


def test_questions_are_encoded_by_the_reasoner_once_there_is_one(model: ClaraModel) -> None:
    """Before stage 3 the compressor stands in: it is what the reasoner will be a copy of."""
    question = "What is the red shirt made of?"
    before = model.query([question])
    assert torch.equal(before.vectors, model.compress([question], rate=4).vectors)
    model.add_role("reasoner", source="compressor")
    assert torch.equal(model.query([question]).vectors, before.vectors)
    with torch.no_grad():
        model.part("reasoner")[1].add_(1.0)
    assert not torch.allclose(model.query([question]).vectors, before.vectors)


@pytest.mark.parametrize("kind", ["late", "pooled"])
def test_a_text_scores_itself_highest(model: ClaraModel, texts: tuple[str, ...], kind: str) -> None:
    memories = model.compress(texts, rate=4)
    scores = model.score(memories, memories, kind)
    assert scores.shape == (4, 4)
    assert scores.argmax(1).tolist() == [0, 1, 2, 3]
    assert scores.diagonal().tolist() == pytest.approx([1.0] * 4, abs=1e-5)


# --- building ------------------------------------------------------------------------------------------------------


def test_building_twice_gives_the_same_weights(make_model: Callable[..., ClaraModel]) -> None:
    """Adapters are seeded, whatever the state of the global generator, which they leave alone."""
    first = make_model(trained=False)
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    second = ClaraModel.from_base(first.roles.merged(None), first.tokenizer, first.config)
    assert torch.equal(torch.random.get_rng_state(), before)
    for role in first.roles.names:
        assert all(torch.equal(a, b) for a, b in zip(first.part(role), second.part(role), strict=True))


def test_a_tokenizer_without_offsets_is_refused(make_base: Callable[..., PreTrainedModel]) -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ConfigurationError, match="Slow is not a fast tokenizer"):
        ClaraModel.from_base(make_base(), Slow())


def test_the_callers_configuration_is_not_changed(make_base: Callable[..., PreTrainedModel], tokenizer: object) -> None:
    config = ClaraConfig(lora_r=2)
    ClaraModel.from_base(make_base(), tokenizer, config)
    assert config.base is None


def test_a_base_that_does_not_exist_is_named(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ModelFileError, match="'no/such-base' cannot be loaded"):
        ClaraModel.from_base("no/such-base", tokenizer)


def test_quantisation_needs_a_name_and_bitsandbytes(
    make_base: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ClaraConfig(quantization="int4")
    with pytest.raises(ConfigurationError, match="already in memory"):
        ClaraModel.from_base(make_base(), tokenizer, config)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="An int4 base needs packages"):
        ClaraModel.from_base("some/base", tokenizer, config)


@pytest.mark.parametrize(("kind", "field"), [("int8", "load_in_8bit"), ("int4", "load_in_4bit")])
def test_the_quantisation_reaches_the_loader(
    make_base: Callable[..., PreTrainedModel],
    tokenizer: PreTrainedTokenizerFast,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    field: str,
) -> None:
    """bitsandbytes is not a test dependency: what is pinned is the configuration handed to transformers."""
    asked = {}

    def load(name: str, **options: object) -> tuple[PreTrainedModel, dict[str, list[str]]]:
        asked.update(options)
        return make_base(), {"missing_keys": []}

    monkeypatch.setattr("seamless_retail.models.clara.saving.AutoModelForCausalLM.from_pretrained", load)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("transformers.BitsAndBytesConfig", lambda **settings: settings)
    ClaraModel.from_base("some/base", tokenizer, ClaraConfig(quantization=kind, lora_r=2))
    assert asked["quantization_config"][field] is True  # type: ignore[index]
