"""Every registered lobe keeps the contract, on ordinary and on odd requests; and the suite finds what it should."""

from dataclasses import dataclass

import pytest

from seamless_retail.core.evidence import Citation, Claim, LobeReport
from seamless_retail.core.intents import ROUTES, Intent
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import resolve
from seamless_retail.lobes.conformance import violations
from seamless_retail.lobes.lobe import Readiness
from seamless_retail.lobes.registry import LOBES, LobeServices, make_lobes
from seamless_retail.lobes.router import LANGUAGE_LOBE

ODD_TEXTS = (
    "?",
    "where is my order",
    "how long do I have to return something?",
    "'; DROP TABLE products; --",
    "日本語のドレスはありますか",
    "a" * 3000,
    "Can I cancel order ORD-999999",
    "hello",
)


class Eyes:
    """See nothing."""

    def look(self, pictures, k=5):
        return []


@pytest.fixture(scope="module")
def lobes(corner_shop, word_retriever):
    return make_lobes(LobeServices(corner_shop, word_retriever, sight=Eyes()))


@pytest.fixture(scope="module")
def requests(ask):
    made = [
        ask(text, intent, customer, role=role)
        for text in ODD_TEXTS
        for intent, customer, role in (
            (Intent.ORDER_STATUS, "C1", "primary"),
            (Intent.RETURNS_EXCHANGE, "", "primary"),
            (Intent.LOYALTY_PROGRAM, "C3", "parallel"),
            (Intent.GENERAL_CHAT, "", "primary"),
            (Intent.OUT_OF_SCOPE, "", "primary"),
        )
    ]
    understood = [
        {"query": ProductQuery(categories=("dress",), colors=("blue",))},
        {"query": ProductQuery(categories=("dress",), colors=("green",), price_max_cents=100)},
        {"query": ProductQuery(product_ids=("F1", "F4")), "wants": ("price", "stock", "care", "nutrition")},
        {"query": ProductQuery(product_ids=("F3",), colors=("red",), sizes=("xl",)), "selected_product_id": "F3"},
        {"query": ProductQuery(product_ids=("G4",)), "selected_product_id": "G4", "wants": ("allergens", "nutrition")},
        {"query": ProductQuery(product_ids=("nowhere",)), "selected_product_id": "nowhere", "wants": ("price",)},
        {"selected_product_id": "F1", "wants": ("similar", "promotion")},
        {"order_id": "ORD-100001", "wants": ("previous_order",)},
        {"order_id": "ORD-100004"},
        {"query": ProductQuery(text="unicorn horn")},
    ]
    intents = (Intent.PRODUCT_INQUIRY, Intent.RECOMMENDATION, Intent.RETURNS_EXCHANGE, Intent.STORE_INFO)
    made += [ask("is it?", intent, "C2", **more) for intent in intents for more in understood]
    return made


@pytest.mark.parametrize("name", sorted(LOBES))
def test_every_registered_lobe_conforms(name, lobes, requests, corner_shop):
    def render(source_id, request):
        return resolve(corner_shop, source_id, customer_id=request.principal.customer_id)

    assert violations(lobes[name], requests, render) == []


@pytest.mark.parametrize("name", sorted(LOBES))
def test_every_registered_lobe_is_ready_and_named_in_a_route(name, lobes):
    assert lobes[name].name == name
    assert lobes[name].is_ready() == Readiness(ready=True)
    assert name == LANGUAGE_LOBE or any(name in (route.primary, *route.parallel) for route in ROUTES.values())


def test_a_lobe_over_a_broken_shop_says_why_it_is_not_ready(word_retriever):
    for lobe in make_lobes(LobeServices(None, word_retriever)).values():
        readiness = lobe.is_ready()
        assert readiness.ready or readiness.reason
    assert not make_lobes(LobeServices(None, None))["context"].is_ready().ready


@dataclass(frozen=True)
class BadLobe:
    """Breaks one rule at a time."""

    report: object
    name: str = "bad"
    description: str = "Breaks rules."

    def is_ready(self):
        return Readiness(ready=True)

    def __call__(self, request):
        if isinstance(self.report, Exception):
            raise self.report
        return self.report


def _report(**claim):
    return LobeReport(lobe="bad", claims=(Claim(**{"kind": "policy", "text": "It is so.", **claim}),))


BROKEN = {
    "raises": (ValueError("no"), "it raised ValueError"),
    "wrong type": ({"claims": []}, "it returned dict"),
    "another's name": (LobeReport(lobe="good"), "signed 'good'"),
    "the supervisor's status": (LobeReport(lobe="bad", status="late"), "the status 'late'"),
    "confidence": (LobeReport(lobe="bad", confidence=1.5), "confidence is 1.5"),
    "uncited claim": (_report(), "cites nothing"),
    "misquotation": (
        _report(
            citations=(Citation(source_id="policy:refunds", title="Refunds", quote="We never refund", start=0, end=15),)
        ),
        "misquotes policy:refunds",
    ),
    "invented source": (
        _report(citations=(Citation(source_id="policy:moon", title="Moon", quote="cheese", start=0, end=6),)),
        "policy:moon, which does not exist",
    ),
    "private source": (
        _report(citations=(Citation(source_id="order:ORD-100001", title="Order", quote="Order", start=0, end=5),)),
        "showed a guest order:ORD-100001",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_suite_finds_a_broken_rule(case, ask, corner_shop):
    report, expected = BROKEN[case]
    found = violations(
        BadLobe(report), [ask("hello", Intent.GENERAL_CHAT)], lambda source_id, request: resolve(corner_shop, source_id)
    )
    assert any(expected in problem for problem in found), found
