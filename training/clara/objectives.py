"""What each stage minimises, as modules whose ``forward`` takes a batch: so accelerate can wrap them."""

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from seamless_retail.models.clara.losses import alignment_loss, contrastive_loss
from seamless_retail.models.clara.memory import similarity
from seamless_retail.models.clara.topk import NOTHING, differentiable_topk, mix
from seamless_retail.training.clara.collation import FULL_TEXT, Batch, Candidates, Collator, Layout, Row
from seamless_retail.training.clara.config import Stage1, Stage3


class ReadObjective(nn.Module):
    """Answers from the documents of a batch, as text or through memories; reader, stage 1 and stage 2.

    ``CE(answers) + alignment_weight · MSE(mean text state, mean memory)``, the second term for memories only.

    Args:
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel`.
        settings: Of the stage; ``None`` for the reader, which has no alignment.
    """

    def __init__(self, model: Any, settings: Stage1 | None = None) -> None:
        super().__init__()
        self.model = model
        self._weight = settings.alignment_weight if settings else 0.0
        self._detach = bool(settings and settings.alignment_detach == "document")

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Scalars: ``loss``, ``answer``, ``exact`` (share of answers all of whose tokens are right), ``alignment``."""
        embeddings = self.model.embed(batch.layout.input_ids)
        if batch.rate == FULL_TEXT:
            # A base that is trained reads text as it is; a frozen one needs the generator's help.
            role = None if self.model.config.train_base else "generator"
            found = answers(self.model, embeddings, batch.layout, role)
            return {"loss": found["answer"], **found}
        encoded = self.model.encode(batch.span_ids, batch.span_mask, batch.rate)
        embeddings = spliced(embeddings, batch.layout, encoded.memory[encoded.memory_mask])
        found = answers(self.model, embeddings, batch.layout, "generator")
        alignment = alignment_loss(encoded.text_mean, encoded.memory_mean, self._detach)
        return {"loss": found["answer"] + self._weight * alignment, **found, "alignment": alignment}


class ChooseObjective(nn.Module):
    """Questions choose among their candidates, and the answer's loss teaches the choice; stage 3.

    The compressor is frozen, so the candidates' memories are computed once and kept.

    Args:
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel` with a reasoner.
        collator: Places the chosen memories; not the one of the feeding thread.
        settings: Of the stage.
    """

    def __init__(self, model: Any, collator: Collator, settings: Stage3) -> None:
        super().__init__()
        self.model = model
        self.warm_start = False
        """Learn the choice alone, from the documents that are known to be right."""
        self._collator, self._settings = collator, settings
        self._kept: OrderedDict[tuple[str, int], Tensor] = OrderedDict()
        self._kept_vectors = 0

    def forward(self, batch: Candidates) -> dict[str, Tensor]:
        """Scalars: ``loss``, ``answer``, ``exact``; ``recall@1`` and ``recall@k`` where ``pos_index`` is given."""
        config, settings = self.model.config, self._settings
        query = self.model.encode(batch.query_ids, batch.query_mask, config.query_rate, role="reasoner")
        memories, mask = self._memories(batch, query.memory)
        scores = similarity(query.memory, query.memory_mask, memories, mask, settings.score)
        present = mask.any(-1)
        noise = None
        if settings.gumbel_noise and self.training:
            noise = torch.Generator(scores.device).manual_seed(batch.seed)
        chosen = differentiable_topk(
            scores, config.top_k, temperature=config.topk_temperature, mask=present, noise=noise
        )
        recalls = _recalls(chosen.indices, batch.positives)
        if self.warm_start:
            among = scores.masked_fill(~present, float("-inf"))
            return {"loss": contrastive_loss(among, batch.positives, settings.contrastive_temperature), **recalls}
        vectors, kept = mix(chosen, memories, mask)
        layout = self._layout(batch, kept).to(scores.device)
        embeddings = spliced(self.model.embed(layout.input_ids), layout, vectors[kept])
        found = answers(self.model, embeddings, layout, "generator")
        return {"loss": found["answer"], **found, **recalls}

    def _layout(self, batch: Candidates, kept: Tensor) -> Layout:
        """``kept`` bool ``[b, k, m]``: the chosen documents stand in the order in which they were chosen."""
        rows = []
        for counts, segments in zip(kept.sum(-1).tolist(), batch.segments, strict=True):
            found = tuple(count for count in counts if count)
            rows.append(Row(self._collator.prompts.prefix([None] * len(found)), found, [segments]))
        return self._collator.layout(rows)

    def _memories(self, batch: Candidates, like: Tensor) -> tuple[Tensor, Tensor]:
        """``[b, n, m, h]`` and bool ``[b, n, m]``, in the type and on the device of ``like``."""
        wanted = dict.fromkeys(text for documents in batch.documents for text in documents)
        known = {text: self._kept[text, batch.rate] for text in wanted if (text, batch.rate) in self._kept}
        missing = [text for text in wanted if text not in known]
        if missing:
            rows = self.model.compress(missing, batch.rate).rows()
            known |= dict(zip(missing, (row.clone() for row in rows), strict=True))
        self._keep(known, batch.rate)
        rows = [known[text].to(like) for documents in batch.documents for text in documents]
        flat = pad_sequence(rows, True)
        real = torch.arange(flat.shape[1], device=like.device) < torch.tensor(
            [[len(row)] for row in rows], device=like.device
        )
        sizes = [len(documents) for documents in batch.documents]
        return pad_sequence(list(flat.split(sizes)), True), pad_sequence(list(real.split(sizes)), True)

    def _keep(self, found: dict[str, Tensor], rate: int) -> None:
        for text, vectors in found.items():
            if (text, rate) not in self._kept:
                self._kept_vectors += len(vectors)
            self._kept[text, rate] = vectors
            self._kept.move_to_end((text, rate))
        while self._kept_vectors > self._settings.cached_vectors and self._kept:
            self._kept_vectors -= len(self._kept.popitem(last=False)[1])


def spliced(embeddings: Tensor, layout: Layout, vectors: Tensor) -> Tensor:
    """Embeddings ``[b, T, h]`` with the memory vectors ``[v, h]`` at the layout's slots; differentiable in both."""
    flat = embeddings.flatten(0, 1).index_copy(0, layout.slots, vectors.to(embeddings.dtype))
    return flat.unflatten(0, embeddings.shape[:2])


def answers(model: Any, embeddings: Tensor, layout: Layout, role: str | None) -> dict[str, Tensor]:
    """The mean cross-entropy of the answers' tokens, and the share of answers that greedy decoding would give exactly.

    If every token of an answer is the most likely one after those before it, greedy decoding writes that answer.
    """
    logits = labelled_logits(model, embeddings, layout, role).float()
    loss = functional.cross_entropy(logits, layout.labels)
    with torch.no_grad():
        wrong = (logits.argmax(-1) != layout.labels).float()
        per_answer = wrong.new_zeros(layout.count).index_add_(0, layout.answers, wrong)
    return {"answer": loss, "exact": (per_answer == 0).float().mean()}


def labelled_logits(model: Any, embeddings: Tensor, layout: Layout, role: str | None) -> Tensor:
    """Logits ``[L, vocabulary]`` at the labelled places only: most places of a packed row carry no label.

    The output layer is given these places alone, so the base's own code still scales and caps its logits.
    """

    def labelled(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (inputs[0].flatten(0, 1)[layout.places][None],)

    with model.base.get_output_embeddings().register_forward_pre_hook(labelled):
        logits: Tensor = model.decode(embeddings, layout.mask, layout.position_ids, role=role)
    return logits[0]


def _recalls(chosen: Tensor, positives: Tensor) -> dict[str, Tensor]:
    """Share of the right documents among the first and among all choices, over the questions that name any."""
    known = positives.any(1)
    if not bool(known.any()):
        return {}
    hits = positives.gather(1, chosen.clamp(min=0)) & (chosen != NOTHING)
    hits, total = hits[known].float(), positives[known].sum(1)
    return {"recall@1": hits[:, 0].mean(), "recall@k": (hits.sum(1) / total.clamp(max=hits.shape[1])).mean()}
