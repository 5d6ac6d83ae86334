"""The packaged mood head: what it says, what it refuses to load, and that it costs no second pass."""

import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.bundled_minilm import BundledMiniLm
from seamless_retail.models.intent_router import IntentRouter
from seamless_retail.models.module import StoredModule
from seamless_retail.models.mood_head import MoodHead
from seamless_retail.models.sentence_encoder import SentenceEncoder


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def head(encoder: SentenceEncoder) -> MoodHead:
    return MoodHead.load(encoder)


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("this is the worst service I ever had, I am furious", "negative"),
        ("thank you so much, I love the dress!", "positive"),
        ("what sizes does the shirt come in?", "neutral"),
    ],
)
def test_clear_messages(head: MoodHead, text: str, sentiment: str) -> None:
    (mood,) = head.read([text])
    assert mood.sentiment == sentiment
    assert 0 <= mood.confidences["sentiment"] <= 1


def test_haste_and_leisure(head: MoodHead) -> None:
    hurried, idle = head.read(["I need it by tonight, please hurry!", "no rush at all, just curious what it costs"])
    assert (hurried.urgency, idle.urgency) == ("high", "low")


def test_what_is_not_sure_rests(encoder: SentenceEncoder, head: MoodHead) -> None:
    strict = dict.fromkeys(head.thresholds, 1.01)
    module = StoredModule("mood_head", {**_config(head, encoder), "thresholds": strict}, _tensors(head))
    (mood,) = MoodHead(encoder, module).read(["this is the worst service I ever had, I am furious"])
    assert (mood.sentiment, mood.urgency, mood.emergency) == ("neutral", "normal", False)


def test_router_and_head_share_one_pass(
    encoder: SentenceEncoder, head: MoodHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "a message that nobody has encoded before"
    router = IntentRouter.load(encoder)
    router.classify([text])
    monkeypatch.setattr(BundledMiniLm, "_one_thread", _no_pass)
    assert MoodHead.load(router.encoder).read([text])
    with pytest.raises(AssertionError, match="another pass"):
        head.read(["and another"])


def _no_pass(self: BundledMiniLm) -> None:
    raise AssertionError("another pass")


def test_nothing_in_nothing_out(head: MoodHead) -> None:
    assert head.read([]) == []


def test_another_encoder_and_missing_parts_are_refused(encoder: SentenceEncoder, head: MoodHead) -> None:
    config, tensors = _config(head, encoder), _tensors(head)
    with pytest.raises(ModelFileError, match="another sentence model"):
        MoodHead(encoder, StoredModule("mood_head", {**config, "encoder_sha256": "0"}, tensors))
    with pytest.raises(ModelFileError, match="not complete"):
        MoodHead(encoder, StoredModule("mood_head", {"encoder_sha256": encoder.weights_sha256}, tensors))
    with pytest.raises(ModelFileError, match="do not fit"):
        MoodHead(encoder, StoredModule("mood_head", config, {**tensors, "hidden.bias": tensors["hidden.bias"][:3]}))


def _config(head: MoodHead, encoder: SentenceEncoder) -> dict[str, object]:
    return {
        "encoder_sha256": encoder.weights_sha256,
        "layers": head._layers,
        "temperatures": head._temperatures,
        "thresholds": head.thresholds,
    }


def _tensors(head: MoodHead) -> dict[str, object]:
    names = ("mean", "scale", "hidden.weight", "hidden.bias", "output.weight", "output.bias")
    return dict(zip(names, (head._mean, head._scale, head._w1, head._b1, head._w2, head._b2), strict=True))
