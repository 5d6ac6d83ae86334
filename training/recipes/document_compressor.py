"""Train the light compressor.

    python -m seamless_retail.training.recipes.document_compressor --out FOLDER [--data FOLDER] [--resume]
    cp FOLDER/model/* models/weights/document_compressor/

What it makes: the head of ``models/document_compressor.py`` over the frozen all-MiniLM-L6-v2. It starts as a rotation
of MiniLM's own embedding (the singular vectors of the training texts, so that the first dimensions carry most) and is
trained for three things at once, in all configurations: to find the document that answers a question among those of
its batch, by the pooled vector and by late interaction; to keep MiniLM's similarities; and to let a small decoder,
which is thrown away afterwards, rebuild the token states.

How it is judged: on a dev split by product, policy, passage and attribute (``training/data/compressor_texts.py``) that
also chooses how far to go from the start to the trained weights. The reported figures come from
``training/benchmarks/light_compressor.py`` on sets that this recipe never reads but to leave their products out.
MiniLM's states are kept in ``FOLDER/states``; an interrupted run goes on where it was with ``--resume``.
"""

import argparse
import hashlib
import random
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from seamless_retail.core.settings import load_settings
from seamless_retail.models.document_compressor import KIND, DocumentCompressor
from seamless_retail.models.fitted_code import STEP
from seamless_retail.models.memory_head import CONFIGURATIONS, MemoryHead
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.compressor_texts import Pair, limited, pairs
from seamless_retail.training.data.token_cache import KeptStates, token_states
from seamless_retail.training.recipes.document_compressor_card import judged, write_card
from seamless_retail.training.recipes.document_compressor_objectives import Batch, Decoder, Read, States
from seamless_retail.training.run.progress import console, training_progress

_CHECKPOINT_EVERY = 100
_FITTED = 400
"""Documents that the codes are fitted to."""


@dataclass(frozen=True)
class Config:
    """``training/configs/document_compressor.toml``."""

    steps: int
    batch: int
    learning_rate: float
    temperature: float
    weight_decay: float
    contrast: float
    distillation: float
    reconstruction: float
    blends: tuple[float, ...]
    documents: dict[str, dict[str, int]]

    @classmethod
    def read(cls) -> "Config":
        """The packaged configuration."""
        text = (files("seamless_retail.training") / "configs" / "document_compressor.toml").read_text(encoding="utf-8")
        return cls(**tomllib.loads(text))


# 1. Texts become token states once; no gradient ever reaches the encoder.


def states_of(encoder: SentenceEncoder, found: Sequence[Pair], folder: Path, name: str) -> dict[str, States]:
    """The states of every question and document, from ``folder`` where it has them."""
    texts = sorted({pair.document for pair in found} | {pair.question for pair in found})
    random.Random(0).shuffle(texts)
    with training_progress(f"reading {name} texts", len(texts)) as report:
        states = token_states(encoder, texts, folder, lambda done: report(done, {}))
    return dict(zip(texts, states, strict=True))


# 2. The head starts as MiniLM's own space, turned so that the first dimensions carry most.


def started(states: Mapping[str, States]) -> MemoryHead:
    """A head whose tokens are MiniLM's embeddings of their parts, rotated."""
    kept = KeptStates("", states)
    embeddings = kept.embed(kept.texts)
    axes = torch.from_numpy(np.linalg.svd(embeddings, full_matrices=False)[2])
    head = MemoryHead()
    with torch.no_grad():
        for projection in (head.residual, head.asked):
            projection.weight.zero_()
            projection.weight[: len(axes)] = axes
    return head


# 3. Every batch is of one source, and along its groups: documents that are alike are the hard negatives.


class Batches:
    """Batch number ``n``, the same in every run."""

    def __init__(self, found: Sequence[Pair], states: Mapping[str, States], size: int, seed: int) -> None:
        self._states, self._size, self._seed = states, size, seed
        self._groups: dict[str, dict[str, list[Pair]]] = {}
        for pair in found:
            self._groups.setdefault(pair.source, {}).setdefault(pair.group, []).append(pair)
        self._sources = sorted(self._groups)
        counts = [sum(map(len, self._groups[source].values())) for source in self._sources]
        self._weights = np.sqrt(counts).tolist()

    def __getitem__(self, number: int) -> Batch:
        draw = random.Random(f"{self._seed} {number}")
        groups = self._groups[draw.choices(self._sources, self._weights)[0]]
        chosen: list[Pair] = []
        for group in draw.sample(sorted(groups), len(groups)):
            chosen += draw.sample(groups[group], min(len(groups[group]), max(2, self._size // 4)))
            if len(chosen) >= self._size:
                break
        if len(groups) == 1:
            (only,) = groups.values()
            chosen = draw.sample(only, min(len(only), self._size))
        return Batch.of([(pair.question, pair.document) for pair in chosen[: self._size]], self._states)


def train(head: MemoryHead, batches: Batches, config: Config, options: argparse.Namespace) -> None:
    """AdamW with a one-cycle schedule; stops early at ``--max-minutes``; leaves the trained weights in ``head``."""
    read = Read(head, Decoder(), config.temperature)
    slow = [head.residual.weight, head.asked.weight]
    rest = [one for one in read.parameters() if all(one is not other for other in slow)]
    rates = [config.learning_rate, config.learning_rate / 5]
    optimizer = torch.optim.AdamW([{"params": rest}, {"params": slow}], weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=config.steps, pct_start=0.1)
    path, deadline = options.out / "checkpoint.pt", time.monotonic() + options.max_minutes * 60
    first = _restored(path, read, optimizer, schedule) if options.resume and path.is_file() else 0
    writer = SummaryWriter(str(options.out / "tensorboard"))
    with writer as board, training_progress("training", config.steps) as report:
        for step in range(first, config.steps):
            torch.manual_seed(step)
            losses = read(batches[step])
            loss: Tensor = sum(getattr(config, name) * value for name, value in losses.items())  # type: ignore[assignment]
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(read.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            measured = {name: float(value.detach()) for name, value in losses.items()}
            report(step + 1, measured)
            for name, value in measured.items():
                board.add_scalar(name, value, step)
            late = time.monotonic() > deadline
            if late or (step + 1) % _CHECKPOINT_EVERY == 0:
                parts = {"read": read, "optimizer": optimizer, "schedule": schedule}
                torch.save({"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}, path)
            if late:
                console.print("[yellow]--max-minutes reached; stopping early[/]")
                break


def _restored(path: Path, read: Read, optimizer: torch.optim.Optimizer, schedule: object) -> int:
    """Put a checkpoint's state in place; the number of the next step."""
    stored = torch.load(path, weights_only=True)
    for name, part in {"read": read, "optimizer": optimizer, "schedule": schedule}.items():
        part.load_state_dict(stored[name])  # type: ignore[attr-defined]
    return int(stored["step"])


# 4. The dev set chooses how far to go; the codes are fitted to what the chosen head makes.


def blended(start: Mapping[str, Tensor], trained: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights ``share`` of the way to the trained ones (Wortsman et al. 2022, "Robust fine-tuning")."""
    return {name: value + share * (trained[name] - value) for name, value in start.items()}


def stored(tensors: Mapping[str, Tensor], encoder: SentenceEncoder, seed: int) -> StoredModule:
    """The head in half precision, as ``save_module`` takes it."""
    arrays = {name: tensor.detach().half().numpy() for name, tensor in tensors.items()}
    digest = hashlib.sha256(encoder.weights_sha256.encode())
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    return StoredModule(
        KIND,
        {"encoder": encoder.name, "encoder_sha256": encoder.weights_sha256, "sha256": digest.hexdigest(), "seed": seed},
        arrays,
    )


def with_codes(
    tensors: dict[str, Tensor], encoder: SentenceEncoder, kept: KeptStates, texts: Sequence[str], seed: int
) -> StoredModule:
    """The head with centres and steps of its codes, fitted to the memory tokens of ``texts``."""
    compressor = DocumentCompressor(kept, stored(tensors, encoder, seed))
    for name in CONFIGURATIONS:
        tokens = np.concatenate([memory.tokens for memory in compressor.compress(texts, name)])
        tensors[f"centre_{name}"] = torch.from_numpy(tokens.mean(axis=0))
        tensors[f"step_{name}"] = torch.from_numpy(STEP * np.maximum(tokens.std(axis=0), 1e-3))
    return stored(tensors, encoder, seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, train, choose, write."""
    options = _parser().parse_args(arguments)
    config = Config.read()
    data = options.data if options.data.is_dir() else None
    found = {name: limited(pairs(name, data), config.documents[name]) for name in ("train", "dev")}
    if options.max_samples:
        found = {name: random.Random(0).sample(of, min(len(of), options.max_samples)) for name, of in found.items()}
    console.print(f"{len(found['train'])} pairs to train on, {len(found['dev'])} held out")
    if not options.dry_run:
        _run(options, config, found)
    return 0


def _run(options: argparse.Namespace, config: Config, found: Mapping[str, Sequence[Pair]]) -> None:
    encoder, folder = SentenceEncoder(), options.out / "states"
    states = {name: states_of(encoder, of, folder, name) for name, of in found.items()}
    torch.manual_seed(options.seed)
    head = started(states["train"])
    start = {name: value.detach().clone() for name, value in head.state_dict().items()}
    train(head, Batches(found["train"], states["train"], config.batch, options.seed), config, options)
    kept, held = (KeptStates(encoder.weights_sha256, states[name]) for name in ("train", "dev"))
    documents = sorted({pair.document for pair in found["train"]})
    texts = random.Random(options.seed).sample(documents, min(_FITTED, len(documents)))
    tried = []
    for share in (0.0, *config.blends):
        module = with_codes(blended(start, head.state_dict(), share), encoder, kept, texts, options.seed)
        figures = judged(DocumentCompressor(held, module), held, found["dev"])
        tried.append((figures.score, share, module, figures))
        console.print(f"{share:.0%} of the way: {figures.score:.4f}; {figures.sentence()}", soft_wrap=True)
    _, share, module, figures = max(tried, key=lambda one: one[0])
    save_module(options.out / "model", module)
    write_card(options.out / "model", found["train"], share, figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the real texts")
    parser.add_argument("--out", type=Path, required=True, help="folder for states, checkpoints and the model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-samples", type=int, default=0, help="at most so many pairs of each split")
    parser.add_argument("--max-minutes", type=float, default=60.0, help="of training")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument("--dry-run", action="store_true", help="read and check the texts, train nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
