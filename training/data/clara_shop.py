"""The demonstration shop's products and policies as an endless stream of stage-1 records."""

import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from seamless_retail.core.database.seed.fashion import make_fashion
from seamless_retail.core.database.seed.grocery import make_grocery
from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.training.data.clara_candidates import choices
from seamless_retail.training.data.clara_catalogue import (
    Catalogue,
    Split,
    documents,
    evaluation_records,
    shelves,
    write_jsonl,
)
from seamless_retail.training.data.clara_multidocument import policy_records
from seamless_retail.training.data.clara_policies import policies_of, stage1_records

_DOCUMENTS = (1, 2, 3, 4, 5)
_STAGE3_PRODUCTS = 400


def shop_documents(
    seed: int, *, split: Split = "train", policies: float = 0.0, questions: int = 8, **options: Any
) -> Iterator[dict[str, Any]]:
    """Records from varied products and policies of ``split``.

    Args:
        seed: Same seed, same records.
        split: Of the products and of the policies.
        policies: Share of records that are on a policy.
        questions: Most questions per record.
        options: As :func:`~seamless_retail.training.data.clara_catalogue.documents` has.
    """
    random = Random(f"{seed} products or policies")
    on_products = documents(catalogue_of(split), seed, questions=questions, **options)
    on_policies = stage1_records(policies_of(make_policies(), split), seed, count=sys.maxsize, questions=questions)
    while True:
        yield next(on_policies if random.random() < policies else on_products)


def shop_questions(seed: int, *, split: Split = "dev", **options: Any) -> Iterator[dict[str, Any]]:
    """Records from the products of ``split`` as they are, once each."""
    return evaluation_records(catalogue_of(split), seed, **options)


@cache
def catalogue_of(split: Split) -> Catalogue:
    """The demonstration shop's products of one split."""
    return Catalogue.of([*make_fashion(), *make_grocery()], split)


def shop_shelves(
    seed: int,
    *,
    split: Split = "train",
    single: float = 0.4,
    policies: float = 0.1,
    described: float = 0.15,
    questions: int = 12,
    most_lines: int = 99,
) -> Iterator[dict[str, Any]]:
    """Stage-2 records: several products with questions that name the one they mean, and what else a reader must keep.

    Args:
        seed: Same seed, same records.
        split: Of the products and of the policies.
        single: Share of records on one product: what stage 1 taught is not to be lost.
        policies: Share on several policies.
        described: Share in which one product is described, among others that differ from it in one value.
        questions: Most questions per record.
        most_lines: Of a product's text, but for those that are described.
    """
    random = Random(f"{seed} shelves")
    catalogue = catalogue_of(split)
    on_one = documents(catalogue, seed, questions=questions, most_lines=most_lines)
    on_several = shelves(catalogue, seed, questions=questions, most_lines=most_lines)
    on_choices = {count: choices(catalogue, seed + count, candidates=count, hard=3) for count in _DOCUMENTS}
    on_policies = {
        count: policy_records(policies_of(make_policies(), split), seed, stage=2, documents=count, count=sys.maxsize)
        for count in _DOCUMENTS
    }
    while True:
        draw = random.random()
        if draw < single:
            record = next(on_one)
            answers = record["answers"]
            yield {"question": record["question"], "docs": record["docs"], "gold_answer": answers, "answer": answers}
        elif draw < single + policies:
            yield next(on_policies[random.choice(_DOCUMENTS)])
        elif draw < single + policies + described:
            yield next(on_choices[random.choice(_DOCUMENTS)]).stage2()
        else:
            yield next(on_several)


def write_records(folder: Path, *, seed: int, questions: int) -> None:
    """Write ``stage3.jsonl``: questions with twenty candidates, from few enough products that all memories can be kept.

    Args:
        folder: Made if it is not there.
        seed: Of every draw.
        questions: How many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    few = Catalogue(Random(seed).sample(list(catalogue_of("train").products), _STAGE3_PRODUCTS))
    write_jsonl(folder / "stage3.jsonl", (choice.stage3() for choice in islice(choices(few, seed), questions)))
