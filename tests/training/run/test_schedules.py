"""The learning rate is a function of the update's number, pinned by hand."""

import pytest

from seamless_retail.training.run import schedules
from seamless_retail.training.run.settings import Descent


def shares(settings: Descent, *updates: int) -> list[float]:
    return [round(schedules.learning_rate(update, 100, settings), 4) for update in updates]


def test_cosine_with_three_percent_of_warm_up() -> None:
    # 3 updates of warm-up; half way between update 3 and 100 the cosine is in the middle of 1 and 0.1.
    assert shares(Descent(), 0, 1, 2, 3) == [0.3333, 0.6667, 1.0, 1.0]
    assert shares(Descent(), 99)[0] == pytest.approx(0.1, abs=0.001)
    assert schedules.learning_rate(51, 99, Descent(warmup=3 / 99)) == pytest.approx(0.55)


def test_trapezoid_is_full_until_its_decay() -> None:
    settings = Descent(schedule="trapezoid", decay=0.4, final_share=0.0, warmup=0.0)
    assert shares(settings, 0, 59, 60, 80, 99) == [1.0, 1.0, 1.0, 0.5, 0.025]


def test_constant_stays_full_after_its_warm_up() -> None:
    assert shares(Descent(schedule="constant", warmup=0.02), 0, 1, 50, 99) == [0.5, 1.0, 1.0, 1.0]
