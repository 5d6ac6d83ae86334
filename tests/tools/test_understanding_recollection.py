"""Which messages look back on earlier conversations or ask to be forgotten, and what others tell of their author."""

import pytest

from seamless_retail.tools.understanding.recollection import about_memory, subject_of, topics_asked, topics_told

LOOKING_BACK = (
    "what did I complain about last time?",
    "What size am I?",
    "what's my shoe size?",
    "Do you remember my size?",
    "do you remember me?",
    "what did we talk about last time",
    "what did I say about wool?",
    "what don't I like?",
    "which fabrics do I hate?",
    "what materials can I not stand?",
    "have I complained before?",
    "did I ever complain about order ORD-100001?",
    "what do you know about me?",
    "remind me what I told you about my allergy",
    "where did we leave off?",
    "what was I looking for last week?",
)
ABOUT_SOMETHING_ELSE = (
    "What did I order last time?",
    "which things did i buy last time",
    "show me things similar to what i bought last time",
    "do you have that in my size",
    "what size is the dress?",
    "what size do I need in these?",
    "what's my size guide",
    "I'm a size M and I hate wool",
    "remember that I hate wool",
    "I want to complain",
    "when did I place my order?",
    "what do I have to do to return something?",
    "what did you say?",
)
FORGETTING = (
    "forget me",
    "Please forget everything I said",
    "delete what you know about me",
    "erase our conversations",
    "clear your memory",
)
NOT_FORGETTING = (
    "don't forget me",
    "never forget what I said",
    "forget it",
    "forget that, show me dresses",
    "how can I delete my conversations?",
    "did you forget me?",
    "I forgot my password",
)


@pytest.mark.parametrize("text", LOOKING_BACK)
def test_questions_about_what_was_said_look_back(text):
    assert about_memory(text) == "recall"


@pytest.mark.parametrize("text", ABOUT_SOMETHING_ELSE)
def test_orders_sizes_of_products_and_statements_do_not(text):
    assert about_memory(text) == ""


@pytest.mark.parametrize("text", FORGETTING)
def test_the_wish_to_be_forgotten_is_understood(text):
    assert about_memory(text) == "forget"


@pytest.mark.parametrize("text", NOT_FORGETTING)
def test_nothing_is_forgotten_by_mistake(text):
    assert about_memory(text) != "forget"


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("I'm a size M and I hate wool", ("size", "preference")),
        ("My order ORD-100001 arrived damaged and I am furious", ("complaint",)),
        ("what if it arrives damaged?", ()),
        ("I'm 41 years old", ()),
        ("I would like to know the price", ()),
        ("I wear a 42", ("size",)),
        ("can you recommend something? I can't stand silk", ("preference",)),
        ("I'm allergic to nuts", ("allergy",)),
        ("do you have broken biscuits?", ()),
    ],
)
def test_what_a_message_tells_about_its_author(text, topics):
    assert topics_told(text) == topics


@pytest.mark.parametrize(
    ("text", "subject", "topics"),
    [
        ("what did I say about wool?", "wool", ()),
        ("what did I complain about last time?", "", ("complaint",)),
        ("what is my shoe size?", "shoe", ("size",)),
        ("what did we talk about last time?", "", ()),
    ],
)
def test_what_a_question_that_looks_back_is_about(text, subject, topics):
    assert topics_asked(text) == topics
    assert subject in subject_of(text)
    assert not {"said", "say", "complain", "talk", "last", "time"} & set(subject_of(text).split())
