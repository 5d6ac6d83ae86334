"""What leaves a held-back stream depends on the text alone, and what a check blocks never leaves."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.lobes.guardrails import (
    FoodGuard,
    HoldBack,
    aguarded_stream,
    guarded_stream,
    hold_back_model,
    text_check,
)
from seamless_retail.lobes.guardrails.hold_back import METADATA, NOT_CHECKED
from seamless_retail.lobes.guardrails.patient import from_record
from seamless_retail.lobes.guardrails.windows import Windows

STOP = "[blocked]"


def names_cashews(text: str) -> list[str]:
    """A check by one word, however its accents are written and its lines are broken."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))
    return ["Contains cashews."] if "cashews" in plain.lower().replace("-\n", "") else []


def held(check: object = names_cashews, **options: object) -> HoldBack:
    return HoldBack(check, replacement=lambda reasons: STOP, **options)  # type: ignore[arg-type]


def released(hold_back: HoldBack, pieces: Sequence[str]) -> str:
    return "".join(hold_back.stream(pieces))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["Oat milk is nice. Then cash", "ews are nice. More."], f"Oat milk is nice. {STOP}"),
        (["cash", "ews"], STOP),
        (["- oats\n- cash", "ews\n- rice\n"], f"- oats\n{STOP}"),
        (["Broken across lines: cash-", "\news. "], STOP),
        (["Accented ca", "\u0301shews, decomposed"], STOP),
        (["In", "visible cash\u200b", "ews"], STOP),
        (["燕麦很好。", "花生酱 cashews。"], f"燕麦很好。{STOP}"),
        (["Only oats ", "and rice."], "Only oats and rice."),
        (["", "", ""], ""),
        ([], ""),
    ],
)
def test_a_blocked_sentence_does_not_leave(pieces: list[str], expected: str) -> None:
    assert released(held(), pieces) == expected


ALPHABET = st.sampled_from(
    ["a", "no ", "milk", "cash", "ews", "cashews", ".", ". ", "! ", "\n", "-", "-\n", "。", '" ']
)
UNICODE = st.characters(codec="utf-8")
TEXTS = st.lists(st.one_of(ALPHABET, UNICODE, st.sampled_from("e\u0301 \u200b\u00ad.")), max_size=60).map("".join)


def chunked(text: str, cuts: Sequence[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=20), st.integers(2, 30), st.integers(0, 30))
def test_the_pieces_change_no_window(text: str, cuts: list[int], longest: int, before: int) -> None:
    whole, cut = Windows(longest, before), Windows(longest, before)
    expected = [*whole.feed(text), *whole.finish()]
    found = [window for piece in chunked(text, cuts) for window in cut.feed(piece)] + cut.finish()
    assert found == expected
    assert "".join(window.text for window in found) == text
    assert all(window.text and window.text in window.seen for window in found)
    assert all(len(window.seen) <= 2 * longest + before for window in found)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=12), st.integers(20, 60))
def test_a_blocked_term_never_leaves_and_the_pieces_change_nothing(text: str, cuts: list[int], longest: int) -> None:
    hold_back = held(longest=longest, before=30)
    found = released(hold_back, chunked(text, cuts))
    assert found == released(hold_back, [text])
    said = found.removesuffix(STOP)
    assert text.startswith(said)
    assert not names_cashews(said)


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_no_window_begins_with_a_mark_of_the_letter_before(text: str) -> None:
    windows = Windows(longest=2_000)
    starts = [window.text[0] for window in [*windows.feed(text), *windows.finish()]][1:]
    assert not [start for start in starts if unicodedata.category(start) in ("Mn", "Me", "Cf")]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Take St. John's wort daily. Or oat milk.", ["Take St. John's wort daily. ", "Or oat milk."]),
        ("It costs 3.50 dollars each. Fine stuff.", ["It costs 3.50 dollars each. ", "Fine stuff."]),
        ("1. Oats\n2. Rice\n", ["1. Oats\n", "2. Rice\n"]),
        ('He said: "Contains no milk." Then he left.', ['He said: "Contains no milk." ', "Then he left."]),
        ("See e.g. nuts here. Good.", ["See e.g. nuts here. ", "Good."]),
        ("Без молока. Дальше.", ["Без молока. ", "Дальше."]),
    ],
)
def test_sentences_leave_one_by_one(text: str, sentences: list[str]) -> None:
    assert list(held().stream(list(text))) == sentences


def test_a_sentence_leaves_before_the_next_one_is_written() -> None:
    asked: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("Oats are here. ", "R", "ice too."):
            asked.append(piece)
            yield piece

    stream = held().stream(pieces())
    assert next(stream) == "Oats are here. "
    assert asked == ["Oats are here. ", "R"]


def test_a_blocked_stream_stops_the_writer() -> None:
    closed: list[bool] = []

    def pieces() -> Iterator[str]:
        try:
            while True:
                yield "Cashews today. Cashews tomorrow. "
        finally:
            closed.append(True)

    assert released(held(), pieces()) == STOP  # type: ignore[arg-type]
    assert closed == [True]


def test_a_sentence_without_an_end_leaves_in_parts_and_a_term_across_the_cut_does_not() -> None:
    words = "oat " * 13 + "cashews " + "rice " * 400
    found = list(held(longest=100, before=40).stream([words]))
    assert found[-1] == STOP
    assert "cash" not in "".join(found)
    assert max(map(len, held(longest=100).stream(["rice" * 500]))) <= 100


def test_negation_is_read_with_what_it_denies() -> None:
    guard, context = FoodGuard(timeout_s=20), from_record({"allergies": ["milk"]})
    guard.warm()

    def check(text: str) -> list[str]:
        return [] if guard.check_text(context, text).is_cleared else ["Contains milk."]

    hold_back = HoldBack(check, replacement=lambda reasons: STOP, timeout_s=20)
    for pieces in (["This drink contains no ", "milk", " at all. Enjoy."], ["Free from mi", "lk and eggs."]):
        assert released(hold_back, pieces) == "".join(pieces)
    assert released(hold_back, ["It contains no sugar. It contains mi", "lk."]) == f"It contains no sugar. {STOP}"


WORDS = st.sampled_from(
    ["cashews ", "cashew-free ", "no cashews. ", "oats, ", "rice. ", "try ", "avoid ", "the ", "and "]
)
NUTS = text_check({"allergies": ["nuts"]}, guard=FoodGuard(timeout_s=20))


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, max_size=20).map("".join), st.lists(st.integers(0, 10_000), max_size=12))
def test_the_real_guard_releases_the_same_however_the_text_comes(text: str, cuts: list[int]) -> None:
    hold_back = HoldBack(NUTS, replacement=lambda reasons: STOP, timeout_s=20)
    found = released(hold_back, chunked(text, cuts))
    assert found == released(hold_back, [text])
    assert not NUTS(found.removesuffix(STOP))


def test_a_failing_check_blocks() -> None:
    def check(text: str) -> list[str]:
        raise RuntimeError("no tables")

    assert next(HoldBack(check).stream(["Oats."])).endswith(NOT_CHECKED)


def test_a_late_check_blocks() -> None:
    def check(text: str) -> list[str]:
        time.sleep(5)
        return []

    assert released(held(check, timeout_s=0.05), ["Oats are here. Rice."]) == STOP


def test_a_failing_writer_releases_nothing_of_its_last_sentence() -> None:
    def pieces() -> Iterator[str]:
        yield "Oats are here. Half a sen"
        raise ConnectionError("model gone")

    found: list[str] = []
    with pytest.raises(ConnectionError):
        found.extend(held().stream(pieces()))
    assert found == ["Oats are here. "]


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        HoldBack(names_cashews, longest=1)


async def from_list(pieces: Sequence[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def gathered(stream: AsyncIterator[str]) -> list[str]:
    return [piece async for piece in stream]


def test_the_async_stream_releases_the_same() -> None:
    for pieces in (["Oat milk is nice. Then cash", "ews. More."], ["Oats ", "only."], []):
        found = asyncio.run(gathered(held().astream(from_list(pieces))))
        assert found == list(held().stream(pieces))


def test_a_cancelled_stream_closes_its_source_and_releases_nothing_more() -> None:
    closed: list[bool] = []
    found: list[str] = []

    async def endless() -> AsyncIterator[str]:
        try:
            yield "Oats are here. Rice "
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def listen() -> None:
        async for piece in held().astream(endless()):
            found.append(piece)

    async def run() -> None:
        task = asyncio.create_task(listen())
        while not found:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert found == ["Oats are here. "]
    assert closed == [True]


def call_chunk(arguments: str) -> AIMessageChunk:
    call = {"name": "add", "args": arguments, "id": "1", "index": 0, "type": "tool_call_chunk"}
    return AIMessageChunk(content="", tool_call_chunks=[call], id="m")


def test_a_message_keeps_its_tool_calls_if_cleared_and_loses_them_if_blocked() -> None:
    tail = [call_chunk('{"id"'), call_chunk(': "G1"}')]
    good = list(held().stream_messages([AIMessageChunk(content="Oats are here. ", id="m"), *tail]))
    whole = good[0] + good[1]
    assert whole.text == "Oats are here. "
    assert whole.tool_calls[0]["args"] == {"id": "G1"}
    bad = list(
        held().stream_messages([AIMessageChunk(content="Cash", id="m"), *tail, AIMessageChunk(content="ews", id="m")])
    )
    assert [chunk.text for chunk in bad] == [STOP]
    assert not bad[0].tool_call_chunks
    assert bad[0].response_metadata[METADATA] == {"verdict": "block", "reasons": ["Contains cashews."]}


def test_content_blocks_are_read_and_reasoning_waits_for_the_end() -> None:
    thought = AIMessageChunk(content=[{"type": "reasoning", "reasoning": "cashews?", "index": 0}], id="m")
    for text, kinds in (("Oats.", ["text", "reasoning"]), ("Cashews.", ["text"])):
        chunk = AIMessageChunk(content=[{"type": "text", "text": text, "index": 1}], id="m")
        found = list(held().stream_messages([thought, chunk]))
        assert [block["type"] for part in found for block in part.content_blocks] == kinds


def test_a_whole_message_is_replaced_or_left_as_it_is() -> None:
    good, bad = AIMessage("Oats.", id="1"), AIMessage("Cashews.", id="2", tool_calls=[_call()])
    assert held().message(good) is good
    changed = asyncio.run(held().amessage(bad))
    assert (changed.text, changed.id, changed.tool_calls) == (STOP, "2", [])


def _call() -> dict[str, object]:
    return {"name": "add", "args": {}, "id": "1"}


def graph_of(*answers: str) -> object:
    """Two nodes with plain models, and one that writes a whole message."""
    builder = StateGraph(MessagesState)
    for number, answer in enumerate(answers):
        model = GenericFakeChatModel(messages=iter([AIMessage(answer)] * 2))
        builder.add_node(f"model{number}", lambda state, model=model: {"messages": [model.invoke(state["messages"])]})
        builder.add_edge(START, f"model{number}")
    return builder.compile()


def test_any_graphs_stream_of_messages_is_held_back_message_by_message() -> None:
    graph, asked = graph_of("We have oats. Try the cashews today.", "Rice is here. Good rice."), [HumanMessage("?")]
    parts = guarded_stream(graph.stream({"messages": asked}, stream_mode="messages"), held())  # type: ignore[attr-defined]
    texts: dict[str, str] = {}
    for message, metadata in parts:
        texts[metadata["langgraph_node"]] = texts.get(metadata["langgraph_node"], "") + message.text
    assert texts == {"model0": f"We have oats. {STOP}", "model1": "Rice is here. Good rice."}


def test_an_async_graphs_stream_is_held_back_too() -> None:
    graph = graph_of("We have oats. Try the cashews today.")

    async def listen() -> str:
        parts = graph.astream({"messages": [HumanMessage("?")]}, stream_mode="messages")  # type: ignore[attr-defined]
        return "".join([message.text async for message, _ in aguarded_stream(parts, held())])

    assert asyncio.run(listen()) == f"We have oats. {STOP}"


def test_whole_messages_and_other_streams() -> None:
    parts: list[Any] = [
        (HumanMessage("cashews?"), {}),
        (ToolMessage("Cashews: $3", tool_call_id="1"), {}),
        (AIMessage("Hm."), {}),
    ]
    assert [m.text for m, _ in guarded_stream(parts, held())] == ["cashews?", f"[Withheld: {NOT_CHECKED}]", "Hm."]
    with pytest.raises(ConfigurationError):
        list(guarded_stream([{"model": {}}], held()))  # type: ignore[list-item]


def test_a_held_back_model_shows_callbacks_and_streams_only_what_is_cleared() -> None:
    def model() -> object:
        inner = GenericFakeChatModel(messages=iter([AIMessage("We have oats. Try the cashews today.")]))
        return hold_back_model(inner, held())

    expected = f"We have oats. {STOP}"
    assert "".join(chunk.text for chunk in model().stream("?")) == expected  # type: ignore[attr-defined]
    assert model().invoke("?").text == STOP  # type: ignore[attr-defined]

    async def events() -> list[str]:
        found = []
        async for event in model().astream_events("?", version="v2"):  # type: ignore[attr-defined]
            found.append(str(event["data"]))
        return found

    seen = asyncio.run(events())
    assert any("We have oats. " in data for data in seen)
    assert not any("cashews today" in data for data in seen)
