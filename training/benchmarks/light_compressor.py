"""The light compressor against full MiniLM, and against PCA and product quantization at the same number of bytes.

    python -m seamless_retail.training.benchmarks.light_compressor [--json FILE] [--states FOLDER]

Three held-out sets: questions on the demonstration shop's test products, each ranking all test products; and hetPQA's
and semiPQA's ranking files, each question ranking its own candidates, which are shuffled first because the files keep
the order of an earlier ranker. Every figure is nDCG@10 from one pass of MiniLM over every text; ``--states`` keeps its
states, and with the folder of the recipe's run (``FOLDER/states``) the training texts need not be read again.

- *pooled* and *late*: by the pooled vector and by late interaction over the memory tokens, both read back from what a
  memory store keeps of them; the questions are exact.
- *PCA*: MiniLM's vector on the principal axes of the training texts' vectors, as many as the mean number of bytes of
  the configuration's documents pays for, at 32 or 8 bits a dimension, or at 4 bits in steps fitted to each as
  the compressor's are.
- *PQ*: FAISS product quantization of MiniLM's vector, 8 bits a subspace, trained on the training texts.

A baseline whose bytes would pay for more than MiniLM's 384 dimensions gets all 384. Storage is set against MiniLM's
vector in float32 with the text in UTF-8.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from seamless_retail.core.settings import load_settings
from seamless_retail.models.document_compressor import CONFIGURATIONS, DocumentCompressor
from seamless_retail.models.fitted_code import STEP
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.benchmarks.ranking import RankingSet
from seamless_retail.training.data.compressor_texts import RANKINGS, limited, pairs
from seamless_retail.training.data.token_cache import KeptStates, token_states
from seamless_retail.training.recipes.document_compressor import Config, states_of
from seamless_retail.training.recipes.document_compressor_card import compressed_ndcg
from seamless_retail.training.run.progress import training_progress

Floats = NDArray[np.float32]
_ITERATIONS, _PER_CENTROID = 12, 16
"""Of the k-means behind product quantization; its 256 centroids are fitted to so many vectors each."""
_COLUMNS = ("pooled", "late", "PCA 32 bit", "PCA 8 bit", "PCA 4 bit", "PQ")


def ranking_sets(data: Path, seed: int) -> list[RankingSet]:
    """The held-out sets; those of ``data`` where it has them."""
    asked = [(pair.question, pair.document) for pair in pairs("test", None) if pair.source.startswith("shop")]
    found = [RankingSet.over_all("shop", asked, seed)]
    for name, file in zip(("hetPQA", "semiPQA"), RANKINGS, strict=True):
        path = data / "amazon_pqa" / file
        if path.is_file():
            found.append(RankingSet.read(name, path, seed))
    return found


class Baselines:
    """PCA and product quantization of MiniLM's vectors.

    Args:
        training: Vectors ``[n, 384]`` of texts that no ranking set holds.
    """

    def __init__(self, training: Floats) -> None:
        self._training = training
        self._axes = np.linalg.svd(training, full_matrices=False)[2]
        self._quantizers: dict[int, Any] = {}

    def pca(self, vectors: Floats, size: float, bits: int) -> Floats:
        """Vectors as they are read back from ``size`` bytes: on as many axes as it pays for, at ``bits`` each.

        Without centring, because that keeps inner products best.
        """
        axes = self._axes[: max(1, min(len(self._axes), int(8 * size / bits)))].T
        found, fitted = vectors @ axes, self._training @ axes
        if bits == 32:
            return found
        if bits == 4:
            centre, step = fitted.mean(axis=0), STEP * fitted.std(axis=0)
        else:
            low, high = fitted.min(axis=0), fitted.max(axis=0)
            centre, step = (low + high) / 2, (high - low) / 2**bits
        half = 2 ** (bits - 1)
        coded: Floats = (np.clip(np.floor((found - centre) / step), -half, half - 1) + 0.5) * step + centre
        return coded

    def projected(self, questions: Floats, size: float, bits: int) -> Floats:
        """Questions on the same axes, exact."""
        return questions @ self._axes[: max(1, min(len(self._axes), int(8 * size / bits)))].T

    def pq(self, vectors: Floats, size: float) -> Floats:
        """Vectors as product quantization gives them back, in at most ``size`` bytes."""
        dimension = vectors.shape[1]
        subspaces = max(m for m in range(1, dimension + 1) if dimension % m == 0 and m <= max(1, size))
        if subspaces not in self._quantizers:
            quantizer = faiss.ProductQuantizer(dimension, subspaces, 8)
            quantizer.cp.niter, quantizer.cp.min_points_per_centroid = _ITERATIONS, 1
            quantizer.train(self._training[: _PER_CENTROID * 256])
            self._quantizers[subspaces] = quantizer
        quantizer = self._quantizers[subspaces]
        decoded: Floats = quantizer.decode(quantizer.compute_codes(vectors))
        return decoded


def figures(
    ranking: RankingSet, kept: KeptStates, compressor: DocumentCompressor, baselines: Baselines
) -> list[dict[str, Any]]:
    """One record per configuration."""
    questions, documents = kept.embed(ranking.questions), kept.embed(ranking.documents)
    full = ranking.ndcg_of_vectors(questions, documents)
    text = float(np.mean([len(document.encode()) for document in ranking.documents]))
    records = []
    for name in CONFIGURATIONS:
        memories, code = compressor.compress(ranking.documents, name), compressor.code(name)
        size = float(np.mean([len(code.pack(memory.tokens)) for memory in memories]))
        values = compressed_ndcg(compressor, ranking, name)
        for bits in (32, 8, 4):
            coded, asked = baselines.pca(documents, size, bits), baselines.projected(questions, size, bits)
            values[f"PCA {bits} bit"] = ranking.ndcg_of_vectors(asked, _unit(coded))
        values["PQ"] = ranking.ndcg_of_vectors(questions, _unit(baselines.pq(documents, size)))
        records.append(
            {
                "set": ranking.name,
                "configuration": name,
                "questions": len(ranking.questions),
                "documents": len(ranking.documents),
                "bytes": size,
                "of vector and text": size / (4 * documents.shape[1] + text),
                "MiniLM": full,
                **values,
            }
        )
    return records


def markdown(records: Sequence[dict[str, Any]]) -> str:
    """The table; nDCG@10 of MiniLM as it is, of the others as a ratio to it."""
    head = ("set", "configuration", "bytes", "of vector + text", "MiniLM", *_COLUMNS)
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for record in records:
        ratios = [f"{record[column] / record['MiniLM']:.1%}" for column in _COLUMNS]
        share = f"{record['of vector and text']:.2f}"
        cells = [record["set"], record["configuration"], f"{record['bytes']:.0f}", share, f"{record['MiniLM']:.4f}"]
        lines.append(f"| {' | '.join([*cells, *ratios])} |")
    return "\n".join(lines)


def read_states(
    encoder: SentenceEncoder, sets: Sequence[RankingSet], data: Path, folder: Path
) -> tuple[KeptStates, Floats]:
    """The states of all texts of the sets, and MiniLM's vectors of the recipe's training texts."""
    texts = sorted({text for ranking in sets for text in ranking.texts})
    with training_progress("reading held-out texts", len(texts)) as report:
        states = token_states(encoder, texts, folder, lambda done: report(done, {}))
    trained = limited(pairs("train", data if data.is_dir() else None), Config.read().documents["train"])
    training = KeptStates("", states_of(encoder, trained, folder, "training"))
    return KeptStates(encoder.weights_sha256, dict(zip(texts, states, strict=True))), training.embed(training.texts)


def speed(model: Path | None, documents: Sequence[str], rounds: int = 3) -> float:
    """Documents a second of compressing, as a ratio to MiniLM's own encoding; the median of rounds, by CPU time."""
    encoder = SentenceEncoder()
    compressor = DocumentCompressor.from_pretrained(model, encoder)
    compressor.compress(documents[:8])
    ratios = []
    for _ in range(rounds):
        began = time.process_time()
        encoder.encode(documents)
        between = time.process_time()
        compressor.compress(documents)
        ratios.append((between - began) / (time.process_time() - between))
    return float(np.median(ratios))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all sets, print the table, write the records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the real texts")
    parser.add_argument("--model", type=Path, help="folder of a compressor; the packaged one by default")
    parser.add_argument("--states", type=Path, help="keep MiniLM's states in this folder for the next run")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle")
    parser.add_argument("--speed", action="store_true", help="compare compressing with encoding too, at balanced")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args(arguments)
    sets = ranking_sets(options.data, options.seed)
    with TemporaryDirectory() as temporary:
        kept, training = read_states(SentenceEncoder(), sets, options.data, options.states or Path(temporary))
    baselines = Baselines(training)
    compressor = DocumentCompressor.from_pretrained(options.model, kept)
    shown = track(sets, "ranking", console=Console(stderr=True))
    records = [record for ranking in shown for record in figures(ranking, kept, compressor, baselines)]
    Console().print(markdown(records), soft_wrap=True, markup=False)
    if options.speed:
        ratio = speed(options.model, sets[0].documents[:64])
        Console().print(f"compressing at balanced: {ratio:.2f} of the speed of MiniLM's own encoding")
    if options.json:
        options.json.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    return 0


def _unit(vectors: Floats) -> Floats:
    found: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
