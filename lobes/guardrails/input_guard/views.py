"""The readings of a text that a model might make of it: plain, respelled, joined, turned round, decoded.

A letter of another script, a digit for a letter, a misspelling of a telling word, letters with gaps between them, a
text written backwards, in base64, in hexadecimal digits or with shifted letters: each is undone and looked at as well.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from seamless_retail.lobes.guardrails.labels.homoglyphs import spellings
from seamless_retail.lobes.guardrails.labels.normalise import fold

_TELLING = (
    "ignore", "ignoring", "disregard", "forget", "previous", "prior", "instructions", "instruction",
    "guidelines", "rules", "system", "prompt", "override", "bypass", "disable", "developer", "restrictions",
    "unrestricted", "unfiltered", "reveal", "pretend", "safety", "allergy", "allergen", "warning",
)  # fmt: skip
_INITIALS = frozenset(word[0] for word in _TELLING)
_LEET = str.maketrans("013457@$!|+", "oieastasiit")
_LEET_WORD = re.compile(r"(?<![\w@$!|+])(?=[\w@$!|+]*[a-z])(?=[\w@$!|+]*[013457@$|+])[a-z013457@$!|+]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
_SPACED = re.compile(r"(?<!\w)\w(?:[^\w\n]{1,3}\w){5,}(?!\w)|(?<!\w)(?:\w{1,6}[-._*]){2,}\w{1,12}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){12,}")
_ESCAPED = re.compile(r"(?:\\x[0-9a-f]{2}|%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{2,4};|\\u00[0-9a-f]{2}){6,}")
_SHIFTED = frozenset(codecs.encode(word, "rot13") for word in _TELLING if len(word) > 4)
_BACKWARDS = frozenset(word[::-1] for word in _TELLING if len(word) > 4)
_READABLE = re.compile(r"[a-z]{2,}[^a-z]+[a-z]{2,}")


class View(NamedTuple):
    """One reading."""

    text: str
    """Folded."""
    how: str
    """``plain``, ``respelled``, ``joined``, ``backwards`` or ``decoded``."""


def views(text: str) -> Iterator[View]:
    """The readings of a text, the plain one first; most texts have no other."""
    plain = _one_script(fold(text).text)
    yield View(plain, "plain")
    respelled = _corrected(_LEET_WORD.sub(lambda match: match.group().translate(_LEET), plain))
    if respelled != plain:
        yield View(respelled, "respelled")
    if _SPACED.search(plain):
        yield View(_joined(plain), "joined")
    words = set(_WORD.findall(plain))
    if words & _BACKWARDS:
        yield View(plain[::-1], "backwards")
    if words & _SHIFTED:
        yield View(codecs.encode(plain, "rot13"), "decoded")
    yield from (View(fold(found).text, "decoded") for found in _decoded(text))


def _one_script(text: str) -> str:
    """The text with words of mixed scripts read as the script they mean; Latin first, as most attacks are."""
    if text.isascii():
        return text

    def read(match: re.Match[str]) -> str:
        word = match.group()
        if word.isascii() or not any(letter.isascii() for letter in word):
            return word
        return next(iter(spellings(word)), word)

    return _WORD.sub(read, text)


def _corrected(text: str) -> str:
    """The text with misspellings of telling words corrected: one letter wrong, or the inner letters in disorder."""

    def correct(match: re.Match[str]) -> str:
        word = match.group()
        return _meant(word) if len(word) > 5 and word[0] in _INITIALS and word.isascii() else word

    return _WORD.sub(correct, text)


@lru_cache(65_536)
def _meant(word: str) -> str:
    """The telling word that a word is a misspelling of; else the word."""
    if word in _TELLING:
        return word
    return _misspellings().get(_scramble(word)) or _near(word, _misspellings())


@cache
def _misspellings() -> dict[str, str]:
    """What a telling word becomes by leaving out one letter, or with its inner letters sorted → the word."""
    found: dict[str, str] = {}
    for word in _TELLING:
        if len(word) >= 6:
            found[_scramble(word)] = word
            found |= {f"-{word[:at]}{word[at + 1 :]}": word for at in range(1, len(word))}
    return found


def _scramble(word: str) -> str:
    return f"{word[0]}{''.join(sorted(word[1:-1]))}{word[-1]}+"


def _near(word: str, known: dict[str, str]) -> str:
    """The telling word that differs in one letter; the first letter is always right."""
    if meant := known.get(f"-{word}"):
        return meant
    for at in range(1, len(word)):
        if (meant := known.get(f"-{word[:at]}{word[at + 1 :]}")) and abs(len(meant) - len(word)) < 2:
            return meant
    return word


def _joined(text: str) -> str:
    """The text with its telling words cut out of letters that stand apart: ``i g n o r e`` → ``ignore``."""

    def join(match: re.Match[str]) -> str:
        letters = re.sub(r"[\W_]+", "", match.group())
        return re.sub(_cutting(), r" \g<0> ", letters)

    return " ".join(_SPACED.sub(join, text).split())


@cache
def _cutting() -> re.Pattern[str]:
    words = sorted({*_TELLING, "all", "your", "the", "and", "above"}, key=len, reverse=True)
    return re.compile("|".join(words))


def _decoded(text: str) -> Iterator[str]:
    """What encoded parts of the text say, where that is readable."""
    for pattern, decode in ((_HEX, _from_hex), (_BASE64, _from_base64), (_ESCAPED, _from_escapes)):
        for match in pattern.finditer(text):
            said = decode(match.group())
            if _READABLE.search(said.lower()) and said.isprintable():
                yield said


def _from_hex(digits: str) -> str:
    try:
        return bytes.fromhex(re.sub(r"[ :]", "", digits)).decode("utf-8")
    except ValueError:
        return ""


def _from_base64(letters: str) -> str:
    plain = letters.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _from_escapes(escapes: str) -> str:
    return "".join(chr(int(digits, 16)) for digits in re.findall(r"[0-9a-fA-F]{2,4}", escapes))
