"""How well a language model says held-out records, with its adapter and without."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from seamless_retail.core.errors import ModelFileError
from seamless_retail.training.run import Check, Comparison, Verification
from seamless_retail.training.run.progress import console
from seamless_retail.training.tuning.bases import open_base
from seamless_retail.training.tuning.chatml import START, as_stored, parsed
from seamless_retail.training.tuning.settings import TuningSettings
from seamless_retail.training.tuning.tune import ADAPTER

_NEW_TOKENS = 48
_SAME = 1e-3
"""Largest difference of a logit, relative to the largest logit, that merging may make."""


class Judged(NamedTuple):
    """Of held-out records."""

    perplexity: float
    """``exp`` of the mean loss of a token that is learned."""
    accuracy: float
    """Share of those tokens that are the most probable ones."""


def judge(model: Any, tokenizer: Any, records: Sequence[Mapping[str, Any]], max_length: int) -> Judged:
    """Every record by itself: of conversations what the assistant says, of texts every token but the first."""
    total = right = loss = 0.0
    model.eval()
    for record in records:
        ids, learned = _tokens(record, tokenizer, max_length)
        if not bool(learned[1:].any()):
            continue
        with torch.no_grad():
            logits = model(input_ids=ids[None].to(model.device)).logits[0, :-1].cpu()[learned[1:]].float()
        labels = ids[1:][learned[1:]]
        loss += float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        right += float((logits.argmax(-1) == labels).sum())
        total += len(labels)
    if not total:
        raise ModelFileError("No held-out record has a token to judge.", "Raise max_length, or give other records.")
    return Judged(float(torch.tensor(loss / total).exp()), right / total)


def compare(model: Any, tokenizer: Any, records: Sequence[Mapping[str, Any]], max_length: int) -> dict[str, Comparison]:
    """The adapter against the base alone, which is the same model with the adapter switched off."""
    trained = judge(model, tokenizer, records, max_length)
    with model.disable_adapter():
        base = judge(model, tokenizer, records, max_length)
    return {
        f"{name} of {len(records)} held-out records": Comparison(getattr(base, field), getattr(trained, field))
        for name, field in (("perplexity", "perplexity"), ("token accuracy", "accuracy"))
    }


def show(figures: Mapping[str, Comparison]) -> None:
    """One line per figure."""
    for name, (base, trained) in figures.items():
        console.print(f"{name}: {trained:.4g}, base {base:.4g}", soft_wrap=True)


def verify_adapter(
    recipe: str, path: Path, settings: TuningSettings, records: Sequence[Mapping[str, Any]]
) -> Verification:
    """Load base and adapter, compare them, generate, and merge.

    Raises:
        ModelFileError: The base or the adapter cannot be loaded.
    """
    from peft import PeftModel

    opened = open_base(settings, train=False)
    try:
        model = PeftModel.from_pretrained(opened.model, str(path / ADAPTER)).eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(
            f"The adapter in {path} does not fit {settings.base}: {error}", "Train it again."
        ) from error
    figures = compare(model, opened.tokenizer, records, settings.max_length)
    perplexity = next(iter(figures.values()))
    said = generate(model, opened.tokenizer, prompt_of(records[0], opened.tokenizer))
    checks = [
        Check("loads", True, f"on {settings.base}"),
        Check("generates", bool(said.strip()), repr(said[:80])),
        Check("better than its base", perplexity.trained < (perplexity.base or 0.0)),
        _merges(model, opened.tokenizer, records[0], settings.max_length),
    ]
    return Verification(recipe, path, tuple(checks), figures)


def generate(model: Any, tokenizer: Any, prompt: str) -> str:
    """How the model goes on, greedily and at most 48 tokens."""
    ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        found = model.generate(
            **ids.to(model.device),
            max_new_tokens=_NEW_TOKENS,
            do_sample=False,
            pad_token_id=tokenizer.pad_token_id,
            use_cache=True,
        )
    said: str = tokenizer.decode(found[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    return said


def prompt_of(record: Mapping[str, Any], tokenizer: Any) -> str:
    """What stands before the assistant's first answer; of a text without ChatML the first half."""
    if "messages" not in record and START not in record["text"]:
        return str(record["text"][: len(record["text"]) // 2])
    messages = record["messages"] if "messages" in record else parsed(record["text"], "the first record")
    asked = messages[: [message["role"] for message in messages].index("assistant")]
    return str(tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True))


def _merges(model: Any, tokenizer: Any, record: Mapping[str, Any], max_length: int) -> Check:
    """Whether base and adapter as one model say what the two say together; the adapter is gone afterwards."""
    ids = _tokens(record, tokenizer, max_length)[0][None].to(model.device)
    with torch.no_grad():
        apart = model(input_ids=ids).logits.float()
        merged = model.merge_and_unload()
        joined = merged(input_ids=ids).logits.float()
    off = float((apart - joined).abs().max() / apart.abs().max())
    tolerance = _SAME if merged.dtype == torch.float32 else 50 * _SAME
    return Check("merges", off < tolerance, f"logits differ by {off:.1e} of the largest")


def _tokens(record: Mapping[str, Any], tokenizer: Any, max_length: int) -> tuple[Tensor, Tensor]:
    """Token ids and which of them are learned, both ``[t]``."""
    if "messages" in record:
        found = tokenizer.apply_chat_template(
            record["messages"], return_dict=True, return_assistant_tokens_mask=True, return_tensors=None
        )
        ids, learned = found["input_ids"], found["assistant_masks"]
    else:
        ids = tokenizer(as_stored(record["text"], tokenizer), add_special_tokens=False)["input_ids"]
        learned = [1] * len(ids)
    return torch.tensor(ids[:max_length]), torch.tensor(learned[:max_length]).bool()
