"""Records of a little shop, a tiny model, and one whole journey that several tests look at."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from seamless_retail.training.clara.config import Journey, read_config
from seamless_retail.training.clara.journey import Options, run_stages
from seamless_retail.training.clara.loop import Outcome
from seamless_retail.training.clara.records import Record, Turn

Configure = Callable[..., Journey]


def product(random: Random, number: int) -> tuple[str, list[tuple[str, str]]]:
    brand, color, price = random.choice(["Nora", "Bex"]), random.choice(["red", "blue"]), str(random.randint(10, 99))
    text = f"Item {number}\nBrand: {brand}\nColor: {color}\nPrice: {price}"
    return text, [("Who makes it?", brand), ("What color is it?", color), ("How much is it?", price)]


def stage1_records(count: int) -> list[dict[str, Any]]:
    random, records = Random(0), []
    for number in range(count):
        text, asked = product(random, number)
        records.append(
            {"data_type": "qa", "question": [q for q, _ in asked], "answers": [a for _, a in asked], "docs": [text]}
            if number % 4
            else {"data_type": "paraphrase", "question": [], "answers": [text.replace("\n", ", ")], "docs": [text]}
        )
    return records


def multi_records(count: int) -> list[dict[str, Any]]:
    random, records = Random(1), []
    for number in range(count):
        products = [product(random, number * 10 + i) for i in range(1 + number % 4)]
        right = random.randrange(len(products))
        question, answer = random.choice(products[right][1])
        texts = [text for text, _ in products]
        records.append(
            {"question": question, "docs": texts, "gold_answer": answer, "answer": answer, "pos_index": [right]}
        )
    return records


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("records")
    several = multi_records(12)
    return {
        "stage1": write(folder / "stage1.jsonl", stage1_records(24)),
        "stage2": write(folder / "stage2.jsonl", several),
        "stage3": write(folder / "stage3.jsonl", several),
    }


@pytest.fixture(scope="session")
def configure(data: dict[str, Path]) -> Configure:
    """The packaged ``test`` configuration over the records, with overrides."""

    def configured(*overrides: str) -> Journey:
        return read_config("test", [*(f"data.{name}={path}" for name, path in data.items()), *overrides])

    return configured


@pytest.fixture(scope="session")
def trained(configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Outcome]]:
    """The folder and the outcomes of all four stages."""
    out = tmp_path_factory.mktemp("journey")
    return out, run_stages(configure(), ("reader", "stage1", "stage2", "stage3"), Options(out))


@pytest.fixture
def records() -> list[Record]:
    """Two documents of different lengths with two and three turns."""
    return [
        Record(("Item 1\nBrand: Nora",), (Turn("Who makes it?", "Nora"), Turn(None, "Item 1 by Nora"))),
        Record(
            ("Item 2\nBrand: Bex\nColor: red\nPrice: 12",),
            (Turn("Who makes it?", "Bex"), Turn("What color is it?", "red"), Turn("How much is it?", "12")),
        ),
    ]
