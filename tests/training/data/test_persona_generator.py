"""A scripted chat model writes records; only good ones are kept, and nothing is asked twice."""

import json

import numpy as np
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.training.data.persona_generator import Generator
from seamless_retail.training.data.persona_records import read_examples

SENTENCE = "The {Lamp} costs {$20.00} {[1]}."
GOOD = {"low": "{Lamp}: {$20.00} {[1]}.", "high": "So glad you ask: the {Lamp} costs {$20.00} {[1]}."}


class Scripted(BaseChatModel):
    """Gives the replies in order; an exception among them is raised."""

    replies: list
    asked: list

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.asked.append(messages)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return ChatResult(generations=[ChatGeneration(message=AIMessage(json.dumps(reply)))])

    def with_structured_output(self, schema, **kwargs):
        return self | RunnableLambda(lambda message: schema.model_validate_json(message.content))


class Scorer:
    """Warmth is the length; nothing else moves."""

    def scores(self, texts):
        return np.array([[len(text), 0, 0, 0] for text in texts], np.float32)


def generator(folder, *replies):
    return Generator(Scripted(replies=list(replies), asked=[]), folder, Scorer())


def test_a_good_triple_is_kept_and_read_again(tmp_path):
    assert generator(tmp_path, GOOD).triples([SENTENCE], ["warmth"]) == {"kept": 1}
    (triple,) = read_examples(tmp_path).triples
    assert (triple.neutral, triple.low, triple.high) == (SENTENCE, GOOD["low"], GOOD["high"])


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({**GOOD, "high": "So glad: the {Lamp} costs {$19.00} {[1]}."}, "facts"),
        ({**GOOD, "high": "So glad: the {Lamp} never costs {$20.00} {[1]}."}, "facts"),
        ({**GOOD, "low": GOOD["high"]}, "style"),
        ({"low": "only one"}, "not a record"),
    ],
)
def test_a_bad_triple_is_dropped(tmp_path, reply, outcome):
    assert generator(tmp_path, reply).triples([SENTENCE], ["warmth"]) == {outcome: 1}
    assert not list(tmp_path.glob("*.jsonl"))


def test_nothing_is_asked_twice_and_a_failure_loses_nothing(tmp_path):
    other = "Shipping costs {$5.95} {[2]}."
    with pytest.raises(LanguageModelError, match="no line"):
        generator(tmp_path, GOOD, ConnectionError("no line")).triples([SENTENCE, other], ["warmth"])
    again = generator(tmp_path, {"low": "Shipping {$5.95} {[2]}.", "high": "So glad: shipping costs {$5.95} {[2]}."})
    assert again.triples([SENTENCE, other], ["warmth"]) == {"kept": 1}
    assert len(again.model.asked) == 1
    assert len(read_examples(tmp_path).triples) == 2


def test_answers_are_held_by_their_text(tmp_path):
    items = [
        {"question": "How hot?", "answer": "At 30 degrees.", "difficulty": "easy"},
        {"question": "How hot?", "answer": "At 30.", "difficulty": "easy"},
        {"question": "How long?", "answer": "20 minutes.", "difficulty": "hard"},
    ]
    found = generator(tmp_path, {"items": items})
    assert found.answers(["Wash it at 30 degrees."], "fashion") == {"kept": 1, "known": 1, "facts": 1}
    assert found.answers(["Wash it at 30 degrees."], "fashion") == {}
    assert [answer.question for answer in read_examples(tmp_path).answers] == ["How hot?"]
