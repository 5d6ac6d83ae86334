"""Texts longer than any label, such as whole documents, read piece by piece so that the time grows with their length.

A statement that a cut parts is read in each piece by itself; a piece that ends within brackets counts as cut off, so
that nothing is cleared by it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from seamless_retail.lobes.guardrails.labels.records import LabelReading

LONGEST = 6000
"""Characters of a piece at most; the longest of 9,511 USDA labels has 4,500."""
_CUTS = (re.compile(r"[.!?。；;]\s|\n"), re.compile(r"[,，、]"), re.compile(r"\s"))
"""Where to cut, best first."""
_LOOSE_END = " ,;:(&，、"


def read_pieces(read: Callable[[str], LabelReading], text: str) -> LabelReading:
    """Read a long text by its pieces.

    Args:
        read: Reads one piece.
        text: The text.
    """
    readings = [(start, read(text[start:end].rstrip(_LOOSE_END))) for start, end in _pieces(text)]
    findings = [
        replace(finding, span=(finding.span[0] + start, finding.span[1] + start))
        for start, reading in readings
        for finding in reading.findings
    ]
    opaque = [
        replace(found, span=(found.span[0] + start, found.span[1] + start))
        for start, reading in readings
        for found in reading.opaque
    ]
    spoken = Counter(reading.language for _, reading in readings if reading.language)
    main = spoken.most_common(1)[0][0] if spoken else None
    is_unreadable = any(reading.unreadable for _, reading in readings)
    return LabelReading(text, main, tuple(findings), tuple(opaque), is_unreadable)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > LONGEST:
        end = _cut(text, start + LONGEST // 2, start + LONGEST)
        yield start, end
        start = end
    yield start, len(text)


def _cut(text: str, earliest: int, latest: int) -> int:
    """Just after the last good place to cut; in a text without any, the latest."""
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(text, earliest, latest)]
        if ends:
            return ends[-1]
    return latest
