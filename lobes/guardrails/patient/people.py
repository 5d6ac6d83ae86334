"""Of whom a clause speaks, and whether that person eats of it at all."""

from collections.abc import Sequence

from seamless_retail.lobes.guardrails.patient.clauses import Clause
from seamless_retail.lobes.guardrails.patient.context import Who
from seamless_retail.lobes.guardrails.patient.mentions import Mention
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE

_SHORT = 8
"""Words of a clause that leaves out what the one before has said."""
RELATIVES = (Who.PARENT, Who.SIBLING, Who.GRANDPARENT, Who.GUEST)


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


def is_in_family(clauses: Sequence[Clause], number: int, entity: Mention) -> bool:
    """Whether "family history:" stands before it in its sentence."""
    for clause in reversed(clauses[: number + 1]):
        if any(m.first < entity.first for m in clause.of("family")):
            return True
        if clause.starts_sentence:
            break
    return False


def is_absent(clauses: Sequence[Clause], number: int) -> bool:
    """Whether its person will not eat of it, as said there, right before or right behind."""
    before = clauses[number - 1 : number] if number and not clauses[number].starts_sentence else []
    if any(clause.of("absent") and not clause.has_entity for clause in before):
        return True
    for later, clause in enumerate(clauses[number : number + 3]):
        if later and (clause.starts_sentence and clause.has_entity):
            return False
        if clause.of("absent"):
            return True
    return False


def elliptic_person(clauses: Sequence[Clause], number: int) -> Mention | None:
    """Who has what the clause before denies of oneself: "I don't have diabetes, but my mum does"."""
    clause = clauses[number]
    if not number or clause.starts_sentence or clause.has_entity or clause.last - clause.first > _SHORT:
        return None
    if clause.of("not", "absent", "tolerates", "denies", "normal"):
        return None
    people = [m for m in clause.of(*PEOPLE) if m.role not in ("third", "self", "pet")]
    return people[0] if people else None


def corrected_person(clause: Clause) -> Mention | None:
    """Of whom what was said before really is: "sorry, I meant my dog"."""
    if clause.has_entity:
        return None
    ends = [mark.last for mark in clause.of("corrects")]
    people = [m for m in clause.of(*PEOPLE) if m.role not in ("third", "self") and any(m.first >= end for end in ends)]
    return people[0] if people else None
