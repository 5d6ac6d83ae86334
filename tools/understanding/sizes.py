"""Sizes a message names: "size M", "a medium", "in 42", "xl", "32 waist", "500 g"."""

import re
from collections.abc import Collection

from seamless_retail.tools.understanding.message import Message

_WORD_SIZES = {
    "extra extra small": "xxs", "extra small": "xs", "x small": "xs", "x-small": "xs", "small": "s", "medium": "m",
    "large": "l", "extra large": "xl", "x large": "xl", "x-large": "xl", "extra extra large": "xxl", "xx large": "xxl",
    "xx-large": "xxl", "double xl": "xxl", "one size": "one size",
}  # fmt: skip
_SAME = (("xxs", "2xs"), ("xxl", "2xl"), ("xxxl", "3xl"), ("xxxxl", "4xl"), ("one size", "os"), ("s", "small"),
         ("m", "medium"), ("l", "large"))  # fmt: skip
_WORDS = "|".join(sorted(map(re.escape, _WORD_SIZES), key=len, reverse=True))
_LETTERS = r"x{1,3}[sl]|[2-5]xl|2xs"
_NUMBER = r"(?:(?:us|uk|eu|it|fr) ?)?[0-9]{1,3}(?:[.,]5| ?1/2)?(?: ?[x/] ?[0-9]{2})?[wl]?"
_ANY = rf"(?:{_WORDS}|{_LETTERS}|[sml]|{_NUMBER})(?![\w'%])"
_LIST = rf"(?P<sizes>{_ANY}(?:(?:\s*(?:,|/|\bor\b|\band\b)\s*)(?:a )?(?:size )?{_ANY})*)"
_CUED = (
    re.compile(rf"\bsizes?(?: is| of|:)? (?:an? )?{_LIST}"),
    re.compile(rf"\bin (?:an? )(?:size )?{_LIST}(?! (?:range|variety|selection|amount|number|group|way))"),
    re.compile(rf"(?<![\w.])(?P<sizes>{_WORDS}|{_LETTERS}|[sml]|[0-9]{{1,2}}(?:\.5)?)[ -]sizes?\b(?! up| down)"),
    re.compile(r"\bwaist(?: size)?(?: of| is)? (?P<sizes>[0-9]{2})\b(?: ?(?:in(?:ch(?:es)?)?|\")(?!\w))?"),
    re.compile(r"(?<![\w.])(?P<sizes>[0-9]{2}) ?-?(?:in(?:ch(?:es)?)?|\")? ?waist\b"),
    re.compile(r"\bw(?P<sizes>[0-9]{2} ?/? ?l[0-9]{2})\b"),
    re.compile(r"(?<![\w.])(?P<sizes>[0-9]{2} ?[x/] ?[0-9]{2})(?![\w/])"),
)
_IN_NUMBER = re.compile(
    rf"\bin (?P<sizes>{_NUMBER}|{_LETTERS}|[sml])"
    r"(?= *(?:$|[?.!,;)]|\b(?:or|and|please|at|for|too|instead|available|if)\b))"
)
_CLEAR = re.compile(rf"(?<![\w'-])(?P<sizes>{_LETTERS}|extra[ -](?:small|large)|x[ -](?:small|large))(?![\w'])")
_REGIONAL = re.compile(r"(?<![\w.])(?P<sizes>(?:eu|us|uk) ?[0-9]{1,2}(?:\.5)?)(?![\w'%])")
_LOOSE_WORD = re.compile(r"(?<![\w'-])(?P<sizes>small|medium|large|one size)(?![\w'-])")
_CAPITAL = re.compile(r"(?<![\w'&-])(?P<sizes>[SML])(?![\w'&-])")
_PACK = re.compile(
    r"(?<![\w.])(?P<sizes>[0-9]{1,4}(?:\.[0-9]+)?[ -]?(?:kg|g|ml|cl|l|oz|fl oz|lb|ct|count|pack|bags))\b"
)
_AGE = re.compile(r"(?<![\w.])(?:age |aged )?(?P<sizes>[0-9]{1,2}) ?-?(?:y|yrs?|years?)(?:[ -]?olds?| of age)?\b")
_SPLIT = re.compile(rf"{_WORDS}|{_LETTERS}|(?<![\w])[sml](?!\w)|{_NUMBER}")


class SizeReader:
    """Reads sizes in the form in which the catalogue writes them.

    Args:
        sizes: ``vocabulary.sizes``.
    """

    def __init__(self, sizes: Collection[str]) -> None:
        self._known = {_key(size): size for size in sizes}
        self._covering = _coverings(sizes)
        for first, second in _SAME:
            for ours, other in ((first, second), (second, first)):
                if _key(ours) in self._known:
                    self._known.setdefault(_key(other), self._known[_key(ours)])

    def read(self, message: Message, *, is_clothing: bool, bare_numbers: bool = False) -> tuple[str, ...]:
        """Read the sizes of a message and mark their words as used.

        Args:
            message: The message.
            is_clothing: Whether clothes are talked about, so that "medium" and "L" are sizes.
            bare_numbers: Whether "in 42" may be a size even though the message names no clothes.
        """
        found: list[str] = []
        for pattern in _CUED:
            found += self._collect(message, pattern)
        if is_clothing or bare_numbers:
            found += self._collect(message, _IN_NUMBER, known_only=True)
        found += self._collect(message, _CLEAR)
        if is_clothing:
            found += self._collect(message, _REGIONAL)
            found += self._collect(message, _LOOSE_WORD)
            if message.text != message.text.upper():
                found += self._collect(message, _CAPITAL, text=message.text)
        found += self._collect(message, _AGE, known_only=True, ending="y")
        found += self._collect(message, _PACK, known_only=True)
        return tuple(dict.fromkeys(covering for size in found for covering in (size, *self._covering.get(size, ()))))

    def _collect(
        self,
        message: Message,
        pattern: re.Pattern[str],
        known_only: bool = False,
        text: str | None = None,
        ending: str = "",
    ) -> list[str]:
        sizes: list[str] = []
        for match in pattern.finditer(message.lower if text is None else text):
            if not message.is_free(*match.span("sizes")):
                continue
            named = [self._canonical(size) for size in self._named(match["sizes"].lower() + ending)]
            if named and (not known_only or all(size in self._known.values() for size in named)):
                sizes += named
                message.take(*match.span())
        return sizes

    def _named(self, sizes: str) -> list[str]:
        return [sizes] if _key(sizes) in self._known else [match.strip() for match in _SPLIT.findall(sizes)] or [sizes]

    def _canonical(self, size: str) -> str:
        size = _WORD_SIZES.get(size, size).replace(",5", ".5").replace(" 1/2", ".5")
        plain = re.sub(r"^(?:us|uk|eu|it|fr) ?|[wl]$", "", size)
        regional = self._known.get(_key(size))
        return regional or self._known.get(_key(plain) if plain[:1].isdigit() else _key(size), size)


def _coverings(sizes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The catalogue's size ranges by the sizes they cover: ``m`` → ``s/m``, ``36`` → ``35-38``."""
    covering: dict[str, tuple[str, ...]] = {}
    for size in sizes:
        if letters := re.fullmatch(r"(x{0,3}[sml])/(x{0,3}[sml])", size):
            covered = list(letters.groups())
        elif numbers := re.fullmatch(r"([0-9]{2})-([0-9]{2})", size):
            covered = [str(number) for number in range(int(numbers[1]), int(numbers[2]) + 1)]
        else:
            continue
        for one in covered:
            covering[one] = (*covering.get(one, ()), size)
    return covering


def _key(size: str) -> str:
    """One form for ``32x30``, ``32/30`` and ``32 l30``, and for ``500 g`` and ``500g``."""
    return re.sub(r"[\s-]", "", re.sub(r"(?<=[0-9]) ?[x/]? ?[xl/](?=[0-9])", "x", size.lower()))
