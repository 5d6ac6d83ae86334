"""The context lobe with a reader of memories: what it uses, when it falls back, and that a lie reaches nobody."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.intents import Intent
from seamless_retail.core.ports import NOT_STATED, ReadablePassage, ReaderAnswer
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import resolve
from seamless_retail.lobes.context import ContextLobe
from seamless_retail.lobes.memory_answer import MemoryAnswers, MemoryPassage


@dataclass
class RuleReader:
    """Says what its rule says of the passages; remembers what it was asked."""

    rule: Callable[[str, Sequence[ReadablePassage]], ReaderAnswer]
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        self.asked.append((question, [passage.text for passage in passages]))
        return self.rule(question, passages)

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Any:
        yield self.read(question, passages).text


def says(answer: str, confidence: float = 0.95) -> RuleReader:
    """A reader that always says the same, and says that it read every passage."""
    return RuleReader(lambda _, passages: ReaderAnswer(answer, confidence, tuple(p.id for p in passages)))


def breaks(*_: object) -> ReaderAnswer:
    """A defect."""
    raise ZeroDivisionError


def finds(pattern: str, confidence: float = 0.95) -> RuleReader:
    """A reader that says the first words of the passages that match."""

    def rule(_: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        for passage in passages:
            if match := re.search(pattern, passage.text):
                return ReaderAnswer(match.group(), confidence, (passage.id,))
        return ReaderAnswer(NOT_STATED, confidence)

    return RuleReader(rule)


@pytest.fixture(scope="module")
def answer(corner_shop: Any, word_retriever: Any, ask: Any) -> Callable[..., Any]:
    def run(reader: RuleReader | None, *arguments: Any, **understood: Any) -> Any:
        memory = MemoryAnswers(reader, 0.7) if reader else None
        lobe = ContextLobe(word_retriever, corner_shop, min_score=0.5, memory=memory)
        return lobe(ask(*arguments, **understood))

    return run


SHIPPING = "how much is standard shipping?"


def test_the_sentence_that_the_reader_points_to_is_quoted_with_its_confidence(answer: Any) -> None:
    report = answer(finds(r"3 to 5 business days", 0.83), "how long does standard shipping take?", Intent.STORE_INFO)
    (claim,) = report.claims
    assert claim.text == "Standard shipping costs $5.95 and takes 3 to 5 business days."
    assert claim.citations[0].quote == claim.text
    assert report.confidence == claim.confidence == 0.83


def test_passages_are_read_under_their_titles_as_in_training(answer: Any) -> None:
    reader = finds(r"\$5\.95")
    answer(reader, SHIPPING, Intent.STORE_INFO)
    ((question, texts),) = reader.asked
    assert question == SHIPPING
    assert any(text.startswith("Shipping options, prices and times\nStandard shipping costs") for text in texts)


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(says("3 to 5 business days", confidence=0.69), id="not sure enough"),
        pytest.param(says(NOT_STATED), id="not stated"),
        pytest.param(says("Standard shipping is free for everybody."), id="an invented sentence"),
        pytest.param(says("$4.95"), id="an invented price"),
        pytest.param(says("yes"), id="a yes that no field bears out"),
        pytest.param(says(""), id="nothing at all"),
        pytest.param(RuleReader(lambda *_: ReaderAnswer("$5.95", 0.95, ())), id="read nowhere"),
        pytest.param(RuleReader(lambda *_: ReaderAnswer("$5.95", 0.95, ("policy:x#0",))), id="read elsewhere"),
        pytest.param(RuleReader(breaks), id="broken"),
    ],
)
def test_without_a_sound_answer_the_lobe_says_what_it_says_without_a_reader(answer: Any, reader: RuleReader) -> None:
    assert answer(reader, SHIPPING, Intent.STORE_INFO) == answer(None, SHIPPING, Intent.STORE_INFO)
    assert reader.asked


def test_a_reader_that_cannot_take_the_question_is_no_fault_of_the_customer(answer: Any) -> None:
    def refuse(*_: object) -> ReaderAnswer:
        raise InvalidQueryError("The prompt is too long.", "Give fewer documents.")

    assert answer(RuleReader(refuse), SHIPPING, Intent.STORE_INFO) == answer(None, SHIPPING, Intent.STORE_INFO)


LIES = [
    *(
        "$0.00",
        "$59.50",
        "5.95",
        "free for everybody",
        "30 years",
        "overnight",
        "2 business days",
        "5 to 3 business days",
    ),
    *("yes", "no", "Yes.", "linen", "wool", "cotton and silk", "peanuts", "gluten", "vegan", "no declarable allergen"),
    *("not", "Contains:", "$", ".", "business", "Standard shipping costs nothing", "Alder & Fell & Sons", "winter"),
]
QUESTIONS: list[tuple[str, Intent, dict[str, Any]]] = [
    (SHIPPING, Intent.STORE_INFO, {}),
    ("how long does standard shipping take?", Intent.STORE_INFO, {}),
    ("do you offer gift wrapping?", Intent.STORE_INFO, {}),
    ("do points expire?", Intent.STORE_INFO, {}),
    ("when can I wear the Marisol Wrap Dress?", Intent.PRODUCT_INQUIRY, {"selected_product_id": "F1"}),
    ("is the Marisol Wrap Dress good for winter?", Intent.PRODUCT_INQUIRY, {"selected_product_id": "F1"}),
    ("who makes Peanut Crunch Granola?", Intent.PRODUCT_INQUIRY, {"query": ProductQuery(product_ids=("G2",))}),
]


@pytest.mark.parametrize("lie", LIES)
def test_whatever_a_reader_makes_up_only_words_of_the_record_reach_the_customer(
    answer: Any, corner_shop: Any, lie: str
) -> None:
    for question, intent, understood in QUESTIONS:
        role = "parallel" if intent is Intent.PRODUCT_INQUIRY else "primary"
        report = answer(says(lie, confidence=1.0), question, intent, role=role, **understood)
        for claim in report.claims:
            for citation in claim.citations:
                source = resolve(corner_shop, citation.source_id)
                assert source is not None
                assert source.text[citation.start : citation.end] == citation.quote
            (quote,) = [citation.quote for citation in claim.citations]
            assert claim.text.lower().endswith(quote.lower().removesuffix(".") + ("." if claim.text[-1] == "." else ""))
            assert not (claim.product_id and re.match(r"(?i)contains|may contain|ingredients|allergens|diet", quote))


def test_a_value_of_another_product_never_becomes_this_products(answer: Any) -> None:
    # Winter is the Harbour Gown's season; the reader says it of the Marisol Wrap Dress, which is for summer.
    question, query = "when can I wear the Marisol Wrap Dress?", ProductQuery(product_ids=("F1",))
    lied = answer(says("winter"), question, Intent.PRODUCT_INQUIRY, role="parallel", query=query)
    assert lied.claims == ()
    true = answer(says("summer"), question, Intent.PRODUCT_INQUIRY, role="parallel", query=query)
    assert [claim.text for claim in true.claims] == ["Marisol Wrap Dress: season: summer."]
    assert true.claims[0].product_id == "F1"


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("does the Toasted Oat Granola contain gluten?", {}),
        ("is there almond in the Toasted Oat Granola?", {}),
        ("what traces are in the Toasted Oat Granola?", {}),
        ("is the Toasted Oat Granola vegan?", {}),
        ("what is in the Toasted Oat Granola?", {"wants": ("ingredients",)}),
        ("can I eat the Toasted Oat Granola with warfarin?", {}),
        ("is the Toasted Oat Granola safe in pregnancy?", {}),
        ("how much sugar is in the Toasted Oat Granola?", {}),
        ("what about the Toasted Oat Granola?", {"query": ProductQuery(attributes={"diet": ("vegan",)})}),
    ],
)
def test_labels_health_and_medicines_are_never_read_from_memory(
    answer: Any, question: str, understood: dict[str, Any]
) -> None:
    for role, intent in (("primary", Intent.STORE_INFO), ("parallel", Intent.PRODUCT_INQUIRY)):
        reader = says("gluten", confidence=1.0)
        report = answer(reader, question, intent, role=role, selected_product_id="G1", **understood)
        assert reader.asked == []
        assert report == answer(None, question, intent, role=role, selected_product_id="G1", **understood)


def test_an_allergen_in_a_products_name_does_not_forbid_other_questions(answer: Any) -> None:
    question, query = "who makes Peanut Crunch Granola?", ProductQuery(product_ids=("G2",))
    report = answer(finds("Millstone"), question, Intent.PRODUCT_INQUIRY, role="parallel", query=query)
    assert [claim.text for claim in report.claims] == ["Peanut Crunch Granola: brand: Millstone."]


@pytest.mark.parametrize("wants", ["price", "stock", "material", "size", "color"])
def test_what_the_record_answers_is_not_read_beside_it(answer: Any, wants: str) -> None:
    reader = says("linen")
    question = "tell me about the Marisol Wrap Dress please"
    report = answer(reader, question, Intent.PRODUCT_INQUIRY, role="parallel", selected_product_id="F1", wants=(wants,))
    assert (report.claims, reader.asked) == ((), [])


def test_several_products_are_not_read(answer: Any) -> None:
    reader = says("linen")
    query = ProductQuery(product_ids=("F1", "F2"))
    answer(reader, "which of these dresses is nicer?", Intent.PRODUCT_INQUIRY, role="parallel", query=query)
    assert reader.asked == []


def test_a_passage_that_begins_with_its_title_does_not_get_it_twice(word_retriever: Any) -> None:
    texts = [MemoryPassage(document).text for document in word_retriever.documents]
    assert "Marisol Wrap Dress" in texts
    assert not any(text.count("\n") and len(set(text.split("\n"))) == 1 for text in texts)
