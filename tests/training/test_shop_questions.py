"""Fifty questions with known answers over the demonstration shop: all right, all cited."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from seamless_retail.graphs import Parts, build_brain
from seamless_retail.training.benchmarks.questions import failures, load_questions, run_question

QUESTIONS = load_questions()


@pytest.fixture(scope="module")
def brain(parts: Parts) -> Any:
    return build_brain(parts, checkpointer=InMemorySaver())


def test_there_are_fifty_with_names_of_their_own() -> None:
    assert len({record["id"] for record in QUESTIONS}) == len(QUESTIONS) >= 50


@pytest.mark.parametrize("record", QUESTIONS, ids=[record["id"] for record in QUESTIONS])
def test_question(record: dict[str, Any], brain: Any, parts: Parts) -> None:
    result = run_question(brain, record)
    assert not list(failures(parts, record, result)), result["answer"]
