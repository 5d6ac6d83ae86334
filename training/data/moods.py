"""Messages with their mood, written for this project: ``training/data/mood_authored``.

A line ``## group | sentiment urgency flags`` begins a group of messages of one kind and hand; the flags are letters:
``e`` somebody may be in danger, ``d`` its author is in distress, ``p`` a person is asked for. A group lies whole on one
side of the split. What shoppers ask in ``intents_authored`` without a word of mood is background: it is neutral.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import cast, get_args

from seamless_retail.core.moods import Sentiment, Urgency
from seamless_retail.training.data.intents import read_authored
from seamless_retail.training.run.errors import RecordError

FLAG_LETTERS = {"e": "emergency", "d": "distress", "p": "wants_person"}
HELD_OUT = 4
"""Of the groups of one label, one of so many is held out; the only group of a label is not."""
BACKGROUND = ("product_inquiry", "inventory_check", "store_info", "loyalty_program", "recommendation", "visual_search")
ENDS = (".", "?", "", ",", " -")
"""What stands between a message and a question that follow each other."""
_HEADER = re.compile(r"## (?P<group>[^|]+) \| (?P<sentiment>\w+) (?P<urgency>\w+)(?P<flags>(?: [edp])*)")
_MOODY = re.compile(
    r"!|\b(?:thank\w*|thx|love\w*|great|hate\w*|bad|awful|annoy\w*|angry|worst|wrong|broken|never|still|why|tired|sorry|"
    r"urgent\w*|asap|now|today|tonight|tomorrow|soon|quick\w*|hurry|rush|by|before|need\w*|help|please|until|in time|"
    r"late|sick|hurt\w*|emergency|allerg\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MoodExample:
    """One message and its mood."""

    text: str
    sentiment: Sentiment
    urgency: Urgency
    flags: frozenset[str]
    """Of :data:`~seamless_retail.core.moods.FLAGS`."""
    group: str

    @property
    def label(self) -> tuple[str, ...]:
        """Everything that is said of it."""
        return (self.sentiment, self.urgency, *sorted(self.flags))


def split_moods(examples: Sequence[MoodExample]) -> tuple[list[MoodExample], list[MoodExample]]:
    """The messages to train on, and those of the groups that are held out; the groups' names decide."""
    by_label: dict[tuple[str, ...], set[str]] = {}
    for example in examples:
        by_label.setdefault(example.label, set()).add(example.group)
    kept = {
        group
        for groups in by_label.values()
        if len(groups) > 1
        for group in sorted(groups, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[::HELD_OUT]
    }
    return [e for e in examples if e.group not in kept], [e for e in examples if e.group in kept]


@cache
def read_moods() -> tuple[MoodExample, ...]:
    """Every authored message, in the order of the files.

    Raises:
        RecordError: A header is none, or a message stands twice.
    """
    examples: dict[str, MoodExample] = {}
    folder = files("seamless_retail.training.data") / "mood_authored"
    for page in sorted(folder.iterdir(), key=lambda page: page.name):
        header: re.Match[str] | None = None
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            place = f"{page.name}, line {number}"
            if line.startswith("##"):
                header = _read_header(line, place)
            elif line.strip():
                if header is None:
                    raise RecordError(place, "text", "stands before the first header")
                if line.strip().lower() in examples:
                    raise RecordError(place, "text", "stands twice")
                examples[line.strip().lower()] = _example(line.strip(), header, page.name)
    return tuple(examples.values())


def read_background() -> list[MoodExample]:
    """Questions of shoppers without a word of mood, from the messages written for the intent router."""
    return [
        MoodExample(example.text, "neutral", "normal", frozenset(), f"background: {example.intent} {example.family}")
        for example in read_authored()
        if example.intent.value in BACKGROUND and not _MOODY.search(example.text)
    ]


def paired(examples: Sequence[MoodExample], questions: Sequence[MoodExample]) -> list[MoodExample]:
    """Each message with a mood beside a plain question, before or after it: it keeps its mood and its group."""
    found = []
    moody = [example for example in examples if example.label != ("neutral", "normal")]
    for number, (example, question) in enumerate(zip(moody, cycle(questions), strict=False)):
        first, second = (example.text, question.text) if number % 2 else (question.text, example.text)
        end = "" if first.endswith((".", "!", "?", ")")) else ENDS[number % len(ENDS)]
        found.append(replace(example, text=f"{first}{end} {second}"))
    return found


def _read_header(line: str, place: str) -> re.Match[str]:
    header = _HEADER.fullmatch(line)
    known = header and header["sentiment"] in get_args(Sentiment) and header["urgency"] in get_args(Urgency)
    if header is None or not known:
        raise RecordError(place, "header", "is not '## group | sentiment urgency flags'")
    return header


def _example(text: str, header: re.Match[str], page: str) -> MoodExample:
    flags = frozenset(FLAG_LETTERS[letter] for letter in header["flags"].split())
    sentiment, urgency = cast(Sentiment, header["sentiment"]), cast(Urgency, header["urgency"])
    return MoodExample(text, sentiment, urgency, flags, f"{page}: {header['group']}")
