"""Policy records: answers that stand in the text, silence where it says nothing, changes that stay true, no leaks."""

from random import Random

import pytest

from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.training.data.clara_multidocument import SHOP, SHOPS, policy_records, with_distractors
from seamless_retail.training.data.clara_policies import (
    facts_of,
    is_silent,
    paraphrase_records,
    policies_of,
    policy_text,
    stage1_records,
)
from seamless_retail.training.data.clara_policy_wording import derived_questions, paraphrase
from seamless_retail.training.data.clara_variation import draw_change, figures_of
from seamless_retail.training.data.clara_verification import why_unfaithful

POLICIES = make_policies()
TRAIN = policies_of(POLICIES, "train")
OWN = PolicyDocument(
    id="bike-rental",
    title="Bike rental",
    topic="rental",
    body="A city bike costs $12.50 a day. Delivery takes 2 to 4 business days.\n\nThe key card is valid for 18 months.",
)


def test_every_policy_has_questions_and_every_answer_stands_in_it() -> None:
    for policy in POLICIES:
        facts = facts_of(policy)
        assert len(facts) >= 4, policy.id
        assert all(fact.answer in policy.body and fact.sentences for fact in facts), policy.id


def test_splits_share_no_policy_and_hold_all() -> None:
    parts = [{policy.id for policy in policies_of(POLICIES, split)} for split in ("train", "dev", "test")]
    assert all(parts)
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(POLICIES)


def test_stage1_answers_are_verbatim_and_silence_is_a_share_of_them() -> None:
    """Every answer is copied from the changed document; about one in eight questions has none."""
    pairs = [
        (answer, record["docs"][0])
        for record in stage1_records(TRAIN, seed=1, count=400)
        for answer in record["answers"]
    ]
    stated = [(answer, text) for answer, text in pairs if answer != NOT_STATED]
    assert all(answer in text for answer, text in stated)
    assert 0.06 < 1 - len(stated) / len(pairs) < 0.18


def test_held_out_records_are_the_policies_as_they_are() -> None:
    held_out = policies_of(POLICIES, "dev", "test")
    records = list(stage1_records(held_out, seed=1, vary=False))
    assert [record["docs"][0] for record in records] == [policy_text(policy) for policy in held_out]
    assert set(records[0]) == {"data_type", "question", "answers", "docs"}
    assert all(len(record["question"]) == len(record["answers"]) for record in records)


def test_same_seed_same_records() -> None:
    one, again, other = (list(stage1_records(TRAIN, seed, count=20)) for seed in (1, 1, 2))
    assert one == again != other


def test_a_varied_policy_is_another_one_each_time() -> None:
    """Else forty policies would be learnt by heart."""
    policy = next(policy for policy in TRAIN if policy.id == "shipping-options")
    texts = {record["docs"][0] for record in stage1_records([policy], seed=3, count=50)}
    assert len(texts) == 50


@pytest.mark.parametrize("seed", range(10))
def test_a_change_moves_question_answer_and_text_together(seed: int) -> None:
    for policy in POLICIES:
        change = draw_change(policy.body, Random(seed))
        text = change(policy.body)
        assert all(change(fact.answer) in text for fact in facts_of(policy)), policy.id


def test_a_change_keeps_order_kind_and_what_must_not_move() -> None:
    text = "From $5.95 to $60, 3 to 5 days, 9:00 to 21:00, since 2024, call 911 or (503) 555-0100 by December 24."
    low, high, few, many, opens, closes, year, emergency, phone, day = figures_of(draw_change(text, Random(4))(text))
    assert 0 < float(low[1:]) < float(high[1:]) and "." in low and "." not in high
    assert int(few) < int(many)
    assert tuple(map(int, opens.split(":"))) < tuple(map(int, closes.split(":")))
    assert (year, emergency) == ("2024", "911")
    assert phone.startswith("(503) 555-") and 1 <= int(day.removeprefix("December ")) <= 28


def test_a_timetable_with_more_times_than_there_are_to_draw_stays() -> None:
    text = " ".join(f"{hour}:{minute:02}" for hour in range(6, 23) for minute in (10, 25, 55))
    assert draw_change(text, Random(1))(text) == text


def test_questions_are_derived_for_any_policy() -> None:
    derived = dict(derived_questions(OWN.body)[:1])
    assert derived["$12.50"] == ("What is the price of a city bike?", "How much must I pay for a city bike?")
    assert {fact.answer for fact in facts_of(OWN)} == {"$12.50", "2 to 4 business days", "18 months"}
    [record] = stage1_records([OWN], seed=1, vary=False)
    assert all(answer in OWN.body or answer == NOT_STATED for answer in record["answers"])


def test_a_policy_that_was_edited_loses_the_questions_it_no_longer_answers() -> None:
    policy = next(policy for policy in POLICIES if policy.id == "gift-cards")
    edited = policy.model_copy(update={"body": policy.body.replace("5 years", "7 years")})
    assert "5 years" in {fact.answer for fact in facts_of(policy)}
    assert "5 years" not in {fact.answer for fact in facts_of(edited)}


@pytest.mark.parametrize(
    ("question", "answer", "silent"),
    [
        ("How long is a gift card valid?", "5 years", True),
        ("What does a city bike cost?", "$12.50", False),
        ("How long does the delivery of a bike take in business days?", "a week", False),
    ],
    ids=["another matter", "the answer stands there", "the text is about it in other words"],
)
def test_silence_is_claimed_only_when_sure(question: str, answer: str, silent: bool) -> None:
    assert is_silent(question, answer, policy_text(OWN)) is silent


def test_paraphrases_keep_every_figure_and_are_no_copies() -> None:
    records = list(paraphrase_records(TRAIN, seed=5, count=60))
    assert len(records) > 40
    for record in records:
        assert record["data_type"] == "paraphrase"
        assert not why_unfaithful(record["answers"][0], record["docs"][0])


def test_a_paraphrase_turns_conditions_round() -> None:
    text = "If tracking has not moved for 5 days, we treat the parcel as lost."
    expected = "We treat the parcel as lost if tracking has not moved for 5 days."
    assert expected in {paraphrase(text, Random(seed)) for seed in range(8)}


def test_stage3_places_name_the_document_that_answers() -> None:
    for record in policy_records(TRAIN, seed=2, stage=3, documents=20, count=100):
        assert set(record) == {"question", "docs", "gold_answer", "pos_index"}
        [place] = record["pos_index"]
        assert record["gold_answer"] in record["docs"][place]
        assert len(record["docs"]) == len(set(record["docs"])) == 20


def test_hard_negatives_are_the_same_policy_with_another_answer() -> None:
    for record in policy_records(TRAIN, seed=2, stage=3, documents=5, count=60, hard=1.0):
        gold = record["docs"][record["pos_index"][0]]
        rivals = [text for text in record["docs"] if text.startswith(SHOPS)]
        if rivals:
            title = gold.split("\n")[0].removeprefix(f"{SHOP}: ")
            assert SHOP in record["question"] and all(rival.split("\n")[0].endswith(title) for rival in rivals)
            assert all(rival.split(": ", 1)[1] != gold.split(": ", 1)[1] for rival in rivals)


def test_stage2_has_the_fields_and_leaves_some_without_an_answer() -> None:
    records = list(policy_records(TRAIN, seed=2, stage=2, documents=5, count=200))
    assert all(set(record) == {"question", "docs", "gold_answer", "answer"} for record in records)
    unanswered = [record for record in records if record["gold_answer"] == NOT_STATED]
    assert 8 <= len(unanswered) <= 40
    assert {len(record["docs"]) for record in records} == {4, 5}


def test_documents_of_another_split_never_occur() -> None:
    held_out = policies_of(POLICIES, "dev", "test")
    titles = {policy.title for policy in held_out}
    for record in policy_records(held_out, seed=2, stage=3, documents=8, count=40, vary=False, hard=0.0):
        assert {text.split("\n")[0] for text in record["docs"]} <= titles


def test_distractors_come_from_other_records() -> None:
    singles = list(stage1_records(TRAIN, seed=8, vary=False))
    for record in with_distractors(singles, seed=1, stage=3, documents=6):
        assert record["gold_answer"] in record["docs"][record["pos_index"][0]]
        assert len(set(record["docs"])) == 6
