"""Which languages a label is written in: by script, by everyday words of labels, and by the terms it names.

Labels are short, full of names and often in several languages, so this is no n-gram model: a language counts when its
own words are there. All languages with a fair share are active; the one with the most is the main one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seamless_retail.lobes.guardrails.labels.lexicon import Lexicon, speaks
from seamless_retail.lobes.guardrails.labels.matcher import Match
from seamless_retail.lobes.guardrails.labels.tokens import Token

FAIR_SHARE = 0.25
"""Share of the main language's score from which another one is active."""
UNREADABLE_SHARE = 0.1
"""Share of known words under which a label of at least ``MANY_WORDS`` words counts as garbled."""
MANY_WORDS = 8


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of a label."""

    main: str | None
    active: frozenset[str]
    is_unreadable: bool


def identify(
    lexicon: Lexicon, tokens: Sequence[Token], phrases: Sequence[Match], known: Iterable[str], told: str | None
) -> Languages:
    """The languages of a label's words.

    Args:
        lexicon: Whose everyday words count.
        tokens: The words.
        phrases: Matches of several words.
        known: Codes of the languages that have a lexicon.
        told: What the caller says, if anything.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    texts, weighed = [token[0] for token in tokens], lexicon.weighed
    _count_scripts(scores, [text for text in texts if not text.isascii()])
    for word in texts:
        weights = weighed.get(word)
        for language, weight in lexicon.weights(word) if weights is None else weights:
            scores[language] += weight
    _count_phrases(scores, phrases)
    foreign = scores.pop("other", 0.0)
    words = [text for text in texts if not text.isdigit()]
    main, best = max(scores.items(), key=lambda item: (item[1], item[0]), default=(None, 0.0))
    if best < (0.5 if len(words) <= MANY_WORDS else 1.0):
        main = None
    active = {language for language, score in scores.items() if main and score >= max(0.3, FAIR_SHARE * best)}
    if told in set(known):
        active.add(str(told))
        main = main if main and scores[str(told)] < FAIR_SHARE * best else told
    garbled = len(words) >= MANY_WORDS and not _is_unspaced(main) and _is_garbled(lexicon, tokens, phrases, len(words))
    unknown = main is None and not _is_short_and_known(lexicon, words)
    return Languages(main, frozenset(active), unknown or foreign > best or garbled)


def _is_garbled(lexicon: Lexicon, tokens: Sequence[Token], phrases: Sequence[Match], words: int) -> bool:
    recognised, wanted = 0, UNREADABLE_SHARE * words
    for token in tokens:
        recognised += lexicon.stands_for_something(token.text)
        if recognised >= wanted:
            return False
    places = {match.start for match in phrases}
    for token in tokens:
        places |= {token.start + hit.start for hit in lexicon.look_up(token.text) if len(hit.entry.words) == 1}
        if lexicon.languages_of(token.text):
            places.add(token.start)
    return len(places) < wanted


def _is_short_and_known(lexicon: Lexicon, words: Sequence[str]) -> bool:
    """Whether each word of a list too short to show its language is a real word, whatever language it is."""
    return 0 < len(words) <= MANY_WORDS and all(lexicon.is_real(word) for word in words)


def _count_scripts(scores: defaultdict[str, float], words: Sequence[str]) -> None:
    has_kana = any("\u3040" <= letter <= "\u30ff" for word in words for letter in word[:8])
    for word in words:
        if script := _language_of_script(word, has_kana):
            scores[script] += 1.0


def _count_phrases(scores: defaultdict[str, float], phrases: Iterable[Match]) -> None:
    by_place: dict[tuple[int, int], set[str]] = {}
    for match in phrases:
        if speaks(match.entry, match.rule):
            by_place.setdefault((match.start, match.end), set()).add(match.entry.language)
    for found in by_place.values():
        for language in found:
            scores[language] += 0.5 / len(found)


def _is_unspaced(language: str | None) -> bool:
    return language in ("zh", "ja", "ko", "ar", "hi")


def _language_of_script(word: str, has_kana: bool) -> str | None:
    letter = word[0]
    if letter < "\u0370" or "\u0400" <= letter < "\u0530":
        return None
    ranges = (
        ("\u0370", "\u03ff", "el"),
        ("\u1f00", "\u1fff", "el"),
        ("\u0600", "\u06ff", "ar"),
        ("\u0900", "\u097f", "hi"),
        ("\u3040", "\u30ff", "ja"),
        ("\u3400", "\u9fff", "ja" if has_kana else "zh"),
        ("\uac00", "\ud7a3", "ko"),
        ("\u0531", "\u0fff", "other"),
        ("\u1000", "\u1dff", "other"),
    )
    return next((language for low, high, language in ranges if low <= letter <= high), None)
