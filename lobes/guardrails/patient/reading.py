"""Free text → contraindications."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.foods import food_index
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.core.food_facts.terms import Word, split_words
from seamless_retail.lobes.guardrails.patient.context import (
    Contraindication,
    PatientContext,
    Polarity,
    Severity,
    Temporality,
    Who,
)
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention, add_cues, find_mentions, stage_of
from seamless_retail.lobes.guardrails.patient.scope import (
    Clause,
    following_relation,
    inherited_relation,
    is_absent,
    is_in_family,
    is_shock_word,
    is_switched,
    polarity_of,
    relation_of,
    severity_of,
    split_clauses,
    temporality_of,
    who_of,
)
from seamless_retail.lobes.guardrails.patient.wording import identify

MAX_CHARACTERS = 20_000
"""What is longer is cut: no note is; the cost stays bounded."""
_NUMBER = re.compile(r"\d{1,3}")
_COUNTS = {
    word: number
    for number, words in enumerate(
        (
            "one un une ein eine einen uno una een um uma jeden",
            "two deux zwei dos due twee dois duas dwa",
            "three trois drei tres tre drie trzy",
            "four quatre vier cuatro quattro quatro cztery",
            "five cinq funf cinco cinque vijf piec",
            "six sechs seis sei zes szesc",
            "seven sept sieben siete sette zeven sete siedem",
            "eight huit acht ocho otto oito osiem",
            "nine neuf neun nueve nove negen dziewiec",
            "ten dix zehn diez dieci tien dez dziesiec",
            "eleven onze elf once undici jedenascie",
        ),
        start=1,
    )
    for word in words.split()
}
_RECENT = re.compile(
    r"yesterday|this week|last week|days? ago|hier|il y a \d+ jours?|la semaine derniere|gestern|letzte woche"
    r"|vor \d+ tagen"
    r"|ayer|la semana pasada|hace \d+ dias|ieri|la settimana scorsa|giorni fa|gisteren|vorige week|dagen geleden"
    r"|ontem|semana passada|ha \d+ dias|wczoraj|w zeszlym tygodniu|dni temu",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def read_context(text: str, language: str | None = None) -> PatientContext:
    """Read what a customer says about health and diet.

    Args:
        text: Free text in any of the languages of ``wording.toml``.
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
    clauses = split_clauses(text, words, found)
    statements: list[Contraindication] = []
    for number, clause in enumerate(clauses):
        for entity in clause.of(*ENTITIES):
            statements += _statements(text, words, clauses, number, entity, languages[0])
        statements += _ages(text, words, clauses, number, clause)
    return PatientContext(text, languages[0], tuple(_settled(_without_doubles(text, statements))))


def _statements(
    text: str, words: Sequence[Word], clauses: Sequence[Clause], number: int, entity: Mention, language: str
) -> Iterator[Contraindication]:
    clause, later = clauses[number], _later(clauses, number)
    relation = relation_of(clause, entity, language) if entity.role in ("allergen", "diet") else ""
    if entity.role == "allergen":
        relation = relation or inherited_relation(clauses, number) or following_relation(clauses, number)
    if entity.role == "allergen" and not relation:
        return
    if entity.role == "diet":
        relation = ""
    who, person = who_of(clauses, number, entity)
    if who not in (Who.SELF, Who.HOUSEHOLD) and is_absent(clauses, number):
        who = Who.ABSENT
    span = (words[entity.first].start, words[entity.last - 1].end)
    polarity = polarity_of(clause, entity, relation, language, later)
    if is_in_family(clauses, number, entity):
        polarity = Polarity.RULED_OUT
    temporality = temporality_of(clause, entity, later)
    if entity.role == "medicine" and is_switched(clauses, number, entity):
        temporality = Temporality.PAST
    if temporality is Temporality.PAST and _still_works(text, entity):
        temporality = Temporality.CURRENT
    severity = severity_of(clause, relation, later) if entity.role == "allergen" else Severity.UNSTATED
    for key, row, detail in _keys(entity, severity, text):
        yield Contraindication(
            key=key,
            who=who,
            polarity=polarity,
            severity=severity if key.startswith("allergen:") else Severity.UNSTATED,
            temporality=temporality,
            span=span,
            text=text[slice(*span)],
            row=row,
            detail=detail,
            person=text[words[person.first].start : words[person.last - 1].end] if person else "",
        )


def _later(clauses: Sequence[Clause], number: int) -> list[Clause]:
    """The clauses right behind that name nothing of their own, such as "She carries an EpiPen"."""
    later: list[Clause] = []
    for clause in clauses[number + 1 :]:
        if clause.has_entity or clause.of("allergy", "month", "year"):
            break
        later.append(clause)
        if len(later) == 2:
            break
    return later


def _keys(entity: Mention, severity: Severity, text: str) -> Iterator[tuple[str, str, str]]:
    """Key, table row and detail of each thing that one mention stands for."""
    if entity.role != "allergen":
        row = {"condition": "conditions", "medicine": "medicines", "diet": "diets"}[entity.role]
        name, detail = entity.id, ""
        if entity.role == "medicine":
            known = medicine(entity.id)
            name = known.group if known else entity.id
        if entity.id == "ckd" and (stage := stage_of(text)):
            detail = f"stage {stage}"
        yield f"{entity.role}:{entity.id}", f"{row}/{name}", detail
        if entity.id == "dialysis":
            yield "condition:ckd", "conditions/ckd", "dialysis"
        return
    for id in entity.id.split():
        if id == "lactose" and severity is not Severity.ALLERGY and severity is not Severity.ANAPHYLAXIS:
            yield "condition:lactose-intolerance", "conditions/lactose-intolerance", ""
            continue
        group = allergen_facts.groups_of(id)[-1] if id in allergen_facts.allergens() else id
        yield f"allergen:{group}", f"allergens/{group}", "" if group == id else id


def _still_works(text: str, entity: Mention) -> bool:
    """Whether a stopped medicine still restricts food: some do for days after the last dose."""
    known = medicine(entity.id) if entity.role == "medicine" else None
    return bool(known and known.washout_days and _RECENT.search(text))


def _ages(
    text: str, words: Sequence[Word], clauses: Sequence[Clause], number: int, clause: Clause
) -> Iterator[Contraindication]:
    """``condition:infant`` and ``condition:child_u5`` from an age beside a child."""
    carried = clause.of("third") or not clause.starts_sentence
    has_child = clause.of("child") or (number and clauses[number - 1].of("child") and carried)
    for mark in clause.of("month", "year"):
        before = words[mark.first - 1] if mark.first else None
        counted = _count(before.text) if before else None
        if before is None or counted is None:
            continue
        said = text[words[mark.first].start : words[mark.last - 1].end].lower()
        if not has_child and "old" not in said:
            continue
        age = counted * (12 if mark.role == "year" else 1)
        if "week" in said:
            age = 1
        children = clause.of("child") or (clauses[number - 1].of("child") if number else [])
        if age < 60 and children:
            id = "infant" if age < 12 else "child_u5"
            span = (before.start, words[mark.last - 1].end)
            child = children[0]
            yield Contraindication(
                key=f"condition:{id}",
                who=Who.CHILD,
                polarity=Polarity.HAS,
                severity=Severity.UNSTATED,
                temporality=Temporality.CURRENT,
                span=span,
                text=text[slice(*span)],
                row=f"conditions/{id}",
                person=text[words[child.first].start : words[child.last - 1].end],
            )


def _count(word: str) -> int | None:
    """A number in figures or in words, up to eleven."""
    return int(word) if _NUMBER.fullmatch(word) else _COUNTS.get(word)


def _without_doubles(text: str, statements: Sequence[Contraindication]) -> list[Contraindication]:
    """Without what another statement already explains.

    The milk of a lactose intolerance, the kind of medicine beside its member, and a food that is only asked about or
    left out because of a medicine that has a rule for it ("no cheese" with Nardil).
    """
    active = [s for s in statements if s.is_active]
    medicines = [known for s in active if s.kind == "medicine" and (known := medicine(s.id))]
    members = {known.group for s in active if s.kind == "medicine" and (known := medicine(s.id)) and known.inn == s.id}
    foods = {food for known in medicines for rule in known.rules for food in rule.foods}
    intolerant = {s.who for s in active if s.key == "condition:lactose-intolerance"}

    def is_explained(s: Contraindication) -> bool:
        if s.kind == "medicine":
            known = medicine(s.id)
            return bool(known and known.inn != s.id and known.group in members)
        if s.key != "allergen:milk" or s.polarity is not Polarity.HAS:
            return False
        if s.who in intolerant and s.severity in (Severity.INTOLERANCE, Severity.AVOID):
            return True
        cheese = "cheese" in foods and any(m.value.food == "cheese" for m in food_index().find(split_words(s.text)))
        asked = bool(foods & {"dairy", "milk"}) and _is_asked(text, s.span[1])
        return s.severity is Severity.AVOID and (cheese or asked)

    return [s for s in statements if not is_explained(s)]


def _is_asked(text: str, at: int) -> bool:
    end = re.search(r"[.!?\n;]", text[at:])
    return bool(end and end[0] == "?")


def _settled(statements: Sequence[Contraindication]) -> Iterator[Contraindication]:
    """Without repetitions, and with one age for one child: a two-year-old "baby" is no infant."""
    older = any(s.key == "condition:child_u5" and _NUMBER.search(s.text) for s in statements)
    seen: set[tuple[str, Who, str, Polarity, Temporality]] = set()
    for statement in statements:
        if older and statement.key == "condition:infant" and not _NUMBER.search(statement.text):
            continue
        mark = (statement.key, statement.who, statement.detail, statement.polarity, statement.temporality)
        if mark not in seen:
            seen.add(mark)
            yield statement
