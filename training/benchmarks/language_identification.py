"""How often the language of a message is told, and how often an English one is taken for another.

    python -m seamless_retail.training.benchmarks.language_identification [--split held_out|dev] [--json FILE]

Three sets: ``messages``, 300 of ``multilingual_messages.jsonl``, written for this project in all 25 languages before
the identifier was; ``tatoeba``, everyday sentences in eleven of them; and ``shop English``, messages of the open intent
sets, where only a wrong "not English" counts. The identifier was tuned on ``dev``: half of the messages and of the
sentences (no sentence and no translation is in both halves), and the training side of the intent sets. Beside it runs
py3langid alone, with all its languages and restricted to the 25.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from seamless_retail.core.languages import ENGLISH, LANGUAGES, UNDETERMINED
from seamless_retail.core.settings import load_settings
from seamless_retail.models.language_identifier import LanguageIdentifier
from seamless_retail.training.data.intents import read_open_set
from seamless_retail.training.data.translation_pairs import read_tatoeba, split

MESSAGES = Path(__file__).with_name("multilingual_messages.jsonl")
Labelled = tuple[str, str]
"""A text and the NLLB code of its language."""
Identify = Callable[[str], str]


def read_messages(side: str) -> list[dict[str, Any]]:
    """The multilingual messages of ``dev`` or ``held_out``."""
    rows = (json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["split"] == side]


def read_sets(data: Path, side: str) -> dict[str, list[Labelled]]:
    """The three sets."""
    halves = split(read_tatoeba(data / "translation"), 0.0, 0.5, seed=7)
    pairs = halves.held_out if side == "held_out" else halves.train
    english = dict.fromkeys(pair.source_text for pair in pairs)
    intents = read_open_set(data / "intents", "test" if side == "held_out" else "train")
    return {
        "messages": [(row["text"], row["language"]) for row in read_messages(side)],
        "tatoeba": [*((p.target_text, p.target_lang) for p in pairs), *((text, ENGLISH.code) for text in english)],
        "shop English": [(example.text, ENGLISH.code) for example in intents],
    }


def identifiers() -> dict[str, Identify]:
    """What is compared; py3langid does not tell the scripts of Chinese apart, and is not asked to."""
    ours = LanguageIdentifier.load()
    return {
        "py3langid": _py3langid(None),
        "py3langid, 25 languages": _py3langid({language.iso.partition("-")[0] for language in LANGUAGES.values()}),
        "ours": lambda text: ours.identify(text).code,
    }


def measure(sets: dict[str, list[Labelled]], identify: Identify) -> dict[str, Any]:
    """Accuracy by language of each set, the share of English taken for another language, and milliseconds."""
    report: dict[str, Any] = {}
    for name, rows in sets.items():
        begun = time.perf_counter()
        told = [identify(text) for text, _ in rows]
        milliseconds = 1000 * (time.perf_counter() - begun) / len(rows)
        right: dict[str, list[bool]] = defaultdict(list)
        for guess, (_, code) in zip(told, rows, strict=True):
            right[code].append(guess in (code, code[:3]))
        report[name] = {
            "accuracy": round(statistics.mean(statistics.mean(some) for some in right.values()), 4),
            "languages": {code: round(statistics.mean(some), 4) for code, some in sorted(right.items())},
            "not English": _false_share(told, rows),
            "mean milliseconds": round(milliseconds, 3),
            "texts": len(rows),
        }
    return report


def median_milliseconds(identify: Identify, texts: Sequence[str]) -> float:
    """Of single calls."""
    times = []
    for text in texts:
        begun = time.perf_counter()
        identify(text)
        times.append(time.perf_counter() - begun)
    return round(1000 * statistics.median(times), 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("held_out", "dev"), default="held_out")
    parser.add_argument("--data", type=Path, default=load_settings().data)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sets = read_sets(options.data, options.split)
    report = {name: measure(sets, identify) for name, identify in identifiers().items()}
    ours = LanguageIdentifier.load()
    texts = [text for text, _ in sets["shop English"][:1000]]
    report["ours"]["median milliseconds"] = median_milliseconds(lambda text: ours.identify(text).code, texts)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _show(report)


def _show(report: dict[str, Any]) -> None:
    console = Console(width=150, highlight=False)
    for name, figures in report.items():
        for chosen in ("messages", "tatoeba"):
            found = figures[chosen]
            below = {code: share for code, share in found["languages"].items() if share < 1}
            told = ", ".join(f"{code} {share:.1%}" for code, share in below.items())
            console.print(f"{name:24} {chosen:13} {found['accuracy']:.2%} of {found['texts']:,}; below 100 %: {told}")
        english = figures["shop English"]
        console.print(f"{name:24} shop English  {english['not English']:.2%} of {english['texts']:,} taken for another")
    console.print(f"{report['ours']['median milliseconds']} ms a message (median)")


def _false_share(told: Sequence[str], rows: Sequence[Labelled]) -> float:
    """English texts that are given another language; undetermined ones are not."""
    guesses = [guess for guess, (_, code) in zip(told, rows, strict=True) if code == ENGLISH.code]
    return round(sum(guess not in (ENGLISH.code, "eng", UNDETERMINED) for guess in guesses) / max(1, len(guesses)), 5)


def _py3langid(languages: set[str] | None) -> Identify:
    """py3langid by ISO 639-3, where the 25 have one, else by its own code."""
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(sorted(languages) if languages else None)
    longer = {language.iso.partition("-")[0]: code.partition("_")[0] for code, language in LANGUAGES.items()}

    def identify(text: str) -> str:
        found = str(identifier.classify(text)[0])
        return longer.get(found, found)

    return identify


if __name__ == "__main__":
    main()
