"""Takes out of a text what must not be kept: card and account numbers, e-mail addresses, telephone numbers, passwords.

The patterns rather take out too much: a long number that is none of these is no loss to what a customer meant.
"""

import re

MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
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


def redact(text: str) -> str:
    """The text with each of these replaced by its kind in brackets, such as ``[email]``."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text
