"""Frames as requests and replies, in both wordings."""

import pytest

from seamless_retail.models.persona_prompt import fits, read_reply, reply_of, request_of

PLAIN = "You can return the QX1 until QX2 QX3."
CHANGES = [
    "You may return the QX1 until QX2 QX3.",
    "Cold feet? You can return the QX1 until QX2 QX3!",
    "Please rest easy, you can return the QX1 until QX2 QX3, and we are glad to help you.",
    "Return the QX1 until QX2 QX3. It's easy, you've got this!",
    PLAIN,
]


@pytest.mark.parametrize("wording", ["plain", "numbered"])
@pytest.mark.parametrize("after", CHANGES)
def test_a_reply_stands_for_its_frame(wording, after):
    assert read_reply(PLAIN, reply_of(PLAIN, after, wording), wording) == after


def test_words_that_stay_are_named_by_their_numbers():
    assert request_of("The QX1 costs QX2.", "numbered") == "Reword: #1 The#2 QX#3 costs#4 QX#5 ."
    assert reply_of("The QX1 costs QX2.", "Ta-da! The QX1 costs QX2.", "numbered") == " Ta-da !#1#2#3#4#5"


def test_marks_that_stood_together_stay_together():
    before = "It is QX1 QX2QX3."
    assert read_reply(before, reply_of(before, before, "numbered"), "numbered") == before


def test_numbers_of_no_word_say_nothing():
    assert read_reply("The QX1.", "#1#2#9#3", "numbered") == "The QX1."


def test_a_long_frame_does_not_fit_the_numbers():
    assert fits("word " * 64, "numbered")
    assert not fits("word " * 65, "numbered")
    assert fits("word " * 65, "plain")
