"""The recipe runs on a handful of messages and its result loads."""

import csv
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import InvalidQueryError, NotFoundError
from seamless_retail.core.intents import Intent
from seamless_retail.models.intent_router import IntentRouter
from seamless_retail.models.module import MANIFEST
from seamless_retail.training.data.intents import read_authored, read_frames, read_open_set
from seamless_retail.training.recipes.intent_router import Config, folds, main
from seamless_retail.training.recipes.intent_router_card import calibration_error

COLUMNS = ("text", "intent", "source", "source_label")


def write_split(folder: Path, split: str, rows: list[tuple[str, str]]) -> None:
    with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((text, intent, "tiny", "label") for text, intent in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A train and a dev file of our own; no test file, because training must not need one."""
    write_split(
        tmp_path, "train", [("where did my parcel go", "order_status"), ("is the kale sold out", "inventory_check")]
    )
    write_split(tmp_path, "dev", [("has my box been sent", "order_status"), ("who wrote faust", "out_of_scope")])
    return tmp_path


def run(data: Path, out: Path, *more: str) -> int:
    return main(["--data", str(data), "--out", str(out), "--max-samples", "240", *more])


def test_the_result_loads_and_answers(data: Path, tmp_path: Path) -> None:
    assert run(data, tmp_path / "head") == 0
    router = IntentRouter.load(folder=tmp_path / "head")
    (found,) = router.classify(["where is my order?"])
    assert found.intent in set(Intent)
    card = (tmp_path / "head" / "README.md").read_text(encoding="utf-8")
    assert "240 messages" in card
    assert "`dev.csv` (2 messages)" in card
    assert "test.csv" not in card, "the test file was neither there nor asked for"


def test_the_same_seed_gives_the_same_files(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(data, tmp_path / name)
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_a_dry_run_writes_nothing(data: Path, tmp_path: Path) -> None:
    assert run(data, tmp_path / "head", "--dry-run") == 0
    assert not (tmp_path / "head").exists()


def test_no_time_left_still_writes_a_head(data: Path, tmp_path: Path) -> None:
    assert run(data, tmp_path / "head", "--max-minutes", "0") == 0
    assert IntentRouter.load(folder=tmp_path / "head").classify(["hello"])


def test_missing_data_is_said_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, tmp_path / "head") == 1
    assert "train.csv" in capsys.readouterr().err.replace("\n", "")
    assert not (tmp_path / "head").exists()


def test_reading_the_open_sets_names_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="--data"):
        read_open_set(tmp_path, "train")
    write_split(tmp_path, "train", [("fine", "order_status"), ("not fine", "no_such_intent")])
    with pytest.raises(InvalidQueryError, match="line 3"):
        read_open_set(tmp_path, "train")


def test_authored_messages_cover_every_intent_once() -> None:
    examples = read_authored()
    assert {example.intent for example in examples} == set(Intent)
    assert len({example.text.lower() for example in examples}) == len(examples) > 5000
    assert all(example.family for example in examples)


def test_frames_are_filled_and_repeatable() -> None:
    frames = read_frames(3, seed=1)
    assert frames == read_frames(3, seed=1) != read_frames(3, seed=2)
    assert not [frame for frame in frames if "{" in frame.text]


def test_folds_keep_our_families_whole_and_share_out_every_row() -> None:
    examples = read_authored()
    parts = folds(examples, 3, seed=7)
    assert sorted(np.concatenate(parts)) == list(range(len(examples)))
    families = [{(examples[i].intent, examples[i].family) for i in part} for part in parts]
    assert not (families[0] & families[1] or families[1] & families[2] or families[0] & families[2])


def test_the_configuration_names_layers_of_the_encoder() -> None:
    assert set(Config.read().layers) <= set(range(1, 7))


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    # 0.9: one of two right, gap 0.4; 0.6: both right, gap 0.4; each holds half of the rows.
    assert calibration_error(probabilities, np.array([0, 1, 0, 0])) == pytest.approx(0.4)
