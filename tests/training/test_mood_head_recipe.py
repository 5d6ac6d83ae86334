"""The messages with moods, the figures by hand, and the recipe on a handful of messages."""

import math
from pathlib import Path

import pytest

from seamless_retail.core.moods import Mood
from seamless_retail.models.mood_head import MoodHead
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.benchmarks.mood import judge, with_rules
from seamless_retail.training.benchmarks.mood_baselines import by_tfidf, by_words, commonest
from seamless_retail.training.data.moods import MoodExample, paired, read_background, read_moods, split_moods
from seamless_retail.training.recipes.mood_head import RECIPE, _lowest
from seamless_retail.training.run import main


def example(text: str, sentiment: str = "neutral", urgency: str = "normal", *flags: str) -> MoodExample:
    return MoodExample(text, sentiment, urgency, frozenset(flags), "group")  # type: ignore[arg-type]


def test_no_group_is_on_both_sides_and_every_answer_is_on_each() -> None:
    train, held_out = split_moods(read_moods())
    assert len(train) + len(held_out) == len(read_moods()) >= 900
    assert not {e.group for e in train} & {e.group for e in held_out}
    for part in (train, held_out):
        assert {e.sentiment for e in part} == {"negative", "neutral", "positive"}
        assert {e.urgency for e in part} == {"low", "normal", "high"}
        assert any("emergency" in e.flags for e in part)


def test_background_has_no_mood_and_pairs_keep_theirs() -> None:
    background = read_background()
    assert all(e.label == ("neutral", "normal") for e in background)
    (pair,) = paired([example("I am fed up!", "negative"), example("what size?")], [example("is it blue?")])
    assert (pair.text, pair.sentiment, pair.group) == ("is it blue? I am fed up!", "negative", "group")


def test_figures_by_hand() -> None:
    examples = [example("a", "negative", "high", "distress"), example("b"), example("c"), example("d", "positive")]
    said = [
        Mood(sentiment="negative", urgency="high", distress=True),
        Mood(sentiment="negative", distress=True),
        Mood(),
        Mood(),
    ]
    figures = judge(said, examples)
    assert figures.accuracy == {"sentiment": 0.5, "urgency": 1.0}
    assert figures.macro_f1["sentiment"] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert (figures.precision["distress"], figures.recall["distress"]) == (0.5, 1.0)
    assert math.isnan(figures.recall["emergency"])
    assert figures.calibration_error is None


def test_baselines() -> None:
    seen = [example("great shop", "positive"), example("bad shop", "negative"), example("bad soup", "negative")] * 3
    seen += [example("now", "neutral", "high", "emergency", "distress")]
    assert commonest(seen)(["anything"])[0].sentiment == "negative"
    assert [mood.sentiment for mood in by_words(["great!", "not great", "awful"])] == [
        "positive",
        "negative",
        "negative",
    ]
    assert by_tfidf(seen)(["bad shoes"])[0].sentiment == "negative"


def test_the_rules_beside_the_head() -> None:
    assert with_rules(Mood(), "I can't breathe").emergency
    assert with_rules(Mood(), "how much is it?") == Mood()


def test_a_threshold_is_the_lowest_that_is_right_often_enough() -> None:
    import numpy as np

    assert _lowest(np.array([0.505, 0.6, 0.9]), np.array([False, True, True]), 0.8) == pytest.approx(0.51)
    assert _lowest(np.array([0.5]), np.array([False]), 0.8) == 0.99


def test_the_recipe_makes_a_head_that_loads(tmp_path: Path) -> None:
    out = tmp_path / "head"
    assert main(RECIPE, ["--config", "test", "--out", str(out), "--max-samples", "60"]) == 0
    head = MoodHead.load(SentenceEncoder(), out)
    assert head.read(["where is my order?"])[0].sentiment in ("negative", "neutral", "positive")
    assert "Held-out figures" in (out / "README.md").read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert main(RECIPE, ["--config", "test", "--out", str(tmp_path / "head"), "--dry-run"]) == 0
    assert not (tmp_path / "head" / "weights.safetensors").exists()
