"""Records over several documents (stages 2 and 3), made from questions that one document answers.

Stage 2: ``{"question", "docs", "gold_answer", "answer"}``; stage 3 has ``pos_index``, the places of the documents that
answer, for ``answer``.
The document that answers stands at a random place among others that do not.
"""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, Literal

from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.training.data.clara_policies import Fact, facts_of, is_silent, policy_text, shortened
from seamless_retail.training.data.clara_variation import draw_change, unchanged

Stage = Literal[2, 3]
SHOP = "Harbour & Pine"
SHOPS = (
    "Maple & Stone", "Fern & Anchor", "Birch Market", "The Copper Kettle", "Juniper House", "Salt & Cedar",
    "Northgate Goods", "Willow Lane", "Orchard Row", "Blue Heron Store", "Lantern Street", "Quince & Co",
)  # fmt: skip
"""Other shops, whose policies say something else on the same matter."""

_AT_SHOP = ("{question} I mean {shop}.", "At {shop}: {question}", "I shop at {shop}. {question}")
_TRIES = 8


def several(
    question: str,
    answer: str,
    gold: Sequence[str],
    others: Sequence[str],
    stage: Stage,
    random: Random,
    teacher: str = "",
) -> dict[str, Any]:
    """One record: ``gold`` documents mixed with ``others``; ``teacher`` is stage 2's longer answer, if there is one."""
    docs = [*gold, *others]
    order = random.sample(range(len(docs)), len(docs))
    record: dict[str, Any] = {"question": question, "docs": [docs[place] for place in order], "gold_answer": answer}
    if stage == 2:
        return record | {"answer": teacher or answer}
    return record | {"pos_index": sorted(order.index(place) for place in range(len(gold)))}


def with_distractors(
    records: Iterable[dict[str, Any]], seed: int, *, stage: Stage, documents: int, per_record: int = 2
) -> Iterator[dict[str, Any]]:
    """Stage-2 or 3 records from stage-1 records: their questions, their document and documents of other records.

    Args:
        records: Stage-1 question records of one split; paraphrases are passed over.
        seed: Same seed, same records.
        stage: 2 or 3.
        documents: Number of documents per record; fewer where there are not so many.
        per_record: Most questions taken from one stage-1 record.
    """
    random = Random(seed)
    asked = [record for record in records if record["data_type"] == "qa"]
    pool = list(dict.fromkeys(record["docs"][0] for record in asked))
    for record in asked:
        document = record["docs"][0]
        pairs = [pair for pair in zip(record["question"], record["answers"], strict=True) if pair[1] != NOT_STATED]
        for question, answer in random.sample(pairs, min(per_record, len(pairs))):
            others = _others(document, pool, documents - 1, random)
            yield several(question, answer, [document], others, stage, random)


def policy_records(
    policies: Sequence[PolicyDocument],
    seed: int,
    *,
    stage: Stage,
    documents: int,
    count: int,
    vary: bool = True,
    hard: float = 0.5,
    further: Sequence[str] = (),
) -> Iterator[dict[str, Any]]:
    """Stage-2 or 3 records on policies.

    Args:
        policies: Of one split.
        seed: Same seed, same records.
        stage: 2 or 3; stage 2 leaves one record in ten without the document that answers.
        documents: Number of documents per record.
        count: Number of records.
        vary: Whether the policy's figures are redrawn; off for held-out policies.
        hard: Share of records whose other documents hold the same policy of other shops, with another answer.
        further: Texts, such as product documents of the same split, that fill up what the policies leave.
    """
    random = Random(seed)
    known = {policy.id: facts for policy in policies if (facts := facts_of(policy))}
    able = [policy for policy in policies if policy.id in known]
    for _ in range(count if able else 0):
        policy = random.choice(able)
        fact = random.choice(known[policy.id])
        rivals = _rivals(policy, fact, min(3, documents - 1), random) if random.random() < hard else []
        shop = SHOP if rivals else ""
        change = draw_change(policy.body, random) if vary else unchanged
        if any(answer == change(fact.answer) for answer, _ in rivals):
            change = unchanged
        question = random.choice(fact.questions)
        gold = change(policy_text(policy, shop=shop))
        near = [text for _, text in rivals]
        near += _silent(question, fact, policy, policies, documents - 1 - len(near), shop, random)
        near += _others(gold, further, documents - 1 - len(near), random)
        asked = change(question)
        asked = random.choice(_AT_SHOP).format(question=asked, shop=shop) if shop else asked
        if stage == 2 and near and random.random() < 0.1:
            yield several(asked, NOT_STATED, [], near, stage, random)
        else:
            yield several(asked, change(fact.answer), [gold], near, stage, random)


def _rivals(policy: PolicyDocument, fact: Fact, most: int, random: Random) -> list[tuple[str, str]]:
    """The same policy of other shops where it answers differently, as (answer, text); none if no change alters it."""
    found: dict[str, str] = {}
    for shop in random.sample(SHOPS, _TRIES):
        change = draw_change(policy.body, random)
        answer = change(fact.answer)
        if answer != fact.answer and len(found) < most:
            found.setdefault(answer, f"{shop}: {change(policy_text(policy))}")
    return list(found.items())


def _silent(
    question: str,
    fact: Fact,
    policy: PolicyDocument,
    policies: Sequence[PolicyDocument],
    most: int,
    shop: str,
    random: Random,
) -> list[str]:
    """Other policies that do not answer; those on the same topic first."""
    others = [other for other in policies if other.id != policy.id]
    random.shuffle(others)
    others.sort(key=lambda other: other.topic != policy.topic)
    texts = [policy_text(shortened(other, random), shop=shop) for other in others]
    return [text for text in texts if is_silent(question, fact.answer, text)][: max(most, 0)]


def _others(document: str, pool: Sequence[str], most: int, random: Random) -> list[str]:
    rest = [text for text in pool if text != document]
    return random.sample(rest, min(max(most, 0), len(rest)))
