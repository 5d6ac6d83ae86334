"""Labelled messages for the intent router: open sets in a folder, and what was written for this project."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from seamless_retail.core.errors import InvalidQueryError, NotFoundError
from seamless_retail.core.intents import Intent
from seamless_retail.training.data.intent_frames import filled_frames

AUTHORED, FRAME = "authored", "frame"


@dataclass(frozen=True, slots=True)
class Example:
    """One message, its intent, and the set and label it comes from."""

    text: str
    intent: Intent
    source: str
    family: str = ""
    """The source's own label; messages of one family are variations of one wish."""

    @property
    def ours(self) -> bool:
        """Written for this project."""
        return self.source in (AUTHORED, FRAME)


def read_open_set(folder: Path, split: str) -> list[Example]:
    """``train``, ``dev`` or ``test`` of the merged open sets.

    Raises:
        NotFoundError: The file is not there.
        InvalidQueryError: A row has no text or no known intent; says which.
    """
    path = folder / f"{split}.csv"
    if not path.is_file():
        raise NotFoundError(f"There is no {path}.", "Point --data at the folder with train.csv, dev.csv and test.csv.")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return [_example(row, f"{path}, line {reader.line_num}") for row in reader]


def _example(row: dict[str, str], place: str) -> Example:
    try:
        return Example(row["text"], Intent(row["intent"]), row["source"], row["source_label"])
    except (KeyError, ValueError) as error:
        raise InvalidQueryError(
            f"{place} is not a labelled message ({error}).", "Columns: text, intent, source, source_label."
        ) from error


def read_authored() -> list[Example]:
    """Messages written by hand, one file per intent; a line ``## …`` begins a family. Repetitions are left out."""
    examples: dict[str, Example] = {}
    folder = files("seamless_retail.training.data") / "intents_authored"
    for page in sorted(folder.iterdir(), key=lambda page: page.name):
        intent, family = Intent(page.name.removesuffix(".txt")), ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                family = line.removeprefix("## ")
            elif line.strip():
                examples.setdefault(line.strip().lower(), Example(line.strip(), intent, AUTHORED, family))
    return list(examples.values())


def read_frames(per_frame: int, seed: int) -> list[Example]:
    """Messages made by filling frames with the words of a shop."""
    return [Example(text, intent, FRAME, family) for text, intent, family in filled_frames(per_frame, seed)]
