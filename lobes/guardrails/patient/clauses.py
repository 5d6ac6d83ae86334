"""Clauses of a note: where one statement ends and the next begins, and which marks reach which entities."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE

CONJUNCTIONS = frozenset(
    {
        *("and", "et", "und", "y", "e", "en", "i", "och", "og", "ja", "a", "si", "και", "и", "ve", "و", "और", "和"),
        *("plus", "oraz", "sowie", "n", "or", "ou", "oder", "o", "of", "lub", "ani", "nor", "ni", "noch", "ne", "nem"),
    }
)
_PASSIVE = frozenset({"third", "none", "month", "year", "asks", "corrects"})
"""Roles that say nothing of the entity beside them."""
_CLOSING = ("stopped", "past", "normal", "tolerates", "ruled_out", "not_yet")
"""Roles that end an item of a list: "metformin stopped, insulin"."""
_KINDS = {"allergen": 0, "medicine": 1, "condition": 2, "diet": 2}
"""Entities that stand in one list."""
_SPARE_WORDS = 3
"""Words other than the entity that a bare item of a list may have: a dose, an article."""
_LEAD_WORDS = 5
"""Words of a part that says something of the next one: "as a child", not a clause with a verb of its own."""
_BOX = re.compile(r"\[\s*\]|\[\s*[xX✓]?\s*$|\[\s*[xX✓]\s*\]|[☐☑☒□■✓✗]")
_EMPTY_BOX = re.compile(r"\[\s*\]|[☐□]")
_COMMAS = frozenset(",(–—=→")
_DASH = re.compile(r"\s-\s|->|^-\s|/\s")
_SENTENCE_ENDS = frozenset(".!?;\n。！？；।؛؟•")
_SHORTENED = frozenset({
    "art", "chron", "diab", "pat", "pac", "pz", "antec", "fam", "an", "ant", "rodz", "resp", "dr", "sr", "sra",
    "sig", "mr", "mrs", "ms", "irrit", "mell", "insuf", "insuff", "nieren", "hx", "dx", "max", "min", "inkl", "cf",
    "nr", "approx", "incl", "vs", "bzw", "evtl", "ggf", "typ", "st", "allerg", "intol", "reg", "prof", "ing",
    "anamn", "med", "hist", "aff", "alim",
})  # fmt: skip


@dataclass(slots=True)
class Clause:
    """Words ``first`` to ``last`` (exclusive) with all that was found in them."""

    first: int
    last: int
    starts_sentence: bool
    breaks: frozenset[int] = frozenset()
    """Words before which a comma, a bracket or a dash stands."""
    unticked: int | None = None
    """The group that stands at an empty box of a form."""
    found: list[Mention] = field(default_factory=list)
    groups: list[tuple[int, int]] = field(default_factory=list)
    """Parts between commas; the bare items of a list are one part."""

    def of(self, *roles: str) -> list[Mention]:
        """The mentions of these roles."""
        return [mention for mention in self.found if mention.role in roles]

    def is_split(self, first: int, last: int) -> bool:
        """Whether a comma or a bracket stands before one of the words ``first`` + 1 to ``last``."""
        return any(first < at <= last for at in self.breaks)

    @property
    def has_entity(self) -> bool:
        """Whether it names an allergen, a condition, a medicine or a diet."""
        return bool(self.of(*ENTITIES))

    def group_of(self, mention: Mention) -> int:
        """Which of ``groups`` a mention begins in."""
        return next(at for at, (first, last) in enumerate(self.groups) if first <= mention.first < last)

    def reaches(self, mark: Mention, entity: Mention) -> bool:
        """Whether a mark speaks of an entity.

        It does in its own group. From a group without any entity it reaches the one before ("milk, eggs: resolved"),
        or the next where none is before ("as a child, I had eczema").
        """
        own, other = self.group_of(mark), self.group_of(entity)
        if own == other:
            return True
        if self.names_entity(own):
            return False
        before = [at for at in range(own) if self.names_entity(at)]
        if before:
            return other == before[-1]
        first, last = self.groups[own]
        behind = [at for at in range(own + 1, len(self.groups)) if self.names_entity(at)]
        return other == behind[0] and last - first <= _LEAD_WORDS

    def names_entity(self, group: int) -> bool:
        """Whether a group names an entity."""
        first, last = self.groups[group]
        return any(first <= m.first < last for m in self.of(*ENTITIES))

    def is_bare(self, group: int) -> bool:
        """Whether a group names entities and says nothing of them."""
        first, last = self.groups[group]
        return not any(
            first <= m.first < last and m.role not in ENTITIES and m.role not in _PASSIVE for m in self.found
        )


def split_clauses(text: str, words: Sequence[Word], found: Sequence[Mention]) -> list[Clause]:
    """Clauses: cut at the ends of sentences, at "but", and where another person or verb takes over after "and"."""
    has_medicine = any(m.role == "medicine" for m in found)
    turns = {m.first for m in found if m.role == "but" or (m.role == "switch" and has_medicine)}
    turns |= {m.first for m in found if m.role == "only" and _named_before(m, found)}
    verbs = {m.first for m in found if m.role in ("take", *PEOPLE)}
    inner = {at for m in found if m.last - m.first > 1 for at in range(m.first, m.last)}
    firsts: list[tuple[int, bool]] = [(0, True)]
    for at in range(1, len(words)):
        gap = text[words[at - 1].end : words[at].start]
        ends = _ends_sentence(gap, words[at - 1], text[words[at].start])
        is_joining = words[at - 1].text in CONJUNCTIONS and at - 1 not in inner  # not the "of" of "grew out of"
        joined = words[at].breaks or (is_joining and gap.isspace())
        if ends or at in turns or _BOX.search(gap) or (joined and at in verbs and not _is_listed(at, found)):
            firsts.append((at, ends))
    lasts = [*(at for at, _ in firsts[1:]), len(words)]
    trailing = _boxes_follow(text, words, found)
    return [
        _clause(text, words, found, first, last, ends, trailing)
        for (first, ends), last in zip(firsts, lasts, strict=True)
    ]


def _clause(
    text: str, words: Sequence[Word], found: Sequence[Mention], first: int, last: int, ends: bool, trailing: bool
) -> Clause:
    inside = [m for m in found if first <= m.first < last]
    gaps = {at: text[words[at - 1].end : words[at].start] for at in range(max(first, 1), last)}
    breaks = frozenset(at for at, gap in gaps.items() if at > first and (set(gap) & _COMMAS or _DASH.search(gap)))
    at, end = (last - 1, words[last].start if last < len(words) else len(text)) if trailing else (first - 1, 0)
    box = text[words[at].end if at >= 0 else 0 : end or words[first].start]
    clause = Clause(first, last, ends, breaks, None, inside)
    clause.groups = _groups(clause)
    if _EMPTY_BOX.search(box):
        clause.unticked = len(clause.groups) - 1 if trailing else 0
    return clause


def _groups(clause: Clause) -> list[tuple[int, int]]:
    """The parts between commas, with the bare items of a list in one."""
    edges = [clause.first, *sorted(clause.breaks), clause.last]
    groups: list[tuple[int, int]] = []
    for first, last in pairwise(edges):
        inside = [m for m in clause.found if first <= m.first < last]
        entities = [m for m in inside if m.role in ENTITIES]
        is_bare = bool(entities) and all(m.role in ENTITIES or m.role in _PASSIVE for m in inside)
        spare = last - first - sum(m.last - m.first for m in entities)
        before = [m for m in clause.of(*ENTITIES) if groups and groups[-1][0] <= m.first < groups[-1][1]]
        alike = before and entities and _KINDS[before[-1].role] == _KINDS[entities[0].role]
        closed = before and any(before[-1].last <= m.first < first for m in clause.of(*_CLOSING))
        if alike and is_bare and spare <= _SPARE_WORDS and not closed:
            groups[-1] = (groups[-1][0], last)
        else:
            groups.append((first, last))
    return groups


def _ends_sentence(gap: str, before: Word, following: str) -> bool:
    """Whether a gap between two words ends a sentence: not the point of "Chron. Niereninsuffizienz" or of "2.4"."""
    ends = set(gap) & _SENTENCE_ENDS
    if ends != {"."}:
        return bool(ends)
    if gap == ".":
        return following.isupper() and before.text.isalpha() and len(before.text) > 1
    if gap.lstrip(")\"' ").startswith((".,", ".:", ".)", ".-")):
        return False
    return before.text not in _SHORTENED and (len(before.text) > 1 or not before.text.isalpha())


def _boxes_follow(text: str, words: Sequence[Word], found: Sequence[Mention]) -> bool:
    """Whether the boxes of a form stand behind what they tick: "vegetarian [x] vegan [ ]"."""
    box = _BOX.search(text)
    if not box:
        return False
    start = max(text.rfind(mark, 0, box.start()) for mark in ":.;\n") if box.start() else -1
    return any(start < words[m.first].start < box.start() for m in found if m.role in ENTITIES)


def _named_before(mark: Mention, found: Sequence[Mention]) -> bool:
    return any(m.role in ENTITIES and 0 <= mark.first - m.last <= 4 for m in found)


def _is_listed(at: int, found: Sequence[Mention]) -> bool:
    """Whether the word is itself an entity in a list, not a turn: "nuts, milk" where "milk" is no verb."""
    return any(m.role in ENTITIES and m.first == at for m in found)
