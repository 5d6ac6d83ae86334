"""How reports become one draft: who leads, what is added, what is missing."""

from langgraph.runtime import Runtime

from seamless_retail.core.evidence import Citation, Claim, LobeReport
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.household import UNRESTRICTED
from seamless_retail.lobes.guardrails.screening import Screen
from seamless_retail.lobes.synthesis import MAX_SUPPLEMENTARY, Synthesis, synthesize


def cite(source="policy:refunds", start=0, end=10):
    return Citation(source_id=source, title="Refunds", quote="x" * (end - start), start=start, end=end)


def claim(text, *citations, **fields):
    return Claim(kind="policy", text=text, citations=citations or (cite(f"policy:{text}"),), **fields)


def report(lobe, *claims, role="parallel", confidence=0.9, **fields):
    return LobeReport(lobe=lobe, role=role, confidence=confidence, claims=claims, **fields)


def test_the_primary_leads_even_when_another_is_more_sure():
    merged = synthesize([report("b", claim("B."), confidence=0.99), report("a", claim("A."), role="primary")])
    assert merged.lead == "a"
    assert [c.text for c in merged.claims] == ["A."]
    assert [c.text for c in merged.supplementary] == ["B."]


def test_the_most_confident_other_leads_when_the_primary_found_nothing():
    merged = synthesize(
        [
            report("a", role="primary", status="failed", missing=("A is missing.",)),
            report("b", claim("B."), confidence=0.5),
            report("c", claim("C."), confidence=0.7),
        ]
    )
    assert merged.lead == "c"
    assert merged.missing == ("A is missing.",)


def test_unsure_claims_repeats_and_foreign_products_are_not_added():
    said = claim("A.", cite(start=0, end=50), product_id="F1")
    merged = synthesize(
        [
            report("a", said, role="primary"),
            report(
                "b",
                claim("The same passage.", cite(start=10, end=40)),
                claim("Unsure.", confidence=0.3),
                claim("About another product.", product_id="F9"),
                claim("About this product.", product_id="F1"),
            ),
        ]
    )
    assert [c.text for c in merged.supplementary] == ["About this product."]


def test_at_most_a_few_claims_are_added_the_surest_first():
    extra = [claim(f"{n}.", confidence=0.6 + n / 100) for n in range(9)]
    merged = synthesize([report("a", claim("A."), role="primary"), report("b", *extra)])
    assert [c.text for c in merged.supplementary] == ["8.", "7."]
    assert len(merged.supplementary) == MAX_SUPPLEMENTARY


def test_the_leading_lobes_own_repeats_are_dropped():
    assert len(synthesize([report("a", claim("A."), claim("A."), role="primary")]).claims) == 1


def test_an_empty_parallel_lobe_is_no_loss_but_a_late_one_is():
    merged = synthesize(
        [
            report("a", claim("A."), role="primary"),
            report("b", status="empty", missing=("Searched in vain.",)),
            report("c", status="late", missing=("C is late.",)),
        ],
        missing=("No pictures.",),
    )
    assert merged.missing == ("No pictures.", "C is late.")


def test_when_nobody_found_anything_everything_missing_is_told_once():
    merged = synthesize([report(n, status="empty", missing=("Nothing.",)) for n in ("a", "b")])
    assert (merged.lead, merged.claims, merged.missing) == ("", (), ("Nothing.",))


def test_the_node_reads_and_writes_plain_data():
    state = {
        "understanding": {"text": "q", "standalone": "q", "selected_product_id": "F1"},
        "intent": {"intent": "store_info", "confidence": 0.9},
        "route": {"missing": ["No pictures."]},
        "reports": [report("a", claim("A."), role="primary").model_dump(mode="json")],
        "messages": ["earlier", "messages"],
        "household": UNRESTRICTED.to_state(),
    }
    draft = Synthesis(Screen(FoodGuard()))(state, Runtime(context=Principal()))["draft"]
    assert draft["lead"] == "a"
    assert draft["missing"] == ["No pictures."]
    assert (draft["asked_product_id"], draft["turn"]) == ("F1", 2)
