"""Requests of the shop's staff with the code that answers them, from our own library of tested functions and queries.

A record is ``{"text": …}`` with ChatML: the request in one of the wordings that the library's entry names, and the
entry's code in a fenced block, as the code lobe asks for it. Whole entries are held out, one in eight by the hash of
their name, so that no wording and no line of a held-out function is trained on.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from random import Random
from typing import Literal

from seamless_retail.tools.code_desk import INSTRUCTIONS
from seamless_retail.tools.code_queries import schema_text
from seamless_retail.tools.code_shelf import CodeShelf, LibraryEntry, library
from seamless_retail.training.tuning.chatml import written

Split = Literal["train", "held_out"]
SHORT = "You write code for the staff of a shop. Answer with exactly one fenced code block, ```python or ```sql."
_HELD_OUT = 8
_SHOWN = 2
"""Other entries that stand in the full instructions, as the code lobe puts them there."""
_LEADS = ("", "I need ", "Write ", "Please write ", "Give me code for ", "Can you write ")


def entries_of(split: Split) -> list[LibraryEntry]:
    """Functions and queries of one side."""
    return [entry for entry in library() if (_hashed(entry.name) % _HELD_OUT == 0) == (split == "held_out")]


def code_records(seed: int, *, split: Split = "train", full: bool = False) -> Iterator[dict[str, str]]:
    """Records without end, every entry once a round, its wordings in turn.

    Args:
        seed: Same seed, same records.
        split: Of the entries.
        full: With the whole instructions of the code lobe (schema, and code that may help) instead of one sentence.
    """
    random = Random(f"{seed} code")
    entries = entries_of(split)
    asked = {entry.name: cycle(random.sample(wordings(entry), len(wordings(entry)))) for entry in entries}
    while True:
        for entry in random.sample(entries, len(entries)):
            request = _request(next(asked[entry.name]), entry, random)
            yield record_of(request, entry, instructions(entry, request) if full else SHORT)


def record_of(request: str, entry: LibraryEntry, system: str) -> dict[str, str]:
    """One record."""
    answer = f"```{entry.language}\n{entry.code.rstrip()}\n```"
    roles = (("system", system), ("user", request), ("assistant", answer))
    return {"text": written({"role": role, "content": content} for role, content in roles)}


def wordings(entry: LibraryEntry) -> list[str]:
    """What people call it, and what it gives."""
    called = [wording.strip() for wording in entry.called.split(",") if wording.strip()]
    title = entry.title.rstrip(".")
    return [*dict.fromkeys([title[:1].lower() + title[1:], *called])]


def instructions(entry: LibraryEntry, request: str) -> str:
    """Those of the code lobe; the code that may help is of other training entries."""
    training = {found.name for found in entries_of("train")} - {entry.name}
    near = [one.entry.code for one in _shelf().search(request, limit=40) if one.entry.name in training]
    return INSTRUCTIONS.format(schema=schema_text(), examples="\n\n".join(near[:_SHOWN]))


def _request(wording: str, entry: LibraryEntry, random: Random) -> str:
    kind = "an SQL query: " if entry.language == "sql" and "sql" not in wording.lower() else ""
    text = f"{random.choice(_LEADS)}{kind}{wording}"
    return text[:1].upper() + text[1:]


@cache
def _shelf() -> CodeShelf:
    return CodeShelf()


def _hashed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
