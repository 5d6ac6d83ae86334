"""How well the label engine reads allergens: found, over-blocked, status, claims, bypass, ablations, speed.

    python -m seamless_retail.training.benchmarks.guardrail_labels [--part all] [--json FILE]

Cases: ``nutrition_dev`` (Open Food Facts, ODbL: evaluation only). It is split in two by a hash of the product group;
failures of the first half were read while the engine was written, of the second never, and both are reported. ``cannot
clear`` counts for "all found", so its share stands beside it, and a guard that blocks everything is the baseline that
must fail. The precision of T5 is a lower bound: the statement that is the gold names only what the law of the label
makes it name. Intervals are Wilson's, 95 %.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track

from seamless_retail.core.food_facts.allergens import EU_14, languages
from seamless_retail.core.settings import load_settings
from seamless_retail.lobes.guardrails.labels.reading import LabelReader, Parts
from seamless_retail.lobes.guardrails.labels.records import Status

Case = dict[str, Any]
Answer = dict[str, Any]
BASELINE = "Open Food Facts lexicon, bag of words: T5 all found .905 (en) / .780 (other); T8 claims misread .93"
PARTS = ("all", "cases", "bypass", "ablations", "speed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data)
    parser.add_argument("--part", choices=PARTS, default="all")
    parser.add_argument("--json", type=Path, help="write all figures with the failing ids")
    options = parser.parse_args()
    console, cases = Console(width=160), read_cases(options.data / "nutrition_dev" / "cases.jsonl.gz")
    wanted = PARTS[1:] if options.part == "all" else (options.part,)
    figures: dict[str, Any] = {"baseline": BASELINE}
    reader = LabelReader()
    if "cases" in wanted:
        figures |= measure_cases(reader, cases)
    if "bypass" in wanted:
        figures |= measure_bypass(reader, cases)
    if "ablations" in wanted:
        figures |= measure_ablations(cases)
    if "speed" in wanted:
        figures |= measure_speed(reader, options.data / "usda_branded" / "branded_ingredients.csv.gz")
    show(console, figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def read_cases(path: Path) -> list[Case]:
    """The development cases, each with its ``half`` by a hash of its group."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    for case in cases:
        case["half"] = "seen" if hashlib.sha256(case["group"].encode()).digest()[0] % 2 == 0 else "unseen"
        case["tongue"] = "en" if case["lang"] == "en" else "other"
    return cases


def answer(reader: LabelReader, text: str) -> Answer:
    """What ``seamless guard scan`` says of a label."""
    reading = reader.read(text)
    said = {(f.allergen, f.status) for f in reading.findings if not f.exempt}
    return {
        "contains": {a for a in EU_14 if (a, Status.CONTAINS) in said},
        "may_contain": {a for a in EU_14 if (a, Status.MAY_CONTAIN) in said},
        "free_from": {a for a in EU_14 if (a, Status.FREE_FROM) in said},
        "cannot_clear": reading.cannot_clear or bool(reading.hidden()),
    }


def measure_cases(reader: LabelReader, cases: Sequence[Case]) -> dict[str, Any]:
    """T5, T7 and T8, by half and language."""
    figures: dict[str, Any] = {}
    groups: dict[tuple[str, str, str], list[tuple[Case, Answer]]] = defaultdict(list)
    for case in track([c for c in cases if c["tier"][:2] in ("T5", "T7", "T8")], "cases"):
        groups[case["tier"][:2], case["tongue"], case["half"]].append((case, answer(reader, case["text"])))
    for (tier, tongue, half), pairs in sorted(groups.items()):
        measure = {"T5": _measure_t5, "T7": _measure_t7, "T8": _measure_t8}[tier]
        figures |= {f"{tier} {tongue} {half}: {name}": figure for name, figure in measure(pairs).items()}
    return figures


def _gold(case: Case, field: str = "allergens") -> set[str]:
    return {name.removeprefix("en:") for name in case[field] or ()} & set(EU_14)


def _measure_t5(pairs: Sequence[tuple[Case, Answer]]) -> dict[str, Any]:
    missed = [case["id"] for case, said in pairs if not _gold(case) <= said["contains"]]
    silent = [case["id"] for case, said in pairs if not (_gold(case) <= said["contains"] or said["cannot_clear"])]
    wrong = [f"{case['id']}:{a}" for case, said in pairs for a in sorted(said["contains"] - _gold(case))]
    named = sum(len(said["contains"]) for _, said in pairs)
    absent = sum(len(EU_14) - len(_gold(case)) for case, _ in pairs)
    return {
        "all found": proportion(len(pairs) - len(missed), len(pairs), missed),
        "all found or cannot clear": proportion(len(pairs) - len(silent), len(pairs), silent),
        "cannot clear": proportion(sum(said["cannot_clear"] for _, said in pairs), len(pairs)),
        "precision (lower bound)": proportion(named - len(wrong), named, wrong),
        "over-block, per absent allergen": proportion(len(wrong), absent),
        "over-block of a block-everything guard": proportion(absent, absent),
    }


def _measure_t7(pairs: Sequence[tuple[Case, Answer]]) -> dict[str, Any]:
    wanted = [(case, said, a) for case, said in pairs for a in sorted(_gold(case, "traces"))]
    missed = [f"{case['id']}:{a}" for case, said, a in wanted if a not in said["may_contain"]]
    return {"status may_contain": proportion(len(wanted) - len(missed), len(wanted), missed)}


CLAIMED = {
    "gluten": r"glut",
    "milk": r"la[ck]t|dairy|milk|lait|milch|latt",
    "nuts": r"\bnut",
    "soybeans": r"so[yij]",
    "eggs": r"egg|huevo|uov|oeuf",
}
"""What a claim of T8 denies."""


def _measure_t8(pairs: Sequence[tuple[Case, Answer]]) -> dict[str, Any]:
    """Names whose claimed allergen is raised; for "lactose-free" dairy the milk of the name itself is no misreading."""
    wrong = []
    for case, said in pairs:
        denied = {a for a, pattern in CLAIMED.items() if re.search(pattern, case["claim"].lower())}
        is_lactose = re.search(r"la[ck]t|latt", case["claim"].lower()) is not None
        wrong += [case["id"]] if denied & said["contains"] and not is_lactose else []
    return {"claims misread": proportion(len(wrong), len(pairs), wrong)}


def measure_bypass(reader: LabelReader, cases: Sequence[Case], seed: int = 7) -> dict[str, Any]:
    """Recall on T5 and T6 with every word disguised, beside the clean text."""
    chosen = [case for case in cases if case["tier"][:2] in ("T5", "T6")][::3]
    total = sum(len(_gold(case)) for case in chosen)
    figures = {}
    for name, change in {"clean text": lambda text, _: text, **DISGUISES}.items():
        dice = random.Random(seed)
        found = sum(
            len(_gold(case) & answer(reader, change(case["text"], dice))["contains"]) for case in track(chosen, name)
        )
        figures[f"bypass: recall, {name}"] = proportion(found, total)
    return figures


Change = Callable[[str, random.Random], str]


def _typo(word: str, dice: random.Random) -> str:
    place = dice.randrange(1, len(word) - 1)
    kind = dice.choice("dsrt")
    if kind == "d":
        return word[:place] + word[place + 1 :]
    if kind == "t":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    letter = dice.choice("aeionrst")
    return word[:place] + letter + word[place + (kind == "r") :]


def _on_words(change: Callable[[str, random.Random], str], shortest: int) -> Change:
    def changed(text: str, dice: random.Random) -> str:
        pattern = rf"[^\W\d_]{{{shortest},}}"
        return re.sub(pattern, lambda match: change(match[0], dice), text)

    return changed


def _swapped(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    def swap(word: str, dice: random.Random) -> str:
        places = [place for place, letter in enumerate(word) if letter in table]
        for place in dice.sample(places, min(2, len(places))):
            word = word[:place] + table[word[place]] + word[place + 1 :]
        return word

    return swap


DISGUISES: dict[str, Change] = {
    "one typo in each word of 8 letters or more": _on_words(_typo, 8),
    "homoglyphs": _on_words(_swapped(dict(zip("aceopxiy", "асеорхіу", strict=True))), 3),
    "zero-width characters": _on_words(lambda word, dice: word[:2] + "\u200b" + word[2:], 3),
    "leetspeak": _on_words(_swapped({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}), 4),
    "soft hyphens and case": _on_words(lambda word, dice: word[:3].upper() + "\u00ad" + word[3:], 4),
    "full-width letters": lambda text, dice: "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in text),
    "E-number forms": lambda text, dice: re.sub(
        r"\bE\s?(\d{3})", lambda m: dice.choice(["E-", "e ", "INS "]) + m[1], text
    ),
}


def measure_ablations(cases: Sequence[Case]) -> dict[str, Any]:
    """T5 recall and precision and T8 without each part; and T5 to T7 recall without each language, in its own cases."""
    figures: dict[str, Any] = {}
    named = {
        "nothing": Parts(),
        "false friends": Parts(false_friends=False),
        "negation": Parts(negation=False),
        "fuzzy match": Parts(fuzzy=False),
        "additive numbers": Parts(additives=False),
        "disguises": Parts(disguises=False),
    }
    t5, t8 = ([c for c in cases if c["tier"].startswith(tier)] for tier in ("T5", "T8"))
    for name, parts in track(list(named.items()), "ablations"):
        reader = LabelReader(parts=parts)
        pairs = [(case, answer(reader, case["text"])) for case in t5]
        found = sum(len(_gold(case) & said["contains"]) for case, said in pairs)
        figures[f"without {name}: T5 recall"] = proportion(found, sum(len(_gold(case)) for case in t5))
        figures[f"without {name}: T5 precision"] = _measure_t5(pairs)["precision (lower bound)"] | {"failed": []}
        misread = _measure_t8([(case, answer(reader, case["text"])) for case in t8])["claims misread"]
        figures[f"without {name}: T8 misread"] = misread | {"failed": []}
    return figures | _without_languages(cases)


def _without_languages(cases: Sequence[Case]) -> dict[str, Any]:
    figures = {}
    whole = LabelReader()
    counted = Counter(case["lang"] for case in cases if case["tier"][:2] in ("T5", "T6"))
    for language in track([code for code in languages() if counted[code]], "languages"):
        own = [case for case in cases if case["lang"] == language and case["tier"][:2] in ("T5", "T6")][:60]
        total = sum(len(_gold(case)) for case in own)
        for name, reader in (
            ("with", whole),
            ("without", LabelReader(parts=Parts(without_languages=frozenset([language])))),
        ):
            found = sum(len(_gold(case) & answer(reader, case["text"])["contains"]) for case in own)
            figures[f"{language}: recall {name} its lexicon"] = proportion(found, total)
    return figures


def measure_speed(reader: LabelReader, path: Path) -> dict[str, Any]:
    """Time of one label of about 100 ingredients and of the whole USDA slice, in processor time of one core."""
    with gzip.open(path, "rb") as raw:
        labels = [row["ingredients"] for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8"))]
    start, wall = time.process_time(), time.perf_counter()
    for label in labels:
        reader.read(label)
    catalogue, waited = time.process_time() - start, time.perf_counter() - wall
    hundred = [", ".join(", ".join(labels[n : n + 12]).split(", ")[:100]) for n in range(0, 2400, 12)]
    times = [_processor_time(lambda text=text: reader.read(text)) for text in hundred]  # type: ignore[misc]
    return {
        f"speed: {len(labels):,} USDA labels, s of processor time": round(catalogue, 2),
        f"speed: {len(labels):,} USDA labels, s on this machine as loaded": round(waited, 2),
        "speed: label of 100 ingredients, p50 ms": round(median(times) * 1000, 3),
        "speed: label of 100 ingredients, p95 ms": round(sorted(times)[int(0.95 * len(times))] * 1000, 3),
        "speed: building the lexicon, s of processor time": round(_processor_time(LabelReader), 2),
    }


def _processor_time(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def proportion(count: int, total: int, failed: Iterable[str] = ()) -> dict[str, Any]:
    """A share with Wilson's 95 % interval, its counts and the failing ids."""
    if not total:
        return {"share": None, "low": None, "high": None, "count": 0, "total": 0, "failed": []}
    z, share = 1.96, count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"share": share, "low": low, "high": high, "count": count, "total": total, "failed": sorted(failed)}


def show(console: Console, figures: dict[str, Any]) -> None:
    """Print a markdown table; failing ids below."""
    console.print("| figure | value | 95 % interval | n |\n|---|---|---|---|", markup=False)
    for name, figure in figures.items():
        if not isinstance(figure, dict):
            console.print(f"| {name} | {figure} | | |", markup=False)
        elif figure["share"] is not None:
            interval = f"{figure['low']:.3f} to {figure['high']:.3f}"
            console.print(f"| {name} | {figure['share']:.3f} | {interval} | {figure['total']} |", markup=False)
    for name, figure in figures.items():
        if isinstance(figure, dict) and figure["failed"]:
            console.print(f"\n{name}, failing: {' '.join(figure['failed'])}", markup=False)


if __name__ == "__main__":
    main()
