"""The mood of a conversation, and whom to call."""

import pytest

from seamless_retail.core.emergencies import EMERGENCY_NUMBERS, emergency_number
from seamless_retail.core.moods import Mood, ThreadMood


def after(*sentiments):
    thread = ThreadMood()
    for sentiment in sentiments:
        thread = thread.after(Mood(sentiment=sentiment))
    return thread


def test_a_conversations_mood_decays():
    assert after("negative").valence == -0.5
    assert after("negative", "negative").valence == -0.75
    assert after("negative", "neutral", "neutral").valence == -0.125


def test_a_plain_question_right_after_a_complaint_is_still_asked_by_somebody_upset():
    assert after("negative", "neutral").is_negative
    assert not after("negative", "neutral", "neutral").is_negative
    assert not after("negative", "positive").is_negative


def test_it_is_plain_json_and_comes_back():
    thread = after("negative", "positive").model_copy(update={"questions": ("a",), "handed_over": ("asked",)})
    assert ThreadMood.model_validate(thread.model_dump(mode="json")) == thread


@pytest.mark.parametrize(
    ("country", "number"), [("US", "911"), ("GB", "999"), ("uk", "999"), ("DE", "112"), ("AU", "000"), ("XX", "")]
)
def test_the_number_that_brings_an_ambulance(country, number):
    assert emergency_number(country).number == number


def test_every_number_has_a_source():
    assert all(known.number.isdigit() and known.source for known in EMERGENCY_NUMBERS.values())
    assert all(bool(known.listening) == bool(known.listening_source) for known in EMERGENCY_NUMBERS.values())
