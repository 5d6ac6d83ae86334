"""Words that point back to what the conversation is about: "the second one", "it", "these", "the last one"."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from seamless_retail.core.queries import Focus
from seamless_retail.tools.understanding.message import Message, fold, words_of
from seamless_retail.tools.understanding.word_lists import POINTER

_ORDINALS = {
    **{"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3},
    **{"fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7, "ninth": 8},
    **{"9th": 8, "tenth": 9, "10th": 9, "last": -1, "final": -1, "latter": -1},
}
_ORDINAL = re.compile(
    rf"\b(?:the |your |that |this )?(?P<ordinal>{'|'.join(_ORDINALS)})\b"
    r"(?! (?:time|order|name|day|week|month|year|of all|purchase|delivery|package|step|floor|date|minute|place))"
    r"(?: (?P<noun>[a-z][a-z-]*))?"
)
_GENERIC_NOUNS = frozenset(
    {"one", "ones", "option", "product", "item", "result", "choice", "pick", "suggestion", "piece"}
)
_PREPOSITIONS = frozenset({"of", "in", "is", "please", "and", "for", "with", "at", "under"})


class Pointer(NamedTuple):
    """What a message points to.

    ``one`` is a single product, ``some`` the products shown, ``beyond`` a place in the list that does not exist.
    """

    kind: Literal["one", "some", "beyond"]
    product_ids: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    """The characters of the message that point."""


def find_pointer(
    message: Message, focus: Focus, names: Mapping[str, str], topic_words: frozenset[str]
) -> Pointer | None:
    """Resolve the message's pointing words against the products in focus.

    Args:
        message: The message.
        focus: What the thread is about.
        names: Lower-case product name by product id.
        topic_words: Words of categories the message itself names: "it" then means those, but "this dress" still points.
    """
    shown = focus.product_ids
    if not shown and not focus.selected_product_id:
        return None
    return (
        _by_place(message, shown, topic_words)
        or _by_noun(message, focus, names, topic_words)
        or (None if topic_words else _by_pronoun(message, focus, names))
    )


def _by_place(message: Message, shown: tuple[str, ...], topic_words: frozenset[str]) -> Pointer | None:
    found = [
        (match, _ORDINALS[match["ordinal"]])
        for match in _ORDINAL.finditer(message.lower)
        if _is_listed(match, topic_words)
    ]
    found = found or [(match, int(match["place"]) - 1) for match in POINTER["numbered"].finditer(message.lower)]
    if not found or not shown:
        return None
    for match, _ in found:
        message.take(*match.span())
    existing = tuple(dict.fromkeys(shown[place] for _, place in found if -1 <= place < len(shown)))
    if not existing:
        return Pointer("beyond", shown)
    if len(existing) > 1:
        return Pointer("some", existing)
    return Pointer("one", existing, _pointing_span(found[0][0]))


def _is_listed(match: re.Match[str], topic_words: frozenset[str]) -> bool:
    """Whether the word after an ordinal lets it count products: "second one", "third dress", not "first aid"."""
    return (match["noun"] or "one") in _GENERIC_NOUNS | _PREPOSITIONS or fold(match["noun"]) in topic_words


def _pointing_span(match: re.Match[str]) -> tuple[int, int]:
    """The span without a following preposition: "the second in blue" points with "the second"."""
    noun = match.groupdict().get("noun")
    return match.start(), match.start("noun") - 1 if noun in _PREPOSITIONS else match.end()


def _by_noun(message: Message, focus: Focus, names: Mapping[str, str], topic_words: frozenset[str]) -> Pointer | None:
    """Resolve "this dress", "those boots": the products in focus whose names have the noun, or else all of them."""
    for i, word in enumerate(message.words[1:], start=1):
        if word not in topic_words or message.words[i - 1] not in ("this", "that", "these", "those"):
            continue
        span = message.tokens[i - 1].start, message.tokens[i].end
        fitting = tuple(p for p in focus.product_ids if _shares(word, names.get(p, "")))
        return _one_or_some(
            focus, fitting or focus.product_ids, span, plural=message.words[i - 1] in ("these", "those")
        )
    return None


def _by_pronoun(message: Message, focus: Focus, names: Mapping[str, str]) -> Pointer | None:
    if match := POINTER["restricted"].search(message.lower):
        rare = [p for p in focus.product_ids if _shares_rare(match[0], p, focus.product_ids, names)]
        return _one_or_some(focus, tuple(rare) or focus.product_ids, match.span(), plural=len(rare) != 1)
    if match := POINTER["plural"].search(message.lower):
        plural = bool(POINTER["several"].search(match[0])) or len(focus.product_ids) > 1
        message.take(*match.span())
        return _one_or_some(focus, focus.product_ids, match.span(), plural=plural)
    match = POINTER["singular"].search(message.lower)
    if not match or POINTER["conjunction"].search(message.lower):
        return None
    message.take(*match.span())
    return _one_or_some(focus, focus.product_ids, match.span(), plural=False)


def _one_or_some(focus: Focus, fitting: tuple[str, ...], span: tuple[int, int], *, plural: bool) -> Pointer | None:
    """A single product: the one fitting, or the one the thread singled out; otherwise all that fit."""
    selected = focus.selected_product_id
    if not plural and selected and (not fitting or selected in fitting or len(fitting) > 1):
        return Pointer("one", (selected,), span)
    if len(fitting) == 1:
        return Pointer("one", fitting, span)
    return Pointer("some", fitting, span) if fitting else None


def _shares(word: str, name: str) -> bool:
    return any(word.rstrip("s") == other.rstrip("s") for other in words_of(name))


def _shares_rare(phrase: str, product_id: str, shown: tuple[str, ...], names: Mapping[str, str]) -> bool:
    """Whether the phrase has a word of this product's name that not all the shown names have."""
    own = set(words_of(names.get(product_id, "")))
    others = [set(words_of(names.get(other, ""))) for other in shown]
    return any(word in own and not all(word in other for other in others) for word in words_of(phrase))
