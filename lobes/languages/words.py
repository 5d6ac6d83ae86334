"""The words of a message in any of the 25 languages, folded so that spellings of one word are equal."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from seamless_retail.core.food_facts.terms import fold as fold_letters

_UNSPACED = "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Chinese and Japanese, which set no spaces between words."""
_MARKS = (
    "\u0300-\u036f\u064b-\u0652\u0670\u0900-\u0903\u093a-\u0963\u0980-\u09e3\u0a00-\u0a75\u0a80-\u0ae3"
    "\u0b00-\u0b63\u0b80-\u0bd7\u0c00-\u0c63\u0c80-\u0ce3\u0d00-\u0d63\u0d7a-\u0d7f"
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_WORD = re.compile(rf"{_NUMBER}|[{_UNSPACED}]|(?:(?![{_UNSPACED}\d])[\w{_MARKS}'’])+")
_CLAUSE_END = re.compile(r"[.,;:!?。、！？；،؛؟।॥()\n]")
_INVISIBLE = re.compile("[\u200b-\u200f\u00ad\u2060\ufeff]")
_LETTERS = str.maketrans(
    {"ی": "ي", "ے": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ۃ": "ه", "ئ": "ي", "ؤ": "و"}
    | dict.fromkeys("\u0670'’")
    | dict.fromkeys(map(chr, (0x93C, 0x9BC, 0xA3C, 0xABC, 0xB3C)))
    | {"ँ": "ं", "ঁ": None, "ଁ": None, "ੱ": None, "ੰ": "ਂ"}
    | {"ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ৰ": "র"}
)  # fmt: skip
"""Nuktas, nasal signs and letter forms that writers use one for the other."""
_VOWEL_SIGN = re.compile(
    "[\u093e-\u094d\u0962\u0963\u09be-\u09cd\u0a3e-\u0a4d\u0abe-\u0acd\u0b3e-\u0b57\u0bbe-\u0bcd"
    "\u0c3e-\u0c56\u0cbe-\u0cd6\u0d3e-\u0d4d]$"
)


class Word(NamedTuple):
    """One word of a message; one character in Chinese and Japanese."""

    text: str
    """Folded; a number in ASCII digits with a decimal point."""
    start: int
    end: int
    clause: int
    """How many clauses end before it."""

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[:1].isdigit()


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The comparable form of a word: lower case, without accents, nuktas and Arabic articles."""
    return unicodedata.normalize("NFD", fold_letters(_INVISIBLE.sub("", word)).translate(_LETTERS)).translate(_LETTERS)


def stem(folded: str) -> str:
    """A folded word of an Indic script without its last vowel sign, under which its inflected forms begin."""
    return _VOWEL_SIGN.sub("", folded)


def split_words(text: str) -> list[Word]:
    """The words of a text in order, with their places."""
    words: list[Word] = []
    clause = end = 0
    for found in _WORD.finditer(text):
        clause += bool(words) and bool(_CLAUSE_END.search(text, end, found.start()))
        folded = _number(found[0]) if found[0][0].isdigit() else fold(found[0])
        end = found.end()
        if folded:
            words.append(Word(folded, found.start(), end, clause))
    return words


def _number(written: str) -> str:
    """ASCII digits; a comma before one or two last digits is a decimal one."""
    ascii_digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in written)
    return re.sub(r",(?=\d{3}$)", "", ascii_digits).replace(",", ".")
