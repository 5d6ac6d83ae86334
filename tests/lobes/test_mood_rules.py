"""Danger to life and the wish for a human being, by rules. No message here stands in the training data."""

import pytest

from seamless_retail.lobes.mood_emergency import danger_in, first_sentences
from seamless_retail.lobes.mood_person import asks_for_person

BODY = (
    "I just ate it and my lips swell",
    "my lips swell",
    "My tongue is swelling and I can't swallow!",
    "can’t breathe",
    "she is having an allergic reaction right now",
    "He's choking, what do I do",
    "my two year old swallowed a coin battery",
    "somebody collapsed in your shop",
    "the baby drank some bleach",
    "i cannot breathe since i ate the nuts, where is my order",
    "My son ate the cake and his throat is closing up",
    "Is this nut free? I had one and now my face is all puffy",
    "no puedo respirar",
    "meine lippen sind geschwollen",
    "call an ambulance",
    "my kitchen is on fire because of your toaster",
)
SELF = (
    "I want to die",
    "I'm going to kill myself",
    "i don’t want to live anymore",
    "I have been thinking about suicide",
)
NONE = (
    "these shoes are killing me",
    "I can't breathe in this corset, is there a larger one?",
    "The price made me choke, nearly fainted when I saw it",
    "I was dying of laughter, great mug",
    "My phone died",
    "do you have swollen-feet socks",
    "if my child swallowed a battery, what would you do?",
    "she had an allergic reaction last year, is this safe?",
    "my lips swell when I eat kiwi, which sorbet has none?",
    "I'm allergic to nuts",
    "no swelling lips so far, all good",
    "is this a choking hazard",
    "a breathable jacket please",
    "I could kill myself for not buying it in red",
    "my plant is dying",
    "which bleach is best for white shirts",
    "I took the blue pills organizer back to the shop",
    "customer care is not responding",
    "the chair collapsed",
    "can you help me find a book on suicide prevention",
    "",
)


@pytest.mark.parametrize("text", BODY)
def test_danger_to_a_body(text):
    assert danger_in(text) == "body"


@pytest.mark.parametrize("text", SELF)
def test_danger_by_ones_own_hand(text):
    assert danger_in(text) == "self"


@pytest.mark.parametrize("text", NONE)
def test_no_danger(text):
    assert danger_in(text) == ""


def test_the_first_sentence_says_whom_to_call_now():
    assert first_sentences("body", True, "GB")[0] == "Call the emergency number 999 now."
    assert first_sentences("body", True, "ZZ")[0] == "Call your local emergency number now."
    assert first_sentences("body", False, "US")[0].startswith("If anyone is in danger")
    calls, listens, _ = first_sentences("self", True, "US")
    assert "911" in calls
    assert "988" in listens


PERSON = (
    "can i speak to a human",
    "Human!",
    "let me talk to a person",
    "I'd like to chat with an agent please",
    "could someone ring me?",
    "put me through to your manager",
    "I want a real human being, now",
    "is there someone I can talk to?",
    "get me a supervisor",
    "escalate this to a manager please",
    "quiero hablar con una persona",
)
NO_PERSON = (
    "are you a human?",
    "a gift for a person who likes tea",
    "I spoke to a representative last week, where is my refund?",
    "wig made from human hair",
    "is this cleaning agent safe",
    "how many people does the tent hold",
    "my manager wants the same bag",
    "I do not need a human, thanks",
    "what do other people buy with it",
)


@pytest.mark.parametrize("text", PERSON)
def test_a_person_is_asked_for(text):
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NO_PERSON)
def test_no_person_is_asked_for(text):
    assert not asks_for_person(text)
