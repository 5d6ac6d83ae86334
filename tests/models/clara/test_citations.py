"""Citations: the attention mass against a plain pass over prompt and answer, and where each citation points."""

from collections.abc import Callable

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerBase

from seamless_retail.models.clara import ClaraConfig, ClaraModel
from seamless_retail.models.clara.citations import attention_of, cite
from seamless_retail.models.clara.generation import ClaraGenerator
from seamless_retail.models.clara.memory import Provenance
from seamless_retail.models.clara.streaming import Batch, Row, Sampling, TextStream, decode

LENGTHS = (9, 14)


def _decoded(model: ClaraModel, tokenizer: PreTrainedTokenizerBase) -> tuple[list[torch.Tensor], Batch, list[Row]]:
    generator = torch.Generator().manual_seed(5)
    prompts = [model.embed(torch.randint(8, 290, (n,), generator=generator)).detach() for n in LENGTHS]
    batch, rows = Batch.of(prompts, "generator"), [Row(i, TextStream(tokenizer)) for i in range(2)]
    for _ in decode(model, batch, rows, Sampling(max_new_tokens=5), {2}):
        pass
    return prompts, batch, rows


def _expected(model: ClaraModel, prompt: torch.Tensor, row: Row) -> torch.Tensor:
    """One pass over one prompt and its answer, with eager attention and nothing else of ours."""
    answer = model.embed(torch.tensor(row.tokens[:-1], dtype=torch.long))
    with torch.no_grad(), model.role("generator") as lm:
        lm.set_attn_implementation("eager")
        attentions = lm(inputs_embeds=torch.cat([prompt, answer])[None], output_attentions=True).attentions
        lm.set_attn_implementation("sdpa")
    return torch.stack(attentions).mean((0, 1, 2))[len(prompt) - 1 :, : len(prompt)].mean(0)


@pytest.mark.parametrize("family", ["llama", "phi"])
def test_mass_is_the_mean_attention_of_the_places_that_wrote_the_answer(
    make_model: Callable[..., ClaraModel], tokenizer: PreTrainedTokenizerBase, family: str
) -> None:
    """The cached, batched and padded computation against a plain one."""
    model = make_model(family)
    prompts, batch, rows = _decoded(model, tokenizer)
    mass = attention_of(model, batch, rows)
    for i, (prompt, row) in enumerate(zip(prompts, rows, strict=True)):
        assert torch.allclose(mass[i, -len(prompt) :], _expected(model, prompt, row), atol=1e-5)
        assert float(mass[i, : -len(prompt)].sum()) == pytest.approx(0, abs=1e-6)
    assert model.base.config._attn_implementation == "sdpa"


def test_a_cache_that_cannot_go_back_is_done_without(tokenizer: PreTrainedTokenizerBase) -> None:
    """Mistral with a sliding window shorter than the prompt forgets it; the pass is then run in full."""
    torch.manual_seed(7)
    settings = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    base = AutoConfig.for_model(
        "mistral", vocab_size=len(tokenizer), num_key_value_heads=2, sliding_window=8, initializer_range=0.2, **settings
    )
    lm = AutoModelForCausalLM.from_config(base, attn_implementation="sdpa")  # type: ignore[no-untyped-call]  # theirs
    model = ClaraModel.from_base(lm, tokenizer, ClaraConfig(prompt="compact", lora_r=2))
    prompts, batch, rows = _decoded(model, tokenizer)
    with pytest.raises((RuntimeError, ValueError)):
        batch.cache.crop(-1)
    mass = attention_of(model, batch, rows)
    for i, (prompt, row) in enumerate(zip(prompts, rows, strict=True)):
        assert torch.allclose(mass[i, -len(prompt) :], _expected(model, prompt, row), atol=1e-5)


def test_documents_are_ordered_by_their_share() -> None:
    """Numbers by hand: .1 + .1 against .2 + .4, the second document's last vector the most attended."""
    mass = torch.tensor([0.1, 0.1, 0.1, 0.05, 0.2, 0.4, 0.05])
    sources = [
        Provenance("P1", "aa", 9, 16, ((0, 20), (20, 31))),
        Provenance("P2", "bb", 9, 16, ((0, 18), (18, 40))),
    ]
    first, second = cite(mass, {0: (1, 3), 1: (4, 6)}, sources)
    assert (first.document, first.document_id, first.sha256) == (1, "P2", "bb")
    assert [first.share, first.mass] == pytest.approx([0.75, 0.6])
    assert (first.start, first.end) == (18, 40)
    assert (second.document_id, second.start, second.end) == ("P1", 0, 20)
    assert second.share == pytest.approx(0.25)


def test_citations_name_documents_and_their_text(model: ClaraModel, texts: tuple[str, ...]) -> None:
    """A span cuts the cited words out of the document; full text is cited whole."""
    generator = ClaraGenerator(model)
    [by_memory] = generator.generate_from_memory(["Why?"], [model.compress(texts[:3], rate=4)], max_new_tokens=4)
    [by_text] = generator.generate_from_text(["Why?"], [texts[:3]], max_new_tokens=4)
    for answer in (by_memory, by_text):
        assert sum(citation.share for citation in answer.citations) == pytest.approx(1)
        assert sorted(citation.document for citation in answer.citations) == [0, 1, 2]
    spans = {c.document: texts[c.document][c.start : c.end] for c in by_memory.citations}
    assert all(0 < len(spans[i]) < len(texts[i]) for i in range(3))
    assert {(c.document, c.start, c.end) for c in by_text.citations} == {(i, 0, len(texts[i])) for i in range(3)}


def test_citations_can_be_left_out(model: ClaraModel, texts: tuple[str, ...]) -> None:
    """They cost a pass, which a latency benchmark does not want."""
    [answer] = ClaraGenerator(model).generate_from_text(["Why?"], [texts], max_new_tokens=4, citations=False)
    assert answer.citations == ()
