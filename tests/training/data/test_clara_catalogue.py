from collections.abc import Sequence
from itertools import islice
from random import Random

import pytest

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database.seed.fashion import make_fashion
from seamless_retail.core.database.seed.grocery import make_grocery
from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.models.clara.prompts import reply_of
from seamless_retail.training.data.clara_candidates import choices
from seamless_retail.training.data.clara_catalogue import (
    Catalogue,
    documents,
    evaluation_records,
    facts_of,
    product_document,
    questions_on,
    shelves,
    split_of,
)
from seamless_retail.training.data.clara_questions import MEMBERS


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return [*make_fashion()[::12], *make_grocery()[::12]]


@pytest.fixture(scope="module")
def catalogue(products: Sequence[Product]) -> Catalogue:
    return Catalogue.of(products, "train")


def test_no_product_is_on_two_sides(products: Sequence[Product]) -> None:
    """The split is a function of the id alone: about 80, 10 and 10 of a hundred."""
    sides = {split: {p.id for p in Catalogue.of(products, split).products} for split in ("train", "dev", "test")}
    assert sum(map(len, sides.values())) == len(set().union(*sides.values())) == len(products)
    assert 0.7 < len(sides["train"]) / len(products) < 0.9
    assert all(split_of(identifier) == split for split, ids in sides.items() for identifier in ids)


def test_the_document_ends_before_the_tables(products: Sequence[Product]) -> None:
    for product in products:
        document = product_document(product)
        assert document.startswith(product.name)
        assert "Variants:" not in document and "Nutrition per" not in document


def test_every_stated_answer_stands_in_its_document(catalogue: Catalogue) -> None:
    """Answers are verbatim, also in varied documents, or not stated; a yes or no follows what it goes by."""
    seen = 0
    for record in islice(documents(catalogue, 3), 300):
        for answer in record["answers"]:
            grounds = answer.removesuffix("; yes").removesuffix("; no")
            assert grounds == NOT_STATED or grounds in record["docs"][0]
            seen += 1
    assert seen > 1000


def test_yes_and_no_are_true_of_the_document(catalogue: Catalogue) -> None:
    random, checked = Random(5), 0
    for product in catalogue.products[:80]:
        document = product_document(product)
        facts = dict(facts_of(document))
        for question in questions_on(document, product, catalogue.pools, random, count=8):
            if question.kind == "member":
                item = next(i for i in facts[question.label].split(", ") + catalogue.pools[question.label]
                            if any(w.format(it="§", item=i).split("§")[-1] in question.text and i in question.text
                                   for w in MEMBERS[question.label]))  # fmt: skip
                assert question.answer.startswith(facts[question.label])
                if reply_of(question.answer) == "yes":
                    assert any(value in question.text for value in facts[question.label].split(", "))
                else:
                    assert item is not None
                checked += 1
            if question.kind == "absent":
                assert question.label not in facts and question.answer == NOT_STATED
    assert checked > 20


def test_held_out_records_are_the_products_as_they_are(catalogue: Catalogue) -> None:
    records = list(evaluation_records(catalogue, 1))
    assert [record["docs"][0] for record in records] == [product_document(p) for p in catalogue.products]


def test_the_same_seed_gives_the_same_records(catalogue: Catalogue) -> None:
    assert list(islice(documents(catalogue, 9), 20)) == list(islice(documents(catalogue, 9), 20))
    assert list(islice(documents(catalogue, 9), 20)) != list(islice(documents(catalogue, 10), 20))


def test_questions_on_a_shelf_name_one_of_its_documents(catalogue: Catalogue) -> None:
    for record in islice(shelves(catalogue, 2, documents=(2, 3), questions=6), 20):
        assert len({text.split("\n")[0] for text in record["docs"]}) == len(record["docs"]), "a name means one of them"
        for question, answer in zip(record["question"], record["answer"], strict=True):
            named = [text for text in record["docs"] if text.split("\n")[0] in question]
            assert named, question
            grounds = answer.removesuffix("; yes").removesuffix("; no")
            assert grounds == NOT_STATED or any(grounds in text for text in named)


@pytest.mark.parametrize("varied", [True, False])
def test_one_candidate_is_right_and_some_differ_in_one_line(catalogue: Catalogue, varied: bool) -> None:
    hard = 0
    for choice in islice(choices(catalogue, 4, candidates=8, varied=varied), 40):
        assert len(set(choice.documents)) == 8
        right = choice.documents[choice.right]
        assert choice.answer in right
        lines = set(right.split("\n"))
        hard += sum(len(lines - set(other.split("\n"))) == 1 for other in choice.documents)
        assert choice.stage3()["pos_index"] == [choice.right]
    assert hard > 40


def test_a_catalogue_too_small_for_the_candidates_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ConfigurationError, match="too few"):
        next(choices(Catalogue(catalogue.products[:2]), 1, candidates=20, hard=2))
