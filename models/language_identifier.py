"""Which of the 25 languages a short message is in.

Scripts that one language writes decide at once. Where several share a script, letters of one of them, frequent words
and py3langid (a naive Bayes model over byte n-grams: Lui and Baldwin 2012, "langid.py") are weighed against each other.
In Latin script a message is English unless the evidence is for another language, because names of products and dishes
("do you have Gouda?") are foreign words in English sentences. Languages written in a foreign script (Hindi in Latin
letters) are not recognised.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from copy import copy
from typing import Any

from seamless_retail.core.languages import LANGUAGES, UNDETERMINED
from seamless_retail.core.ports.languages import LanguageGuess
from seamless_retail.models.han_script import han_language
from seamless_retail.models.language_words import languages_by_word

READ = 1000
"""Characters of a message that are looked at."""

# Fitted on the development sides of training/benchmarks/language_identification.py.
MODEL_WEIGHT = {"Latn": 0.4, "Deva": 0.15, "Beng": 0.3, "Arab": 0.3}
"""Of py3langid's log-likelihood ratio over the root of the bytes; a frequent word counts 1."""
BIAS = {"Latn": 0.6, "Deva": 0.3, "Beng": 1.2, "Arab": 0.0}
"""What the first language of a script has in advance: the others need evidence."""
FOR, AGAINST = 0.8, 0.2
"""What the likelihood counts at most, so that the letters of a name do not outvote the words around it."""
WORDLESS = 1.4
"""What another language than English loses without any frequent word: the text may be a name."""
BORROWED_LETTER = 0.5
"""What a telling letter counts in Latin script; in other scripts 1."""
SHARPNESS = 1.5
"""How fast the confidence grows with the lead of the best language."""
SURE = 0.999
"""Confidence where the script decides."""

_NOT_WORDS = re.compile(r"(?<!\S)(?:https?://|www\.)\S+|(?<!\S)[^\s@]+@\S+|(?<![A-Za-z-])[A-Za-z-]*[\d_][A-Za-z\d_-]*")
"""Addresses, and whatever has a digit: codes, sizes, prices."""
_WORDS = re.compile(r"[^\W\d_](?:['’\u0300-\u036f\u0900-\u0963\u0970-\u0d7f]|[^\W\d_])*")
_SCRIPTS = (
    ("Deva", 0x0900, 0x097F), ("Beng", 0x0980, 0x09FF), ("Guru", 0x0A00, 0x0A7F), ("Gujr", 0x0A80, 0x0AFF),
    ("Orya", 0x0B00, 0x0B7F), ("Taml", 0x0B80, 0x0BFF), ("Telu", 0x0C00, 0x0C7F), ("Knda", 0x0C80, 0x0CFF),
    ("Mlym", 0x0D00, 0x0D7F), ("Arab", 0x0600, 0x06FF), ("Arab", 0x0750, 0x077F), ("Arab", 0xFB50, 0xFEFC),
    ("Cyrl", 0x0400, 0x04FF), ("Hang", 0x1100, 0x11FF), ("Hang", 0xAC00, 0xD7AF), ("Kana", 0x3040, 0x30FF),
    ("Kana", 0xFF66, 0xFF9F), ("Hani", 0x3400, 0x9FFF), ("Latn", 0x0041, 0x024F), ("Latn", 0x1E00, 0x1EFF),
)  # fmt: skip
_DENSE = {"Hang": 2.5, "Kana": 2.0, "Hani": 3.5}
"""How many letters of other scripts one of these says as much as."""
_ALONE = {
    "Guru": "pan_Guru", "Gujr": "guj_Gujr", "Orya": "ory_Orya", "Taml": "tam_Taml", "Telu": "tel_Telu",
    "Knda": "kan_Knda", "Mlym": "mal_Mlym", "Cyrl": "rus_Cyrl", "Hang": "kor_Hang",
}  # fmt: skip
_SHARED = {
    "Latn": ("eng_Latn", "fra_Latn", "spa_Latn", "deu_Latn", "por_Latn", "ita_Latn", "nld_Latn"),
    "Deva": ("hin_Deva", "mar_Deva"),
    "Beng": ("ben_Beng", "asm_Beng"),
    "Arab": ("arb_Arab", "urd_Arab"),
}
_LETTERS = {
    "fra_Latn": "êœ", "spa_Latn": "ñ¿¡", "deu_Latn": "ßäö", "por_Latn": "ãõ", "ita_Latn": "ì",
    "mar_Deva": "\u0933\u0972\u0931", "hin_Deva": "\u093c", "asm_Beng": "\u09f0\u09f1", "ben_Beng": "\u09b0",
    "urd_Arab": "ٹڈڑںےہھگچپکیۓۂ", "arb_Arab": "ةىيكإأؤئ",
}  # fmt: skip
"""Letters that one language of a shared script has; in Latin script English borrows some. Hindi's is the dot below."""


class LanguageIdentifier:
    """Implements :class:`seamless_retail.core.ports.LanguageIdentifier`; usable from several threads.

    Args:
        models: py3langid's identifier for each script that several languages share, restricted to these.
    """

    def __init__(self, models: dict[str, Any]) -> None:
        self._models = models

    @classmethod
    def load(cls) -> "LanguageIdentifier":
        """With py3langid's packaged model; takes about half a second."""
        from py3langid import langid

        whole = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
        return cls({script: _restricted(whole, codes) for script, codes in _SHARED.items()})

    def identify(self, text: str) -> LanguageGuess:
        """The likeliest language; ``UNDETERMINED`` without a word in a script of the 25 languages.

        Codes, numbers and addresses are not words: ``ORD-20418`` is undetermined.
        """
        bare = _NOT_WORDS.sub(" ", text[:READ])
        script = _script(bare)
        if script in _ALONE:
            return LanguageGuess(_ALONE[script], SURE)
        if script in ("Hani", "Kana"):
            return _east_asian(bare)
        if script not in _SHARED:
            return LanguageGuess(UNDETERMINED, 0.0)
        return self._shared(bare, script)

    def _shared(self, text: str, script: str) -> LanguageGuess:
        codes = _SHARED[script]
        scores = self._scores(text, script)
        best = max(codes, key=lambda code: scores[code])
        total = sum(math.exp(SHARPNESS * (scores[code] - scores[best])) for code in codes)
        return LanguageGuess(best, min(SURE, 1 / total))

    def _scores(self, text: str, script: str) -> dict[str, float]:
        """Words, letters and likelihood, added up by language."""
        codes = _SHARED[script]
        scores = dict.fromkeys(codes, 0.0)
        if script != "Arab":
            _add_words(scores, text, script)
        for code in codes[1:] if script == "Latn" else ():
            scores[code] -= WORDLESS * (scores[code] == 0)
        letters = BORROWED_LETTER if script == "Latn" else 1.0
        told = dict(self._models[script].rank(text))
        first, length = LANGUAGES[codes[0]].iso, math.sqrt(len(text.encode()) or 1)
        for code in codes:
            scores[code] += letters * sum(map(text.lower().count, _LETTERS.get(code, "")))
            likelihood = MODEL_WEIGHT[script] * float(told[LANGUAGES[code].iso] - told[first]) / length
            scores[code] += max(-AGAINST, min(FOR, likelihood))
        scores[codes[0]] += BIAS[script]
        return scores


def _add_words(scores: dict[str, float], text: str, script: str) -> None:
    """Add what frequent words count."""
    known = languages_by_word(script)
    for word in _WORDS.findall(text.lower().replace("’", "'")):
        for part in (word,) if word in known else word.split("'"):
            for code, weight in known.get(part, {}).items():
                scores[code] += weight


def _script(text: str) -> str:
    """The script that most of the text is in; empty without letters of a known one."""
    weights = Counter[str]()
    for character, count in Counter(text).items():
        if script := _script_of(character):
            weights[script] += count * _DENSE.get(script, 1.0)  # type: ignore[assignment]
    if weights["Kana"] and weights["Kana"] + weights["Hani"] >= weights["Latn"]:
        return "Kana"
    return weights.most_common(1)[0][0] if weights else ""


def _script_of(character: str) -> str:
    point = ord(character)
    if point < 0x80:
        return "Latn" if character.isalpha() else ""
    return next((script for script, first, last in _SCRIPTS if first <= point <= last and character.isalpha()), "")


def _east_asian(text: str) -> LanguageGuess:
    if any("\u3041" <= character <= "\u30fa" for character in text):
        return LanguageGuess("jpn_Jpan", SURE)
    found = han_language(text)
    return LanguageGuess(found, 0.95) if found else LanguageGuess("zho_Hans", 0.6)


def _restricted(whole: Any, codes: Sequence[str]) -> Any:
    """A second identifier over the same tables."""
    one = copy(whole)
    one.set_languages([LANGUAGES[code].iso for code in codes])
    return one
