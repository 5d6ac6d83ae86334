"""``seamless translate``."""

import json
from collections.abc import Callable, Sequence

import pytest
from typer.testing import Result

Run = Callable[..., Result]


class Spanish:
    """Translates one sentence, and changes the numbers of all others."""

    name = "spanish"

    def supports(self, source: str, target: str) -> bool:
        return {source, target} == {"eng_Latn", "spa_Latn"}

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        return [text.replace("It costs", "Cuesta") if "It costs" in text else f"{text} 9" for text in texts]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seamless_retail.graphs.languages.open_translator", lambda settings: Spanish())


def test_without_a_model_it_says_how_to_set_one(run: Run) -> None:
    shown = run("translate", "It costs $4.", "--to", "es")
    assert shown.exit_code == 1
    assert "SEAMLESS_TRANSLATION_MODEL" in shown.stderr


def test_an_unknown_language_is_refused(run: Run) -> None:
    assert "Name one of" in run("translate", "Hello", "--to", "klingon").stderr


@pytest.mark.usefixtures("model")
def test_a_sentence_is_translated_with_its_price(run: Run) -> None:
    assert run("translate", "It costs $4.", "--to", "es").stdout == "Cuesta $4.\n"
    record = json.loads(run("translate", "It costs $4.", "--to", "es", "--json").stdout)
    assert record == {"text": "Cuesta $4.", "from": "eng_Latn", "to": "spa_Latn"}


@pytest.mark.usefixtures("model")
def test_lines_that_cannot_be_translated_say_why(run: Run) -> None:
    given = [{"id": 1, "text": "It costs $4."}, {"id": 2, "text": "Three apples please"}, {"text": "x"}]
    shown = run("translate", "--to", "es", "--from", "en", "--jsonl", stdin="\n".join(map(json.dumps, given)).encode())
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    assert records[0] == {"id": 1, "text": "Cuesta $4.", "from": "eng_Latn", "to": "spa_Latn"}
    assert "changes names" in records[1]["error"]
    assert "'id' is missing" in records[2]["error"]
