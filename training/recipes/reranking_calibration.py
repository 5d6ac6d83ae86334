r"""Fits the probabilities of reranked candidates: when is a candidate relevant, given its compressed memory as well?

    seamless shop seed && seamless index build
    python -m seamless_retail.training.recipes.reranking_calibration ../shared/data/amazon_pqa \
        --index ~/.seamless/index --write

Run it whenever a compressor's weights change; ``retrievers/calibration.json`` names the weights that it was fitted on.

Two kinds of rows, both of the signals of ``retrievers/calibration.py`` and a label:

- questions of hetPQA's training part with the evidence that humans marked, among evidence on other questions about the
  same product, attribute records and evidence on other products. Every product of hetPQA's dev part is left out, and
  every question that the dev parts of hetPQA or semiPQA ask too, so the benchmark's files stay unseen. (semiPQA names
  no products.) So are the products that the light compressor was trained on (``training/data/compressor_texts.py``),
  where its similarities are better than they will be anywhere else. They are scored as ``LatentReranker.scores`` does
  it, by themselves.
- the judgements on the demonstration shop (``training/data/retrieval_judgements.jsonl``), half of whose queries nothing
  answers. They are scored as ``HybridRetriever`` does it, over the whole index.

The logistic regression gives both kinds the same total weight. Its intercept is then moved to even odds (Saerens et
al. 2002, "Adjusting the outputs of a classifier to new a priori probabilities"): of the best candidates of a shop's
question a fifth are relevant, and at that prior half of them stay below 0.55. So a score is the probability that a
candidate is relevant where as many are as are not. What is printed is of held-out products and queries, five folds; the
model that is written is fitted on all rows.
"""

import argparse
import csv
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from seamless_retail.retrievers import MiniLMEmbeddings, open_retriever
from seamless_retail.retrievers.calibration import CALIBRATIONS, Calibration, calibration_name
from seamless_retail.retrievers.hybrid import ranked_text
from seamless_retail.retrievers.opening import open_compressor
from seamless_retail.retrievers.plain_words import plain_words
from seamless_retail.retrievers.rag_config import LIGHT, CompressionConfig
from seamless_retail.retrievers.reranking import SIGNALS, LatentReranker
from seamless_retail.training.data.clara_catalogue import split_of
from seamless_retail.training.recipes.retrieval_calibration import read_judgements, shop_candidates

NAMES = ("cosine", "coverage", "latent")
"""Without the fused rank, which made the order of the training questions' candidates worse."""
NEGATIVES = {"product": 6, "attributes": 6, "others": 3}
"""Irrelevant candidates of a question: of the same product, attribute records, of other products."""
TOGETHER = 256
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.7)

console = Console(stderr=True)


class Question(NamedTuple):
    """A question of hetPQA and its candidates in random order."""

    product: str
    text: str
    candidates: list[str]
    relevant: list[bool]


class Rows(NamedTuple):
    """The candidates of all questions."""

    signals: np.ndarray
    """``[n, 3]``: :data:`NAMES`."""
    relevant: np.ndarray
    """bool ``[n]``"""
    group: np.ndarray
    """Rows of one group, a product or a query, are held out together: ``[n]``."""


def main() -> None:
    """Fit, report, and with ``--write`` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the amazon_pqa files")
    parser.add_argument("--index", type=Path, help="index of the demonstration shop; without it, no judgements")
    parser.add_argument("--model", default=LIGHT, help="light, clara-nano, or the folder of a CLaRa model")
    parser.add_argument("--rate", type=int, help="text tokens per memory token")
    parser.add_argument("--questions", type=int, help="of hetPQA, at most; all of them by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write the model into retrievers/calibration.json")
    arguments = parser.parse_args()
    embeddings = MiniLMEmbeddings()
    compressor = open_compressor(CompressionConfig(model=arguments.model, rate=arguments.rate), embeddings)
    unfitted = Calibration(weights=dict.fromkeys(NAMES, 0.0), intercept=0.0)
    reranker = LatentReranker(compressor, unfitted, embeddings=embeddings, cache_size=100_000)
    questions = read_questions(arguments.data, arguments.seed)[: arguments.questions]
    parts = {"hetPQA": own_rows(reranker, questions)}
    if arguments.index:
        parts["shop"] = shop_rows(reranker, arguments.index)
    name = calibration_name(compressor.identity)
    console.print(f"{name}: {', '.join(f'{len(rows.relevant)} rows of {part}' for part, rows in parts.items())}")
    shift = even_odds(parts["shop" if "shop" in parts else "hetPQA"])
    held_out = {part: np.zeros(len(rows.relevant)) for part, rows in parts.items()}
    for fold in range(5):
        split = {part: masks(rows, fold) for part, rows in parts.items()}
        model = fit([Rows(*(column[split[part][0]] for column in rows)) for part, rows in parts.items()])
        for part, rows in parts.items():
            test = split[part][1]
            held_out[part][test] = probabilities(model.decision_function(rows.signals[test]) + shift)
    for part, rows in parts.items():
        report(part, rows, held_out[part])
    model = fit(list(parts.values()))
    weights = dict(zip(NAMES, (round(float(weight), 3) for weight in model.coef_[0]), strict=True))
    values = Calibration(
        weights=weights,
        intercept=round(float(model.intercept_[0] + shift), 3),
        compressor_sha256=compressor.identity.sha256,
    )
    console.print(f"{name}: {values}")
    if arguments.write:
        write(name, values)


def read_questions(data: Path, seed: int) -> list[Question]:
    """The questions of the training part on products, and in words, that the benchmark's files do not hold."""
    reported = [row for name in ("hetpqa", "semipqa") for row in read(data / f"{name}_ranking_dev.tsv.gz")]
    products = {row["ASIN"] for row in reported if "ASIN" in row}
    asked = {row["question"].strip().casefold() for row in reported}
    rows = [
        row
        for row in read(data / "hetpqa_answers_train.tsv.gz")
        if row["ASIN"] not in products
        and row["question"].strip().casefold() not in asked
        and split_of(row["ASIN"]) != "train"
    ]
    records = {row["data"] for row in read(data / "semipqa_data2text_train.tsv.gz")}
    attributes = sorted(records | {row["candidate"] for row in rows if row["source"] == "attribute"})
    return list(_questions(rows, attributes, random.Random(seed)))


def _questions(rows: list[dict[str, str]], attributes: list[str], draw: random.Random) -> Iterator[Question]:
    evidence = sorted({row["candidate"] for row in rows})
    of_product: dict[str, list[str]] = {}
    relevant: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        of_product.setdefault(row["ASIN"], []).append(row["candidate"])
        relevant.setdefault((row["ASIN"], row["question"]), []).append(row["candidate"])
    for (product, text), right in relevant.items():
        same = sorted(set(of_product[product]) - set(right))
        wrong = draw.sample(same, min(NEGATIVES["product"], len(same)))
        wrong += draw.sample(attributes, NEGATIVES["attributes"]) + draw.sample(evidence, NEGATIVES["others"])
        said = {candidate.split(":")[0] for candidate in right}  # another value of the same attribute may be right too
        kept = [c for c in dict.fromkeys(wrong) if c not in right and c.split(":")[0] not in said]
        labelled = [*((c, True) for c in dict.fromkeys(right)), *((c, False) for c in kept)]
        draw.shuffle(labelled)
        yield Question(product, text, [c for c, _ in labelled], [label for _, label in labelled])


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def own_rows(reranker: LatentReranker, questions: Sequence[Question]) -> Rows:
    """Candidates scored by themselves."""
    texts = sorted({text for question in questions for text in question.candidates}, key=len)
    for start in track(range(0, len(texts), TOGETHER), "hetPQA: compressing", console=console):
        reranker.prepare(texts[start : start + TOGETHER])
    signals, relevant, group = [], [], []
    for question in track(questions, "hetPQA", console=console):
        plain = [plain_words(text) for text in question.candidates]
        found = reranker.signals(question.text, question.candidates)
        latent = reranker.similarities(question.text, plain)
        signals.append(np.column_stack([found["cosine"], found["coverage"], latent]))
        relevant += question.relevant
        group += [question.product] * len(plain)
    return Rows(np.concatenate(signals), np.array(relevant), np.array(group))


def shop_rows(reranker: LatentReranker, index: Path) -> Rows:
    """Candidates of the shop's index."""
    retriever = open_retriever(index, reranker.embeddings)
    judgements = read_judgements()
    rows = shop_candidates(retriever, judgements)
    latent = []
    for number, judgement in enumerate(track(judgements, "shop", console=console)):
        documents = retriever.store.get_by_ids(rows.ids[number])
        latent.append(reranker.similarities(judgement["query"], [ranked_text(document) for document in documents]))
    cosine, coverage = (rows.features[:, SIGNALS.index(name)] for name in ("cosine", "coverage"))
    return Rows(np.column_stack([cosine, coverage, np.concatenate(latent)]), rows.relevant, rows.query)


def masks(rows: Rows, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train and to test on in one of five folds."""
    found: tuple[np.ndarray, np.ndarray] = list(
        GroupKFold(5, shuffle=True, random_state=0).split(rows.signals, rows.relevant, rows.group)
    )[fold]
    return found


def fit(parts: Sequence[Rows]) -> LogisticRegression:
    """A logistic regression in which every part weighs the same."""
    weights = np.concatenate([np.full(len(rows.relevant), 1 / len(rows.relevant)) for rows in parts])
    signals, relevant = (np.concatenate([rows[place] for rows in parts]) for place in (0, 1))
    model = LogisticRegression(C=100.0, max_iter=1000)
    return model.fit(signals, relevant, sample_weight=weights * len(relevant) / len(parts))


def even_odds(rows: Rows) -> float:
    """What takes the log odds of relevance from the share of relevant rows to one half."""
    share = float(rows.relevant.mean())
    return float(np.log((1 - share) / share))


def probabilities(logits: np.ndarray) -> np.ndarray:
    """The sigmoid."""
    found: np.ndarray = 1 / (1 + np.exp(-logits))
    return found


def report(part: str, rows: Rows, scores: np.ndarray) -> None:
    """How good held-out scores are, and what a threshold would let through."""
    console.print(f"{part}: held-out AUC {roc_auc_score(rows.relevant, scores):.3f}")
    groups = [rows.group == group for group in np.unique(rows.group)]
    best = np.array([scores[own].max() for own in groups if not rows.relevant[own].any()])
    for threshold in THRESHOLDS:
        kept = scores >= threshold
        share, accepted = kept[rows.relevant].mean(), kept[~rows.relevant].mean()
        precision = rows.relevant[kept].mean() if kept.any() else float("nan")
        nothing = f"; answers {np.mean(best >= threshold):.3f} of what nothing answers" if len(best) else ""
        console.print(
            f"  {threshold:.2f}: keeps {share:.3f} of the relevant, {accepted:.3f} of the others{nothing}; "
            f"{precision:.3f} of what it keeps is relevant"
        )


def write(name: str, values: Calibration) -> None:
    """Put one model among the others."""
    path = Path(__file__).parents[2] / "retrievers" / CALIBRATIONS
    known = json.loads(path.read_text(encoding="utf-8"))
    known[name] = values.model_dump(exclude_defaults=True)
    path.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
