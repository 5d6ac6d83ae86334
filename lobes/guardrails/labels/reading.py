"""Reading a label: normalise, find words, languages, statements and claims, then judge each match."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.food_facts.allergens import Row, exemptions, jurisdictions, known_words, languages
from seamless_retail.lobes.guardrails.labels.additives import Numbered, find_additives
from seamless_retail.lobes.guardrails.labels.judging import Judge
from seamless_retail.lobes.guardrails.labels.languages import identify
from seamless_retail.lobes.guardrails.labels.lexicon import Lexicon, counts_in, packaged_rows
from seamless_retail.lobes.guardrails.labels.matcher import Match, match_disguised, match_phrases, match_words
from seamless_retail.lobes.guardrails.labels.normalise import fold
from seamless_retail.lobes.guardrails.labels.opacity import is_truncated
from seamless_retail.lobes.guardrails.labels.pieces import LONGEST, read_pieces
from seamless_retail.lobes.guardrails.labels.records import LabelReading
from seamless_retail.lobes.guardrails.labels.segments import segment
from seamless_retail.lobes.guardrails.labels.tokens import disguised, tokenize

NAMES = ("terms", "inferred", "claims", "exempt")
"""Kinds of rows that name an allergen."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of the reader; all on but in ablations."""

    false_friends: bool = True
    negation: bool = True
    fuzzy: bool = True
    additives: bool = True
    disguises: bool = True
    without_languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LabelReader:
    """Reads labels with one lexicon; safe to share between threads.

    Args:
        extra: Rows of the user's own beside those of the package.
        parts: What is switched off, for ablations.
    """

    extra: tuple[Row, ...] = ()
    parts: Parts = Parts()
    _lexicon: Lexicon = field(init=False, repr=False)
    _languages: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        left_out = self.parts.without_languages
        listed = [row for row in (*packaged_rows(), *self.extra) if row.language not in left_out and self._is_on(row)]
        object.__setattr__(self, "_lexicon", Lexicon(listed, known_words(), self.parts.fuzzy))
        object.__setattr__(
            self, "_languages", frozenset({*languages(), *(row.language for row in self.extra)} - left_out)
        )

    def _is_on(self, row: Row) -> bool:
        return self.parts.false_friends or row.kind != "false_friends"

    def read(self, text: str, *, language: str | None = None, jurisdiction: str = "EU") -> LabelReading:
        """Read one label; see ``read_label``."""
        if len(text) > LONGEST:
            return read_pieces(lambda part: self.read(part, language=language, jurisdiction=jurisdiction), text)
        folded = fold(text)
        tokens = tokenize(folded.text)
        phrases = match_phrases(self._lexicon, folded.text, tokens)
        spoken = identify(self._lexicon, tokens, phrases, self._languages, language)
        hidden = match_disguised(self._lexicon, disguised(folded.text, tokens)) if self.parts.disguises else []
        plain = [*match_words(self._lexicon, tokens, spoken.active), *_of_languages(phrases, spoken.active)]
        matches = _with_disguised(plain, hidden, spoken.active)
        numbered = list(find_additives(folded.text)) if self.parts.additives else list[Numbered]()
        wording = [match for match in matches if match.entry.kind == "wording"]
        names = sorted((match.start, match.end) for match in matches if match.entry.kind in NAMES)
        segments = segment(folded.text, wording, names, self.parts.negation)
        judge = Judge(text, folded, matches, segments, jurisdiction, exemptions())
        findings, opaque = judge.judge(numbered)
        return LabelReading(
            text, spoken.main, findings, opaque, not tokens or spoken.is_unreadable or is_truncated(folded.text)
        )


@cache
def packaged_reader() -> LabelReader:
    """The reader of the package's own lexicon, built once."""
    return LabelReader()


def read_label(text: str, *, language: str | None = None, jurisdiction: str = "EU") -> LabelReading:
    """Read what a label says of allergens.

    Args:
        text: Ingredients, statements and claims, or the name of a product, in one or several languages.
        language: ISO 639-1 code, if known; the label is read in the languages found in it too.
        jurisdiction: Whose law decides on exemptions: an id of ``core.food_facts.allergens.jurisdictions``.

    Returns:
        The findings with their spans in ``text``, the opaque ingredients, and whether silence means nothing.

    Raises:
        InvalidQueryError: The jurisdiction is unknown.
    """
    check_jurisdiction(jurisdiction)
    return packaged_reader().read(text, language=language, jurisdiction=jurisdiction)


def check_jurisdiction(jurisdiction: str) -> None:
    """Refuse a jurisdiction whose law is not in the table.

    Raises:
        InvalidQueryError: It is not.
    """
    if jurisdiction not in jurisdictions():
        known = ", ".join(jurisdictions())
        raise InvalidQueryError(f"Unknown jurisdiction {jurisdiction!r}.", f"Use one of {known}.")


def _with_disguised(plain: list[Match], hidden: list[Match], active: frozenset[str]) -> list[Match]:
    """All matches but for those of the pieces of a broken word: "Wei- zenmehl" holds no whey ("wei" in Dutch)."""
    whole = [match for match in hidden if match.rule == "broken word" and match.entry.kind == "terms"]
    if whole:
        plain = [match for match in plain if not any(w.start <= match.start and match.end < w.end for w in whole)]
    return plain + _of_languages(hidden, active)


def _of_languages(matches: Iterable[Match], active: frozenset[str]) -> list[Match]:
    """Without the short words of languages that the label is not in; with no language known, all stay."""
    return [match for match in matches if counts_in(match.entry, match.rule, active)]
