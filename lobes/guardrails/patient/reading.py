"""Free text → contraindications."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.core.food_facts.terms import Word, split_words
from seamless_retail.lobes.guardrails.patient.ages import ages
from seamless_retail.lobes.guardrails.patient.assertions import is_switched, polarity_of, severity_of, temporality_of
from seamless_retail.lobes.guardrails.patient.clauses import Clause, split_clauses
from seamless_retail.lobes.guardrails.patient.context import (
    Contraindication,
    PatientContext,
    Polarity,
    Severity,
    Temporality,
    Who,
)
from seamless_retail.lobes.guardrails.patient.identification import identify
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention, add_cues, find_mentions
from seamless_retail.lobes.guardrails.patient.note_style import is_terse
from seamless_retail.lobes.guardrails.patient.overlaps import settled
from seamless_retail.lobes.guardrails.patient.people import (
    RELATIVES,
    corrected_person,
    elliptic_person,
    is_absent,
    is_in_family,
    who_of,
)
from seamless_retail.lobes.guardrails.patient.relations import (
    following_relation,
    inherited_relation,
    is_bare_list,
    is_shock_word,
    relation_of,
)
from seamless_retail.lobes.guardrails.patient.statement_keys import keys_of
from seamless_retail.lobes.guardrails.patient.unknown_medicines import unknown_medicines
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE

_REMARK_WORDS = 3
"""Words of a sentence that may still speak of the one before: "Long gone."."""
MAX_CHARACTERS = 20_000
"""What is longer is cut: no note is; the cost stays bounded."""
_CAN = frozenset({
    "can", "could", "may", "konnen", "konnten", "durfen", "kann", "darf", "pueden", "puede", "possono", "puo",
    "peuvent", "peut", "podem", "pode", "moga", "moze", "mogen", "mag", "kunnen",
})  # fmt: skip
_CARRYING = ("pregnancy", "breastfeeding")
_RECENT = re.compile(
    r"\b(?:yesterday|this week|last week|days? ago|hier|il y a \d+ jours?|la semaine derniere|gestern|letzte woche"
    r"|vor \d+ tagen"
    r"|ayer|la semana pasada|hace \d+ dias|ieri|la settimana scorsa|giorni fa|gisteren|vorige week|dagen geleden"
    r"|ontem|semana passada|ha \d+ dias|wczoraj|w zeszlym tygodniu|dni temu)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def read_context(text: str, language: str | None = None) -> PatientContext:
    """Read what a customer says about health and diet.

    Args:
        text: Free text in any of the languages of ``wording/``.
        language: ISO 639-1 code if it is known; else it is found out.

    Returns:
        Every statement with who, polarity, severity and time. Statements that do not restrict food now stay in it
        and are not ``active``.
    """
    text = text[:MAX_CHARACTERS]
    words = split_words(text)
    if not words:
        return PatientContext(text, None)
    languages = identify(words, language)
    found = [
        replace(m, id="shock") if m.role == "anaphylaxis" and is_shock_word(words, m) else m
        for m in add_cues(text, words, find_mentions(words, languages), languages[0])
    ]
    terse = is_terse(text, words, found)
    if not terse:
        found = sorted([*found, *unknown_medicines(text, words, found)], key=lambda m: (m.first, -m.last))
    note = _Note(text, words, languages[0], split_clauses(text, words, found), terse)
    statements, meant = _all_statements(note)
    return PatientContext(text, languages[0], settled(text, statements), meant)


def _all_statements(note: "_Note") -> tuple[list[Contraindication], tuple[Who, str] | None]:
    """What the clauses say, and of whom a message before was meant."""
    statements: list[Contraindication] = []
    latest: list[Contraindication] = []
    meant: tuple[Who, str] | None = None
    for number, clause in enumerate(note.clauses):
        if person := corrected_person(clause):
            who, name = Who(person.role), note.called(person)
            meant = meant if statements else (who, name)
            kept = [s for s in statements if s not in latest]
            latest = [replace(s, who=who, person=name) for s in latest]
            statements = kept + latest
            continue
        said = [s for entity in clause.of(*ENTITIES) for s in _statements(note, number, entity)]
        said += _ellipsis(note, number, statements + said)
        said += ages(note.text, note.words, note.clauses, number)
        statements += said
        latest = said or latest
    return statements, meant


@dataclass(frozen=True, slots=True)
class _Note:
    text: str
    words: Sequence[Word]
    language: str
    clauses: Sequence[Clause]
    is_terse: bool
    """Whether it is written in the style of a clinic or a form: nobody says "I", nothing is asked."""

    def called(self, person: Mention) -> str:
        """The words that name a person."""
        return self.text[self.words[person.first].start : self.words[person.last - 1].end]


def _statements(note: _Note, number: int, entity: Mention) -> Iterator[Contraindication]:
    clause, later = note.clauses[number], _later(note, number)
    relation = _relation(note, number, entity) if entity.role == "allergen" else ""
    if entity.role == "allergen" and not relation:
        return
    who, person = who_of(note.clauses, number, entity)
    if who not in (Who.SELF, Who.HOUSEHOLD) and is_absent(note.clauses, number):
        who = Who.ABSENT
    span = (note.words[entity.first].start, note.words[entity.last - 1].end)
    severity = severity_of(clause, relation, later) if entity.role == "allergen" else Severity.UNSTATED
    for key, row, detail in keys_of(entity, severity, note.text, span):
        yield Contraindication(
            key=key,
            who=who,
            polarity=_polarity(note, number, entity, relation, who),
            severity=severity if key.startswith("allergen:") else Severity.UNSTATED,
            temporality=_temporality(note, number, entity),
            span=span,
            text=note.text[slice(*span)],
            row=row,
            detail=detail,
            person=note.called(person) if person else "",
        )


def _relation(note: _Note, number: int, entity: Mention) -> str:
    """Why an allergen is named; in a terse note a bare list of them is one of allergies."""
    clauses = note.clauses
    relation = relation_of(clauses[number], entity, note.language, note.words)
    relation = relation or inherited_relation(clauses, number) or following_relation(clauses, number, note.words)
    if entity.id == "lactose" and relation == "allergy" and not clauses[number].of("allergy"):
        return "intolerance"
    return relation or ("allergy" if note.is_terse and is_bare_list(clauses[number], entity, note.words) else "")


def _polarity(note: _Note, number: int, entity: Mention, relation: str, who: Who) -> Polarity:
    """Whether it is had; a relative in the note of a clinic is family history, who is not cooked for."""
    is_relative = note.is_terse and who in RELATIVES and entity.id not in _CARRYING
    if is_in_family(note.clauses, number, entity) or is_relative:
        return Polarity.RULED_OUT
    if entity.role in ("condition", "diet") and _is_of_people(note, number, entity):
        return Polarity.HAS_NOT
    later = _later(note, number)
    return polarity_of(note.clauses[number], entity, relation, note.language, later, note.words)


def _is_of_people(note: _Note, number: int, entity: Mention) -> bool:
    """Whether it is asked of people in general: "can diabetics eat this?"."""
    clause = note.clauses[number]
    end = re.search(r"[.!?;\n]", note.text[note.words[entity.last - 1].end :])
    beside = note.words[max(entity.first - 3, 0) : entity.last + 2]
    asked = end is not None and end[0] == "?" and any(word.text in _CAN for word in beside)
    return asked and all(m.role == "third" for m in clause.of(*PEOPLE))


def _temporality(note: _Note, number: int, entity: Mention) -> Temporality:
    """When it holds; a medicine that was stopped days ago may still restrict food."""
    later = _later(note, number)
    when = temporality_of(note.clauses[number], entity, later, note.words)
    if entity.role == "medicine" and is_switched(note.clauses, number, entity):
        when = Temporality.PAST
    return Temporality.CURRENT if when is Temporality.PAST and _still_works(note.words, entity) else when


def _ellipsis(note: _Note, number: int, said: Sequence[Contraindication]) -> Iterator[Contraindication]:
    """What the clause before denies of oneself and this one says of another."""
    person = elliptic_person(note.clauses, number)
    before = note.clauses[number - 1]
    if person is None:
        return
    start, end = note.words[before.first].start, note.words[before.last - 1].end
    for s in said:
        if start <= s.span[0] < end and s.polarity is Polarity.HAS_NOT and s.who is Who.SELF:
            yield replace(s, who=Who(person.role), polarity=Polarity.HAS, person=note.called(person))


def _later(note: _Note, number: int) -> list[Clause]:
    """The clauses right behind that name nothing of their own, such as "She carries an EpiPen"."""
    later: list[Clause] = []
    for clause in note.clauses[number + 1 :]:
        if note.is_terse and clause.starts_sentence and not clause.of("third"):
            break
        if clause.has_entity or clause.of("allergy", "month", "year"):
            break
        if clause.starts_sentence and not clause.of("third") and clause.last - clause.first > _REMARK_WORDS:
            break
        later.append(clause)
        if len(later) == 2:
            break
    return later


def _still_works(words: Sequence[Word], entity: Mention) -> bool:
    """Whether a stopped medicine still restricts food: some do for days after the last dose."""
    known = medicine(entity.id) if entity.role == "medicine" else None
    return bool(known and known.washout_days and _RECENT.search(" ".join(word.text for word in words)))
