"""CLaRa records from a shop's policies: questions whose answers stand in the text word for word, and paraphrases.

A document is a policy's title and its text, as the retriever indexes it. Questions come from three places: those that
were written for the demonstration shop (``clara_policy_questions.jsonl``), questions derived from sentences of a known
shape ("… costs $5.95"), and gaps to fill; the last two work for any policy. Amounts, days, hours and conditions are
answered in the words of the text; what a document does not say is answered with :data:`NOT_STATED`.

Policies are split by the hash of their id, as products are. Training documents are varied (``clara_variation.py``):
figures redrawn, paragraphs left out. Held-out policies are as they are.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.training.data.clara_catalogue import Split, split_of
from seamless_retail.training.data.clara_policy_wording import derived_questions, paraphrase
from seamless_retail.training.data.clara_variation import Change, draw_change, unchanged

REWRITE = "Say this in other words."
_CONTENT_WORD = re.compile(r"[a-z]{4,}")
_ABSENT_SHARE = 0.12


@dataclass(frozen=True)
class Fact:
    """What a policy says: the words of the answer as they stand in the body, and ways to ask for it."""

    answer: str
    questions: tuple[str, ...]
    sentences: tuple[str, ...]
    """The sentences that hold the answer's words; a shortened policy surely states the fact if it keeps them all."""


@dataclass(frozen=True)
class Asked:
    """A question on a document, with its answer."""

    question: str
    answer: str


def policies_of(policies: Iterable[PolicyDocument], *splits: Split) -> list[PolicyDocument]:
    """The policies whose ids fall in ``splits``."""
    return [policy for policy in policies if split_of(policy.id) in splits]


def policy_text(policy: PolicyDocument, *, shop: str = "") -> str:
    """What is compressed for a policy: title and body; ``shop`` tells policies of several shops apart."""
    return f"{shop}: {policy.title}\n{policy.body}" if shop else f"{policy.title}\n{policy.body}"


def facts_of(policy: PolicyDocument) -> list[Fact]:
    """The facts of a policy: the written ones that its body still states, then the derived ones."""
    written = [*_written_questions().get(policy.id, ()), *derived_questions(policy.body)]
    return [
        Fact(answer, questions, tuple(sentence for sentence in _sentences(policy.body) if answer in sentence))
        for answer, questions in written
        if answer in policy.body
    ]


def stage1_records(
    policies: Sequence[PolicyDocument], seed: int, *, count: int | None = None, questions: int = 8, vary: bool = True
) -> Iterator[dict[str, Any]]:
    """Stage-1 question records.

    Args:
        policies: Of one split.
        seed: Same seed, same records.
        count: Number of records, from random policies; ``None``: one record for each policy, in order.
        questions: Most questions per record.
        vary: Whether figures are redrawn and paragraphs left out; off for held-out policies.
    """
    random = Random(seed)
    for policy in _drawn(policies, count, random):
        change = draw_change(policy.body, random) if vary else unchanged
        kept = shortened(policy, random) if vary else policy
        asked = _asked(policy, kept, policies, change, questions, random)
        if asked:
            yield {
                "data_type": "qa",
                "question": [one.question for one in asked],
                "answers": [one.answer for one in asked],
                "docs": [change(policy_text(kept))],
            }


def paraphrase_records(
    policies: Sequence[PolicyDocument], seed: int, *, count: int | None = None, vary: bool = True
) -> Iterator[dict[str, Any]]:
    """Stage-1 paraphrase records: the same facts in other words; see :func:`stage1_records`."""
    random = Random(seed)
    for policy in _drawn(policies, count, random):
        change = draw_change(policy.body, random) if vary else unchanged
        document = change(policy_text(shortened(policy, random) if vary else policy))
        rewritten = paraphrase(document, random)
        if rewritten != document:
            yield {"data_type": "paraphrase", "question": [REWRITE], "answers": [rewritten], "docs": [document]}


def shortened(policy: PolicyDocument, random: Random) -> PolicyDocument:
    """Half the time the whole policy, else some of its paragraphs in order."""
    paragraphs = policy.body.split("\n\n")
    if random.random() < 0.5 or len(paragraphs) == 1:
        return policy
    kept = sorted(random.sample(range(len(paragraphs)), random.randint(1, len(paragraphs) - 1)))
    return policy.model_copy(update={"body": "\n\n".join(paragraphs[place] for place in kept)})


def is_silent(question: str, answer: str, text: str) -> bool:
    """Whether a text surely does not answer: it lacks the answer's words, and most of what the question is about."""
    text = text.casefold()
    if answer.casefold() in text:
        return False
    about = set(_CONTENT_WORD.findall(question.casefold()))
    return 2 * sum(word in text for word in about) <= len(about)


def _asked(
    policy: PolicyDocument,
    kept: PolicyDocument,
    policies: Sequence[PolicyDocument],
    change: Change,
    most: int,
    random: Random,
) -> list[Asked]:
    """Questions on ``kept``, and about one in eight on something that it does not say."""
    facts = facts_of(policy)
    stated = [fact for fact in facts if all(sentence in kept.body for sentence in fact.sentences)]
    others = [fact for fact in facts if fact not in stated]
    asked = []
    for fact in random.sample(stated, min(most, len(stated))):
        if random.random() < _ABSENT_SHARE and (absent := _absent(policy, kept, others, policies, random)):
            asked.append(Asked(change(absent), NOT_STATED))
        else:
            asked.append(Asked(change(random.choice(fact.questions)), change(fact.answer)))
    return asked


def _absent(
    policy: PolicyDocument,
    kept: PolicyDocument,
    dropped: Sequence[Fact],
    policies: Sequence[PolicyDocument],
    random: Random,
) -> str | None:
    """A question for a fact of a paragraph that was left out, or of another policy, first one of the same topic."""
    others = [other for other in policies if other.id != policy.id]
    near = [other for other in others if other.topic == policy.topic] or others
    pool = dropped or (facts_of(random.choice(near)) if near else ())
    text = policy_text(kept)
    silent = [question for fact in pool for question in fact.questions if is_silent(question, fact.answer, text)]
    return random.choice(silent) if silent else None


def _sentences(body: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", body)


def _drawn(policies: Sequence[PolicyDocument], count: int | None, random: Random) -> Iterator[PolicyDocument]:
    if count is None:
        yield from policies
    elif policies:
        yield from (random.choice(policies) for _ in range(count))


@cache
def _written_questions() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Policy id → (answer, questions) as written for the demonstration shop."""
    text = (files("seamless_retail.training.data") / "clara_policy_questions.jsonl").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in map(json.loads, text.splitlines()):
        found.setdefault(row["policy"], []).append((row["answer"], tuple(row["questions"])))
    return found
