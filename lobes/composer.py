"""Writes the answer from the draft's claims, in varied English, with a citation mark on every sentence.

No language model is involved. The wording varies with the question and the turn and with nothing else: the same draft
always gives the same answer. A claim without a citation is not written; when nothing remains, the answer says so.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.phrasebook import (
    AGAIN,
    GUARD_KINDS,
    LIST_KINDS,
    LIST_OPENERS,
    MORE_FROM_ELSEWHERE,
    NOTHING_FOUND,
    PHRASES,
    word,
)

UNSURE = 0.2
"""Confidence up to which a claim only says what else can be done, so that what is missing is said first."""
MAX_LISTED = 5
"""Products (or orders) listed in one answer."""
MODEL_WORDED = ("model", "")
"""The origin of a chunk that a model worded."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item without its marks, what it cites, and what separates it from the one before."""

    text: str
    citations: tuple[Citation, ...] = ()
    before: str = " "
    product_id: str = ""
    kind: str = ""
    """Of the claim that it words; empty for what only says what is missing or opens a list."""


class Composition(Record):
    """An answer: ``citations[0]`` is mark [1]."""

    answer: str
    citations: tuple[Citation, ...] = ()
    sentences: tuple[str, ...] = ()
    """The sentences with their marks, in order."""
    chunks: tuple[str, ...] = ()
    """The same with their separators: joined, they are the answer."""
    products: tuple[str, ...] = ()
    """Ids of the products the answer shows, in order."""
    origins: tuple[tuple[str, str], ...] = ()
    """Per chunk, the kind of the claim that it words and its product; empty where a model worded the answer."""

    def followed_by(self, rest: "Composition") -> "Composition":
        """This answer and, as its next paragraph, ``rest``, whose numbering goes on from this one's."""
        chunks = tuple(f"\n\n{chunk}" if position == 0 else chunk for position, chunk in enumerate(rest.chunks))
        return Composition(
            answer=self.answer + "".join(chunks),
            citations=rest.citations,
            sentences=self.sentences + rest.sentences,
            chunks=self.chunks + chunks,
            products=tuple(dict.fromkeys(self.products + rest.products)),
            origins=(*(self.origins or (MODEL_WORDED,) * len(self.chunks)), *rest.origins),
        )


class Composer:
    """The grounded composer.

    Args:
        require_citations: Leave out claims that cite nothing.
        max_listed: Products listed in one answer.
    """

    def __init__(self, require_citations: bool = True, max_listed: int = MAX_LISTED) -> None:
        self.require_citations, self._max_listed = require_citations, max_listed

    def compose(self, draft: Draft, known: Sequence[Citation] = ()) -> Composition:
        """The whole answer; ``known`` citations keep their places and new ones are numbered after them."""
        numbers = {citation: number for number, citation in enumerate(known, start=1)}
        sentences: list[str] = []
        chunks: list[str] = []
        origins: list[tuple[str, str]] = []
        products: dict[str, None] = {}
        for sentence in self.stream(draft):
            marked = mark(sentence.text, [numbers.setdefault(c, len(numbers) + 1) for c in sentence.citations])
            sentences.append(marked)
            chunks.append(f"{sentence.before if len(sentences) > 1 else ''}{marked}")
            origins.append((sentence.kind, sentence.product_id))
            if sentence.product_id:
                products.setdefault(sentence.product_id)
        return Composition(
            answer="".join(chunks),
            citations=tuple(numbers),
            sentences=tuple(sentences),
            chunks=tuple(chunks),
            products=tuple(products),
            origins=tuple(origins),
        )

    def stream(self, draft: Draft) -> Iterator[Sentence]:
        """The answer sentence by sentence."""
        claims, supplementary = self.shown(draft.claims), self.shown(draft.supplementary)
        variation = _Variation(f"{draft.question.casefold()}|{draft.turn}")
        unsure = all(claim.confidence <= UNSURE for claim in claims)
        if unsure:
            yield from (Sentence(line) for line in draft.missing)
        guards = [claim for claim in claims if claim.kind in GUARD_KINDS]
        first = [claim for claim in guards if claim.product_id and claim.product_id == draft.asked_product_id]
        yield from self._plain(first, variation, before=" ")
        found = [claim for claim in claims if claim.kind not in GUARD_KINDS]
        yield from self._found(found, variation, before="\n\n" if first else " ")
        yield from self._plain([claim for claim in guards if claim not in first], variation)
        yield from self._supplementary(supplementary, variation)
        if not claims and not supplementary and not draft.missing:
            yield Sentence(variation.pick("nothing", NOTHING_FOUND))
        if not unsure:
            yield from _paragraph(Sentence(line) for line in draft.missing)

    def shown(self, claims: Sequence[Claim]) -> list[Claim]:
        """The claims that the answer holds: those with evidence, and the first few items of a list."""
        usable = [claim for claim in claims if claim.citations or not self.require_citations]
        surplus = [claim for claim in usable if claim.kind in LIST_KINDS][self._max_listed :]
        return [claim for claim in usable if claim not in surplus]

    def _found(self, claims: Sequence[Claim], variation: "_Variation", before: str) -> Iterator[Sentence]:
        """Claims in order. List items are numbered through; the sentence before the first ends with a colon."""
        listed, previous = 0, ""
        for position, claim in enumerate(claims):
            if claim.kind in LIST_KINDS:
                if not listed and not position:
                    yield Sentence(LIST_OPENERS.get(claim.kind, ""), (), before)
                listed += 1
                text = f"{listed}. {_worded(claim, variation)}"
                yield Sentence(text, claim.citations, "\n", claim.product_id, claim.kind)
                before, previous = "\n\n", ""
                continue
            opens_list = not listed and position + 1 < len(claims) and claims[position + 1].kind in LIST_KINDS
            text = _worded(claim, variation, previous)
            text = f"{text.rstrip('.')}:" if opens_list else _ended(text)
            yield Sentence(text, claim.citations, before, claim.product_id, claim.kind)
            before, previous = " ", claim.product_id

    def _plain(self, claims: Sequence[Claim], variation: "_Variation", before: str = "\n\n") -> Iterator[Sentence]:
        for claim in claims:
            yield Sentence(_ended(_worded(claim, variation)), claim.citations, before, kind=claim.kind)
            before = " "

    def _supplementary(self, claims: Sequence[Claim], variation: "_Variation") -> Iterator[Sentence]:
        for position, claim in enumerate(claims):
            text = _ended(_worded(claim, variation))
            if position == 0:
                text = variation.pick("more", MORE_FROM_ELSEWHERE).format(text=text)
            yield Sentence(text, claim.citations, " " if position else "\n\n", claim.product_id, claim.kind)


def _paragraph(sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    for position, sentence in enumerate(sentences):
        yield replace(sentence, before=" " if position else "\n\n")


def mark(text: str, numbers: Sequence[int]) -> str:
    """Put marks before the final punctuation, as in ``It costs $5.00 [1].`` (numbers in rising order)."""
    marks = "".join(f"[{number}]" for number in sorted(numbers))
    if not marks:
        return text
    ending = text[-1] if text[-1:] in ".!?:" else ""
    return f"{text.removesuffix(ending)} {marks}{ending}"


def _worded(claim: Claim, variation: "_Variation", previous_product: str = "") -> str:
    again = bool(claim.product_id) and claim.product_id == previous_product
    templates = (AGAIN if again and claim.kind in AGAIN else PHRASES).get(claim.kind)
    if not templates:
        return claim.text
    try:
        return word(variation.pick(claim.kind, templates), claim.facts)
    except KeyError:  # a lobe of another package gave a kind of ours other facts
        return claim.text


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


class _Variation:
    """Chooses among wordings by a hash of the question, the turn, and how often that kind was worded before."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count: dict[str, int] = {}

    def pick(self, kind: str, options: Sequence[str]) -> str:
        start = int.from_bytes(hashlib.sha256(f"{self._seed}|{kind}".encode()).digest()[:4], "big")
        step = self._count.get(kind, 0)
        self._count[kind] = step + 1
        return options[(start + step) % len(options)]
