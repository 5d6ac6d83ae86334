"""Questions with the documents that answer them, to train the light compressor on.

Every pair belongs to a document of one split, by the hash of what must not stand on two sides: the product of a
catalogue text or of a shopper's question, the policy, the passage, the attribute. ``test`` exists for the shop only;
the test sets of the others are hetPQA's and semiPQA's ranking files, and no pair is made from a product, a question or
a candidate that occurs there.

The files under ``../shared/data`` are not shipped; without them the shop's pairs remain.
"""

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.training.data.clara_candidates import choices
from seamless_retail.training.data.clara_catalogue import Split, product_document, questions_on, split_of
from seamless_retail.training.data.clara_policies import facts_of, policies_of, policy_text
from seamless_retail.training.data.clara_shop import catalogue_of

RANKINGS = ("hetpqa_ranking_dev.tsv.gz", "semipqa_ranking_dev.tsv.gz")
_PER_PRODUCT = 3
_PER_PASSAGE = 3


@dataclass(frozen=True)
class Pair:
    """A question and a document that answers it."""

    source: str
    group: str
    """Documents of one group are alike: one category, one product, one passage. Batches are drawn along it."""
    question: str
    document: str


def pairs(split: Split, data: Path | None, seed: int = 0) -> list[Pair]:
    """All pairs of a split, in a fixed order.

    Args:
        split: ``train``, ``dev`` or, for the shop, ``test``.
        data: The folder of the real texts; where it is missing, or ``None``, the shop's pairs alone are given.
        seed: Of the shop's questions.
    """
    found = list(_shop_pairs(split, seed))
    if data is not None and split != "test":
        found += [*_shoppers(data, split), *_attributes(data, split), *_passages(data, split)]
    return found


@cache
def _shop_pairs(split: Split, seed: int) -> tuple[Pair, ...]:
    return (*product_pairs(split, seed), *policy_pairs(split))


def product_pairs(split: Split, seed: int = 0) -> Iterator[Pair]:
    """Questions that name a product or describe one, over the products of ``split`` as they are."""
    catalogue, random = catalogue_of(split), Random(f"{seed} compressor {split}")
    category = {}
    for product in catalogue.products:
        document = product_document(product)
        category[document] = f"{product.department}/{product.category}"
        asked = questions_on(document, product, catalogue.pools, random, count=_PER_PRODUCT, named=True)
        stated = [question for question in asked if question.kind != "absent"]
        yield from (Pair("shop: named", category[document], one.text, document) for one in stated)
    described = choices(catalogue, seed, candidates=2, hard=0, varied=False)
    for choice in islice(described, len(catalogue.products)):
        document = choice.documents[choice.right]
        yield Pair("shop: described", category[document], choice.question, document)


def policy_pairs(split: Split) -> Iterator[Pair]:
    """Every wording of every question on the policies of ``split``."""
    for policy in policies_of(make_policies(), split):
        for fact in facts_of(policy):
            yield from (Pair("policies", "policies", question, policy_text(policy)) for question in fact.questions)


def _shoppers(data: Path, split: Split) -> Iterator[Pair]:
    """The training answers of hetPQA, without what the ranking files hold; ``qa_with_docs`` has the same pairs."""
    held = [row for name in RANKINGS for row in _rows(data / "amazon_pqa" / name)]
    products = {row["ASIN"] for row in held if "ASIN" in row}
    texts = {_plain(row[column]) for row in held for column in ("question", "candidate")}
    for row in _rows(data / "amazon_pqa" / "hetpqa_answers_train.tsv.gz"):
        seen = row["ASIN"] in products or texts & {_plain(row["question"]), _plain(row["candidate"])}
        if not seen and _half(row["ASIN"], split):
            yield Pair("hetPQA", row["ASIN"], row["question"], row["candidate"])


def _attributes(data: Path, split: Split) -> Iterator[Pair]:
    """The attributes of semiPQA, each with its sentence in place of a question."""
    held = {_plain(row["candidate"]) for name in RANKINGS for row in _rows(data / "amazon_pqa" / name)}
    for row in _rows(data / "amazon_pqa" / "semipqa_data2text_train.tsv.gz"):
        if _plain(row["data"]) not in held and _half(row["data"], split):
            yield Pair("attributes", "attributes", row["text"], row["data"])


def _passages(data: Path, split: Split) -> Iterator[Pair]:
    path = data / "clara_pretrain_example" / "pretrain_data.jsonl.gz"
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for record in map(json.loads, file):
            document = "\n".join(record["docs"])
            if record["data_type"] == "qa" and _half(document, split):
                yield from (Pair("Wikipedia", "passages", text, document) for text in record["question"][:_PER_PASSAGE])


def _half(key: str, split: Split) -> bool:
    """Whether a key without a test split is in ``split``: what would be ``test`` is ``dev``."""
    return (split_of(key) == "train") == (split == "train")


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def limited(pairs: list[Pair], most: Mapping[str, int]) -> list[Pair]:
    """The pairs of at most so many documents of each source, chosen by their hash; a source not named keeps all."""
    documents: dict[str, set[str]] = {}
    for pair in pairs:
        documents.setdefault(pair.source, set()).add(pair.document)
    kept = {
        source: set(sorted(found, key=lambda text: hashlib.sha256(text.encode()).hexdigest())[: most.get(source)])
        for source, found in documents.items()
    }
    return [pair for pair in pairs if pair.document in kept[pair.source]]
