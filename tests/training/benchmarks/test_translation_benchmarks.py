"""The benchmarks of languages: what they read, and their figures on a few texts."""

from pathlib import Path

from seamless_retail.core.languages import LANGUAGES
from seamless_retail.training.benchmarks.language_identification import measure, read_messages
from seamless_retail.training.benchmarks.translation import settings_of


def test_messages_are_shared_out_evenly() -> None:
    dev, held_out = read_messages("dev"), read_messages("held_out")
    assert len(dev) == len(held_out) == 150
    for side in (dev, held_out):
        assert [sum(row["language"] == code for row in side) for code in LANGUAGES] == [6] * 25
    assert not {row["text"] for row in dev} & {row["text"] for row in held_out}
    assert all(name in row["text"] for row in [*dev, *held_out] for name in row.get("names", []))


def test_figures_of_an_identifier() -> None:
    rows = [("milk", "eng_Latn"), ("bread", "eng_Latn"), ("42", "eng_Latn"), ("leche", "spa_Latn")]
    told = {"milk": "eng_Latn", "bread": "deu_Latn", "42": "und", "leche": "spa_Latn"}
    found = measure({"some": rows}, told.__getitem__)["some"]
    assert found["languages"] == {"eng_Latn": 0.3333, "spa_Latn": 1.0}
    assert found["accuracy"] == 0.6667
    assert found["not English"] == 0.33333


def test_pairs_are_those_of_the_configuration(tmp_path: Path) -> None:
    assert settings_of(str(tmp_path), "").records.tatoeba
    assert settings_of("facebook/nllb-200-distilled-600M", "test").records.sample
