"""Patient notes with the contraindications that a reader finds in them, written before the guard's rules.

``patient_notes.jsonl`` beside this file holds 300 notes in eight languages and two styles, one object a line:

============ ==================================================================================================
``expected`` current or upcoming contraindications of anybody the shopping is for, as ``kind:id``
``optional`` keys a careful reader could add or leave out; counted neither for nor against (a comorbidity that a
             medicine implies, ``anaphylaxis_history`` beside an anaphylaxis, medicines without a row of their own)
``tags``     what makes the note hard; ``empty`` when there is nothing to find
``half``     ``a`` was open to developers from the start, ``b`` from the second version of the reader
============ ==================================================================================================

Conditions and diets carry the ids of ``nutrition_facts/conditions.json``; a medicine carries its own INN, not the id
of the row that it shares with others.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

Half = Literal["a", "b"]
Style = Literal["customer", "clinical"]


@dataclass(frozen=True, slots=True)
class Note:
    """One patient note and what is to be found in it."""

    id: str
    lang: str
    style: Style
    text: str
    expected: frozenset[str]
    optional: frozenset[str]
    tags: tuple[str, ...]
    half: Half


def read_notes(path: Path | None = None, half: Half | None = None) -> tuple[Note, ...]:
    """The notes, in file order.

    Args:
        path: A file in the same form; the packaged notes when left out.
        half: Only the notes of this half; all of them when left out.

    Returns:
        The notes.

    """
    source = path or files("seamless_retail.training.benchmarks").joinpath("patient_notes.jsonl")
    records = (json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip())
    return tuple(
        Note(
            id=record["id"],
            lang=record["lang"],
            style=record["style"],
            text=record["text"],
            expected=frozenset(record["expected"]),
            optional=frozenset(record.get("optional", ())),
            tags=tuple(record["tags"]),
            half=record["half"],
        )
        for record in records
        if half is None or record["half"] == half
    )
