"""Packing changes the cost of a batch and nothing else: logits and losses are those of unpacked prompts."""

import copy
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraConfig, ClaraModel
from seamless_retail.models.clara.losses import IGNORED, answer_loss
from seamless_retail.models.clara.packing import pack
from seamless_retail.training.clara.collation import FULL_TEXT, Batch, Collator, Prompts, sampled
from seamless_retail.training.clara.config import Stage1
from seamless_retail.training.clara.objectives import ReadObjective, labelled_logits, spliced
from seamless_retail.training.clara.records import Record, Turn
from seamless_retail.training.clara.tokenizer import train_tokenizer

SETTINGS: dict[str, Any] = {
    "train_base": True, "prompt": "compact", "span_tokens": 16, "max_memory": 32, "max_prompt_tokens": 256,
    "rates": (2, 4, 8), "lora_r": 4, "lora_dropout": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> ClaraModel:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = train_tokenizer(["Item Brand: Nora Color: red Price: 12 Who makes it? What color is it?"] * 9, 300)
    torch.manual_seed(0)
    base = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256, initializer_range=0.3,
        )
    )  # fmt: skip
    return ClaraModel.from_base(base, tokenizer, ClaraConfig(**SETTINGS))


@pytest.fixture
def collator(model: ClaraModel) -> Collator:
    return Collator(Prompts(copy.deepcopy(model.tokenizer), "compact"), model.config)


def test_our_tokenizer_spells_numbers_and_writes_any_text() -> None:
    tokenizer = train_tokenizer(["the price is 1299", "the price is 1299"], 400)
    ids = tokenizer("1299", add_special_tokens=False)["input_ids"]
    assert [tokenizer.decode([i]) for i in ids] == ["1", "2", "9", "9"]
    assert tokenizer.decode(tokenizer("Ærø 🧥")["input_ids"]) == "Ærø 🧥"


def test_texts_learned_together_have_the_ids_of_texts_read_alone(collator: Collator) -> None:
    texts = ["Item 1", "<doc> is written here", "red"]
    alone = [collator.prompts.text(text) for text in texts]
    collator.prompts.learn(texts)
    assert [collator.prompts.text(text) for text in texts] == alone
    assert collator.prompts.text("never learned")


@torch.no_grad()
def test_packed_questions_have_the_loss_of_unpacked_ones(
    model: ClaraModel, collator: Collator, records: list[Record]
) -> None:
    batch = collator.packed(records, FULL_TEXT)
    found = ReadObjective(model)(batch)["answer"]
    total = count = 0.0
    for record in records:
        for turn in record.turns:
            single = collator.prompts
            tail = single.rewrite() if turn.question is None else single.question(turn.question)
            prompt = [i for piece in (single.prefix(record.documents) + tail).pieces for i in piece.ids]
            answer = single.answer(turn.answer)
            ids, labels = torch.tensor([[*prompt, *answer]]), torch.tensor([[IGNORED] * len(prompt) + [*answer]])
            loss = answer_loss(model.decode(model.embed(ids), role=None), labels)
            total, count = total + float(loss) * len(answer), count + len(answer)
    assert float(found) == pytest.approx(total / count, rel=1e-5)


@torch.no_grad()
def test_memories_stand_where_the_prompt_says(model: ClaraModel, collator: Collator, records: list[Record]) -> None:
    batch = collator.packed(records, 4)
    encoded = model.encode(batch.span_ids, batch.span_mask, batch.rate)
    mixed = spliced(model.embed(batch.layout.input_ids), batch.layout, encoded.memory[encoded.memory_mask])
    for row, record in enumerate(records):
        memories = model.compress(record.documents, rate=4).rows()
        prefix = collator.prompts.prefix([None]).embed(model, memories)
        torch.testing.assert_close(mixed[row, : len(prefix)], prefix)


@torch.no_grad()
def test_long_documents_are_read_in_spans_as_compress_does(model: ClaraModel, collator: Collator) -> None:
    long = Record(("Brand: Nora Color: red " * 4,), (Turn("Who makes it?", "Nora"),))
    batch = collator.packed([long], 4)
    assert len(batch.span_ids) > 1
    encoded = model.encode(batch.span_ids, batch.span_mask, batch.rate)
    (expected,) = model.compress(long.documents, rate=4).rows()
    torch.testing.assert_close(encoded.memory[encoded.memory_mask], expected)


@torch.no_grad()
def test_logits_of_labelled_places_are_those_of_the_whole_row(
    model: ClaraModel, collator: Collator, records: list[Record]
) -> None:
    layout = collator.packed(records, FULL_TEXT).layout
    embeddings = model.embed(layout.input_ids)
    whole = model.decode(embeddings, layout.mask, layout.position_ids, role="generator")
    found = labelled_logits(model, embeddings, layout, "generator")
    torch.testing.assert_close(found, whole.flatten(0, 1)[layout.places])
    assert model.decode(embeddings, layout.mask).shape == whole.shape, "the hook is gone"


def test_questions_that_are_not_isolated_share_one_segment(
    model: ClaraModel, collator: Collator, records: list[Record]
) -> None:
    joined = Collator(collator.prompts, model.config, isolate=False)
    one, many = joined.packed(records, FULL_TEXT).layout, collator.packed(records, FULL_TEXT).layout
    assert torch.equal(one.labels, many.labels)
    assert int(one.mask.sum()) > int(many.mask.sum())


def test_the_rate_rises_until_a_document_stays_below_the_cap(model: ClaraModel, collator: Collator) -> None:
    text = "red " * 90
    tokens = len(collator.prompts.text(text))
    record = Record((text,), (Turn("What?", "red"),))
    batch: Batch = collator.packed([record], 2)
    assert tokens / 2 > model.config.max_memory >= tokens / 4
    assert batch.rate == 4
    with pytest.raises(ConfigurationError, match="max_memory"):
        collator.packed([Record((text * 9,), record.turns)], 2)
    with pytest.raises(ConfigurationError, match="max_prompt_tokens"):
        collator.packed([Record((text * 3,), record.turns)], FULL_TEXT)


@torch.no_grad()
def test_exact_counts_answers_that_are_right_to_the_last_token(
    model: ClaraModel, collator: Collator, records: list[Record]
) -> None:
    batch = collator.packed(records, FULL_TEXT)
    logits = labelled_logits(model, model.embed(batch.layout.input_ids), batch.layout, None)
    batch.layout.labels = logits.argmax(-1)
    assert float(ReadObjective(model)(batch)["exact"]) == 1.0
    batch.layout.labels[0] += 1
    assert float(ReadObjective(model)(batch)["exact"]) == pytest.approx(4 / 5), "one of five answers is now wrong"


@pytest.mark.parametrize(("kept", "moves"), [("document", False), ("none", True)])
def test_alignment_holds_the_document_still_when_asked(
    model: ClaraModel, collator: Collator, records: list[Record], kept: Any, moves: bool
) -> None:
    batch = collator.packed(records, 4)
    states: list[torch.Tensor] = []
    original = model.encode

    def encode(*arguments: Any, **options: Any) -> Any:
        found = original(*arguments, **options)
        found.text_mean.retain_grad()
        states.append(found.text_mean)
        return found

    model.encode = encode  # type: ignore[method-assign]
    try:
        ReadObjective(model, Stage1(alignment_detach=kept))(batch)["loss"].backward()
    finally:
        del model.encode
        model.zero_grad()
    assert (states[0].grad is not None) is moves


def test_a_sample_keeps_track_of_the_right_documents() -> None:
    from random import Random

    record = Record(("a", "b", "c"), (Turn("?", "!"),) * 5, (2,))
    for seed in range(9):
        found = sampled(record, 2, None, True, Random(seed))
        assert found.documents[found.positives[0]] == "c"
        assert len(found.turns) == 2
    assert sampled(record, 9, 2, False, Random(0)) == Record(("a", "b"), record.turns, ())


def test_pack_and_layout_agree(model: ClaraModel, collator: Collator, records: list[Record]) -> None:
    layout = collator.packed(records[:1], FULL_TEXT).layout
    prefix = sum(len(piece.ids) for piece in collator.prompts.prefix(records[0].documents).pieces)
    sizes = [
        len(collator.prompts.answer(turn.answer))
        + sum(
            len(piece.ids)
            for piece in (
                collator.prompts.rewrite() if turn.question is None else collator.prompts.question(turn.question)
            ).pieces
        )
        for turn in records[0].turns
    ]
    assert torch.equal(layout.mask, pack([prefix], [sizes]).mask)
