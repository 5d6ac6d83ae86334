"""The words of a text that carry meaning, as stems, and words that stand for each other in questions and policies."""

import re
import threading

import Stemmer

_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = """
a about all am an and any are as at be been but by can could did do does for from had has have how i if in is it its me
many much my of on one ones or our please so tell that the their them there they this to us was we were what when where
which who why will with would you your
"""
_STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_ALIKE = (
    ("redeem", "use", "spend"),
    ("pay", "payment", "paid"),
    ("take", "accept"),
    ("ship", "shipping", "deliver", "delivery", "send"),
    ("parcel", "package", "order"),
    ("cost", "price", "fee", "charge"),
    ("swap", "exchange"),
    ("refund", "reimburse"),
    ("buy", "purchase", "order"),
    ("park", "parking", "car"),
    ("job", "career", "work", "apply"),
    ("expire", "expiry", "valid"),
    ("alter", "alteration", "hem", "tailor"),
    ("broken", "damaged", "faulty", "defective", "hole", "stain", "torn"),
    ("member", "membership"),
    ("open", "closed", "hours"),
    ("lost", "missing", "arrive"),
    ("dog", "pet", "animal"),
    ("wheelchair", "accessible", "disabled"),
)
_local = threading.local()


def content_stems(text: str) -> set[str]:
    """The stems of a text's words that carry meaning."""
    return {stem_of(word) for word in _content_words(text)}


def alike(stem: str) -> frozenset[str]:
    """The stems that may stand for this one."""
    found: dict[str, frozenset[str]] = _tables()[1]
    return found.get(stem, frozenset())


def rephrased(text: str) -> str:
    """The content words of a text, those that have words alike replaced by these; empty when none has."""
    words, alike_words = _content_words(text), _tables()[2]
    stems = [stem_of(word) for word in words]
    if not any(stem in alike_words for stem in stems):
        return ""
    return " ".join(alike_words.get(stem, word) for word, stem in zip(words, stems, strict=True))


def stem_of(word: str) -> str:
    """The Snowball stem of a lower-case word."""
    return str(_tables()[0].stemWord(word))


def _content_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


def _tables() -> tuple["Stemmer.Stemmer", dict[str, frozenset[str]], dict[str, str]]:
    """The stemmer, stems alike by stem, words alike by stem. One set a thread: a stemmer must not be shared."""
    if not hasattr(_local, "tables"):
        stemmer = Stemmer.Stemmer("english")
        stems: dict[str, frozenset[str]] = {}
        words: dict[str, str] = {}
        for group in _ALIKE:
            members = dict(zip(group, stemmer.stemWords(group), strict=True))
            for stem in members.values():
                stems[stem] = stems.get(stem, frozenset()) | (frozenset(members.values()) - {stem})
                others = " ".join(word for word, other in members.items() if other != stem)
                words[stem] = f"{words.get(stem, '')} {others}".strip()
        _local.tables = (stemmer, stems, words)
    tables: tuple[Stemmer.Stemmer, dict[str, frozenset[str]], dict[str, str]] = _local.tables
    return tables
