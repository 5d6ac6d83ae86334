"""What a translator or a restyling must leave as it is: names, codes, prices, quantities, addresses, citation marks.

:func:`protect` puts a placeholder in the place of each, :func:`restore` puts the text back, and :func:`check` compares
two texts: every protected span and every number stands in both equally often. Placeholders (``QX1``) look like a model
number, which sequence-to-sequence models tend to copy.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["name", "url", "citation", "price", "percentage", "quantity", "size", "code", "date"]

_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
"""ASCII only: in Chinese and Japanese a placeholder stands right between other letters."""
_NUMBER = r"\d+(?:[.,\u066b\u066c'\u202f]\d+)*"
_MEASURE = rf"{_NUMBER}(?:\s?[x×]\s?{_NUMBER})*"
_CURRENCY = r"(?:US\$|R\$|[$€£¥₹₩₽]|Rs\.?|USD|EUR|GBP|INR|JPY|CNY|KRW|RUB|BRL|CHF|CAD|AUD)"
_UNITS = (
    "fl oz|oz|lbs|lb|kg|mg|µg|mcg|g|ml|cl|dl|l|L|gal|pt|qt|km|cm|mm|m|inches|inch|ft|kcal|Cal|kJ|IU|°C|°F|mAh|Wh|"
    "kWh|W|V|GB|TB|MB|GHz|MHz|Hz|MP|px|fps|pack|pcs|ct"
)
_RULES: tuple[tuple[Kind, str], ...] = (
    ("url", r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]}'。、，]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("citation", r"\[\d+(?:\s?[,–-]\s?\d+)*\]"),
    ("date", r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)"),
    ("price", rf"(?<![A-Za-z])-?{_CURRENCY}\s?{_NUMBER}|{_NUMBER}\s?{_CURRENCY}(?![A-Za-z])"),
    ("percentage", rf"{_NUMBER}\s?[%٪‰]"),
    ("quantity", rf"{_BEFORE}{_MEASURE}[\s-]?(?:{_UNITS}){_AFTER}|{_NUMBER}(?:\s?[x×]\s?{_NUMBER})+"),
    ("code", r"(?<![A-Za-z0-9-])(?=[A-Z0-9/-]*[A-Z])(?=[A-Z0-9/-]*\d)[A-Z0-9]+(?:[-/][A-Z0-9]+)*(?![A-Za-z0-9])"),
    ("code", r"(?<![A-Za-z0-9-])[A-Z0-9]{2,}(?:[-_][A-Z0-9]+)+(?![A-Za-z0-9])|#\d+"),
    ("size", r"(?<![A-Za-z0-9-])(?:X{1,3}[SL]|[SML](?!['’]))(?![A-Za-z0-9-])"),
)  # fmt: skip
_RULE = re.compile("|".join(f"(?P<r{index}>{rule})" for index, (_, rule) in enumerate(_RULES)))
_DIGITS = re.compile(r"\d+(?:[.,:/\u066b\u066c]\d+)*")
_PLACEHOLDER = re.compile(rf"{_BEFORE}Q\s?X\s?[-_]?(\d+)(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """One place of a text that must stay as it is."""

    start: int
    end: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with placeholders in the place of its spans."""

    text: str
    spans: tuple[Span, ...]
    """In the order of their placeholders; the ``start`` and ``end`` are places in the text before."""

    @property
    def only_spans(self) -> bool:
        """Whether there is no letter besides the placeholders: nothing to translate."""
        return not any(character.isalpha() for character in _PLACEHOLDER.sub("", self.text))


def placeholder(number: int) -> str:
    """The word that stands for the ``number``-th span, counted from 1."""
    return f"QX{number}"


def find_spans(text: str, names: Collection[str] = ()) -> tuple[Span, ...]:
    """What is protected in a text, from left to right, without overlaps; a name wins over the rules.

    Args:
        text: Any text.
        names: Names of products, brands and stores, voucher codes: found as whole words, in this very spelling.
    """
    spans: list[Span] = []
    if names:
        pattern = _names_pattern(tuple(sorted({name for name in names if name.strip()}, key=_longest_first)))
        spans = [Span(*found.span(), found[0], "name") for found in pattern.finditer(text)]
    taken = [(span.start, span.end) for span in spans]
    for found in _RULE.finditer(text):
        start, end = found.span()
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            spans.append(Span(start, end, found[0], _RULES[int((found.lastgroup or "r0")[1:])][0]))
    return tuple(sorted(spans, key=lambda span: span.start))


def protect(text: str, names: Collection[str] = (), spans: Sequence[Span] | None = None) -> Protected:
    """Put placeholders in the place of the spans.

    Args:
        text: Any text. Words that already look like a placeholder are spans themselves.
        names: As for :func:`find_spans`.
        spans: Instead of those that the rules find: in order, without overlaps.
    """
    chosen = find_spans(text, names) if spans is None else tuple(spans)
    pieces: list[str] = []
    at = 0
    for number, span in enumerate(chosen, start=1):
        pieces += [text[at : span.start], placeholder(number)]
        at = span.end
    return Protected("".join((*pieces, text[at:])), chosen)


def restore(protected: Protected, changed: str) -> str:
    """Put the spans back into a changed text; spacing, case and digits of placeholders may have changed.

    A placeholder that no span belongs to stays as it is; :func:`check` then finds fault with the text.
    """

    def span_of(found: re.Match[str]) -> str:
        number = int(found[1])
        return protected.spans[number - 1].text if 1 <= number <= len(protected.spans) else found[0]

    return _PLACEHOLDER.sub(span_of, changed)


def check(before: str, after: str, names: Collection[str] = ()) -> tuple[str, ...]:
    """What a change did to protected spans and numbers, as sentences; empty when each stands there as often as before.

    Numbers are compared as they are written: "4" that became "٤" or "four" is a fault.
    """
    faults = [
        f"{text!r} stands {now} times instead of {then}."
        for text in dict.fromkeys(span.text for span in (*find_spans(before, names), *_names_in(after, names)))
        if (then := _count(before, text)) != (now := _count(after, text))
    ]
    then_numbers, now_numbers = Counter(_DIGITS.findall(before)), Counter(_DIGITS.findall(after))
    faults += [f"The number {number} is lost." for number in then_numbers - now_numbers]
    faults += [f"The number {number} is new." for number in now_numbers - then_numbers]
    faults += [f"The placeholder {found} is left." for found in _left_over(before, after)]
    return tuple(faults)


def _names_in(text: str, names: Collection[str]) -> Iterable[Span]:
    return (span for span in find_spans(text, names) if span.kind == "name") if names else ()


def _left_over(before: str, after: str) -> list[str]:
    return [found for found in dict.fromkeys(m[0] for m in _PLACEHOLDER.finditer(after)) if found not in before]


def _count(text: str, span: str) -> int:
    return len(_whole(span).findall(text))


@lru_cache(maxsize=4096)
def _whole(span: str) -> re.Pattern[str]:
    before = _BEFORE + r"(?<!\d[.,])" if span[0].isascii() and span[0].isalnum() else ""
    after = _AFTER + r"(?![.,]\d)" if span[-1].isascii() and span[-1].isalnum() else ""
    return re.compile(before + re.escape(span) + after)


@lru_cache(maxsize=64)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_whole(name).pattern for name in names))


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name
