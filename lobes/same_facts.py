"""Whether an answer in another tone still says the same: an exact comparison, before anybody sees it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from seamless_retail.core.evidence import Citation
from seamless_retail.lobes import manners
from seamless_retail.lobes.draft import Draft

_NUMBER = re.compile(r"[$£€]?\d[\d,]*(?:[.:]\d+)*(?:\s?%)?")
_NAMED = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d])[\w-]+\b")
"""Codes such as ``ORD-100001`` or ``XL2``."""
_NEGATION = re.compile(r"\b(?:no|not|never|none|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_MARK_TEXT = re.compile(r"\[\d+\]")


class Said(Protocol):
    """A sentence of an answer."""

    @property
    def text(self) -> str:
        """Without its marks."""
        ...

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What it cites."""
        ...

    @property
    def kind(self) -> str:
        """Of the claim that it words."""
        ...

    @property
    def product_id(self) -> str:
        """Of the product that it is about."""
        ...


def changed_facts(draft: Draft, plain: Sequence[Said], styled: Sequence[Said]) -> list[str]:
    """What a styled answer says otherwise than its plain wording, in words; empty when only the tone differs.

    Sentence by sentence the citations, the product, every number, price, date and code, and whether it denies are
    compared; over the whole answer, how often each fact of a claim (names, values, quotations) stands in it.

    Args:
        draft: What was worded.
        plain: The sentences at the plain dials.
        styled: The sentences to check; tone-setting ones of :data:`~seamless_retail.lobes.manners.OWN_SENTENCES`
            count for nothing.
    """
    kept = [s for s in styled if s.text not in manners.OWN_SENTENCES or s.citations]
    base = [s for s in plain if s.text not in manners.OWN_SENTENCES or s.citations]
    if len(kept) != len(base):
        return [f"there are {len(kept)} sentences in place of {len(base)}"]
    found = [
        f"{new.text!r} differs in {what} from {old.text!r}"
        for old, new in zip(base, kept, strict=True)
        for what, told in _FACTS.items()
        if told(old) != told(new)
    ]
    before, after = (" ".join(s.text for s in part).casefold() for part in (base, kept))
    facts = {
        value.casefold()
        for claim in (*draft.claims, *draft.supplementary)
        for value in claim.facts.values()
        if isinstance(value, str) and len(value.strip()) > 1
    }
    return found + [
        f"{fact!r} is said another number of times" for fact in facts if before.count(fact) != after.count(fact)
    ]


_FACTS: dict[str, Callable[[Said], object]] = {
    "citations": lambda said: Counter(said.citations),
    "product": lambda said: (said.product_id, said.kind),
    "numbers": lambda said: Counter(_NUMBER.findall(_MARK_TEXT.sub("", said.text))),
    "codes": lambda said: Counter(_NAMED.findall(said.text)),
    "negation": lambda said: len(_NEGATION.findall(said.text)),
}
