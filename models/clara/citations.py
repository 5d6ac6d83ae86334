"""Which documents an answer was read from: the attention that its tokens paid to each document of the prompt.

The last token of the prompt and the answer's tokens but the last are run once more with eager attention, on the cache
of the decoding; the mass is the mean over layers, heads and these places. Attention says where the model looked, not
that the answer stands there: a caller who must be certain compares the answer with the cited text.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seamless_retail.models.clara.memory import Provenance
from seamless_retail.models.clara.streaming import Batch, Row, evaluating, positions, turn


@dataclass(frozen=True)
class MemoryCitation:
    """How much of the answer's attention one document got."""

    document: int
    """Its place among the documents of the question, from 0."""
    document_id: str
    sha256: str
    """Of its text."""
    share: float
    """Of the attention that all documents got together; the shares of an answer sum to 1."""
    mass: float
    """Of all attention; the rest went to the frame, the question and the answer itself."""
    start: int
    end: int
    """The part of the text, in characters, that the most attended vector stands for; all of it for full text."""


def attention_of(model: Any, batch: Batch, rows: Sequence[Row]) -> Tensor:
    """Attention mass of each row's answer over the prompt, float32 ``[b, t]``, padding on the left as in the batch.

    Uses up the batch: its cache is shortened.
    """
    longest = max(len(row.tokens) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long, device=batch.mask.device)
    asks = torch.zeros(len(rows), longest, device=batch.mask.device)
    for i, row in enumerate(rows):
        ids[i, : len(row.tokens)] = torch.tensor(row.tokens, device=ids.device)
        asks[i, : len(row.tokens)] = 1 / len(row.tokens)
    width = batch.embeddings.shape[1]
    mask = torch.nn.functional.pad(batch.mask[:, :width], (0, longest - 1), value=1)
    with torch.no_grad(), evaluating(model), model.role(batch.role) as lm, _eager(lm):
        answer = model.embed(ids[:, :-1])
        cache = _before_answer(batch)
        fed = torch.cat([batch.embeddings if cache is None else batch.embeddings[:, -1:], answer], 1)
        attentions = lm(
            inputs_embeds=fed,
            attention_mask=mask,
            position_ids=positions(mask)[:, -fed.shape[1] :],
            past_key_values=cache,
            use_cache=cache is not None,
            output_attentions=True,
        ).attentions
    layers = [layer[:, :, -longest:].float().mean(1) for layer in attentions]
    seen = sum(torch.einsum("bq,bqk->bk", asks, _whole(layer, mask.shape[1])) for layer in layers)
    return torch.as_tensor(seen)[:, :width] / len(layers)


def cite(
    mass: Tensor, places: Mapping[int, tuple[int, int]], sources: Sequence[Provenance]
) -> tuple[MemoryCitation, ...]:
    """Citations of one answer, most attended document first.

    Args:
        mass: ``[t]``: attention over the prompt, without padding.
        places: Where each document stands in the prompt.
        sources: Where each document comes from; its spans name the text of each place, if there are as many.
    """
    found = {document: mass[start:end] for document, (start, end) in places.items() if end > start}
    total = sum(float(part.sum()) for part in found.values())
    citations = []
    for document, part in found.items():
        source, own = sources[document], float(part.sum())
        single = len(source.spans) == len(part)
        start, end = source.spans[int(part.argmax())] if single else (source.spans[0][0], source.spans[-1][1])
        share = own / total if total > 0 else 1 / len(found)
        citations.append(MemoryCitation(document, source.document_id, source.sha256, share, own, start, end))
    return tuple(sorted(citations, key=lambda citation: (-citation.share, citation.document)))


@contextmanager
def _eager(lm: Any) -> Iterator[None]:
    """The one attention that returns its weights; other threads wait, for their masks are made for another one."""
    with turn(lm):
        before = lm.config._attn_implementation
        lm.set_attn_implementation("eager")
        try:
            yield
        finally:
            lm.set_attn_implementation(before)


def _before_answer(batch: Batch) -> Any:
    """The cache of the prompt but its last token; ``None`` if the cache cannot go back (a sliding window)."""
    try:
        batch.cache.crop(-(batch.steps + 1))
    except (AttributeError, NotImplementedError, RuntimeError, ValueError):
        return None
    return batch.cache


def _whole(layer: Tensor, width: int) -> Tensor:
    """``[b, q, k]`` → ``[b, q, width]``: a layer with a sliding window only knows the last places."""
    return torch.nn.functional.pad(layer, (width - layer.shape[-1], 0))
