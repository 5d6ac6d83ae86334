"""Memory tokens: documents as a few vectors each, with the place in the text that every vector stands for."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from seamless_retail.core.errors import ConfigurationError, ModelFileError

FORMAT = 1
SIMILARITIES = ("late", "pooled", "flat")


@dataclass(frozen=True)
class Provenance:
    """Which document a row of memories was made of."""

    document_id: str
    sha256: str
    """Of the text, UTF-8."""
    tokens: int
    """Length of the text in tokens of the model."""
    rate: int
    """Tokens per vector that were asked for; a document over the cap has more, as its spans show."""
    spans: tuple[tuple[int, int], ...]
    """Start and end, in characters of the text, of what each vector has read; as many as there are vectors."""


@dataclass(frozen=True)
class MemoryTokens:
    """The memories of ``d`` documents (or questions), padded on the right to the longest."""

    vectors: Tensor
    """``[d, m, h]``; zeros where there is no vector."""
    mask: Tensor
    """bool ``[d, m]``."""
    provenance: tuple[Provenance, ...]

    def __post_init__(self) -> None:
        if self.vectors.shape[:2] != self.mask.shape or len(self.provenance) != len(self.mask):
            raise ConfigurationError(
                f"Vectors {tuple(self.vectors.shape)}, mask {tuple(self.mask.shape)} and {len(self.provenance)} "
                "provenance records do not describe the same documents.",
                "Give vectors [d, m, h], a mask [d, m] and d records.",
            )

    @classmethod
    def of(cls, rows: Sequence[Tensor], provenance: Sequence[Provenance], hidden: int) -> "MemoryTokens":
        """From one ``[m_i, h]`` tensor per document; ``hidden`` is ``h``, for the case of no documents."""
        if not rows:
            return cls(torch.zeros(0, 0, hidden), torch.zeros(0, 0, dtype=torch.bool), ())
        counts = torch.tensor([len(row) for row in rows], device=rows[0].device)
        vectors = pad_sequence(list(rows), batch_first=True)
        mask = torch.arange(vectors.shape[1], device=counts.device)[None] < counts[:, None]
        return cls(vectors, mask, tuple(provenance))

    def __len__(self) -> int:
        return len(self.provenance)

    @property
    def counts(self) -> tuple[int, ...]:
        """Vectors of each document."""
        return tuple(self.mask.sum(1).tolist())

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors, padding not counted: what storing them takes."""
        return int(self.mask.sum()) * self.vectors.shape[-1] * self.vectors.element_size()

    def rows(self) -> list[Tensor]:
        """The vectors of each document, ``[m_i, h]``."""
        return [vectors[mask] for vectors, mask in zip(self.vectors, self.mask, strict=True)]

    def select(self, indices: Sequence[int]) -> "MemoryTokens":
        """These documents, in this order."""
        rows, found = self.rows(), list(indices)
        kept = MemoryTokens.of([rows[i] for i in found], [self.provenance[i] for i in found], self.vectors.shape[-1])
        return kept.to(self.vectors.device, self.vectors.dtype)

    @staticmethod
    def concat(parts: Sequence["MemoryTokens"]) -> "MemoryTokens":
        """All documents of the parts, in their order; the parts share one hidden size.

        Raises:
            ConfigurationError: There is no part, or their hidden sizes differ.
        """
        sizes = {part.vectors.shape[-1] for part in parts}
        if len(sizes) != 1:
            raise ConfigurationError(
                f"Memories of hidden sizes {sorted(sizes)} cannot be put together.",
                "Compress the documents with one model; of no memories, use MemoryTokens.of([], [], hidden).",
            )
        rows = [row for part in parts for row in part.rows()]
        return MemoryTokens.of(rows, [record for part in parts for record in part.provenance], sizes.pop())

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> "MemoryTokens":
        """A copy elsewhere, or of another float type."""
        return replace(self, vectors=self.vectors.to(device=device, dtype=dtype), mask=self.mask.to(device=device))

    def pooled(self) -> Tensor:
        """The mean vector of each document, float32 ``[d, h]``: what a vector index can hold."""
        return masked_mean(self.vectors.float(), self.mask)

    def save(self, path: Path | str) -> None:
        """Write a safetensors file: the vectors without their padding, counts and provenance."""
        from safetensors.torch import save_file

        records = json.dumps([asdict(record) for record in self.provenance], ensure_ascii=False)
        tensors = {
            "vectors": self.vectors[self.mask].detach().cpu().contiguous(),
            "counts": self.mask.sum(1).to("cpu", torch.int64).contiguous(),
        }
        partial = Path(f"{path}.partial")
        save_file(tensors, partial, metadata={"kind": "clara-memory", "format": str(FORMAT), "provenance": records})
        partial.replace(path)

    @classmethod
    def load(cls, path: Path | str, device: torch.device | str = "cpu") -> "MemoryTokens":
        """Read what :meth:`save` wrote, bit for bit.

        Raises:
            ModelFileError: The file is missing, damaged or of another kind.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt", device=str(device)) as file:
                metadata = file.metadata() or {}
                if (metadata.get("kind"), metadata.get("format")) != ("clara-memory", str(FORMAT)):
                    raise ValueError(f"it is not a memory file of format {FORMAT}")
                records = [_record(values) for values in json.loads(metadata["provenance"])]
                vectors, counts = file.get_tensor("vectors"), file.get_tensor("counts").tolist()
            return cls.of(vectors.split(counts), records, vectors.shape[-1])
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise ModelFileError(
                f"The memories in {path} cannot be loaded: {error}.", "Compress the documents again and save them."
            ) from error


def _record(values: dict[str, object]) -> Provenance:
    spans = values.pop("spans")
    assert isinstance(spans, list)
    return Provenance(**values, spans=tuple((start, end) for start, end in spans))  # type: ignore[arg-type]  # checked by the hash of the writer


def text_sha256(text: str) -> str:
    """The fingerprint of a text in its provenance."""
    return hashlib.sha256(text.encode()).hexdigest()


def masked_mean(vectors: Tensor, mask: Tensor) -> Tensor:
    """Mean over the places that count: ``[n, t, h]`` and ``[n, t]`` → ``[n, h]``; zeros where none does."""
    kept = mask[..., None].to(vectors.dtype)
    return (vectors * kept).sum(-2) / kept.sum(-2).clamp(min=1)


def similarity(queries: Tensor, query_mask: Tensor, memories: Tensor, mask: Tensor, kind: str = "late") -> Tensor:
    """How well each document's memories answer each query's, in [-1, 1], float32, differentiable.

    ``late``: the mean over the query's vectors of the best cosine with one of the document's (as ColBERT's MaxSim);
    ``pooled``: the cosine of the means, which a vector index can compute; ``flat``: the cosine of the vectors laid end
    to end, as in the paper, which needs equal counts on both sides. A side without vectors scores 0.

    Args:
        queries: ``[b, q, h]``.
        query_mask: bool ``[b, q]``.
        memories: ``[d, m, h]``, the same documents for every query, or ``[b, n, m, h]``, each query's own candidates.
        mask: bool ``[d, m]`` or ``[b, n, m]``.
        kind: ``late``, ``pooled`` or ``flat``.

    Returns:
        ``[b, d]`` or ``[b, n]``.

    Raises:
        ConfigurationError: The kind is unknown, or ``flat`` is asked of different counts.
    """
    if kind == "late":
        return _late(_unit(queries), query_mask, _unit(memories), mask)
    if kind == "pooled":
        means = _unit(masked_mean(memories.float(), mask))
        return _against(_unit(masked_mean(queries.float(), query_mask)), means)
    if kind != "flat":
        raise ConfigurationError(f"Unknown kind of score {kind!r}.", f"Choose one of {', '.join(SIMILARITIES)}.")
    counts = torch.cat([query_mask.sum(-1).flatten(), mask.sum(-1).flatten()]).unique()
    if len(counts) > 1 or queries.shape[-2] != memories.shape[-2]:
        raise ConfigurationError(
            "The flat score needs the same number of vectors on both sides.",
            'Use kind="late", or a model with count="fixed" and one rate.',
        )
    return _against(_unit(queries.flatten(-2)), _unit(memories.flatten(-2)))


def _unit(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors.float(), dim=-1)


def _against(queries: Tensor, documents: Tensor) -> Tensor:
    """Dot products of ``[b, h]`` with ``[d, h]`` or ``[b, n, h]``."""
    return torch.einsum("bh,dh->bd" if documents.dim() == 2 else "bh,bnh->bn", queries, documents)


def _late(queries: Tensor, query_mask: Tensor, memories: Tensor, mask: Tensor) -> Tensor:
    shared = memories.dim() == 3
    cosines = torch.einsum("bqh,dmh->bdqm" if shared else "bqh,bnmh->bnqm", queries, memories)
    seen = mask[None, :, None, :] if shared else mask[:, :, None, :]
    if cosines.shape[-1] == 0:
        return cosines.sum((-1, -2))
    best = cosines.masked_fill(~seen, float("-inf")).amax(-1)
    best = best.masked_fill(~seen.any(-1), 0.0)
    return masked_mean(best[..., None], query_mask[:, None].expand(best.shape))[..., 0]
