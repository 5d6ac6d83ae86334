"""What compressing costs: against a bare forward pass of the same base over the same padded tokens, and in batches.

The bare pass is that of the base without adapters and without the vocabulary's layer. ``encode`` is the model's own
part of ``compress``; the rest of it is tokenising, padding and provenance. All take turns in one run.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import torch
from rich.progress import track
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from seamless_retail.models.clara import spans
from seamless_retail.models.clara.compressor import TOKEN_BUDGET
from seamless_retail.training.benchmarks.compression.bench import Bench, console
from seamless_retail.training.benchmarks.compression.markdown import table, times
from seamless_retail.training.data.clara_catalogue import product_document

DOCUMENTS = 64
TARGET = 1.15
BARE, TOKENISED = "bare forward pass", "tokenise, then bare forward pass"
ENCODE, COMPRESS, SINGLE = "encode", "compress", "compress, one document at a time"
Padded = list[tuple[Tensor, Tensor]]


def measure(bench: Bench) -> dict[str, Any]:
    """Median seconds for all documents, by what is done."""
    documents = [product_document(product) for product in bench.catalogue.products[:DOCUMENTS]]
    model, rate = bench.model, bench.model.config.rate
    batches = padded(model, documents, rate)
    work: dict[str, Callable[[], object]] = {
        BARE: lambda: bare(model, batches),
        ENCODE: lambda: encode(model, batches, rate),
        TOKENISED: lambda: bare(model, padded(model, documents, rate)),
        COMPRESS: lambda: model.compress(documents),
        SINGLE: lambda: [model.compress([document]) for document in documents],
    }
    seconds = clock(work, bench.settings.repeats, model.device)
    return {
        "documents": len(documents),
        "padded_tokens": sum(ids.numel() for ids, _ in batches),
        "rate": rate,
        "seconds": seconds,
    }


def encoding_table(result: Mapping[str, Any]) -> str:
    """The table of :func:`measure`."""
    seconds, count = result["seconds"], result["documents"]
    head = f"{count} documents, {result['padded_tokens']} tokens with padding, {result['rate']}x; medians."
    against = {BARE: None, ENCODE: BARE, TOKENISED: None, COMPRESS: TOKENISED, SINGLE: COMPRESS}
    rows = [
        [
            name,
            f"{1000 * seconds[name] / count:.2f} ms",
            f"{count / seconds[name]:.0f}",
            times(seconds[name] / seconds[BARE]),
            "–" if other is None else f"{times(seconds[name] / seconds[other])} {other}",
        ]
        for name, other in against.items()
    ]
    columns = ["work", "per document", "documents/s", f"of the bare pass (target {times(TARGET)})", "of"]
    return f"{head}\n\n{table(columns, rows)}"


def padded(model: Any, documents: Sequence[str], rate: int) -> Padded:
    """Token ids and mask ``[n, t]`` of every batch that ``compress`` would read."""
    plan = spans.plan(model.config, rate)
    read = model.tokenizer(list(documents), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    parts = [
        span
        for i, (ids, chars) in enumerate(zip(read["input_ids"], read["offset_mapping"], strict=True))
        for span in spans.cut(i, ids, chars, plan.span_tokens)
    ]
    made = []
    for batch in spans.batches([len(span.ids) for span in parts], TOKEN_BUDGET):
        rows = [torch.tensor(parts[i].ids) for i in batch]
        mask = pad_sequence([torch.ones(len(row), dtype=torch.bool) for row in rows], batch_first=True)
        made.append((pad_sequence(rows, batch_first=True).to(model.device), mask.to(model.device)))
    return made


def bare(model: Any, batches: Padded) -> None:
    """The base alone."""
    for ids, mask in batches:
        with torch.no_grad(), model.role(None) as lm:
            embeddings = model.embed(ids)
            places = (mask.long().cumsum(1) - 1).clamp(min=0)
            lm.base_model(inputs_embeds=embeddings, attention_mask=mask, position_ids=places, use_cache=False)


def encode(model: Any, batches: Padded, rate: int) -> None:
    """The compressor and the readout."""
    inside = spans.plan(model.config, rate).rate
    for ids, mask in batches:
        with torch.no_grad():
            model.encode(ids, mask, inside)


def clock(work: Mapping[str, Callable[[], object]], repeats: int, device: torch.device) -> dict[str, float]:
    """Median seconds of each, taking turns; the first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for number in track(range(repeats + 1), "cost of compress", console=console, transient=True):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            if device.type != "cpu":
                getattr(torch, device.type).synchronize()
            if number:
                taken[name].append(time.perf_counter() - began)
    return {name: median(seconds) for name, seconds in taken.items()}
