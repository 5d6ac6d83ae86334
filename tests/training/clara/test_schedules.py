"""Everything that changes during a stage is a function of the update's number, pinned by hand."""

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.clara import schedules
from seamless_retail.training.clara.command import chosen_stages
from seamless_retail.training.clara.config import RateStep, names, read_config


def test_rates_rise_in_steps() -> None:
    steps = (RateStep(updates=2, rates=(1,)), RateStep(updates=3, rates=(1, 2)))
    assert [tuple(schedules.rates_at(update, steps, (4, 8))) for update in (0, 1, 2, 4, 5, 99)] == [
        (1,), (1,), (1, 2), (1, 2), (4, 8), (4, 8)
    ]  # fmt: skip


def test_draws_repeat_for_the_same_key_and_reach_every_rate() -> None:
    drawn = [schedules.draw((4, 8, 16), 7, step) for step in range(60)]
    assert drawn == [schedules.draw((4, 8, 16), 7, step) for step in range(60)]
    assert set(drawn) == {4, 8, 16}


def test_the_encoder_fades_in() -> None:
    assert [schedules.fade(update, 4) for update in (0, 1, 3, 9)] == [0.25, 0.5, 1.0, 1.0]
    assert schedules.fade(0, 0) == 1.0


@pytest.mark.parametrize("name", ["mistral-7b", "phi", "tinyllama"])
def test_the_large_sizes_have_the_papers_values(name: str) -> None:
    journey = read_config(name)
    stages = (journey.stage1, journey.stage2, journey.stage3)
    assert [stage.learning_rate for stage in stages] == [1e-4, 1e-4, 5e-6]
    assert [stage.batch for stage in stages] == [128, 128, 32]
    assert {(stage.schedule, stage.warmup, stage.clip, stage.betas) for stage in stages} == {
        ("cosine", 0.03, 1.0, (0.9, 0.95))
    }
    paper = {"rate": 32, "span_tokens": 256, "top_k": 5, "candidates": 20, "topk_temperature": 0.02, "lora_r": 16}
    assert paper.items() <= journey.model.items()
    assert journey.reader is None, "a frozen base reads already"


def test_every_packaged_configuration_is_valid() -> None:
    assert names() == ["mini", "mistral-7b", "nano", "phi", "test", "tinyllama"]
    for name in names():
        assert read_config(name).model["rate"]


def test_every_wrong_field_is_listed() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_config("test", ["stage1.updatez=3", "stage2.batch=0", "base.name=some/model"])
    for part in ("stage1.updatez", "stage2.batch", "either name, of a model to load, or config"):
        assert part in caught.value.message
    with pytest.raises(ConfigurationError, match="nano"):
        read_config("no-such-size")


def test_stage_one_brings_the_reader_where_there_is_one() -> None:
    assert chosen_stages("1,2,3", read_config("nano")) == ("reader", "stage1", "stage2", "stage3")
    assert chosen_stages("3, 1", read_config("phi")) == ("stage1", "stage3")
    with pytest.raises(ConfigurationError, match="stage4"):
        chosen_stages("4", read_config("nano"))
