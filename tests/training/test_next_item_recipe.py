"""The recipe learns an order that is there to be learned, keeps to its minutes, and judges without a leak."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from seamless_retail.models.next_item import NextItemModel
from seamless_retail.training.benchmarks.next_item import figures, interval, item_knn, popularity
from seamless_retail.training.data.transactions import Purchases
from seamless_retail.training.recipes import next_item as recipe
from seamless_retail.training.recipes.next_item import Config, collate, judge, main, one_cycle, train_network, windows

CONFIG = replace(
    Config.read(), width=16, layers=1, length=8, dropout=0.0, epochs=60, batch=8, learning_rate=2e-2, dev_customers=8
)
ITEMS = 12


def round_robin(customers: int = 40) -> list[list[int]]:
    """Everybody buys the items in one order, from another place on."""
    starts = Random(3)
    return [[(start + step) % ITEMS + 1 for step in range(6)] for start in starts.choices(range(ITEMS), k=customers)]


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    path = tmp_path / "sequences.txt"
    lines = [f"{row} {' '.join(f'i{n:02}' for n in sequence)}" for row, sequence in enumerate(round_robin())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_long_sequences_are_cut_from_the_end_and_every_step_is_learned_once() -> None:
    parts = windows([[1, 2, 3, 4, 5], [6], [7, 8]], 2)
    assert parts == [[3, 4, 5], [1, 2, 3], [7, 8]]
    inputs, targets = collate(parts)
    assert inputs.tolist() == [[3, 4], [1, 2], [7, 0]]
    assert targets.tolist() == [[4, 5], [2, 3], [8, 0]]


def test_what_the_history_holds_is_not_ranked_and_ties_count_half() -> None:
    scores = np.array([[9.0, 8.0, 5.0, 5.0, 1.0]], dtype=np.float32)
    assert judge(scores, [[1]], [2]).ranks.tolist() == [0.5]
    assert judge(scores, [[1]], [4], k=2).hit_rate == 0
    assert judge(scores, [[2]], [1]).ndcg == 1


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    assert one_cycle(0) == 0 and one_cycle(0.1) == pytest.approx(1) and one_cycle(1) == pytest.approx(0)


def test_no_minutes_are_no_updates() -> None:
    network = train_network(round_robin(4), ITEMS, CONFIG, max_minutes=1e-9)
    assert not network.training


def test_a_short_run_learns_the_order_and_writes_a_model_with_its_card(
    purchases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Config, "read", classmethod(lambda cls: CONFIG))
    out = tmp_path / "out"
    assert main(["--purchases", str(purchases), "--out", str(out)]) == 0
    model = NextItemModel.load(out)
    bought = ["i03", "i04", "i05"]
    found = model.rank(bought, 3, exclude=bought)
    assert found[0].item == "i06"
    assert found[0].because == "i05"
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "40 customers, 240 purchases, 12 items" in card
    assert "HR@10" in capsys.readouterr().err


def test_a_dry_run_checks_the_file_and_writes_nothing(purchases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--purchases", str(purchases), "--out", str(out), "--dry-run", "--max-samples", "3"]) == 0
    assert not out.exists()


def test_purchases_that_teach_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.txt"
    path.write_text("1 a b\n2 b a\n", encoding="utf-8")
    assert main(["--purchases", str(path), "--out", str(tmp_path / "out")]) == 1
    assert "No customer bought three different items." in capsys.readouterr().err


def test_what_is_held_out_is_not_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []
    real = recipe.train_network

    def spy(sequences: list[list[int]], *arguments: object, **named: object) -> object:
        seen.extend(sequences)
        return real(sequences, *arguments, **{**named, "max_minutes": 1e-9})  # type: ignore[arg-type]

    monkeypatch.setattr(recipe, "train_network", spy)
    whole = [tuple(sequence) for sequence in round_robin()]
    found = Purchases(tuple(f"i{n}" for n in range(ITEMS)), tuple(whole), tuple(map(str, range(40))))
    _, judged = recipe.fit(found, CONFIG)
    shortened = [row for row, sequence in enumerate(seen) if len(sequence) < len(whole[row])]
    assert len(shortened) == len(judged.ranks) == 8
    assert all(tuple(seen[row]) == whole[row][:-1] for row in shortened)


def test_the_baselines_of_the_benchmark_are_what_they_are_called() -> None:
    histories = [[1, 2], [1, 2], [1, 3]]
    assert popularity(histories, 3).tolist() == [0, 3, 2, 1]
    near = item_knn(histories, 3)
    assert near[1, 2] == pytest.approx(2 / np.sqrt(3 * 2))
    assert near[1, 1] == 0
    found = figures(lambda some: np.tile(popularity(histories, 3), (len(some), 1)), histories, [3, 3, 2])
    assert found.ranks.tolist() == [0, 0, 0]
    assert interval(found.ranks)["hit_rate"] == (1.0, 1.0)
