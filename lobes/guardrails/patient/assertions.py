"""Whether somebody has what a clause names, and when: negated, supposed, ruled out, outgrown, stopped, planned.

After ConText (Harkema et al., J Biomed Inform 2009): marks with a direction and a reach, and here the commas of a note.
"""

from collections.abc import Sequence
from itertools import pairwise

from seamless_retail.core.food_facts.foods import food_index
from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.clauses import CONJUNCTIONS, Clause
from seamless_retail.lobes.guardrails.patient.context import Polarity, Severity, Temporality
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention
from seamless_retail.lobes.guardrails.patient.relations import VERB_LAST

NEAR = 7
"""Words over which a negation reaches."""
_TARGETS = frozenset({
    "to", "by", "with", "onto", "auf", "op", "naar", "por", "par", "con", "na", "sur", "a", "al", "au", "gegen",
    "contre", "door", "durch", "pour", "for", "per", "col", "il", "lo", "la", "zu", "zum", "przez",
})  # fmt: skip
"""Words before the medicine that takes another's place."""
_DIAGNOSED = (
    "diagn",
    "found",
    "told",
    "born",
    "put",
    "geboren",
    "festgestellt",
    "rozpozn",
    "stwierdz",
    "confirm",
    "nat",
)
_REMAINING = frozenset({
    "remains", "remaining", "left", "leaves", "reste", "restent", "bleibt", "bleiben", "ubrig", "queda", "quedan",
    "resta", "restano", "rimane", "rimangono", "blijft", "blijven", "fica", "ficam", "restam", "zostaje", "zostal", 
    "zostaly", "pozostaje",
})  # fmt: skip
"""Words behind which stands what is not ruled out: "passed the egg challenge, cashews remain"."""
_DIRECTED = ("avoid", "dislike")


def polarity_of(
    clause: Clause, entity: Mention, relation: str, language: str, later: Sequence[Clause], words: Sequence[Word]
) -> Polarity:
    """Whether the person has it."""
    if clause.unticked == clause.group_of(entity) or _is_denied(clause, entity, relation):
        return Polarity.HAS_NOT
    if entity.role == "diet" and any(entity.first <= m.first < entity.last for m in clause.of("not", "avoid")):
        return Polarity.HAS  # "no pork", "neither meat nor fish"
    if relation not in _DIRECTED and any(_aims_at(clause, mark, entity, words) for mark in clause.of("ruled_out")):
        return Polarity.RULED_OUT
    if relation == "tolerates":
        return Polarity.HAS_NOT
    follow_up = [mark for extra in later for mark in extra.of("past", "ruled_out")]
    past = [mark for mark in clause.of("past") if clause.reaches(mark, entity)] + follow_up
    past += [mark for mark in clause.of("was") if _was(clause, mark, entity, words)]
    if relation in _DIRECTED:
        past = [m for m in past if m in follow_up or clause.group_of(m) != clause.group_of(entity)]
    if entity.role != "medicine" and past:
        return Polarity.RULED_OUT if any(m.role == "ruled_out" for m in past) else Polarity.OUTGREW
    if relation in _DIRECTED:
        return Polarity.HAS
    return Polarity.HAS_NOT if _is_negated(clause, entity, language, words) else Polarity.HAS


def _is_denied(clause: Clause, entity: Mention, relation: str) -> bool:
    """Whether it is only supposed, not begun, advised against, or found to be normal."""
    if any(m.first < entity.first and m.last <= entity.first for m in clause.of("denies")):
        return True
    if any(_ends(clause, m, entity) for m in clause.of("not_yet")):
        return True
    behind = [m for m in clause.of("normal") if 0 <= m.first - entity.last <= 2]
    if entity.role in ("condition", "allergen") and relation not in _DIRECTED and behind:
        return not clause.is_split(entity.last, behind[0].first)
    supposed = any(0 <= entity.first - m.last <= NEAR + 1 for m in clause.of("hypothetical"))
    if supposed and relation not in _DIRECTED:
        return True
    if entity.role == "allergen":
        return False
    if entity.role == "medicine" and _is_not_borne(clause, entity):
        return True
    advised = [m for m in clause.of("discouraged") if 0 <= m.first - entity.last <= 4]
    advised += [m for m in clause.of("discouraged") if m.last - m.first > 1 and 0 <= entity.first - m.last <= 2]
    return entity.role in ("diet", "medicine") and bool(advised)


def _is_not_borne(clause: Clause, entity: Mention) -> bool:
    """Whether a medicine is what somebody is allergic to: "allergic to aspirin", "statin intolerant"."""
    marks = [m for m in clause.of("allergy", "intolerance") if clause.group_of(m) == clause.group_of(entity)]
    return any(0 <= m.first - entity.last <= 0 or 0 <= entity.first - m.last <= 3 for m in marks)


def _was(clause: Clause, mark: Mention, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether "was" stands right before it, or before its "allergic to", and tells of no diagnosis."""
    relation = [m.first for m in clause.of("allergy", "intolerance") if mark.last <= m.first <= entity.first]
    start = min([entity.first, *relation])
    between = [word.text for word in words[mark.last : start]]
    return 0 <= start - mark.last <= 2 and not any(word.startswith(_DIAGNOSED) for word in between)


def _ends(clause: Clause, mark: Mention, entity: Mention) -> bool:
    """Whether "not yet" stands right at it: "Prograf, not yet", "not yet on Prograf"."""
    return clause.reaches(mark, entity) and (0 <= mark.first - entity.last <= 3 or 0 <= entity.first - mark.last <= 3)


def _aims_at(clause: Clause, mark: Mention, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether "runs in my family" or "tested negative for" is about it: the nearest before, or any behind."""
    if not clause.reaches(mark, entity):
        return False
    if mark.first < entity.first:
        return not any(word.text in _REMAINING for word in words[mark.last : entity.first])
    between = [m for m in clause.of(*ENTITIES) if entity.last <= m.first < mark.first]
    return not between or (entity.role == "allergen" and _is_list(entity, between, words))


def _is_list(first: Mention, others: Sequence[Mention], words: Sequence[Word]) -> bool:
    """Whether allergens stand side by side and "and" before the last: "hazelnut, almond and cashew"."""
    listed = [first, *(m for m in others if m.role == "allergen")]
    gaps = [words[left.last : right.first] for left, right in pairwise(sorted(listed, key=lambda m: m.first))]
    plain = all(word.text in CONJUNCTIONS for gap in gaps for word in gap)
    return len(listed) == len(others) + 1 and plain and bool(gaps[-1])


def _is_negated(clause: Clause, entity: Mention, language: str, words: Sequence[Word]) -> bool:
    taken = [m for m in clause.of("avoid", "intolerance", "tolerates", "stopped", "past") if m.last - m.first > 1]
    relation = [m.first for m in clause.of("allergy", "intolerance") if m.last <= entity.first]
    start = min([entity.first, *(relation if entity.role == "allergen" else [])])
    for mark in clause.of("not", "avoid"):
        if _is_spent(clause, mark, taken, entity, words):
            continue
        group = clause.group_of(mark) == clause.group_of(entity)
        if group and 0 <= start - mark.last <= NEAR and mark.last <= entity.first:
            return True
        if mark.first == entity.last and (mark.last == clause.last or mark.last in clause.breaks):
            return True  # "Diabetes: no"
        named = any(0 <= other.first - mark.last <= 1 for other in clause.of(*ENTITIES))
        follows = language in VERB_LAST and group and 0 <= mark.first - entity.last <= NEAR and not named
        at_end = mark.last >= clause.groups[clause.group_of(entity)][1] - 1
        if follows and (entity.role == "allergen" or at_end):
            return True  # "Diabetes hat sie nicht", not "nach dem Magenbypass darf ich nichts Süßes"
    return False


def _is_spent(clause: Clause, mark: Mention, taken: Sequence[Mention], entity: Mention, words: Sequence[Word]) -> bool:
    """Whether a negation speaks of something else: of another mark, or of a food ("no salt with my lisinopril")."""
    if any(t.first <= mark.first and mark.last <= t.last for t in taken if t != mark):
        return True
    if any(other.first <= mark.first < other.last for other in clause.of(*ENTITIES) if other != entity):
        return True  # "no alcohol" is a diet
    if mark.role == "avoid" and mark.last - mark.first > 2:
        return True
    if any(t.first - 2 <= mark.first < t.first <= mark.last + 1 for t in taken if t.role == "intolerance"):
        return True  # "ne supporte pas"
    if any(mark.last <= m.first and m.last <= entity.first for m in clause.of("only")):
        return True  # "ne mange que casher"
    if entity.role == "allergen":
        # "vertrage ich nicht" is an intolerance
        return any(0 <= mark.first - t.last <= 3 for t in clause.of("tolerates"))
    behind = words[mark.last : mark.last + 1]
    if [word.text for word in behind] == ["soy"] and any(m.first == mark.last for m in clause.of("self", "take")):
        return False  # Spanish "no soy vegano" names no soya
    return mark.last < entity.first and bool(food_index().find(words[mark.last : min(mark.last + 3, entity.first)]))


def temporality_of(clause: Clause, entity: Mention, later: Sequence[Clause], words: Sequence[Word]) -> Temporality:
    """When it holds: a stopped medicine is past, a coming one planned."""
    follow_up = {mark.role for extra in later for mark in extra.found}
    stopped = entity.role == "medicine" and _is_stopped(clause, entity, words)
    past = any(clause.reaches(m, entity) and abs(m.first - entity.first) <= NEAR for m in clause.of("past"))
    if entity.role == "medicine" and past and any(m.first > entity.first for m in clause.of("take")):
        past = False
    given_up = entity.role == "diet" or entity.id == "breastfeeding"
    if given_up and any(0 <= entity.first - m.last <= 2 and m.last <= entity.first for m in clause.of("stopped")):
        return Temporality.PAST
    if (stopped or past or follow_up & {"stopped", "past"}) and (
        entity.role == "medicine" or entity.id == "breastfeeding"
    ):
        return Temporality.PAST
    return Temporality.PLANNED if clause.of("planned") else Temporality.CURRENT


def _is_stopped(clause: Clause, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether a mark ends this medicine, and not the one beside it: "X stopped, Y started", "X swapped for Y"."""
    marks = [m for m in clause.of("stopped", "switch") if clause.reaches(m, entity)]
    medicines = sorted(clause.of("medicine"), key=lambda m: m.first)
    for mark in marks:
        before = [m for m in medicines if m.last <= mark.first]
        behind = [m for m in medicines if m.first >= mark.last]
        near = before[-1:] if before and entity in before else behind[:1]
        if near and _is_joined(near[0], entity, medicines, words) and not _takes_place(entity, medicines, words):
            return mark.role == "stopped"
    return False


def _takes_place(entity: Mention, medicines: Sequence[Mention], words: Sequence[Word]) -> bool:
    """Whether it came for another: "Sintrom swapped for Eliquis", "auf Eliquis umgestellt"."""
    before = [word.text for word in words[max(entity.first - 2, 0) : entity.first]]
    is_second = any(m.last <= entity.first for m in medicines)
    return bool(before) and (before[-1] in ("auf", "op", "naar") or (is_second and bool(_TARGETS & set(before))))


def _is_joined(first: Mention, second: Mention, medicines: Sequence[Mention], words: Sequence[Word]) -> bool:
    """Whether only "and", commas and doses stand between two medicines."""
    low, high = sorted((first, second), key=lambda m: m.first)
    named = {at for m in medicines for at in range(m.first, m.last)}
    between = [words[at] for at in range(low.last, high.first) if at not in named]
    return all(word.text in CONJUNCTIONS or word.text[0].isdigit() or len(word.text) <= 3 for word in between) and not (
        {word.text for word in between} & _TARGETS
    )


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
