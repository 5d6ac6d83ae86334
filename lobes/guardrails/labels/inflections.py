"""Regular plurals and cases of listed words, language by language.

Languages that decline by many endings (Slavic languages, Finnish, Hungarian, Greek, Turkish) are listed by stem in the
lexicon (``pszen*``); here are only endings regular enough to be made.
"""

_ENDINGS = {
    "en": ("s", "es"),
    "fr": ("s", "x", "es"),
    "es": ("s", "es"),
    "pt": ("s", "es"),
    "it": (),
    "de": ("n", "en", "e", "er", "s", "es"),
    "nl": ("n", "en", "s", "e", "tje", "tjes"),
    "sv": ("er", "ar", "or", "en", "et", "n", "r", "na", "s"),
    "da": ("er", "r", "e", "en", "et", "n", "ne", "erne", "s"),
    "no": ("er", "r", "e", "en", "et", "n", "ene", "s"),
    "ro": ("i", "e", "le", "ul", "a", "ului", "lui"),
}
_ITALIAN = {"a": "e", "o": "i", "e": "i"}


def inflect(word: str, language: str) -> set[str]:
    """The word and its regular forms; short words are left alone, whose forms are other words too often."""
    if len(word) < 3 or not word.isalpha() or not word.isascii():
        return {word}
    forms = {word} | {word + ending for ending in _ENDINGS.get(language, ())}
    if language == "en" and word.endswith("y"):
        forms.add(word[:-1] + "ies")
    elif language == "fr" and word.endswith("al"):
        forms.add(word[:-1] + "ux")
    elif language == "it" and word[-1] in _ITALIAN:
        forms.add(word[:-1] + _ITALIAN[word[-1]])
        if word.endswith(("ca", "ga", "co", "go")):
            forms.add(word[:-1] + "h" + _ITALIAN[word[-1]])
    elif language == "pt" and word.endswith("m"):
        forms.add(word[:-1] + "ns")
    elif language in ("sv", "da") and word.endswith("a"):
        forms |= {word[:-1] + "or", word[:-1] + "orna"}
    elif language == "ro" and word.endswith("a"):
        forms |= {word[:-1] + "e", word[:-1] + "ei", word[:-1] + "i", word[:-1] + "elor"}
    return forms
