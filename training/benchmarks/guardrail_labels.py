"""How well the label engine reads allergens: found, over-blocked, status of traces, claims.

Cases: ``nutrition_dev`` (Open Food Facts, ODbL: evaluation only). It is split in two by a hash of the product group;
failures of the half "seen" were read while the engine was written, of the half "unseen" never, and both are reported.

``cannot clear`` counts for "all found or cannot clear", so its share stands beside it, by product and by allergen: the
product's share is that of labels which leave at least one of 14 allergens open, the allergen's share is what a customer
with one allergy meets. The strict row counts only what is found, or hidden by an ingredient that may hide that very
allergen. The precision of T5 is a lower bound: the statement that is the gold names only what the law of the label's
country makes it name, so that celery, mustard and oats on a label of the United States count as errors.
"""

import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seamless_retail.core.food_facts.allergens import EU_14
from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.lobes.guardrails.labels.records import Status
from seamless_retail.training.benchmarks.guardrail_figures import Aim, Figure, share

Case = dict[str, Any]
FOUND = {"en": Aim(0.97), "other": Aim(0.92)}
PRECISE = {"en": Aim(0.90), "other": Aim(0.85)}
OVER_BLOCKED = Aim(0.03, is_least=False)
TRACED = Aim(0.97)
MISREAD = Aim(0.02, is_least=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guard says of a label."""

    contains: frozenset[str]
    may_contain: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    """What an ingredient of unstated source may hide, of what is not found."""
    is_unreadable: bool = False

    @property
    def cannot_clear(self) -> bool:
        """Whether silence on some allergen means nothing."""
        return self.is_unreadable or bool(self.hidden)


Guard = Callable[[Case], Answer]


def read_cases(path: Path) -> list[Case]:
    """The development cases, each with its ``half`` by a hash of its group, and its ``tongue``."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        cases: list[Case] = [json.loads(line) for line in file]
    for case in cases:
        case["half"] = "seen" if hashlib.sha256(case["group"].encode()).digest()[0] % 2 == 0 else "unseen"
        case["tongue"] = "en" if case["lang"] == "en" else "other"
    return cases


def tier(cases: Sequence[Case], *names: str) -> list[Case]:
    """The cases of some tiers (``T5``)."""
    return [case for case in cases if case["tier"][:2] in names]


def answer(reader: LabelReader, text: str) -> Answer:
    """What ``seamless guard scan`` says of a label."""
    reading = reader.read(text)
    said = {(f.allergen, f.status) for f in reading.findings if not f.exempt}
    contains = frozenset(a for a in EU_14 if (a, Status.CONTAINS) in said)
    traces = frozenset(a for a in EU_14 if (a, Status.MAY_CONTAIN) in said)
    return Answer(contains, traces, reading.hidden(), reading.cannot_clear)


def gold(case: Case, field: str = "allergens") -> frozenset[str]:
    """The allergens of a case among the 14."""
    return frozenset(name.removeprefix("en:") for name in case[field] or ()) & frozenset(EU_14)


def measure_cases(guard: Guard, cases: Sequence[Case]) -> list[Figure]:
    """T5, T7 and T8, by half and language."""
    groups: dict[tuple[str, str, str], list[tuple[Case, Answer]]] = defaultdict(list)
    for case in tier(cases, "T5", "T7", "T8"):
        groups[case["tier"][:2], case["tongue"], case["half"]].append((case, guard(case)))
    figures = []
    for (name, tongue, half), pairs in sorted(groups.items()):
        measure = {"T5": measure_t5, "T7": _measure_t7, "T8": measure_t8}[name]
        figures += measure(f"{name} {tongue} {half}", tongue, pairs)
    return figures


def measure_t5(name: str, tongue: str, pairs: Sequence[tuple[Case, Answer]]) -> list[Figure]:
    """Found, precision, over-block and what cannot be cleared, on labels without their own statement."""
    missed = [case["id"] for case, said in pairs if not gold(case) <= said.contains]
    silent = [case["id"] for case, said in pairs if not (gold(case) <= said.contains or said.cannot_clear)]
    open_ids = [case["id"] for case, said in pairs if not (gold(case) <= _suspected(said))]
    wrong = [f"{case['id']}:{a}" for case, said in pairs for a in sorted(said.contains - gold(case))]
    unclear = sum(len(_suspected(said) - said.contains - gold(case)) for case, said in pairs)
    named, count = sum(len(said.contains) for _, said in pairs), len(pairs)
    absent = sum(len(EU_14) - len(gold(case)) for case, _ in pairs)
    return [
        share(f"{name}: all found or cannot clear", count - len(silent), count, FOUND[tongue], silent),
        share(f"{name}: all found or that very allergen hidden", count - len(open_ids), count, None, open_ids),
        share(f"{name}: all found", count - len(missed), count, None, missed),
        share(f"{name}: precision (lower bound)", named - len(wrong), named, PRECISE[tongue], wrong),
        share(f"{name}: over-block, absent allergens", len(wrong), absent, OVER_BLOCKED),
        share(f"{name}: cannot clear, products", sum(said.cannot_clear for _, said in pairs), count),
        share(f"{name}: cannot clear, absent allergens", unclear, absent),
    ]


def _suspected(said: Answer) -> frozenset[str]:
    return said.contains | (frozenset(EU_14) if said.is_unreadable else said.hidden)


def _measure_t7(name: str, tongue: str, pairs: Sequence[tuple[Case, Answer]]) -> list[Figure]:
    wanted = [(case, said, a) for case, said in pairs for a in sorted(gold(case, "traces"))]
    missed = [f"{case['id']}:{a}" for case, said, a in wanted if a not in said.may_contain]
    return [share(f"{name}: status may_contain", len(wanted) - len(missed), len(wanted), TRACED, missed)]


CLAIMED = {
    "gluten": r"glut",
    "milk": r"la[ck]t|dairy|milk|lait|milch|latt",
    "nuts": r"\bnut",
    "soybeans": r"so[yij]",
    "eggs": r"egg|huevo|uov|oeuf",
}
"""What a claim of T8 denies."""


def measure_t8(name: str, tongue: str, pairs: Sequence[tuple[Case, Answer]]) -> list[Figure]:
    """Names whose claimed allergen is raised; for "lactose-free" dairy the milk of the name itself is no misreading."""
    wrong = []
    for case, said in pairs:
        denied = {a for a, pattern in CLAIMED.items() if re.search(pattern, case["claim"].lower())}
        is_lactose = re.search(r"la[ck]t|latt", case["claim"].lower()) is not None
        wrong += [case["id"]] if denied & said.contains and not is_lactose else []
    return [share(f"{name}: claims misread", len(wrong), len(pairs), MISREAD, wrong)]


def measure_over_block(guard: Guard, cases: Sequence[Case]) -> list[Figure]:
    """For each allergen how many of the products without it are said to contain it (T5, both halves)."""
    clean, wrong = Counter[str](), defaultdict[str, list[str]](list)
    for case in tier(cases, "T5"):
        said = guard(case).contains
        for allergen in set(EU_14) - gold(case):
            clean[allergen] += 1
            wrong[allergen] += [case["id"]] if allergen in said else []
    return [
        share(f"over-block of products without {a}", len(wrong[a]), clean[a], OVER_BLOCKED, wrong[a]) for a in EU_14
    ]
