"""Properties: more allergens never loosen a verdict; order, case and spacing change none; synonyms keep a block."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamless_retail.lobes.guardrails.patient import read_context
from seamless_retail.lobes.guardrails.rules import ProductFacts, Verdict, judge
from seamless_retail.training.benchmarks.guardrail_bypass import DISGUISES

SAFE = [
    "rice",
    "water",
    "salt",
    "sugar",
    "sunflower oil",
    "carrots",
    "apple juice",
    "maize starch",
    "tomatoes",
    "beans",
]
ALLERGENS = ["milk", "eggs", "wheat flour", "peanuts", "cashew nuts", "soybeans", "mustard", "celery", "cod", "sesame"]
NOTES = [
    "I'm allergic to milk", "my son is anaphylactic to peanuts", "I'm coeliac", "I'm vegan", "I take Zocor",
    "I have PKU", "I'm allergic to eggs and fish", "my baby is 8 months old", "I'm lactose intolerant", "I eat kosher",
]  # fmt: skip
SYNONYMS = {
    "I'm allergic to milk": ["milk", "whey powder", "casein", "butter", "skimmed milk powder"],
    "I'm allergic to peanuts": ["peanuts", "groundnuts", "peanut butter"],
    "I take Zocor": ["grapefruit", "pamplemousse", "Grapefruitsaft", "葡萄柚", "грейпфрут"],
    "I have PKU": ["aspartame", "E951", "E 951", "INS 951", "aspartam"],
    "I'm vegan": ["gelatine", "honey", "carmine", "E120", "lard"],
    "I take metronidazole": ["wine", "rum", "ethanol", "Bier", "vodka"],
}
ingredients = st.lists(st.sampled_from(SAFE + ALLERGENS), min_size=1, max_size=6, unique=True)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _verdict(note: str, listed: list[str]) -> Verdict:
    return judge(
        read_context(note), ProductFacts("Dish", ", ".join(listed), nutrition={"protein_g": 1.0, "sodium_mg": 10})
    ).verdict


@quick
@given(st.sampled_from(NOTES), ingredients, st.sampled_from(ALLERGENS))
def test_adding_an_allergen_never_loosens_a_verdict(note: str, listed: list[str], added: str) -> None:
    before, after = _verdict(note, listed), _verdict(note, [*listed, added])
    assert after.gravity >= before.gravity or before is Verdict.CANNOT_CLEAR


@quick
@given(st.sampled_from(NOTES), st.sampled_from(NOTES), ingredients)
def test_adding_to_the_context_never_loosens_a_verdict(note: str, further: str, listed: list[str]) -> None:
    assert _verdict(f"{note}. {further}.", listed).gravity >= _verdict(note, listed).gravity


@quick
@given(
    st.sampled_from(sorted(DISGUISES)), st.integers(0, 10_000), st.lists(st.sampled_from(SAFE), max_size=3, unique=True)
)
def test_a_block_is_stable_under_disguises(disguise: str, seed: int, listed: list[str]) -> None:
    name = DISGUISES[disguise]("buttermilk", Random(seed))
    assert _verdict("I'm allergic to milk", [*listed, name]) is Verdict.BLOCK


@quick
@given(
    st.sampled_from(NOTES), ingredients, st.randoms(use_true_random=False), st.sampled_from([str, str.upper, str.title])
)
def test_order_case_and_spacing_change_no_verdict(note: str, listed: list[str], random: object, case: object) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    changed = [case(part).replace(" ", "  ") for part in shuffled]  # type: ignore[operator]
    assert _verdict(note, changed) is _verdict(note, listed)


@quick
@given(st.data(), st.sampled_from(sorted(SYNONYMS)), st.lists(st.sampled_from(SAFE), max_size=3, unique=True))
def test_a_block_is_stable_under_synonyms(data: st.DataObject, note: str, listed: list[str]) -> None:
    synonym = data.draw(st.sampled_from(SYNONYMS[note]))
    assert _verdict(note, [*listed, synonym]) is Verdict.BLOCK
