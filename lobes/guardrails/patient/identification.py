"""Which language a note is written in."""

from functools import cache

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.wording import everyday_words, languages, phrases

_SCRIPTS = (
    ("\u0370", "\u03ff", "el"),
    ("\u1f00", "\u1fff", "el"),
    ("\u0400", "\u052f", "ru"),
    ("\u0600", "\u06ff", "ar"),
    ("\u0900", "\u097f", "hi"),
    ("\u3040", "\u30ff", "ja"),
    ("\uac00", "\ud7a3", "ko"),
    ("\u4e00", "\u9fff", "zh"),
)
_LATIN = ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ro", "tr")
_CANDIDATES = 4
"""Languages whose phrases are compared; the others share fewer everyday words with the note."""
_PHRASE_WEIGHT = 0.3


def identify(words: list[Word], told: str | None = None) -> tuple[str, ...]:
    """The languages of a note, the main one first; English always comes along, shoppers mix it in."""
    if told and told.lower()[:2] in languages():
        return tuple(dict.fromkeys((told.lower()[:2], "en")))
    scripts = [script for word in words if (script := script_language(word.text))]
    if scripts:
        has_kana = "ja" in scripts
        main = max(dict.fromkeys(scripts), key=scripts.count)
        return ("ja" if has_kana and main == "zh" else main, "en")
    scores = dict.fromkeys(_LATIN, 0.0)
    for word in words:
        for language, weight in _everyday().get(word.text, {}).items():
            if language in scores:
                scores[language] += weight
    for language in _candidates(scores):
        known = phrases(language)
        scores[language] += _PHRASE_WEIGHT * sum(known.has_word(word.text) for word in words)
    main = max(scores, key=lambda language: (scores[language], language == "en"))
    return tuple(dict.fromkeys((main if scores[main] else "en", "en")))


def _candidates(scores: dict[str, float]) -> list[str]:
    """The languages with the most everyday words; all of them where the note has none."""
    ranked = sorted((language for language in scores if scores[language]), key=lambda language: -scores[language])
    if len(ranked) > 1 and scores[ranked[0]] >= 2 * scores[ranked[1]]:
        return ranked[:1]
    return ranked[:_CANDIDATES] or list(scores)


@cache
def _everyday() -> dict[str, dict[str, float]]:
    """Everyday words → the languages they belong to, each with the weight of its rarity."""
    owners: dict[str, list[str]] = {}
    for language, listed in everyday_words().items():
        for word in listed:
            owners.setdefault(word, []).append(language)
    return {word: {language: 1.0 / len(of) ** 0.5 for language in of} for word, of in owners.items()}


def script_language(word: str) -> str | None:
    """The language that a word's script belongs to; None for Latin letters and for scripts that nobody here reads."""
    return next((language for low, high, language in _SCRIPTS if low <= word[0] <= high), None)
