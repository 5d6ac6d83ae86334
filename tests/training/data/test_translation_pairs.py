"""Translation pairs: their format, the Tatoeba files, and a split that nothing crosses."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import NotFoundError
from seamless_retail.training.data.translation_pairs import (
    Pair,
    both_ways,
    components,
    parse_pair,
    read_pairs,
    read_tatoeba,
    split,
)
from seamless_retail.training.run.errors import RecordError

GOOD = {"source_lang": "en", "target_lang": "Spanish", "source_text": "How  much?", "target_text": "¿Cuánto?"}


def test_reads_names_codes_and_spaces(tmp_path: Path) -> None:
    page = tmp_path / "pairs.jsonl.gz"
    other = {**GOOD, "target_lang": "yue_Hant", "target_text": "幾錢"}
    page.write_bytes(gzip.compress("\n\n".join(map(json.dumps, (GOOD, other))).encode()))
    first, second = read_pairs(page)
    assert first == Pair("eng_Latn", "spa_Latn", "How much?", "¿Cuánto?")
    assert second.target_lang == "yue_Hant"
    assert first.turned.turned == first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target_text": " "}, "target_text"),
        ({"source_lang": "Klingon"}, "source_lang"),
        ({"target_lang": "English"}, "target_lang"),
        ({"score": 1}, "score"),
        ({"source_text": None}, "source_text"),
    ],
)
def test_refuses_other_records(change: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError) as error:
        parse_pair({**GOOD, **change}, "pairs.jsonl, line 3")
    assert error.value.field == field
    assert "line 3" in str(error.value)


def test_names_the_line_that_is_not_json(tmp_path: Path) -> None:
    page = tmp_path / "pairs.jsonl"
    page.write_text(json.dumps(GOOD) + "\n{", encoding="utf-8")
    with pytest.raises(RecordError, match="line 2"):
        read_pairs(page)
    with pytest.raises(NotFoundError):
        read_pairs(tmp_path / "absent.jsonl")


def test_pairs_with_a_common_sentence_stay_together() -> None:
    pairs = [
        Pair("eng_Latn", "spa_Latn", "Thank you!", "Gracias."),
        Pair("eng_Latn", "deu_Latn", "thank you", "Danke."),
        Pair("eng_Latn", "deu_Latn", "Thanks.", "Danke"),
        Pair("eng_Latn", "fra_Latn", "Good night.", "Bonne nuit."),
    ]
    first, second, third, fourth = components(pairs)
    assert first == second == third != fourth


def test_nothing_crosses_the_split() -> None:
    pairs = [Pair("eng_Latn", "spa_Latn", f"Sentence {n // 2}.", f"Frase {n}") for n in range(400)]
    sides = split(pairs, 0.25, 0.25, seed=1)
    assert sum(map(len, sides)) == 400
    assert [len(side) for side in sides] == [200, 100, 100]
    english = [{pair.source_text for pair in side} for side in sides]
    assert not (english[0] & english[1] | english[0] & english[2] | english[1] & english[2])
    assert split(pairs, 0.25, 0.25, seed=1) == sides
    assert len(both_ways([*sides.dev, *sides.dev])) == 200


def test_tatoeba_is_whole_and_sorts_chinese_by_script() -> None:
    folder = Path(os.environ.get("SEAMLESS_DATA", "../shared/data")) / "translation"
    if not folder.is_dir():
        pytest.skip("the data sets are not here: set SEAMLESS_DATA")
    pairs = read_tatoeba(folder)
    assert len(pairs) == 7541
    chinese = [pair.target_lang for pair in pairs if pair.target_lang.startswith("zho")]
    assert (chinese.count("zho_Hans"), chinese.count("zho_Hant")) == (517, 483)
    with pytest.raises(NotFoundError):
        read_tatoeba(folder / "absent")
