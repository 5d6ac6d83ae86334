"""Rows of the lexicon as patterns over folded words."""

from dataclasses import dataclass, field

from seamless_retail.core.food_facts.allergens import Kind, Row, allergens, groups_of
from seamless_retail.lobes.guardrails.labels.inflections import inflect
from seamless_retail.lobes.guardrails.labels.normalise import fold_term
from seamless_retail.lobes.guardrails.labels.tokens import WORD

SHORT = 4
"""Words up to this length are other words in other languages, and count only in labels of their own."""


LONG_PART = 8
"""Stems and parts of compounds shorter than this occur by chance in other languages, and count only in their own."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a pattern: its forms, and whether more letters may stand before or after them."""

    forms: frozenset[str]
    open_left: bool = False
    open_right: bool = False

    def matches(self, text: str) -> bool:
        """Whether a folded word is this one."""
        if not self.open_left and not self.open_right:
            return text in self.forms
        return any(self._fits(form, text) for form in self.forms)

    def _fits(self, form: str, text: str) -> bool:
        if self.open_left and self.open_right:
            return form in text
        return text.endswith(form) if self.open_left else text.startswith(form)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A row made ready to match."""

    row: Row
    words: tuple[Word, ...]
    allergens: tuple[str, ...]
    """What a match raises: the ids of the row and the groups they belong to."""
    groups: frozenset[str]
    """The groups of the allergens; a false friend masks all terms of these."""
    is_local: bool
    is_whole: bool
    """The match must be the whole ingredient."""
    kind: Kind = field(init=False)
    """The section of the row."""
    language: str = field(init=False)
    first_key: str = field(init=False)
    """The role of a row of wording, the exemption of an exempt one, else its first allergen."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.row.kind)
        object.__setattr__(self, "language", self.row.language)
        object.__setattr__(self, "first_key", self.row.key[0])


def is_unspaced(text: str) -> bool:
    """Whether the script is written without spaces between words (Han, Kana, Hangul compounds, Thai)."""
    return any("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in text)


def compile_row(row: Row) -> Entry | None:
    """The entry of a row; None if nothing of its pattern is left after folding."""
    raw = row.pattern.split()
    words = [word for position, part in enumerate(raw) for word in _words(part, row, position, len(raw))]
    if not words:
        return None
    ids = row.key if row.kind not in ("wording", "exempt") else ()
    raised = tuple(dict.fromkeys(part for allergen in ids for part in groups_of(allergen)))
    length = max(len(form) for form in words[0].forms)
    shortest = min(len(form) for form in words[0].forms)
    short = len(words) == 1 and shortest <= (3 if row.language == "en" else SHORT) and length <= SHORT + 3
    is_part = row.language != "en" and (words[0].open_left or words[0].open_right) and shortest < LONG_PART
    is_local = "!" not in row.flags and ("~" in row.flags or ((short or is_part) and _is_latin(words[0])))
    groups = frozenset(allergens()[allergen].group for allergen in ids)
    return Entry(row, tuple(words), raised, groups, is_local, "=" in row.flags)


def _is_latin(word: Word) -> bool:
    return all(form.isascii() for form in word.forms)


def _words(part: str, row: Row, position: int, count: int) -> list[Word]:
    core = fold_term(part.strip("*"))
    found = [match[0] for match in WORD.finditer(core)]
    words = []
    for place, text in enumerate(found):
        left = part.startswith("*") and place == 0
        right = part.endswith("*") and place == len(found) - 1
        unspaced = is_unspaced(text) and "=" not in row.flags
        is_lone_mask = row.kind == "false_friends" and count == 1 and row.language != "en"
        bends = not (left or right or unspaced or is_lone_mask) and row.kind != "wording" and position in (0, count - 1)
        forms = inflect(text, row.language) if bends else {text}
        words.append(Word(frozenset(forms), left or unspaced, right or unspaced))
    return words
