"""Passages: exact spans, sizes the model can read, nothing lost."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from seamless_retail.core.catalogue import Food, Product
from seamless_retail.core.evidence import Source
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.sources import policy_source, product_source
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.passages import content_hash, estimate_tokens, indexed_text, passages

LONG_LABEL = ", ".join(f"maltodextrin {n}, mono- and diglycerides, thiamin mononitrate" for n in range(60))


def policy(body: str) -> Source:
    return policy_source(PolicyDocument(id="p", title="Returning an item", topic="returns", body=body))


def test_a_passage_is_its_span_and_says_where_it_stands() -> None:
    source = policy("Bring it back. " * 60)
    found = passages(source)
    assert len(found) > 1
    for passage in found:
        start, end = passage.metadata["start"], passage.metadata["end"]
        assert passage.page_content == source.text[start:end]
        assert passage.id == f"policy:p#{start}-{end}"
        assert {"source_id", "title", "kind", "topic"} <= passage.metadata.keys()


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab .,\n\r\t!é漢😀1-"), max_size=1500))
def test_no_character_is_lost_but_space(body: str) -> None:
    source = policy(body)
    spans = [(p.metadata["start"], p.metadata["end"]) for p in passages(source)]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    kept = "".join(source.text[start:end] for start, end in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", body)


def test_sentences_stay_whole() -> None:
    body = " ".join(f"Rule number {n} says that an item costs ${n}.50 to send back by post." for n in range(40))
    assert all(passage.page_content.endswith("by post.") for passage in passages(policy(body)))


def test_a_full_passage_ends_with_its_paragraph() -> None:
    paragraph = "A paragraph about returning worn or damaged items by post or in a store near you. " * 4
    found = passages(policy(f"{paragraph.strip()}\n\n{paragraph.strip()}"))
    assert [passage.page_content for passage in found] == [paragraph.strip()] * 2


def test_the_title_is_searched_but_not_quoted() -> None:
    [passage] = passages(policy("Within 30 days."))
    assert indexed_text(passage) == "Returning an item\nWithin 30 days."
    assert passage.page_content == "Within 30 days."


def test_a_title_the_content_begins_with_is_not_repeated(documents: list[Document]) -> None:
    first = next(passage for passage in documents if passage.metadata.get("product_id") == "F1")
    assert indexed_text(first) == first.page_content


def test_a_long_label_is_split_not_cut_off(embeddings: MiniLMEmbeddings) -> None:
    product = Product(
        id="G9", name="Snack", department="grocery", category="cookies", food=Food(ingredients=LONG_LABEL)
    )
    source = product_source(product)
    found = passages(source)
    assert sum(passage.page_content.count("maltodextrin") for passage in found) == 60
    assert all(passage.metadata["product_id"] == "G9" for passage in found)


def test_every_passage_fits_the_model(embeddings: MiniLMEmbeddings) -> None:
    """The estimate needs no tokenizer; on labels, prose, numbers and other scripts it must not let anything be cut."""
    tokenizers = pytest.importorskip("tokenizers")
    from seamless_retail.models.bundled_minilm import bundled_folder

    tokenizer = tokenizers.Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    bodies = [LONG_LABEL, "Il peut être échangé. " * 200, "返品は三十日以内です。" * 200, "SKU-00123/45.67 " * 300]
    for body in bodies:
        for passage in passages(policy(body)):
            assert len(tokenizer.encode(indexed_text(passage)).ids) <= 256
            assert estimate_tokens(passage.page_content) <= 100


def test_variants_are_metadata_not_prose(documents: list[Document]) -> None:
    dress = [passage for passage in documents if passage.metadata.get("product_id") == "F1"]
    assert not any("F1-blue-s" in passage.page_content for passage in dress)
    assert dress[0].metadata["colors"] == ["blue", "white"]


def test_the_hash_follows_the_indexed_text() -> None:
    one, same, other = passages(policy("A."))[0], passages(policy("A."))[0], passages(policy("B."))[0]
    assert content_hash(one) == content_hash(same) != content_hash(other)
