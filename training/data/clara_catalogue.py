"""CLaRa records from a shop's catalogue: product texts, questions on their fields, answers as they stand in the text.

A document is a product's source text (``core/product_source.py``) up to its nutrition table and its list of variants,
which is what the retriever indexes. Every labelled line gives a question whose answer is the value on that line, word
for word; lists also give yes-or-no questions, answered with the list and a verdict; fields that the product does not
have give :data:`NOT_STATED`.

Products are split by the hash of their id, so that no product, and no question on it, is on two sides. Training
products are varied: values are exchanged between products of one department, prices redrawn, lines left out or put in
another order. A reader then cannot learn a product by heart, it must look things up. Held-out products are as they are.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from seamless_retail.core.catalogue import Money, Product
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.core.product_source import product_source
from seamless_retail.models.clara.prompts import with_verdict
from seamless_retail.training.data.clara_questions import (
    MEMBERS,
    ask_member,
    ask_value,
    asks_about,
)

Split = Literal["train", "dev", "test"]
Fact = tuple[str, str]
"""A field's label and its value as the document writes it: ``("Fit", "relaxed")``."""

_LISTS = frozenset(MEMBERS)
_FIRST = frozenset(("Ingredients",))
"""Fields of which the first item is asked: a whole list of ingredients is read from the record, never from memory."""
_TABLES = ("nutrition", "variants")


def split_of(product_id: str) -> Split:
    """``test`` for one product in ten, ``dev`` for another, ``train`` for the rest."""
    bucket = int(hashlib.sha256(product_id.encode()).hexdigest(), 16) % 10
    return "test" if bucket == 0 else "dev" if bucket == 1 else "train"


def product_document(product: Product) -> str:
    """What is compressed for a product: its source text up to the tables."""
    source = product_source(product)
    end = min((source.fields[table][0] for table in _TABLES if table in source.fields), default=len(source.text))
    return source.text[:end].rstrip()


def facts_of(document: str) -> list[Fact]:
    """The labelled lines of a document, in order."""
    found = []
    for line in document.split("\n")[1:]:
        label, colon, value = line.partition(": ")
        if colon and asks_about(label):
            found.append((label, value))
    return found


@dataclass(frozen=True)
class Question:
    """A question on one document."""

    text: str
    answer: str
    """The value as it stands; for a yes-or-no question the value and the verdict (``prompts.with_verdict``)."""
    label: str
    """The field asked for."""
    kind: Literal["value", "member", "absent"]


@dataclass
class Catalogue:
    """The products of one split, and the values their fields take."""

    products: Sequence[Product]
    pools: dict[str, list[str]] = field(default_factory=dict)
    """Label → the single items that occur under it, each once, for questions answered with "no"."""

    def __post_init__(self) -> None:
        items: dict[str, dict[str, None]] = {}
        for product in self.products:
            for label, value in facts_of(product_document(product)):
                items.setdefault(label, {}).update(dict.fromkeys(value.split(", ")))
        self.pools = {label: list(values) for label, values in items.items()}

    @classmethod
    def of(cls, products: Iterable[Product], *splits: Split) -> "Catalogue":
        """The products whose ids fall in ``splits``."""
        return cls([product for product in products if split_of(product.id) in splits])


def questions_on(
    document: str,
    product: Product,
    pools: Mapping[str, Sequence[str]],
    random: Random,
    *,
    count: int,
    named: bool = False,
) -> list[Question]:
    """Up to ``count`` questions on a document: about 7 in 10 for a value, 2 yes or no, 1 on something it does not say.

    Args:
        document: As :func:`product_document` or :func:`varied_document` wrote it.
        product: Gives the words that refer to it: its name or its category.
        pools: Items per label, for yes-or-no questions; see :class:`Catalogue`.
        random: Chooses fields and wording.
        count: Most questions.
        named: Refer to the product by its name always, as questions over several documents must.
    """
    facts = facts_of(document)
    reference = _References(product, document.split("\n", 1)[0], random, named=named)
    chosen = random.sample(facts, min(count, len(facts)))
    questions = []
    for label, value in chosen:
        draw = random.random()
        if draw < 0.1 and (absent := _absent(facts, pools, random)):
            questions.append(Question(ask_value(absent, reference(), random), NOT_STATED, absent, "absent"))
        elif draw < 0.35 and label in _LISTS and "declar" not in value:
            item, answer = _member(value.split(", "), pools[label], random)
            asked = ask_member(label, item, reference(), random)
            questions.append(Question(asked, with_verdict(value, answer), label, "member"))
        else:
            answer = NOT_STATED if value == "not declared" else value.partition(", ")[0] if label in _FIRST else value
            questions.append(Question(ask_value(label, reference(), random), answer, label, "value"))
    return questions


def varied_document(product: Product, others: Sequence[Product], random: Random, *, most_lines: int = 99) -> str:
    """A training document: the product with some values taken from others, lines left out, sometimes shuffled."""
    if random.random() < 0.75:
        product = _exchanged(product, others, random)
    name, *lines = product_document(product).split("\n")
    if random.random() < 0.5:
        lines = [line for line in lines if asks_about(line.partition(": ")[0])]
    kept = len(lines) if random.random() < 0.5 else random.randint(min(3, len(lines)), len(lines))
    kept = min(kept, most_lines)
    order = random.sample(range(len(lines)), kept)
    return "\n".join([name, *(lines[place] for place in (order if random.random() < 0.3 else sorted(order)))])


def documents(catalogue: Catalogue, seed: int, *, questions: int = 8, most_lines: int = 99) -> Iterator[dict[str, Any]]:
    """Stage-1 records without end, from varied training products."""
    random = Random(seed)
    departments = _grouped(catalogue.products, "department")
    while True:
        product = random.choice(catalogue.products)
        document = varied_document(product, departments[product.department], random, most_lines=most_lines)
        asked = questions_on(document, product, catalogue.pools, random, count=questions)
        if asked:
            yield {
                "data_type": "qa",
                "question": [question.text for question in asked],
                "answers": [question.answer for question in asked],
                "docs": [document],
            }


class _References:
    """How a question names its product."""

    def __init__(self, product: Product, name: str, random: Random, *, named: bool):
        self._choices = [f"the {name}", name] if named else ["it", f"the {name}", f"this {product.category}", name]
        self._random = random

    def __call__(self) -> str:
        return self._random.choice(self._choices)


def _absent(facts: Sequence[Fact], pools: Mapping[str, Sequence[str]], random: Random) -> str | None:
    present = {label for label, _ in facts}
    missing = [label for label in pools if label not in present and asks_about(label)]
    return random.choice(missing) if missing else None


def _member(items: Sequence[str], pool: Sequence[str], random: Random) -> tuple[str, str]:
    if random.random() < 0.5:
        return random.choice(items), "yes"
    other = random.choice(pool)
    return other, "yes" if other in items else "no"


def _exchanged(product: Product, others: Sequence[Product], random: Random) -> Product:
    """Values of the same kind from other products of the department; the price is drawn anew."""
    attributes = {
        name: random.choice(others).attributes.get(name, values) if random.random() < 0.5 else values
        for name, values in product.attributes.items()
    }
    changes: dict[str, Any] = {"attributes": attributes}
    if random.random() < 0.5:
        changes["brand"] = random.choice(others).brand
    if random.random() < 0.5:
        changes["category"] = random.choice(others).category
    if random.random() < 0.7:
        changes["variants"] = _repriced(random.choice(others), random)
    donor = random.choice(others)
    if product.food and donor.food and random.random() < 0.5:
        names = random.choice((("allergens",), ("traces",), ("allergens", "traces", "serving"), ("ingredients",)))
        changes["food"] = product.food.model_copy(update={name: getattr(donor.food, name) for name in names})
    return product.model_copy(update=changes)


def _repriced(donor: Product, random: Random) -> tuple[Any, ...]:
    """Another product's colours and sizes at prices of the same magnitude."""
    factor = random.uniform(0.4, 2.5)
    ending = random.choice((0, 9, 49, 50, 95, 99, random.randrange(100)))
    return tuple(
        variant.model_copy(
            update={"price": Money(cents=int(variant.price.cents * factor) // 100 * 100 + ending, currency="USD")}
        )
        for variant in donor.variants
    )


def evaluation_records(catalogue: Catalogue, seed: int, *, questions: int = 6) -> Iterator[dict[str, Any]]:
    """Stage-1 records on the products as they are."""
    random = Random(seed)
    for product in catalogue.products:
        document = product_document(product)
        asked = questions_on(document, product, catalogue.pools, random, count=questions)
        yield {
            "data_type": "qa",
            "question": [question.text for question in asked],
            "answers": [question.answer for question in asked],
            "docs": [document],
        }


def shelves(
    catalogue: Catalogue,
    seed: int,
    *,
    documents: Sequence[int] = (2, 3, 4, 5),
    questions: int = 12,
    most_lines: int = 99,
) -> Iterator[dict[str, Any]]:
    """Stage-2 records without end: several products, most of one category, and questions that name the one they mean.

    Args:
        catalogue: The products of one split.
        seed: Of every draw.
        documents: How many there may be.
        questions: Most questions per record, spread over the documents.
        most_lines: Of a product's text.
    """
    random = Random(seed)
    alike, departments = _grouped(catalogue.products, "category"), _grouped(catalogue.products, "department")
    while True:
        first, count = random.choice(catalogue.products), random.choice(documents)
        pool = [first, *random.sample(alike[first.category], min(count, len(alike[first.category])))]
        pool += random.sample(list(catalogue.products), min(count, len(catalogue.products)))
        chosen = list({product.name: product for product in pool}.values())[:count]
        random.shuffle(chosen)
        texts = [
            varied_document(product, departments[product.department], random, most_lines=most_lines)
            for product in chosen
        ]
        each = -(-questions // len(chosen))
        asked = [
            question
            for product, text in zip(chosen, texts, strict=True)
            for question in questions_on(text, product, catalogue.pools, random, count=each, named=True)
        ]
        if asked:
            answers = [question.answer for question in asked]
            yield {"question": [q.text for q in asked], "docs": texts, "gold_answer": answers, "answer": answers}


def _grouped(products: Sequence[Product], field: Literal["category", "department"]) -> dict[str, list[Product]]:
    groups: dict[str, list[Product]] = {}
    for product in products:
        groups.setdefault(getattr(product, field), []).append(product)
    return groups


def write_jsonl(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records, one per line; returns how many."""
    with path.open("w", encoding="utf-8") as file:
        return sum(bool(file.write(json.dumps(record, ensure_ascii=False) + "\n")) for record in records)
