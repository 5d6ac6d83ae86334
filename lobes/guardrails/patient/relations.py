"""Why a note names an allergen: ``allergy``, ``intolerance``, ``avoid``, ``dislike``, ``tolerates`` or nothing."""

from collections.abc import Sequence

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.clauses import CONJUNCTIONS, Clause
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE

VERB_LAST = frozenset({"tr", "hi", "ja", "ko", "zh", "de", "nl", "fi"})
"""Languages in which a negation or a verb may follow what it is about."""
RELATIONS = ("allergy", "intolerance", "avoid", "free", "dislike", "tolerates")
_AHEAD = frozenset(
    {
        *("no", "without", "free of", "free from", "nil", "minus", "nothing with", "sans", "pas de", "pas d", "aucun"),
        *("aucune", "ohne", "kein", "keine", "keinen", "keinerlei", "nix", "sin", "ningun", "nada de", "senza"),
        *("niente", "nessun", "nessuna", "zonder", "geen", "sem", "nenhum", "bez", "zadnych", "zadnego", "zadnej"),
        *("except", "apart from", "sauf", "ausser", "excepto", "menos", "tranne", "behalve", "exceto", "oprocz"),
    }
)
_HEADERS = ("allergy", "avoid", "intolerance", "anaphylaxis")
_ELLIPSIS_WORDS = 5
"""Words of a clause that leaves out the "allergic" of the one before: "and my daughter to sesame"."""
_ANAPHORA_WORDS = 8
"""Words of a sentence that says "allergic" of what the one before has named."""
_ARTICLES = frozenset({
    "the", "any", "a", "la", "le", "les", "l", "du", "des", "de", "d", "el", "los", "las", "il", "lo", "gli", "i",
    "die", "das", "den", "het", "o", "os", "as", "al", "con",
})  # fmt: skip
"""Words between "cannot" and the food where the verb is left out: "non può la soia"."""
_POINTERS = frozenset({
    "that", "it", "them", "those", "this", "these", "ca", "cela", "das", "die", "davon", "es", "eso", "esos", "esto",
    "quello", "questo", "quelli", "dat", "deze", "isso", "esse", "disso", "tego", "tych", "ich",
})  # fmt: skip
"""Words that stand for the food named before: "she can't have that"."""
_STOCK = (
    "audit", "recall", "rappel", "ruckruf", "zuruckgeruf", "retirad", "retirat", "ritirat", "richiam", "teruggeroep",
    "terugroep", "recolhid", "recolha", "wycofan", "stock", "shelf", "pallet", "palette", "palet", "inventur",
)  # fmt: skip
"""Beginnings of words that a shop writes of its goods."""
_FEEDS = ("formula", "formul", "nahrung", "voeding", "mieszank", "hydrol", "idrol", "hidrol", "latte form")
"""What a baby drinks is no allergy: "soya formula"."""
_FULL_SHOCK = ("anaph", "anaf", "αναφ", "анаф", "تاقيه", "एनाफ", "ऐनाफ", "アナフィ", "아나필", "过敏性休", "過敏性休")


def relation_of(clause: Clause, entity: Mention, language: str, words: Sequence[Word]) -> str:
    """The relation of an allergen: the mark of its own group, else of a loose group, else of a header."""
    if any(_is_beside(mark, entity, words) for mark in clause.of("cannot")):
        return "avoid"
    end = _list_end(clause, entity)
    marks = [*clause.of(*RELATIONS), *(m for m in clause.of("anaphylaxis") if m.id == "shock")]
    marks = [m for m in marks if not is_of_another(clause, m, entity, words)]
    for mark in marks:
        if mark.role not in ("avoid", "tolerates", "dislike") and entity.first <= mark.first <= end + 1:
            return _plain(mark.role)
    own = [m for m in marks if clause.group_of(m) == clause.group_of(entity)]
    loose = [m for m in marks if m not in own and clause.reaches(m, entity)]
    header = [
        m for m in marks if m.last <= entity.first and m.role in ("allergy", "avoid", "intolerance", "anaphylaxis")
    ]
    follows = [m for m in marks if m.first >= entity.last] if clause.is_bare(clause.group_of(entity)) else []
    for near in (own, loose, header, follows):
        if relation := _nearest(clause, entity, [m for m in near if not _looks_ahead(m, entity, words)], language):
            return relation
    if any(0 <= entity.first - mark.last <= 1 for mark in clause.of("cannot")):
        return "avoid"  # "mum cannot cashews", not "I cannot find the milk"
    signs = clause.of("symptom", "anaphylaxis")
    return "allergy" if any(not is_of_another(clause, m, entity, words) for m in signs) else ""


def is_of_another(clause: Clause, mark: Mention, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether a mark has its own allergen or is told before something else is asked for.

    A food that is only asked about is no contraindication: "is the granola ok for my daughter, allergic to nuts", "are
    oats fine with a nut allergy", "I have a nut allergy, show me granola". Where the mark names nothing itself
    ("is granola ok if I am allergic to it") it still speaks of what is asked about.
    """
    if mark.last <= entity.first:
        asked = any(mark.last <= m.first and m.last <= entity.first for m in clause.of("asks"))
        return asked or (mark.role == "avoid" and _is_spent_on_diet(clause, mark, entity))
    end = _list_end(clause, entity)
    if mark.first - end <= 1 or mark.role in ("tolerates", "free"):
        return False
    others = [m for m in clause.of("allergen") if m.first >= end]
    ahead = any(m.first <= mark.first <= m.last for m in others)
    return ahead or any(_is_complement(clause, mark, m, words) for m in others)


def _is_beside(mark: Mention, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether only articles stand between "cannot" and the food."""
    between = words[mark.last : entity.first]
    return mark.last <= entity.first and len(between) <= 2 and all(word.text in _ARTICLES for word in between)


def _is_spent_on_diet(clause: Clause, mark: Mention, entity: Mention) -> bool:
    """Whether a "no" is about the diet behind it and not about a later group: "no vegan, just fancy some cheese"."""
    diets = [m for m in clause.of("diet") if 0 <= m.first - mark.last <= 1 and m.last <= entity.first]
    return bool(diets) and clause.group_of(mark) != clause.group_of(entity)


def _is_complement(clause: Clause, mark: Mention, other: Mention, words: Sequence[Word]) -> bool:
    """Whether a mark leads to an allergen right behind it: "allergic to nuts", not "allergic, and milk"."""
    between = [word.text for word in words[mark.last : other.first]]
    joined = between and between[0] in CONJUNCTIONS
    return mark.last <= other.first <= mark.last + 3 and not joined and not clause.is_split(mark.last - 1, other.first)


def _nearest(clause: Clause, entity: Mention, marks: Sequence[Mention], language: str) -> str:
    """The relation of the last mark before the entity, else of the first behind."""
    before = [m for m in marks if m.last <= entity.first and m.role != "free"]
    if before:
        return _turned(clause, max(before, key=lambda m: (m.last, m.role != "tolerates")))
    behind = [m for m in marks if m.first >= entity.last and (m.role != "free" or language in VERB_LAST)]
    return _turned(clause, min(behind, key=lambda m: m.first)) if behind else ""


def _looks_ahead(mark: Mention, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether a mark behind an entity can only speak of what follows it: "nuts without salt"."""
    return mark.first >= entity.last and " ".join(w.text for w in words[mark.first : mark.last]) in _AHEAD


def inherited_relation(clauses: Sequence[Clause], number: int) -> str:
    """The relation of the clause before, for "only to peanuts" after "not allergic to nuts"."""
    clause = clauses[number]
    if not number or clause.starts_sentence:
        return ""
    first = {m.role for m in clause.found if m.first == clause.first}
    is_short = clause.last - clause.first <= _ELLIPSIS_WORDS
    if not first & {"only", "but", "take"} and not (is_short and first & set(PEOPLE)):
        return ""
    before = clauses[number - 1]
    marks = before.of("allergy", "intolerance", "avoid", "symptom", "anaphylaxis")
    if is_short or "only" in first:
        marks = marks or before.of("past")  # "outgrew milk, but not eggs"
    role = marks[-1].role if marks else ""
    return role if role in ("", "intolerance", "avoid") else "allergy"


def following_relation(clauses: Sequence[Clause], number: int, words: Sequence[Word]) -> str:
    """The relation of a reaction told right behind: "a sip of wine with sulphites and I get asthma"."""
    if _is_referred_to(clauses, number, words):
        return "avoid"
    behind = clauses[number + 1 : number + 2]
    if not behind or behind[0].has_entity:
        return ""
    marks = behind[0].of("symptom", "allergy", "intolerance", "anaphylaxis")
    if not marks or behind[0].of("not", "tolerates"):
        return ""
    plain = behind[0].of("allergy", "anaphylaxis") and behind[0].last - behind[0].first <= _ANAPHORA_WORDS
    told_apart = behind[0].starts_sentence and not behind[0].of("third") and not plain
    return "" if told_apart else _plain(marks[0].role).replace("symptom", "allergy")


def _is_referred_to(clauses: Sequence[Clause], number: int, words: Sequence[Word]) -> bool:
    """Whether the rest of the sentence forbids what was named: "just milk to go, she still can't have that"."""
    for clause in clauses[number + 1 : number + 3]:
        if clause.starts_sentence or clause.has_entity:
            return False
        for mark in clause.of("avoid", "cannot"):
            if any(word.text in _POINTERS for word in words[mark.first : mark.last + 1]):
                return True
    return False


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


def is_shock_word(words: Sequence[Word], mark: Mention) -> bool:
    """Whether an ``anaphylaxis`` mark names the reaction itself and so is a relation: "anaphylactic to"."""
    return "".join(word.text for word in words[mark.first : mark.last]).startswith(_FULL_SHOCK)


def is_bare_list(clause: Clause, entity: Mention, words: Sequence[Word]) -> bool:
    """Whether a clause of a terse note names allergens and little else: "PAI: egg, fish"."""
    if any(word.text.startswith((*_FEEDS, *_STOCK)) for word in words[clause.first : clause.last]):
        return False
    first, last = clause.groups[clause.group_of(entity)]
    named = sum(m.last - m.first for m in clause.of(*ENTITIES) if first <= m.first < last)
    return clause.is_bare(clause.group_of(entity)) and last - first - named <= 2
