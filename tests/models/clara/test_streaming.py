"""The decoding loop against Hugging Face's own, sampling against its distribution, and text in certain pieces."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.streaming import Batch, Row, Sampling, TextStream, choose, decode, step


def _prompts(model: ClaraModel, lengths: tuple[int, ...] = (9, 4, 6)) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [model.embed(torch.randint(8, 290, (n,), generator=generator)).detach() for n in lengths]


def _rows(tokenizer: Any, count: int, seed: int | None = None, stop: tuple[str, ...] = ()) -> list[Row]:
    drawn = [None if seed is None else torch.Generator().manual_seed(seed + i) for i in range(count)]
    return [Row(i, TextStream(tokenizer, stop), drawn[i]) for i in range(count)]


def _run(model: ClaraModel, prompts: list[torch.Tensor], rows: list[Row], sampling: Sampling) -> list[list[int]]:
    for _ in decode(model, Batch.of(prompts, "generator"), rows, sampling, {2}):
        pass
    return [row.tokens for row in rows]


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "phi"])
def test_greedy_decoding_is_that_of_hugging_face(
    make_model: Callable[..., ClaraModel], tokenizer: Any, family: str
) -> None:
    """An independent loop with its own cache, masks and positions must write the same tokens, padded or alone."""
    model = make_model(family)
    prompts = _prompts(model)
    found = _run(model, prompts, _rows(tokenizer, 3), Sampling(max_new_tokens=8))
    for prompt, tokens in zip(prompts, found, strict=True):
        with torch.no_grad(), model.role("generator") as lm:
            expected = lm.generate(inputs_embeds=prompt[None], max_new_tokens=8, do_sample=False)[0].tolist()
        assert tokens == expected


def test_a_seed_gives_the_same_answer_again_and_another_one_another(model: ClaraModel, tokenizer: Any) -> None:
    """Sampling must be repeatable without touching the process-wide random state."""
    prompts, sampling = _prompts(model), Sampling(max_new_tokens=8, temperature=1.5)
    state = torch.get_rng_state()
    first, again, other = (_run(model, prompts, _rows(tokenizer, 3, seed), sampling) for seed in (1, 1, 40))
    assert first == again
    assert first != other
    assert torch.equal(torch.get_rng_state(), state)


def test_a_row_does_not_depend_on_its_neighbours(model: ClaraModel, tokenizer: Any) -> None:
    """Row i of a batch is what row i alone with seed + i gives: batching is only a matter of speed."""
    prompts, sampling = _prompts(model), Sampling(max_new_tokens=8, temperature=1.0)
    together = _run(model, prompts, _rows(tokenizer, 3, 11), sampling)
    alone = [_run(model, [prompt], _rows(tokenizer, 1, 11 + i), sampling)[0] for i, prompt in enumerate(prompts)]
    assert together == alone


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_shapes_the_distribution(tokenizer: Any, temperature: float) -> None:
    """The reference accepts a temperature and ignores it; here the shares drawn are softmax(logits / temperature)."""
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    rows = _rows(tokenizer, 1, 0)
    drawn = torch.cat([choose(logits[None], rows, temperature) for _ in range(4000)])
    shares = torch.bincount(drawn, minlength=4) / 4000
    assert torch.allclose(shares, torch.softmax(logits / temperature, -1), atol=0.025)


def test_temperature_zero_takes_the_most_likely(tokenizer: Any) -> None:
    """0 means greedy, not a division by zero."""
    assert choose(torch.tensor([[0.1, 0.3, 0.2]]), _rows(tokenizer, 1), 0.0).tolist() == [1]


def test_dropout_is_off_even_while_training(make_model: Callable[..., ClaraModel], tokenizer: Any) -> None:
    """Answers sampled in the middle of a training run must be those of the model, and training must go on after."""
    model = make_model(lora_dropout=0.5)
    expected = step(model, Batch.of(_prompts(model), "generator"), None)
    model.train()
    assert torch.equal(step(model, Batch.of(_prompts(model), "generator"), None), expected)
    assert model.training


def test_a_character_is_given_out_when_it_is_whole(tokenizer: Any) -> None:
    """Byte tokens of é and € come one by one; a stream must not show replacement characters."""
    ids = tokenizer("é 5 €!", add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer)
    pieces = [stream.push(token) for token in ids]
    assert "".join(pieces) == stream.text == "é 5 €!"
    assert not any("\ufffd" in piece for piece in pieces)
    assert pieces[0] == ""


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("cotton, blue", (",",), "cotton"),
        ("cotton blue", ("on blue", "zzz"), "cott"),
        ("cotton", ("onx",), "cotton"),
        ("a b c", (" c", " b"), "a"),
        ("  cotton  ", (), "cotton"),
        ("cotton", ("cot",), ""),
    ],
)
def test_text_ends_before_the_first_stop_string(
    tokenizer: Any, text: str, stop: tuple[str, ...], expected: str
) -> None:
    """Stop strings cross token borders; what may be the start of one is held back, and given out if it was not."""
    stream, given = TextStream(tokenizer, stop), ""
    for token in tokenizer(text, add_special_tokens=False)["input_ids"]:
        given += stream.push(token)
        assert expected.startswith(given)
        if stream.stopped:
            break
    given += stream.finish()
    assert given == stream.text == expected
    assert stream.stopped == (expected != text.strip())


def test_special_tokens_are_not_text(tokenizer: Any) -> None:
    """The end token, and markers that an untrained model writes, never reach the customer."""
    stream = TextStream(tokenizer)
    [letter] = tokenizer("c", add_special_tokens=False)["input_ids"]
    assert "".join(stream.push(token) for token in (4, letter, 2)) == "c"


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"stop": ("",)}, "empty string"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], match: str) -> None:
    """Each would otherwise show as an empty or random answer."""
    with pytest.raises(ConfigurationError, match=match):
        Sampling(**settings)


def test_one_stop_string_may_be_given_alone() -> None:
    """A string is a sequence of letters: taken as such, the answer would end at any of them."""
    assert Sampling(stop="end").stop == ("end",)  # type: ignore[arg-type]  # what a caller may well write
