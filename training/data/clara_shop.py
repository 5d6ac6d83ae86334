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
    named_questions,
    write_jsonl,
)
from seamless_retail.training.data.clara_multidocument import policy_records
from seamless_retail.training.data.clara_policies import policies_of, stage1_records

_DOCUMENTS = (1, 2, 3, 4, 5)
_POLICY_SHARE = 0.1
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


def write_records(folder: Path, *, seed: int, questions: int = 6000) -> None:
    """Write ``stage2.jsonl`` and ``stage3.jsonl``: training records over several of the shop's products and policies.

    Stage 2 has one to five documents; half the questions name their product, the others describe it. Stage 3 has
    twenty, drawn from few enough products that the memories of all can be kept.

    Args:
        folder: Made if it is not there.
        seed: Of every draw.
        questions: Per stage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / "stage2.jsonl", islice(_stage2(seed), questions))
    few = Catalogue(Random(seed).sample(list(catalogue_of("train").products), _STAGE3_PRODUCTS))
    write_jsonl(folder / "stage3.jsonl", (choice.stage3() for choice in islice(choices(few, seed), questions)))


def _stage2(seed: int) -> Iterator[dict[str, Any]]:
    random = Random(f"{seed} stage 2")
    described = {count: choices(catalogue_of("train"), seed + count, candidates=count, hard=3) for count in _DOCUMENTS}
    policies = policies_of(make_policies(), "train")
    on_policies = {
        count: policy_records(policies, seed, stage=2, documents=count, count=sys.maxsize) for count in _DOCUMENTS
    }
    named = named_questions(catalogue_of("train"), seed, documents=_DOCUMENTS)
    while True:
        draw, count = random.random(), random.choice(_DOCUMENTS)
        if draw < _POLICY_SHARE:
            yield next(on_policies[count])
        elif draw < 0.5:
            yield next(described[count]).stage2()
        else:
            yield next(named)
