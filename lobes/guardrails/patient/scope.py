"""Clauses of a note, and what each says of an entity: relation, whether, when, how badly, of whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.context import Polarity, Severity, Temporality, Who
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE

VERB_LAST = frozenset({"tr", "hi", "ja", "ko", "zh", "de", "nl", "fi"})
"""Languages in which a negation or a verb may follow what it is about."""
CONJUNCTIONS = frozenset(
    {
        *("and", "et", "und", "y", "e", "en", "i", "och", "og", "ja", "a", "si", "και", "и", "ve", "و", "और", "和"),
        *("plus", "oraz", "sowie", "n"),
    }
)
RELATIONS = ("allergy", "intolerance", "avoid", "free", "dislike", "tolerates")
_BOX = re.compile(r"\[\s*\]|\[\s*$|[☐☑☒□■✓✗]")
_EMPTY_BOX = re.compile(r"\[\s*\]|[☐□]")
_COMMAS = frozenset(",(–—")
_SENTENCE_ENDS = frozenset(".!?;\n。！？；।؛؟•")
_FULL_SHOCK = ("anaph", "anaf", "αναφ", "анаф", "تاقيه", "एनाफ", "ऐनाफ", "アナフィ", "아나필", "过敏性休", "過敏性休")
NEAR = 7
"""Words over which a negation reaches."""


@dataclass(slots=True)
class Clause:
    """Words ``first`` to ``last`` (exclusive) with all that was found in them."""

    first: int
    last: int
    starts_sentence: bool
    breaks: frozenset[int] = frozenset()
    """Words before which a comma or a bracket stands."""
    is_unticked: bool = False
    """Whether it stands behind an empty box of a form."""
    found: list[Mention] = field(default_factory=list)

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


def split_clauses(text: str, words: Sequence[Word], found: Sequence[Mention]) -> list[Clause]:
    """Clauses: cut at the ends of sentences, at "but", and where another person or verb takes over after "and"."""
    turns = {m.first for m in found if m.role in ("but", "switch") or (m.role == "only" and _named_before(m, found))}
    verbs = {m.first for m in found if m.role in ("take", *PEOPLE)}
    firsts: list[tuple[int, bool]] = [(0, True)]
    for at in range(1, len(words)):
        gap = text[words[at - 1].end : words[at].start]
        ends = bool(set(gap) & _SENTENCE_ENDS)
        joined = words[at].breaks or words[at - 1].text in CONJUNCTIONS
        if ends or at in turns or _BOX.search(gap) or (joined and at in verbs and not _is_listed(at, found)):
            firsts.append((at, ends))
    clauses = []
    for (first, ends), (last, _) in zip(firsts, [*firsts[1:], (len(words), True)], strict=True):
        inside = [m for m in found if first <= m.first < last]
        gaps = {at: text[words[at - 1].end : words[at].start] for at in range(max(first, 1), last)}
        breaks = frozenset(at for at, gap in gaps.items() if at > first and set(gap) & _COMMAS)
        before = text[words[first - 1].end if first else 0 : words[first].start]
        clauses.append(Clause(first, last, ends, breaks, bool(_EMPTY_BOX.search(before)), inside))
    return clauses


def _named_before(mark: Mention, found: Sequence[Mention]) -> bool:
    return any(m.role in ENTITIES and 0 <= mark.first - m.last <= 4 for m in found)


def _is_listed(at: int, found: Sequence[Mention]) -> bool:
    """Whether the word is itself an entity in a list, not a turn: "nuts, milk" where "milk" is no verb."""
    return any(m.role in ENTITIES and m.first == at for m in found)


def relation_of(clause: Clause, entity: Mention, language: str) -> str:
    """Why an allergen is named: ``allergy``, ``intolerance``, ``avoid``, ``dislike``, ``tolerates`` or nothing."""
    after = [m for m in clause.of(*RELATIONS, "anaphylaxis") if m.role != "anaphylaxis" or _is_shock(clause, m)]
    marks = [m for m in after if m.role != "anaphylaxis"] + [m for m in after if m.role == "anaphylaxis"]
    end = _list_end(clause, entity)
    for mark in marks:
        if mark.role not in ("avoid", "tolerates", "dislike") and entity.first <= mark.first <= end + 1:
            return _plain(mark.role)
    before = [m for m in marks if m.last <= entity.first and m.role != "free"]
    if before:
        return _turned(clause, max(before, key=lambda m: (m.last, m.role != "tolerates")))
    behind = [m for m in marks if m.first >= entity.last and (m.role != "free" or language in VERB_LAST)]
    if behind:
        return _turned(clause, min(behind, key=lambda m: m.first))
    if any(0 <= entity.first - mark.last <= 1 for mark in clause.of("cannot")):
        return "avoid"  # "mum cannot cashews", not "I cannot find the milk"
    return "allergy" if clause.of("symptom") else ""


def inherited_relation(clauses: Sequence[Clause], number: int) -> str:
    """The relation of the clause before, for "only to peanuts" after "not allergic to nuts"."""
    starts = number and any(m.role == "only" and m.first == clauses[number].first for m in clauses[number].found)
    marks = clauses[number - 1].of("allergy", "intolerance", "avoid") if starts else []
    return marks[-1].role if marks else ""


def following_relation(clauses: Sequence[Clause], number: int) -> str:
    """The relation of a reaction told right behind: "a sip of wine with sulphites and I get asthma"."""
    behind = clauses[number + 1 : number + 2]
    if behind and not behind[0].starts_sentence and not behind[0].has_entity and behind[0].of("symptom", "allergy"):
        return "allergy"
    return ""


def _turned(clause: Clause, mark: Mention) -> str:
    """The relation of a mark; "tolerate ... not at all" is an intolerance."""
    if mark.role == "tolerates":
        for no in clause.of("not"):
            near = 0 <= no.first - mark.last <= 3 or 0 <= mark.first - no.last <= 1
            if near and not clause.is_split(min(no.first, mark.first), max(no.first, mark.first)):
                return "intolerance"
    return _plain(mark.role)


def _plain(role: str) -> str:
    return {"anaphylaxis": "allergy", "free": "avoid"}.get(role, role)


def _list_end(clause: Clause, entity: Mention) -> int:
    """The last word of the list that the entity stands in: "nut and sesame" of "nut and sesame allergy"."""
    end = entity.last
    for other in sorted(clause.of("allergen"), key=lambda m: m.first):
        if other.first >= end and other.first - end <= 2:
            end = other.last
    return end


def _is_shock(clause: Clause, mark: Mention) -> bool:
    return mark.id == "shock"


def is_shock_word(words: Sequence[Word], mark: Mention) -> bool:
    """Whether an ``anaphylaxis`` mark names the reaction itself and so is a relation: "anaphylactic to"."""
    return "".join(word.text for word in words[mark.first : mark.last]).startswith(_FULL_SHOCK)


def polarity_of(clause: Clause, entity: Mention, relation: str, language: str, later: Sequence[Clause]) -> Polarity:
    """Whether the person has it."""
    if clause.is_unticked or _is_denied(clause, entity):
        return Polarity.HAS_NOT
    if entity.role == "diet" and any(entity.first <= m.first < entity.last for m in clause.of("not", "avoid")):
        return Polarity.HAS  # "no pork", "neither meat nor fish"
    if relation not in ("avoid", "dislike") and any(_aims_at(clause, mark, entity) for mark in clause.of("ruled_out")):
        return Polarity.RULED_OUT
    follow_up = [mark for extra in later for mark in extra.found]
    if relation == "tolerates":
        return Polarity.HAS_NOT
    past_marks = [*clause.of("past"), *(m for m in follow_up if m.role in ("past", "ruled_out"))]
    if entity.role != "medicine" and past_marks and relation not in ("avoid", "dislike"):
        return Polarity.RULED_OUT if any(m.role == "ruled_out" for m in past_marks) else Polarity.OUTGREW
    if relation in ("avoid", "dislike"):
        return Polarity.HAS
    return Polarity.HAS_NOT if _is_negated(clause, entity, language) else Polarity.HAS


def _is_denied(clause: Clause, entity: Mention) -> bool:
    """Whether it is only supposed, advised against, or found to be normal."""
    if entity.role == "allergen":
        return False
    if any(0 <= entity.first - m.last <= 6 for m in clause.of("hypothetical")):
        return True
    if entity.role == "diet" and any(0 <= m.first - entity.last <= 4 for m in clause.of("discouraged")):
        return True
    behind = [m for m in clause.of("normal") if 0 <= m.first - entity.last <= 2]
    return entity.role == "condition" and any(not clause.is_split(entity.last, m.first) for m in behind)


def is_in_family(clauses: Sequence[Clause], number: int, entity: Mention) -> bool:
    """Whether "family history:" stands before it in its sentence."""
    for clause in reversed(clauses[: number + 1]):
        if any(m.first < entity.first for m in clause.of("family")):
            return True
        if clause.starts_sentence:
            break
    return False


def is_absent(clauses: Sequence[Clause], number: int) -> bool:
    """Whether its person will not eat of it, as said there or right behind."""
    for later, clause in enumerate(clauses[number : number + 3]):
        if later and (clause.starts_sentence and clause.has_entity):
            return False
        if clause.of("absent"):
            return True
    return False


def _aims_at(clause: Clause, mark: Mention, entity: Mention) -> bool:
    """Whether "runs in my family" or "tested negative for" is about it: the nearest before, or any behind."""
    if mark.first < entity.first:
        return True
    return not any(entity.last <= other.first < mark.first for other in clause.of(*ENTITIES))


def _is_negated(clause: Clause, entity: Mention, language: str) -> bool:
    taken = [m for m in clause.of("avoid", "intolerance", "tolerates", "stopped", "past") if m.last - m.first > 1]
    relation = [m.first for m in clause.of("allergy", "intolerance") if m.last <= entity.first]
    start = min([entity.first, *relation])
    for mark in clause.of("not", "avoid"):
        if any(t.first <= mark.first and mark.last <= t.last for t in taken if t != mark):
            continue
        if mark.role == "avoid" and mark.last - mark.first > 2:
            continue
        if any(t.first - 2 <= mark.first < t.first <= mark.last + 1 for t in taken if t.role == "intolerance"):
            continue  # "ne supporte pas"
        if any(0 <= mark.first - t.last <= 3 for t in clause.of("tolerates")) and entity.role == "allergen":
            continue  # "vertrage ich nicht" is an intolerance
        if 0 <= start - mark.last <= NEAR and mark.last <= entity.first and not _is_apart(clause, mark, entity):
            return True
        if mark.first == entity.last and (mark.last == clause.last or mark.last in clause.breaks):
            return True  # "Diabetes: no"
        split = entity.role != "allergen" and clause.is_split(entity.last - 1, mark.first)
        named = any(0 <= other.first - mark.last <= 1 for other in clause.of(*ENTITIES))
        if language in VERB_LAST and 0 <= mark.first - entity.last <= NEAR and not named and not split:
            return True
    return False


def _is_apart(clause: Clause, mark: Mention, entity: Mention) -> bool:
    """Whether a comma parts a negation from it and nothing of its kind stands between: "I don't smoke, diabetic"."""
    if entity.role == "allergen" or not clause.is_split(mark.last - 1, entity.first):
        return False
    kinds = [m for m in clause.of("condition", "medicine", "diet") if mark.last <= m.first and m.last <= entity.first]
    return not kinds


def temporality_of(clause: Clause, entity: Mention, later: Sequence[Clause]) -> Temporality:
    """When it holds: a stopped medicine is past, a coming one planned."""
    follow_up = {mark.role for extra in later for mark in extra.found}
    ended = _is_stopped(clause, entity) or _says(clause, "past", entity) or follow_up & {"stopped", "past"}
    if ended and (entity.role == "medicine" or entity.id == "breastfeeding"):
        return Temporality.PAST
    if clause.of("planned"):
        return Temporality.PLANNED
    return Temporality.CURRENT


def _is_stopped(clause: Clause, entity: Mention) -> bool:
    """Whether a mark of the clause ends this medicine, and not the one beside it: "X stopped, Y started"."""
    others = [m for m in clause.of("medicine") if m != entity]
    for mark in clause.of("stopped"):
        if mark.first >= entity.last:
            between = [m for m in others if entity.last <= m.first < mark.first]
            if not between or not clause.is_split(entity.last, mark.first):
                return True
            continue
        own = any(m.last <= mark.first and not clause.is_split(m.last - 1, mark.first) for m in others)
        listed = any(mark.last <= m.first < entity.first for m in others)
        if not clause.is_split(mark.last - 1, entity.first) or (listed and not own) or not others:
            return True
    return False


def is_switched(clauses: Sequence[Clause], number: int, entity: Mention) -> bool:
    """Whether another medicine took its place: "moclobemide replaced by phenelzine"."""
    following = clauses[number + 1 : number + 2]
    medicines = clauses[number].of("medicine")
    return bool(
        following
        and not following[0].starts_sentence
        and medicines
        and medicines[-1] == entity
        and any(m.first == following[0].first for m in following[0].of("switch"))
        and following[0].of("medicine")
    )


def _says(clause: Clause, role: str, entity: Mention) -> bool:
    return any(abs(m.first - entity.first) <= NEAR for m in clause.of(role))


def severity_of(clause: Clause, relation: str, later: Sequence[Clause]) -> Severity:
    """How badly it harms."""
    match relation:
        case "dislike":
            return Severity.DISLIKE
        case "intolerance":
            return Severity.INTOLERANCE
        case "avoid":
            grave = Severity.AVOID
        case _:
            grave = Severity.ALLERGY
    shocks = clause.of("anaphylaxis") or [m for extra in later for m in extra.of("anaphylaxis")]
    return Severity.ANAPHYLAXIS if shocks else grave


def who_of(clauses: Sequence[Clause], number: int, entity: Mention) -> tuple[Who, Mention | None]:
    """Of whom: the last person named before it in its clause, else after it, else the person of the clauses before."""
    clause = clauses[number]
    named = [m for m in clause.of(*PEOPLE) if m.role not in ("third", "self")]
    before = [m for m in named if m.first <= entity.first]
    if before:
        return Who(before[-1].role), before[-1]
    is_own = any(m.role == "self" and m.first <= entity.first for m in clause.of("self"))
    if named and not is_own:
        return Who(named[0].role), named[0]
    if is_own:
        return Who.SELF, None
    for earlier in reversed(clauses[:number]):
        people = [m for m in earlier.of(*PEOPLE) if m.role != "third"]
        others = [m for m in people if m.role != "self"]
        if others and (clause.of("third") or not clause.starts_sentence):
            return Who(others[-1].role), others[-1]
        if people and not clause.of("third"):
            return Who.SELF, None
    return Who.SELF, None
