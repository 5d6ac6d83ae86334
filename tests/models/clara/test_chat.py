"""ChatClara: LangChain's standard suites on a tiny model, and where question and documents come from."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.chat import ChatClara
from seamless_retail.models.clara.generation import ClaraGenerator
from seamless_retail.models.clara.reader import ClaraReader

DOCUMENT = "The red shirt is made of cotton."


@pytest.fixture
def reader(model: ClaraModel) -> ClaraReader:
    return ClaraReader(ClaraGenerator(model), rate=4)


class Suite:
    """What both standard suites need; ``params`` is filled by a fixture, for a model cannot be a class constant."""

    params: dict[str, Any]

    @pytest.fixture(autouse=True)
    def _reader(self, make_model: Any) -> Iterator[None]:
        reader = ClaraReader(ClaraGenerator(make_model()), rate=4)
        type(self).params = {"reader": reader, "documents": [DOCUMENT], "model": "clara-test"}
        yield
        type(self).params = {}

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatClara

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return type(self).params


class TestChatClaraUnit(Suite, ChatModelUnitTests):
    """LangChain's unit suite."""


@pytest.mark.asyncio
class TestChatClaraStandard(Suite, ChatModelIntegrationTests):
    """LangChain's integration suite: our service is this process, so it runs without a network."""


def test_the_last_human_message_is_asked_of_the_documents(reader: ClaraReader) -> None:
    """The same answer as the generator's, with confidence and citations in the metadata."""
    chat = ChatClara(reader=reader, documents=(DOCUMENT,), max_tokens=6)
    message = chat.invoke([HumanMessage("Hello"), AIMessage("Hi"), HumanMessage("What is it made of?")])
    [expected] = reader.answers(["What is it made of?"], [[DOCUMENT]], max_new_tokens=6)
    assert expected is not None
    assert message.text == expected.text
    assert message.response_metadata["confidence"] == pytest.approx(expected.confidence)
    assert [cited["document"] for cited in message.response_metadata["citations"]] == [0]
    assert isinstance(message, AIMessage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] == expected.prompt_tokens


def test_documents_come_with_the_call_and_in_messages(reader: ClaraReader) -> None:
    """Those of the call stand for the model's own; what system and tool messages say is read too, after them."""
    chat = ChatClara(reader=reader, documents=("Oat milk.",), max_tokens=4)
    conversation = [
        SystemMessage("Shoes are in aisle 4."),
        HumanMessage("Which shirts are there?"),
        AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "1"}]),
        ToolMessage("A blue rain jacket in size L.", tool_call_id="1"),
    ]
    message = chat.invoke(conversation, documents=[DOCUMENT])
    read = [DOCUMENT, "Shoes are in aisle 4.", "A blue rain jacket in size L."]
    assert message == chat.invoke("Which shirts are there?", documents=read).model_copy(update={"id": message.id})
    assert len(message.response_metadata["citations"]) == 3


def test_without_documents_nothing_is_stated(reader: ClaraReader) -> None:
    """A reader without anything to read does not guess; whole and as a stream."""
    chat = ChatClara(reader=reader)
    assert chat.invoke("What is it made of?").text == NOT_STATED
    assert "".join(str(chunk.text) for chunk in chat.stream("What is it made of?")) == NOT_STATED


def test_a_stream_is_the_answer_in_pieces(reader: ClaraReader) -> None:
    """Several chunks whose sum is the message of ``invoke``, metadata on the last one only; async too."""
    chat = ChatClara(reader=reader, documents=(DOCUMENT,), max_tokens=12)
    chunks = list(chat.stream("What is it made of?"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    expected = chat.invoke("What is it made of?")
    assert len(chunks) > 2
    assert isinstance(whole, AIMessageChunk)
    assert whole.text == expected.text
    assert whole.response_metadata == expected.response_metadata
    assert [bool(chunk.response_metadata.get("citations")) for chunk in chunks].count(True) == 1
    assert asyncio.run(chat.ainvoke("What is it made of?")).text == expected.text


def test_settings_of_the_call_win(reader: ClaraReader) -> None:
    """``bind`` and ``invoke`` arguments reach the draw."""
    chat = ChatClara(reader=reader, documents=(DOCUMENT,), max_tokens=12)
    assert chat.invoke("What?", max_tokens=2).usage_metadata["output_tokens"] == 2  # type: ignore[index]
    drawn = {chat.invoke("What?", temperature=1.5, seed=seed).text for seed in range(4)}
    assert len(drawn) > 1
    assert (
        ChatClara(reader=reader, documents=(DOCUMENT,), temperature=1.5, seed=3).invoke("What?", max_tokens=12).text
        in drawn
    )


def test_a_chat_without_a_question_is_refused(reader: ClaraReader) -> None:
    """There is nothing to answer in a system message."""
    with pytest.raises(InvalidQueryError, match="no question"):
        ChatClara(reader=reader, documents=(DOCUMENT,)).invoke([SystemMessage("Be kind.")])


def test_a_stored_checkpoint_answers_the_same(model: ClaraModel, reader: ClaraReader, tmp_path: Any) -> None:
    """``load`` is the way an application gets one."""
    model.save_pretrained(tmp_path / "clara-test")
    chat = ChatClara.load(tmp_path / "clara-test", rate=4, documents=[DOCUMENT], max_tokens=6)
    expected = ChatClara(reader=reader, documents=(DOCUMENT,), max_tokens=6).invoke("What?")
    found = chat.invoke("What?")
    assert found.text == expected.text
    assert found.response_metadata["confidence"] == pytest.approx(expected.response_metadata["confidence"], rel=1e-5)
    assert chat.model_name == "clara-test"
