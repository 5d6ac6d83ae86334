"""Texts to train and judge the input guard on: attacks in grouped splits that share nothing, and harmless texts.

Jailbreaks collected in the wild repeat each other with small changes, so those that share word sequences form one
group and a group lies on one side of the split. Harmless texts are of the kinds that reach the guard: what shoppers
ask, what shops write about products and rules, e-mails, and our own near misses, which use an attack's words.
"""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from csv import DictReader
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from seamless_retail.core.errors import ImportSourceError

Split = Literal["train", "held_out"]
HELD_OUT = 0.4
"""Share of the groups that no rule and no weight has seen."""
SHINGLE = 5
"""Words of a sequence that near-duplicates share."""
SHARED = 0.2
"""Share of the shorter text's sequences from which two texts are one group."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """One text and what it is."""

    id: str
    text: str
    attack: bool
    source: str
    """The data set, or ``authored``."""
    where: Literal["query", "passage"]
    split: Split
    kind: str = ""
    language: str = "en"
    group: str = ""
    """Near-duplicates have the same; empty: the text stands alone."""


def read_specimens(data: Path) -> list[Specimen]:
    """Everything, attacks first.

    Raises:
        ImportSourceError: The data sets are not there.
    """
    try:
        jailbreaks = _jailbreaks(json.loads(_unzipped(data / "guardrails" / "inthewild_jailbreak_llms.json.gz")))
        return [*jailbreaks, *_indirect(data), *authored(), *_questions(data), *_passages(data)]
    except OSError as error:
        raise ImportSourceError(
            f"{error.filename} cannot be read.", "Set SEAMLESS_DATA to the folder of the data sets."
        ) from error


def authored() -> list[Specimen]:
    """Our own attacks on a shop and near misses, in several languages; every second one of a kind is held out."""
    lines = (files("seamless_retail.training.benchmarks") / "input_guard_cases.jsonl").read_text(encoding="utf-8")
    found = []
    for line in lines.splitlines():
        case = json.loads(line)
        split: Split = "held_out" if case["split"] == "held_out" else "train"
        attack = case["label"] == "attack"
        found.append(
            Specimen(case["id"], case["text"], attack, "authored", case["where"], split, case["kind"], case["language"])
        )
    return found


def groups(texts: Sequence[str]) -> list[int]:
    """The first row of each text's group; texts that share :data:`SHARED` of their word sequences are in one."""
    leader = list(range(len(texts)))

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shingles = [_shingles(text) for text in texts]
    for row, found in enumerate(shingles):
        common: dict[int, int] = defaultdict(int)
        for shingle in found:
            for other in holders[shingle]:
                common[other] += 1
            holders[shingle].append(row)
        for other, number in common.items():
            if number >= SHARED * min(len(found), len(shingles[other])):
                first, second = sorted((find(row), find(other)))
                leader[second] = first
    return [find(row) for row in range(len(texts))]


def split_of(name: str) -> Split:
    """The side of a group, by a hash of its name."""
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
    return "held_out" if share < HELD_OUT else "train"


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}


def _jailbreaks(texts: Sequence[str]) -> list[Specimen]:
    named = groups(texts)
    return [
        Specimen(
            f"wild-{row}",
            text,
            True,
            "in the wild",
            "query",
            split_of(f"wild {texts[named[row]]}"),
            "jailbreak",
            group=f"wild-{named[row]}",
        )
        for row, text in enumerate(texts)
    ]


def _indirect(data: Path) -> list[Specimen]:
    """BIPIA: each string hidden at the end of an e-mail; a type of attack lies on one side. The bare e-mails too."""
    folder = data / "guardrails"
    emails = [json.loads(line)["context"] for line in _lines((folder / "bipia_email_train.jsonl").read_text("utf-8"))]
    strings: dict[str, list[str]] = json.loads((folder / "bipia_text_attack_train.json").read_text("utf-8"))
    found = [
        Specimen(f"bipia-{place}-{number}", f"{emails[(5 * place + number) % len(emails)]}\n{text}", True, "BIPIA",
                 "passage", split_of(f"bipia {kind}"), kind)
        for place, (kind, texts) in enumerate(strings.items())
        for number, text in enumerate(texts)
    ]  # fmt: skip
    return found + _harmless("BIPIA e-mails", emails, "passage")


def _questions(data: Path) -> list[Specimen]:
    messages = [row["text"] for name in ("train", "dev") for row in _rows(data / "intents" / f"{name}.csv")]
    asked = [
        json.loads(line)["question"]
        for name in ("train", "dev")
        for line in _lines(_unzipped(data / "qa_with_docs" / f"hetpqa_{name}.jsonl.gz"))
    ]
    shop = (files("seamless_retail.training.benchmarks") / "shop_questions.jsonl").read_text(encoding="utf-8")
    ours = [text for line in _lines(shop) for text in _asked(json.loads(line))]
    return [
        *_harmless("shoppers' messages", messages, "query"),
        *_harmless("product questions", asked, "query"),
        *_harmless("shop questions", ours, "query"),
    ]


def _passages(data: Path) -> list[Specimen]:
    evidence = [
        document
        for name in ("train", "dev")
        for line in _lines(_unzipped(data / "qa_with_docs" / f"hetpqa_{name}.jsonl.gz"))
        for document in json.loads(line)["docs"]
    ]
    with gzip.open(data / "usda_branded" / "branded_ingredients.csv.gz", "rt", encoding="utf-8", newline="") as file:
        labels = [" ".join(filter(None, row.values())) for row in DictReader(file)]
    policies = files("seamless_retail.core.database.seed") / "content" / "policies"
    rules = [
        part
        for path in sorted(policies.iterdir(), key=lambda path: path.name)
        for part in path.read_text(encoding="utf-8").split("\n\n")
    ]
    return [
        *_harmless("reviews and answers", evidence, "passage"),
        *_harmless("food labels", labels, "passage"),
        *_harmless("policies", rules, "passage"),
    ]


def _harmless(source: str, texts: Iterable[str], where: Literal["query", "passage"]) -> list[Specimen]:
    distinct = dict.fromkeys(" ".join(text.split()) for text in texts)
    return [
        Specimen(f"{source}-{row}", text, False, source, where, split_of(f"{source} {text.lower()}"))
        for row, text in enumerate(distinct)
        if text
    ]


def _asked(case: dict[str, Any]) -> list[str]:
    """The customer's turns of a shop question."""
    turns = case.get("turns") or [case.get("question") or case.get("text") or ""]
    return [str(turn) for turn in turns]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(DictReader(file))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _unzipped(path: Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()
