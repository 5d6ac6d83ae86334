"""The figures that answers and rankings are judged by, on cases whose worth is known."""

import pytest

from seamless_retail.models.clara.generation import Answer
from seamless_retail.training.benchmarks.compression.questions import Item
from seamless_retail.training.benchmarks.compression.reading import NOTHING, TEXT, summary
from seamless_retail.training.benchmarks.compression.scores import (
    Resamples,
    exact_match,
    normalised,
    recall_at,
    token_f1,
)


def test_normalisation_is_that_of_squad() -> None:
    """Articles go as whole words only, and a price keeps its digits."""
    assert normalised(" The  Theatre, an A-line dress: $1,250.00! ") == "theatre aline dress 125000"


@pytest.mark.parametrize(
    ("answer", "right", "em", "f1"),
    [
        pytest.param("Hand wash.", ["hand wash"], 1.0, 1.0, id="case and punctuation do not count"),
        pytest.param("black, red", ["red, black"], 0.0, 1.0, id="F1 does not see the order"),
        pytest.param("red red blue", ["red blue green"], 0.0, 2 / 3, id="a word is shared as often as both have it"),
        pytest.param("red", ["blue", "red, green"], 0.0, 2 / 3, id="the best of several right answers"),
        pytest.param("yes, it is", ["yes"], 0.0, 0.0, id="yes is right or wrong as a whole"),
        pytest.param("not stated", ["not black"], 0.0, 0.0, id="not stated is right or wrong as a whole"),
        pytest.param("Not stated!", ["not stated"], 1.0, 1.0, id="not stated is an answer like any other"),
        pytest.param("", ["red"], 0.0, 0.0, id="no answer"),
    ],
)
def test_worth_of_an_answer(answer: str, right: list[str], em: float, f1: float) -> None:
    assert exact_match(answer, right) == em
    assert token_f1(answer, right) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("scores", "right", "k", "recall"),
    [
        pytest.param([0.1, 0.9, 0.5], 1, 1, 1.0, id="first"),
        pytest.param([0.1, 0.9, 0.5], 2, 1, 0.0, id="second of one"),
        pytest.param([0.1, 0.9, 0.5], 2, 2, 1.0, id="second of two"),
        pytest.param([0.5, 0.5, 0.5, 0.5], 0, 1, 0.25, id="all equal: its share, wherever it stands"),
        pytest.param([0.9, 0.5, 0.5, 0.1], 2, 2, 0.5, id="one place for two"),
        pytest.param([0.9, 0.8, 0.5, 0.5], 2, 1, 0.0, id="the places are taken by better ones"),
    ],
)
def test_equal_scores_give_no_credit_for_the_order_of_the_list(
    scores: list[float], right: int, k: int, recall: float
) -> None:
    assert recall_at(scores, right, k) == recall


def test_questions_on_one_document_are_drawn_together() -> None:
    """Two documents, one all right and one all wrong: a resample has mean 0, .5 or 1, whatever the questions' number.

    Drawn one by one, ten questions would give an interval well inside (0, 1).
    """
    assert Resamples([0] * 5 + [1] * 5).mean([1.0] * 5 + [0.0] * 5) == (0.0, 1.0)


def test_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    """400 independent questions, half right: .5 ± 1.96 · sqrt(.25 / 400) = .451 … .549."""
    low, high = Resamples(range(400)).mean([float(i % 2) for i in range(400)])
    assert (low, high) == (pytest.approx(0.451, abs=0.006), pytest.approx(0.549, abs=0.006))


def test_share_is_resampled_on_the_same_questions() -> None:
    """A reading that is right wherever full text is has a share of 1 in every resample, however full text does."""
    resamples = Resamples(range(40))
    reference = [float(i % 4 > 0) for i in range(40)]
    assert resamples.share(reference, reference) == (1.0, 1.0)
    assert resamples.share([value / 2 for value in reference], reference) == (0.5, 0.5)
    assert resamples.share(reference, [0.0] * 40) is None, "there is no share of nothing"


def test_kinds_of_questions() -> None:
    kinds = [Item("?", (right,), ("d",)).kind for right in ("30 g", "no", "yes", "not stated")]
    assert kinds == ["value", "yes or no", "yes or no", "not stated"]


def test_summary_of_known_answers() -> None:
    """Full text 4 of 4 ("a" is an article), memories 3 of 4, nothing 2 of 4, on two documents."""
    asked = (("a b", "x"), ("no", "x"), ("not stated", "y"), ("d", "y"))
    items = [Item("?", (right,), (document,)) for right, document in asked]

    def answers(*texts: str) -> list[Answer]:
        return [Answer(text, 1.0, (), 1, 10, "end") for text in texts]

    found = summary(
        items,
        {
            TEXT: answers("b", "no", "not stated", "d"),
            "16x": answers("b", "yes", "not stated", "d"),
            NOTHING: answers("b", "no", "yes", "e"),
        },
        "16x",
    )
    assert {name: reading["em"] for name, reading in found["readings"].items()} == {
        TEXT: 1.0,
        "16x": 0.75,
        NOTHING: 0.5,
    }
    assert found["readings"]["16x"]["em_share"] == 0.75
    assert found["kinds"]["yes or no"] == {"questions": 1, "em": {TEXT: 1.0, "16x": 0.0, NOTHING: 1.0}}
    assert (found["questions"], found["documents"]) == (4, 2)
