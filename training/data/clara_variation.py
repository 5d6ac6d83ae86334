"""Other policies of the same shape: every figure drawn anew, weekdays, places and tiers exchanged, facts kept apart.

A reader that trains on forty policies learns them by heart. So each training document is a policy of another shop that
differs in its facts; the same changes applied to question and answer keep the record true. Changes depend on the words
alone, never on their place, so ``change(answer)`` always stands in ``change(document)`` where ``answer`` stood.
"""

import re
from collections.abc import Callable, Iterable
from random import Random

Change = Callable[[str], str]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_FIGURE = re.compile(
    r"(?P<phone>\(\d{3}\) \d{3}-\d{4})"
    r"|(?P<year>\b20\d\d\b|\b911\b)"
    rf"|(?P<date>\b(?:{_MONTHS}) \d{{1,2}}\b)"
    r"|(?P<clock>\b\d{1,2}:\d\d\b)"
    r"|(?P<money>\$\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(?P<number>\b\d+(?:,\d{3})*(?:\.\d+)?\b)"
)
"""What stands first wins: a telephone number is not three numbers. Years and the emergency number stay."""

_EXCHANGEABLE: tuple[tuple[str, ...], ...] = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("bronze", "silver", "gold", "platinum"),
    ("downtown", "riverside", "hillside", "lakeside"),
    ("canada", "mexico", "norway", "japan", "brazil"),
    ("alaska", "hawaii", "florida", "texas"),
    ("cotton", "linen", "wool", "cashmere", "silk", "leather"),
    ("visa", "mastercard", "discover", "maestro"),
    ("milk", "soy", "sesame", "almonds", "hazelnuts", "walnuts", "peanuts"),
    ("trousers", "skirts", "dresses", "jackets", "coats"),
    ("cheese", "fish", "bread", "meat"),
    ("earrings", "swimwear", "scarves", "hats"),
    ("doctor", "pharmacist", "dietitian"),
)
"""Words of one group take each other's places. A document that names some of a group gets others of it."""
_GROUP_OF = {word: group for group in _EXCHANGEABLE for word in group}
_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_GROUP_OF, key=len, reverse=True))})\b", re.IGNORECASE)
_HALF_HOURS = range(12, 47)
"""From 6:00 to 23:00."""
_CENTS = ("95", "90", "50", "49", "25")


def figures_of(text: str) -> list[str]:
    """The figures of a text, in order: money, times, dates, telephone numbers and plain numbers."""
    return [match[0] for match in _FIGURE.finditer(text)]


def unchanged(text: str) -> str:
    """The change that changes nothing."""
    return text


def draw_change(text: str, random: Random) -> Change:
    """A change of the figures and exchangeable words of ``text``, for it and for what is said about it.

    Larger figures stay larger, different figures stay different.
    """
    found: dict[str, list[str]] = {}
    for match in _FIGURE.finditer(text):
        found.setdefault(str(match.lastgroup), []).append(match[0])
    changes: dict[str, str] = {}
    for kind in ("money", "number"):
        changes |= _redrawn(dict.fromkeys(found.get(kind, ())), random)
    changes |= _redrawn_clocks(dict.fromkeys(found.get("clock", ())), random)
    changes |= {figure: f"{figure.split()[0]} {random.randint(1, 28)}" for figure in found.get("date", ())}
    changes |= {figure: f"{figure[:-4]}{random.randint(0, 9999):04}" for figure in found.get("phone", ())}
    words: dict[str, str] = {}
    for group in _EXCHANGEABLE:
        words |= dict(zip(group, random.sample(group, len(group)), strict=True))

    def change(said: str) -> str:
        said = _FIGURE.sub(lambda match: changes.get(match[0], match[0]), said)
        return _WORD.sub(lambda match: _cased_as(match[0], words[match[0].lower()]), said)

    return change


def _redrawn(figures: Iterable[str], random: Random) -> dict[str, str]:
    """Money and numbers: between half and twice the value, kept in order."""
    ordered = sorted(figures, key=_value)
    drawn = sorted(_value(figure) * random.uniform(0.5, 2.0) for figure in ordered)
    changes, last = {}, 0
    for figure, value in zip(ordered, drawn, strict=True):
        last = max(last + 1, round(value))
        changes[figure] = _written(last, figure, random)
    return changes


def _written(whole: int, like: str, random: Random) -> str:
    sign = "$" if like.startswith("$") else ""
    _, point, decimals = like.partition(".")
    if point:
        decimals = random.choice(_CENTS) if sign else decimals
    return f"{sign}{whole:,}{point}{decimals}"


def _redrawn_clocks(figures: Iterable[str], random: Random) -> dict[str, str]:
    ordered = sorted(figures, key=lambda clock: tuple(map(int, clock.split(":"))))
    if len(ordered) > len(_HALF_HOURS):
        return {}  # a timetable: there are not so many half hours
    half_hours = sorted(random.sample(_HALF_HOURS, len(ordered)))
    return {clock: f"{half // 2}:{half % 2 * 30:02}" for clock, half in zip(ordered, half_hours, strict=True)}


def _value(figure: str) -> float:
    return float(figure.lstrip("$").replace(",", ""))


def _cased_as(model: str, word: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
