"""What a customer told before is recalled where it matters, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.core.intents import Intent
from seamless_retail.core.interactions import RememberedInteraction
from seamless_retail.lobes.clara_empathy import ClaraEmpathy, WithPreferences
from seamless_retail.lobes.empathy import EmpathyLobe
from seamless_retail.lobes.recommendation import RecommendationLobe

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARCH = datetime(2026, 3, 3, 9, tzinfo=UTC)


class Memory:
    """Remembers what it is given."""

    def __init__(self, *remembered, fails=False):
        self.remembered, self.fails = remembered, fails

    def recall(self, principal, question, *, topics=(), limit=3):
        if self.fails:
            raise MemoryStoreError("It is damaged.")
        return [one for one in self.remembered if set(topics) & set(one.topics)][:limit]


def told(said, topic, at=MARCH, order_id=""):
    return RememberedInteraction(id="m1", said=said, first=at, last=at, topics=(topic,), order_id=order_id)


LATE = told("The courier lost my parcel and the delivery was terrible.", "complaint")
LINEN = told("I love linen.", "preference")


@pytest.fixture
def complaint(ask):
    def claims(text, *remembered, customer="C1", **more):
        recalls = ClaraEmpathy(Memory(*remembered, **more), now=lambda: NOW)
        return recalls.complaint(ask(text, Intent.ORDER_STATUS, customer))

    return claims


def test_a_complaint_that_comes_again_is_remembered_with_its_day(complaint):
    (claim,) = complaint("the courier lost my parcel again, terrible", LATE)
    assert claim.text.startswith("You told us on March 3, 2026: “The courier lost my parcel")
    assert claim.citations[0].source_id.startswith("memory:")


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("where is my parcel from the courier?", "C1"),
        ("the soup was terrible", "C1"),
        ("the courier lost my parcel again, terrible", ""),
    ],
)
def test_no_complaint_another_subject_and_no_customer_recall_nothing(complaint, text, customer):
    assert complaint(text, LATE, customer=customer) == []


def test_this_conversation_is_no_earlier_one(complaint):
    just_now = told(LATE.said, "complaint", NOW - timedelta(minutes=5))
    assert complaint("the courier lost my parcel again, terrible", just_now) == []


def test_a_forgotten_or_damaged_memory_costs_nothing(complaint):
    assert complaint("the courier lost my parcel again, terrible") == []
    assert complaint("the courier lost my parcel again, terrible", fails=True) == []
    assert ClaraEmpathy(None)._recalled(None, "complaint", bool) == []


def test_the_empathy_lobe_says_it_before_the_order(corner_shop, word_retriever, ask):
    lobe = EmpathyLobe(corner_shop, word_retriever, memory=Memory(LATE))
    report = lobe(ask("the courier lost my parcel again, terrible", Intent.ORDER_STATUS, "C1"))
    assert [claim.kind for claim in report.claims][:2] == ["told_before", "order_status"]


def test_a_preference_introduces_suggestions_that_it_bears_on(corner_shop, word_retriever, ask):
    lobe = WithPreferences(RecommendationLobe(corner_shop, word_retriever), ClaraEmpathy(Memory(LINEN), lambda: NOW))
    suggested = lobe(ask("suggest a linen dress", Intent.RECOMMENDATION, "C1"))
    assert suggested.claims[0].text == "You told us on March 3, 2026: “I love linen”."
    others = lobe(ask("suggest granola", Intent.RECOMMENDATION, "C1"))
    assert "told_before" not in [claim.kind for claim in others.claims]
    assert (lobe.name, lobe.is_ready().ready) == ("recommendation", True)
