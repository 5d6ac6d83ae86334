"""Whose facts a view sees, changes and forgets."""

import pytest

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError
from seamless_retail.retrievers.associative import AssociativeMemory


def test_a_user_sees_the_own_facts_and_the_shops(memory: AssociativeMemory) -> None:
    anna, bruno = memory.as_user("anna"), memory.as_user("bruno")
    secret = anna.store("my doctor", "forbade", "peanuts", "they could kill me")
    cue = {"subject": "my doctor", "object": "peanuts"}
    assert anna.recollect(cue)[0].id == secret
    assert anna.query(object="linen dress", k=9)[0].owner == ""
    for view in (bruno, memory):
        assert all("doctor" not in text for found in view.recollect(cue, 99, -1.0) for text in found.fillers.values())
        assert all("doctor" not in found.fillers["subject"] for found in view.search("my doctor", 99, -1.0))
        assert view.get([secret]) == []
        assert view.delete([secret]) == 0
    assert anna.delete([secret]) == 1


def test_a_missing_role_is_never_cleaned_up_to_anothers_text(memory: AssociativeMemory) -> None:
    memory.as_user("bruno").store("Anna Keller", "returned", "linen dress", "refunded  in full")
    assert memory.query(subject="Anna Keller", action="returned", k=1)[0].fillers["result"] == "refunded in full"


def test_a_user_cannot_change_the_shops_facts(memory: AssociativeMemory) -> None:
    view = memory.as_user("anna")
    assert view.delete([found.id for found in memory.facts()]) == 0
    assert len(memory) == 5


def test_forgetting_erases_one_owner(memory: AssociativeMemory) -> None:
    memory.as_user("anna").store("my doctor", "forbade", "peanuts", "severe")
    memory.as_user("bruno").store("my doctor", "forbade", "milk", "mild")
    assert memory.forget("anna") == 1
    assert len(memory.as_user("anna")) == 5
    assert memory.as_user("bruno").query(object="milk")[0].fillers["result"] == "mild"


def test_views_act_for_nobody_else(memory: AssociativeMemory) -> None:
    view = memory.as_user("anna")
    for act in (lambda: view.forget("bruno"), lambda: view.as_user("bruno"), lambda: view.save("nowhere")):
        with pytest.raises(NotAuthorizedError):
            act()
    with pytest.raises(NotAuthorizedError):
        view.forget("")
    with pytest.raises(InvalidQueryError, match="cannot be empty"):
        memory.as_user("")
