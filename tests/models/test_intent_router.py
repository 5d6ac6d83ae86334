"""The packaged router: right on the shop's own questions, calibrated, and refused when damaged."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.models import intent_router
from seamless_retail.models.intent_router import KIND, IntentRouter
from seamless_retail.models.module import CONFIG, WEIGHTS, StoredModule, load_module, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder

PACKAGED = Path(intent_router.__file__).parent / "weights" / KIND


class Question(NamedTuple):
    intent: str
    text: str
    reason: str


def shop_questions() -> list[Question]:
    """Written apart from the training messages, in other words."""
    path = Path(__file__).with_name("shop_questions.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        return [Question(*row) for row in csv.reader(file, delimiter="\t")]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def router(encoder: SentenceEncoder) -> IntentRouter:
    return IntentRouter.load(encoder)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Find blue summer dresses under $50", Intent.PRODUCT_INQUIRY),
        ("is this granola safe for my nut allergy?", Intent.PRODUCT_INQUIRY),
        ("does it come in size 42?", Intent.INVENTORY_CHECK),
        ("do you have oat milk at the Riverside store?", Intent.INVENTORY_CHECK),
        ("recommend a jacket for hiking", Intent.RECOMMENDATION),
        ("where is my order", Intent.ORDER_STATUS),
        ("cancel my last order", Intent.ORDER_STATUS),
        ("what are your opening hours?", Intent.STORE_INFO),
        ("i want to return these shoes", Intent.RETURNS_EXCHANGE),
        ("how many points do I have?", Intent.LOYALTY_PROGRAM),
        ("hello, who are you?", Intent.GENERAL_CHAT),
        ("write a python function that reverses a string", Intent.CODE_REQUEST),
        ("find something like this photo", Intent.VISUAL_SEARCH),
        ("what's the capital of France?", Intent.OUT_OF_SCOPE),
    ],
)
def test_a_plain_question_of_every_intent(router: IntentRouter, text: str, intent: Intent) -> None:
    assert router.classify([text])[0].intent is intent


def test_held_out_questions_of_a_shop(router: IntentRouter) -> None:
    questions = shop_questions()
    found = router.classify([question.text for question in questions])
    wrong = [(q, f.intent) for q, f in zip(questions, found, strict=True) if f.intent != q.intent]
    assert len(questions) >= 60
    assert {question.intent for question in questions} == set(Intent)
    assert 1 - len(wrong) / len(questions) >= 0.93, wrong


def test_held_out_questions_are_not_in_the_training_messages() -> None:
    from seamless_retail.training.data.intents import read_authored

    known = {example.text.lower().strip(" ?.!") for example in read_authored()}
    assert not [q for q in shop_questions() if q.text.lower().strip(" ?.!") in known]


def test_probabilities_are_probabilities(router: IntentRouter) -> None:
    found = router.probabilities([question.text for question in shop_questions()])
    assert found.shape == (len(shop_questions()), len(Intent))
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-5)


def test_confidence_tells_right_from_wrong(router: IntentRouter) -> None:
    questions = shop_questions()
    found = router.classify([question.text for question in questions])
    right = [f.intent == q.intent for f, q in zip(found, questions, strict=True)]
    confidence = np.array([f.confidence for f in found])
    assert abs(confidence.mean() - np.mean(right)) < 0.1, "mean confidence should be near the share that is right"
    (unclear,) = router.classify(["blorp the quux sideways"])
    assert unclear.confidence < np.median(confidence)


def test_alternatives_follow_the_best_intent(router: IntentRouter) -> None:
    (found,) = router.classify(["is the red dress in stock and can I return it?"])
    assert isinstance(found, IntentPrediction)
    ranked = [found.confidence, *(probability for _, probability in found.alternatives)]
    assert ranked == sorted(ranked, reverse=True)
    assert found.intent not in {intent for intent, _ in found.alternatives}


def test_a_batch_gives_what_single_messages_give(router: IntentRouter) -> None:
    texts = [question.text for question in shop_questions()]
    alone = np.concatenate([router.probabilities([text]) for text in texts])
    np.testing.assert_allclose(router.probabilities(texts), alone, atol=1e-4)
    assert router.classify([]) == []


def test_states_computed_before_are_used(encoder: SentenceEncoder, router: IntentRouter) -> None:
    states = encoder.encode_layers(["where is my order?"])
    assert router.classify(["(not read)"], states) == router.classify(["where is my order?"])


def test_router_and_embeddings_share_one_pass(encoder: SentenceEncoder, monkeypatch) -> None:
    @dataclass
    class Embeddings:
        """What LangChain embeddings over our encoder look like from here."""

        encoder: SentenceEncoder
        weights_sha256: str

    passes = []
    outputs = encoder._backend._model._outputs
    monkeypatch.setattr(encoder._backend._model, "_outputs", lambda *given: passes.append(1) or outputs(*given))
    IntentRouter.load(Embeddings(encoder, encoder.weights_sha256)).classify(["a message nobody sent before"])
    encoder.encode(["a message nobody sent before"])
    assert len(passes) == 1


def test_other_embeddings_get_the_bundled_encoder_beside_them(router: IntentRouter) -> None:
    class Hosted:
        """Embeddings of another model."""

        def embed_query(self, text: str) -> list[float]:
            return [0.0, 1.0]

    assert IntentRouter.load(Hosted()).classify(["hello"]) == router.classify(["hello"])


# Files


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGED, tmp_path / KIND))


def test_what_is_packaged_is_small_and_has_a_card() -> None:
    assert sum(file.stat().st_size for file in PACKAGED.iterdir()) <= 3_000_000
    card = (PACKAGED / "README.md").read_text(encoding="utf-8")
    for promised in ("## Data", "## How to make it", "## Held-out figures", "licences", "## Limits"):
        assert promised in card


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_damaged_files_are_refused(encoder: SentenceEncoder, copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (copy / name).write_bytes(content)
    with pytest.raises(ModelFileError, match=name):
        IntentRouter.load(encoder, copy)


def test_a_head_for_another_encoder_is_refused(encoder: SentenceEncoder) -> None:
    module = load_module(PACKAGED, KIND)
    other = StoredModule(KIND, module.config | {"encoder_sha256": "0" * 64}, module.tensors)
    with pytest.raises(ModelFileError, match="another sentence model"):
        IntentRouter(encoder, other)


@pytest.mark.parametrize(
    ("config", "tensors", "message"),
    [
        ({"intents": ["no_such_intent"]}, {}, "not complete"),
        ({"temperature": None}, {}, "not complete"),
        ({"intents": ["product_inquiry"]}, {}, "do not fit"),
        ({}, {"hidden.bias": np.zeros(5, dtype=np.float32)}, "do not fit"),
    ],
)
def test_parts_that_do_not_fit_are_refused(encoder: SentenceEncoder, tmp_path: Path, config, tensors, message) -> None:
    module = load_module(PACKAGED, KIND)
    save_module(tmp_path, StoredModule(KIND, module.config | config, module.tensors | tensors))
    with pytest.raises(ModelFileError, match=message):
        IntentRouter.load(encoder, tmp_path)
