"""Translation pairs: their JSON Lines format, the Tatoeba files, and a split that no sentence crosses.

    {"source_lang": "eng_Latn", "target_lang": "hin_Deva", "source_text": "Thank you", "target_text": "धन्यवाद"}

Languages are NLLB codes, or any name, ISO code or tag of the 25 languages of ``core/languages.py``.
"""

import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.languages import ENGLISH, find_language
from seamless_retail.models.han_script import han_language
from seamless_retail.training.run.errors import RecordError

TATOEBA = {
    "ara": "arb_Arab", "ben": "ben_Beng", "cmn": "zho_Hans", "deu": "deu_Latn", "fra": "fra_Latn", "hin": "hin_Deva",
    "spa": "spa_Latn", "tam": "tam_Taml", "tel": "tel_Telu",
}  # fmt: skip
"""Endings of the files ``tatoeba_eng-*.tsv``; Chinese is sorted by script, sentence by sentence."""

_NLLB_CODE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
_FIELDS = ("source_lang", "target_lang", "source_text", "target_text")


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation; languages are NLLB codes."""

    source_lang: str
    target_lang: str
    source_text: str
    target_text: str

    @property
    def direction(self) -> tuple[str, str]:
        """Source and target language."""
        return self.source_lang, self.target_lang

    @property
    def turned(self) -> "Pair":
        """From the target language into the source language."""
        return Pair(self.target_lang, self.source_lang, self.target_text, self.source_text)


class Split(NamedTuple):
    """The sides of a data set."""

    train: list[Pair]
    dev: list[Pair]
    held_out: list[Pair]


def parse_pair(value: object, place: str) -> Pair:
    """Check one decoded line.

    Args:
        value: What ``json.loads`` gave.
        place: For the error: ``train.jsonl, line 3``.

    Raises:
        RecordError: It is not of the format; names the field.
    """
    if not isinstance(value, dict):
        raise RecordError(place, "(whole line)", f"expected an object, found {type(value).__name__}")
    if unknown := sorted(value.keys() - set(_FIELDS)):
        raise RecordError(place, unknown[0], "no such field")
    texts = []
    for field in _FIELDS:
        found = value.get(field)
        if not isinstance(found, str) or not found.strip():
            raise RecordError(
                place, field, "missing" if field not in value else f"expected a text, found {found!r:.60}"
            )
        texts.append(" ".join(found.split()) if field.endswith("text") else _code(found, field, place))
    pair = Pair(*texts)
    if pair.source_lang == pair.target_lang:
        raise RecordError(place, "target_lang", f"{pair.target_lang} is the source language too")
    return pair


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a ``.jsonl`` or ``.jsonl.gz`` file; empty lines are skipped.

    Raises:
        NotFoundError: There is no such file.
        RecordError: A line is not a pair; names file, line and field.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no {path}.", "Name JSON Lines files of translation pairs under records.")
    opened = gzip.open if path.suffix == ".gz" else open
    pairs = []
    with opened(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                place = f"{path.name}, line {number}"
                pairs.append(parse_pair(_decoded(line, place), place))
    return pairs


def read_tatoeba(folder: Path) -> list[Pair]:
    """English sentences and their translations, from the files ``tatoeba_eng-*.tsv``.

    Raises:
        NotFoundError: There is none.
        RecordError: A line has not two columns.
    """
    pages = sorted(folder.glob("tatoeba_eng-*.tsv"))
    if not pages:
        raise NotFoundError(f"There is no tatoeba_eng-*.tsv in {folder}.", "Point --data at the data sets.")
    return [pair for page in pages for pair in _tatoeba_page(page)]


def components(pairs: Sequence[Pair]) -> list[int]:
    """A number for each pair; pairs with a sentence in common, on either side and by way of others, have the same.

    Sentences are compared in lower case, without punctuation and spaces.
    """
    parents = list(range(len(pairs)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = place = parents[parents[place]]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, pair in enumerate(pairs):
        for key in ((pair.source_lang, pair.source_text), (pair.target_lang, pair.target_text)):
            language, text = key
            parents[root(place)] = root(first.setdefault((language[:3], _bare(text)), place))
    return [root(place) for place in range(len(pairs))]


def split(pairs: Sequence[Pair], dev_share: float, held_out_share: float, seed: int) -> Split:
    """Sides that no sentence and no translation crosses; shares are of the groups of :func:`components`."""
    groups = components(pairs)
    numbers = sorted(set(groups))
    places = np.random.default_rng(seed).permutation(len(numbers)) / max(1, len(numbers))
    drawn = dict(zip(numbers, places.tolist(), strict=True))
    sides = Split([], [], [])
    for pair, group in zip(pairs, groups, strict=True):
        share = drawn[group]
        side = sides.held_out if share < held_out_share else sides.train
        (sides.dev if held_out_share <= share < held_out_share + dev_share else side).append(pair)
    return sides


def both_ways(pairs: Iterable[Pair]) -> list[Pair]:
    """Every pair and its reverse; each once."""
    return list(dict.fromkeys(way for pair in pairs for way in (pair, pair.turned)))


def languages_of(pairs: Iterable[Pair]) -> list[str]:
    """Codes of all languages, sorted."""
    return sorted({code for pair in pairs for code in pair.direction})


def _tatoeba_page(page: Path) -> Iterator[Pair]:
    language = TATOEBA[page.stem.rpartition("-")[2]]
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 2 or not all(column.strip() for column in columns):
            raise RecordError(f"{page.name}, line {number}", "(whole line)", "expected English, tab, translation")
        pair = Pair(ENGLISH.code, language, *(" ".join(column.split()) for column in columns))
        han = language.startswith("zho")
        yield replace(pair, target_lang=han_language(pair.target_text) or language) if han else pair


def _code(name: str, field: str, place: str) -> str:
    if _NLLB_CODE.fullmatch(name):
        return name
    if (language := find_language(name)) is None:
        raise RecordError(place, field, f"unknown language {name!r}; write an NLLB code such as spa_Latn")
    return language.code


def _decoded(line: str, place: str) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise RecordError(place, "(whole line)", f"not JSON ({error})") from error


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if unicodedata.category(c)[0] in "LMN") or text
