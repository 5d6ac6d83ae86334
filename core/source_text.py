"""Writing a source's text: lines whose fields remember the characters they stand at."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from seamless_retail.core.catalogue import Money

_LETTER_SIZE = re.compile(r"(\d?x{0,3}[sl]|m)(-(\d?x{0,3}[sl]|m))?")


class SourceText:
    """The text of a source under construction; :attr:`text` always satisfies every span in :attr:`fields`."""

    def __init__(self) -> None:
        self.text = ""
        self.fields: dict[str, tuple[int, int]] = {}

    def line(self, text: str, *fields: str) -> None:
        """Add a line (or paragraph) that each of ``fields`` spans."""
        self._append("\n" + text if self.text else text)
        for field in fields:
            self.fields[field] = (len(self.text) - len(text), len(self.text))

    def value(self, label: str, value: str, *fields: str) -> None:
        """Add ``Label: value``, unless the value is empty. The fields span the label too."""
        if value:
            self.line(f"{label}: {value}", *fields)

    def items(self, label: str, items: Mapping[str, str], field: str) -> None:
        """Add ``Label: one, two``; ``field`` spans the line and ``field.key`` the item of that key."""
        if not items:
            return
        self.line(f"{label}:")
        start = len(self.text) - len(label) - 1
        for position, (key, item) in enumerate(items.items()):
            self._append(", " if position else " ")
            self._append(item)
            self.fields[f"{field}.{key}"] = (len(self.text) - len(item), len(self.text))
        self.fields[field] = (start, len(self.text))

    def block(self, field: str, lines: Iterable[str], label: str = "") -> None:
        """Add several lines; ``field`` spans all of them with the label, ``field.0`` … each one."""
        lines = list(lines)
        if not lines:
            return
        start = len(self.text) + (1 if self.text else 0)
        if label:
            self.line(f"{label}:")
        for position, text in enumerate(lines):
            self.line(text, f"{field}.{position}")
        self.fields[field] = (start, len(self.text))

    def _append(self, text: str) -> None:
        self.text += text


def written_date(day: date | datetime) -> str:
    """The day in words, such as ``March 3, 2026``."""
    return f"{day:%B} {day.day}, {day.year}"


def written_size(size: str) -> str:
    """Letter sizes in capitals (``xl`` becomes ``XL``), every other size as it is."""
    return size.upper() if _LETTER_SIZE.fullmatch(size) else size


def written_range(low: Money, high: Money) -> str:
    """``$49.00``, or ``from $49.00 to $59.00``."""
    return str(low) if low == high else f"from {low} to {high}"


def written_name(identifier: str) -> str:
    """A field name as words: ``sulphur-dioxide-and-sulphites`` becomes ``sulphur dioxide and sulphites``."""
    return re.sub(r"[-_]+", " ", identifier).strip()


def label_of(identifier: str) -> str:
    """A field name as a label: ``care_instructions`` becomes ``Care instructions``."""
    words = written_name(identifier)
    return words[:1].upper() + words[1:]
