"""The model of what comes next: what it may see, what its neighbours count, and that it keeps what it is saved as."""

from pathlib import Path

import numpy as np
import pytest
import torch

from seamless_retail.core.errors import InvalidQueryError, ModelFileError
from seamless_retail.models.item_neighbours import count_neighbours
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.models.next_item import Blend, NetworkConfig, NextItemModel, SequenceNetwork

ITEMS = ("tea", "milk", "honey", "boots", "socks", "hat")
SEQUENCES = [[1, 2, 3], [1, 2], [4, 5], [5, 4, 6], [1, 3]]


def made(kind: str = "attention", neighbours: float = 1.0) -> NextItemModel:
    torch.manual_seed(1)
    network = SequenceNetwork(NetworkConfig(len(ITEMS), kind, width=8, length=4))
    counts = np.bincount([number for sequence in SEQUENCES for number in sequence], minlength=len(ITEMS) + 1)
    near = count_neighbours(SEQUENCES, len(ITEMS), kept=3)
    return NextItemModel(ITEMS, network, near, counts, Blend(neighbours=neighbours))


@pytest.mark.parametrize("kind", ["attention", "recurrent"])
def test_a_place_sees_itself_and_what_is_before_it_only(kind: str) -> None:
    network = made(kind).network
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[1, 2, 6, 5]])
    with torch.inference_mode():
        states, changed = network(one), network(other)
    torch.testing.assert_close(states[:, :2], changed[:, :2])
    assert not torch.allclose(states[:, 2], changed[:, 2])


def test_histories_of_any_length_are_scored_as_if_each_were_alone() -> None:
    model = made()
    histories = [[1], [1, 2, 3, 4, 5, 6, 1, 2], [], [4, 5]]
    together = model.scores(histories)
    for row, history in enumerate(histories):
        np.testing.assert_allclose(together[row], model.scores([history])[0], atol=1e-5)
    assert together.shape == (4, len(ITEMS) + 1)


def test_pairs_count_by_distance_and_direction_damped_by_popularity() -> None:
    near = count_neighbours([[1, 2, 3]], 3, kept=2)
    bought = 2.0  # once, and one more for all
    damping = bought**0.3 * bought**0.5
    assert near.numbers[1].tolist() == [2, 3]
    np.testing.assert_allclose(near.weights[1], np.array([1, 1 / 2]) / damping, rtol=1e-6)
    np.testing.assert_allclose(near.weights[3], np.array([1 / 2, 1 / 4]) / damping, rtol=1e-6)


def test_nothing_is_its_own_neighbour_and_a_window_bounds_the_pairs() -> None:
    near = count_neighbours([[1, 1, 2, 3]], 3, window=1)
    assert near.numbers[1][near.weights[1] > 0].tolist() == [2]
    assert near.weights[3][near.numbers[3] == 1].sum() == 0
    assert not count_neighbours([[1], []], 3).weights.any()


def test_the_neighbours_of_the_latest_item_come_first_and_are_the_reason() -> None:
    found = made(neighbours=50.0).rank(["boots", "tea"], 3, exclude=("boots", "tea"))
    assert {suggestion.item for suggestion in found[:2]} == {"milk", "honey"}
    assert [suggestion.because for suggestion in found[:2]] == ["tea", "tea"]
    assert found[2].because == "boots"


def test_probabilities_are_of_what_was_not_left_out_and_fall() -> None:
    found = made().rank(["tea"], 10, exclude=("tea", "hat", "nothing we know"))
    assert len(found) == len(ITEMS) - 2
    assert not {"tea", "hat"} & {suggestion.item for suggestion in found}
    probabilities = [suggestion.probability for suggestion in found]
    assert sum(probabilities) == pytest.approx(1.0)
    assert probabilities == sorted(probabilities, reverse=True)
    assert made().rank(["tea"], exclude=ITEMS) == []


@pytest.mark.parametrize("history", [[], ["nothing we know"]])
def test_without_a_known_item_the_best_sellers_come_first(history: list[str]) -> None:
    found = made().rank(history, 1)
    assert (found[0].item, found[0].because) == ("tea", "")


def test_fewer_than_one_item_is_refused() -> None:
    with pytest.raises(InvalidQueryError, match="k is 0"):
        made().rank(["tea"], 0)


def test_a_saved_model_ranks_the_same(tmp_path: Path) -> None:
    model = made()
    save_module(tmp_path, model.stored())
    loaded = NextItemModel.load(tmp_path)
    histories = [[1, 2], [4], []]
    np.testing.assert_allclose(loaded.scores(histories)[:, 1:], model.scores(histories)[:, 1:], atol=0.02)
    assert (loaded.items, loaded.blend) == (model.items, model.blend)
    assert loaded.knows("tea") and not loaded.knows("coffee")


def test_an_incomplete_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    stored = made().stored()
    save_module(tmp_path, StoredModule(stored.kind, {**stored.config, "items": ["tea"], "network": {}}, {}))
    with pytest.raises(ModelFileError, match="seamless recommend train"):
        NextItemModel.load(tmp_path)
