"""Takes out of a text what must not be kept or sent: contacts, accounts, addresses, names, health, passwords.

The patterns rather take out too much: a long number that is none of these is no loss to what a customer meant.
:func:`redact` is for what the shop keeps for the customer's own sake, such as the memory of a conversation, where "I am
allergic to nuts" must stay. :class:`Redactor` is for what leaves, to logs, traces and audits.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from seamless_retail.core.health_words import without_health

Mask = tuple[re.Pattern[str], str]
Span = tuple[int, int, str]
"""Start, end, and the kind of what stands there."""

MASKS: tuple[Mask, ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), "[account]"),
    (re.compile(r"\b\d(?:[ -]?\d){12,18}\b"), "[card]"),
    (re.compile(r"\+\d[\d ().-]{7,}\d|(?<![\w-])(?:\(\d{3}\) ?|\d{3}[ .-]?)\d{3}[ .-]?\d{4}\b"), "[phone]"),
    (re.compile(r"(?<![\w#-])(?:0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}|0\d{9,11})\b"), "[phone]"),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "[number]"),
    (
        re.compile(
            r"(?i:\b(cvv|cvc|security code|pin(?: code)?|passwords?|passcode)( is| was|:| =)? )"
            r"(?!is\b|was\b|for\b|to\b)\S+"
        ),
        r"\1\2 [secret]",
    ),
)
"""What is taken out, in this order: long digit groups are cards before they can look like telephone numbers."""

_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|terrace|way|place|pl|crescent|"
    r"close|highway|hwy|parkway|pkwy)"
)
LEAVING: tuple[Mask, ...] = (
    (re.compile(r"([Ss]hips to:? )[^\n\\\[]+"), r"\1[address]"),
    (
        re.compile(
            rf"\b\d{{1,5}}[a-zA-Z]? (?:[A-Z][\w'’.-]+ ){{1,4}}(?i:{_STREET})\b\.?"
            r"(?:,? (?i:apt|apartment|flat|unit|suite|#) ?\w+)?(?:,? [A-Z][\w. -]+?,? (?:[A-Z]{2} )?\d{5}(?:-\d{4})?)?"
        ),
        "[address]",
    ),
    (
        re.compile(
            r"\b(?:[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|weg|gasse|platz|allee)|(?:[Rr]ue|[Aa]venue|[Cc]alle|[Vv]ia|"
            r"[Rr]ua|[Pp]laza|[Pp]iazza) (?:(?:de|del|della|des|du|la|da|do) )*[A-ZÀ-Ý][\w'’-]+)"
            r"(?: \d{1,4}[a-z]?\b|, \d{1,4}\b)"
        ),
        "[address]",
    ),
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"), "[address]"),
    (
        re.compile(
            r"\b((?i:my name is|my name's|call me|name:|je m'appelle|"
            r"ich heiße|ich heisse|me llamo|mi chiamo|meu nome é) )"
            r"[A-ZÀ-Ý]\w+(?:[ '-][A-ZÀ-Ý]\w+)*"
        ),
        r"\1[name]",
    ),
)
"""What is taken out besides, of what leaves: addresses and names."""

IDENTIFIERS: tuple[Mask, ...] = (
    (re.compile(r"\bORD-\d+\b|#W\d{6,}\b"), "[order]"),
    (re.compile(r"\bC\d{3,6}\b|\b[a-z]+_[a-z]+_\d{4}\b"), "[customer]"),
)
"""Numbers of orders and customers: nobody outside the shop can tell whose they are, and support looks for them."""

_BY_KEY = {
    "address": "[address]",
    "address1": "[address]",
    "address2": "[address]",
    "first_name": "[name]",
    "last_name": "[name]",
    "household": "[health]",
    "statements": "[health]",
    "contraindications": "[health]",
    "nutrition_said": "[health]",
}
_HEALTH_KEYS = frozenset(key for key, kind in _BY_KEY.items() if kind == "[health]")


def redact(text: str) -> str:
    """The text with each contact, account and password replaced by its kind in brackets, such as ``[email]``."""
    return _masked(text, MASKS)


@dataclass(frozen=True, slots=True)
class Redactor:
    """Redacts what leaves: texts, and the JSON data of traces."""

    health: bool = True
    """Whether allergies, conditions, medicines and diets of people are taken out."""
    identifiers: bool = False
    """Whether numbers of orders and customers are taken out."""
    names: tuple[str, ...] = ()
    """Names to take out wherever they stand, such as those of the customer's record."""
    recognise: Callable[[str], Iterable[Span]] | None = None
    """A further recogniser; see ``graphs/privacy.py``."""

    def text(self, text: str) -> str:
        """The text with each piece of personal data replaced by its kind in brackets."""
        if self.recognise is not None:
            text = _without(text, self.recognise(text))
        text = _masked(text, (*MASKS, *LEAVING))
        for name in self.names:
            text = re.sub(rf"\b{re.escape(name)}\b", "[name]", text, flags=re.IGNORECASE) if len(name) > 1 else text
        if self.identifiers:
            text = _masked(text, IDENTIFIERS)
        return without_health(text) if self.health else text

    def data(self, data: Any) -> Any:
        """A copy of plain JSON data with every text redacted, without pictures and what its key calls personal."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, list | tuple):
            return [self.data(item) for item in data]
        if not isinstance(data, dict):
            return data
        if data.get("type") in ("image", "image_url"):
            return {"type": data["type"], "image": "[picture]"}
        if self.health and str(data.get("source_id", "")).startswith("profile:"):
            data = {**data, "quote": "[health]"}
        return {key: self._value(key, value) for key, value in data.items()}

    def _value(self, key: Any, value: Any) -> Any:
        kind = _BY_KEY.get(key) if isinstance(key, str) else None
        if kind is None or not value or (key in _HEALTH_KEYS and not self.health):
            return self.data(value)
        return kind


def _masked(text: str, masks: Iterable[Mask]) -> str:
    for pattern, replacement in masks:
        text = pattern.sub(replacement, text)
    return text


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with spans replaced by their kinds; of two that overlap, the one that begins first."""
    parts, end = [], 0
    for start, stop, kind in sorted(spans):
        if start >= end:
            parts += [text[end:start], f"[{kind}]"]
            end = stop
    return "".join(parts) + text[end:]
