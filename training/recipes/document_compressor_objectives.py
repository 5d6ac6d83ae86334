"""What the light compressor is trained for: contrast, MiniLM's similarities, and the token states themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, kl_div, normalize

from seamless_retail.models.memory_head import (
    CONFIGURATIONS,
    QUESTION,
    MemoryHead,
    padded,
    parts_in,
    parts_of,
)

States = NDArray[np.float16]
_PLACES = 16
"""Places inside a part that the decoder tells apart."""


@dataclass(frozen=True)
class Batch:
    """Pairs of one source."""

    questions: Sequence[States]
    documents: Sequence[States]
    same: Tensor
    """bool ``[b, b]``: off the diagonal, whether a question's document is another pair's document too."""

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], states: Mapping[str, States]) -> "Batch":
        """From (question, document) texts and the states of every text."""
        documents = [document for _, document in pairs]
        number = torch.tensor([documents.index(document) for document in documents])
        same = (number[:, None] == number) & ~torch.eye(len(pairs), dtype=torch.bool)
        return cls([states[question] for question, _ in pairs], [states[document] for document in documents], same)


class Decoder(nn.Module):
    """A token state from its memory token and its place in the part; used in training only."""

    def __init__(self, states: int = 384, width: int = 512) -> None:
        super().__init__()
        self.place = nn.Embedding(_PLACES, width)
        self.layers = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, states))

    def forward(self, tokens: Tensor, places: Tensor) -> Tensor:
        """``[p, d]`` and ``[p, k]`` → ``[p, k, states]``; dimensions that a configuration lacks are zero."""
        wide = nn.functional.pad(tokens, (0, self.place.embedding_dim - tokens.shape[1]))
        found: Tensor = self.layers(wide[:, None] + self.place(places))
        return found


class Read(nn.Module):
    """A batch through the head, in two configurations drawn at random: all four would take twice as long."""

    def __init__(self, head: MemoryHead, decoder: Decoder, temperature: float) -> None:
        super().__init__()
        self.head, self.decoder, self.temperature = head, decoder, temperature

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The three losses, each the mean over the configurations drawn."""
        questions = padded([states.astype(np.float32) for states in batch.questions])
        asked = self.head(*questions, QUESTION)
        documents = [states.astype(np.float32) for states in batch.documents]
        teacher = [_means(questions), _means(padded(documents))]
        drawn = [list(CONFIGURATIONS)[number] for number in torch.randperm(len(CONFIGURATIONS))[:2].tolist()]
        found = [self._configuration(name, asked, documents, teacher, batch.same) for name in drawn]
        return {name: torch.stack([losses[name] for losses in found]).mean() for name in found[0]}

    def _configuration(
        self,
        name: str,
        asked: Tensor,
        documents: Sequence[NDArray[np.float32]],
        teacher: Sequence[Tensor],
        same: Tensor,
    ) -> dict[str, Tensor]:
        chosen = CONFIGURATIONS[name]
        parts = padded([part for states in documents for part in parts_of(states, chosen.rate)])
        counts = [parts_in(len(states), chosen.rate) for states in documents]
        tokens = self.head.normed(self.head(*parts, list(CONFIGURATIONS).index(name)), name)
        question = normalize(self.head.normed(asked, name), dim=1)
        unit = normalize(tokens, dim=1)
        vectors = normalize(torch.stack([rows.mean(0) for rows in unit.split(counts)]), dim=1)
        late = torch.stack([found.amax(1) for found in (question @ unit.T).split(counts, dim=1)], dim=1)
        pooled = question @ vectors.T
        return {
            "contrast": (self._contrast(pooled, same) + self._contrast(late, same)) / 2,
            "distillation": self._distilled(pooled, vectors, teacher),
            "reconstruction": self._reconstruction(tokens, *parts),
        }

    def _contrast(self, scores: Tensor, same: Tensor) -> Tensor:
        """Cross-entropy of each question over the documents of the batch (van den Oord et al. 2018, InfoNCE)."""
        logits = (scores / self.temperature).masked_fill(same, -torch.inf)
        return cross_entropy(logits, torch.arange(len(logits)))

    def _distilled(self, scores: Tensor, vectors: Tensor, teacher: Sequence[Tensor]) -> Tensor:
        """Divergence from MiniLM's similarities, question to document and document to document."""
        questions, documents = teacher
        own = torch.eye(len(vectors), dtype=torch.bool)
        pairs = ((scores, questions @ documents.T), (vectors @ vectors.T, documents @ documents.T))
        losses = []
        for (found, wanted), hidden in zip(pairs, (torch.zeros_like(own), own), strict=True):
            # A document is as near to itself as can be in any space; a finite mask keeps the divergence finite.
            student, target = ((one / self.temperature).masked_fill(hidden, -1e4) for one in (found, wanted))
            losses.append(kl_div(student.log_softmax(1), target.log_softmax(1), log_target=True, reduction="batchmean"))
        return (losses[0] + losses[1]) / 2

    def _reconstruction(self, tokens: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """1 - cosine of decoded and true states, at four random places of each part."""
        lengths = mask.sum(1, keepdim=True)
        at = (torch.rand(len(states), 4) * lengths).long()
        true = states.gather(1, at[..., None].expand(-1, -1, states.shape[2]))
        return 1 - cosine_similarity(self.decoder(tokens, at * _PLACES // lengths), true, dim=2).mean()


def _means(batch: tuple[Tensor, Tensor]) -> Tensor:
    """MiniLM's embeddings from its padded states."""
    states, mask = batch
    return normalize((states * mask[..., None]).sum(1), dim=1)
