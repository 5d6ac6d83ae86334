"""Writes the answer from the draft's claims, in varied English, with a citation mark on every sentence.

No language model is involved. The wording varies with the question, the turn and the dials of personality and with
nothing else: the same draft always gives the same answer. A claim without a citation is not written; when nothing
remains, the answer says so. Dials change the tone alone: where anything else would change, the plain wording is used.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.core.personality import Personality
from seamless_retail.lobes.draft import UNSURE, Draft
from seamless_retail.lobes.personality import Voice
from seamless_retail.lobes.phrasebook import (
    AGAIN,
    GUARD_KINDS,
    LIST_KINDS,
    NOTHING_FOUND,
    PHRASES,
    word,
)
from seamless_retail.lobes.same_facts import changed_facts
from seamless_retail.lobes.variation import Variation

log = logging.getLogger(__name__)

MAX_LISTED = 5
"""Products (or orders) listed in one answer."""
LISTED_IN_A_HURRY = 3
"""The same for a customer in a hurry."""
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

    @property
    def all_origins(self) -> tuple[tuple[str, str], ...]:
        """``origins``, one for each chunk also where a model worded it."""
        return self.origins or (MODEL_WORDED,) * len(self.chunks)

    def followed_by(self, rest: "Composition", between: str = "\n\n") -> "Composition":
        """This answer and, as its next paragraph, ``rest``, whose numbering goes on from this one's."""
        chunks = tuple(f"{between}{chunk}" if position == 0 else chunk for position, chunk in enumerate(rest.chunks))
        return Composition(
            answer=self.answer + "".join(chunks),
            citations=rest.citations,
            sentences=self.sentences + rest.sentences,
            chunks=self.chunks + chunks,
            products=tuple(dict.fromkeys(self.products + rest.products)),
            origins=tuple(origin for part in (self, rest) for origin in part.all_origins),
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
        for sentence in self._checked(draft):
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

    def stream(self, draft: Draft, voice: Voice | None = None) -> Iterator[Sentence]:
        """The answer sentence by sentence, in the draft's voice unless another is given."""
        voice = voice or Voice.of(draft)
        claims = self.shown(draft.claims, draft.brief)
        supplementary = [] if draft.brief and draft.answers else self.shown(draft.supplementary)
        variation = Variation(f"{draft.question.casefold()}|{draft.turn}", voice)
        told = False
        for sentence in self._facts(draft, claims, supplementary, variation):
            if not told:
                yield from (Sentence(line) for line in voice.before(variation.plain_pick))
            told = True
            yield sentence
        yield from _paragraph(Sentence(line) for line in voice.after(variation.plain_pick))

    def dressed(self, composition: Composition, draft: Draft) -> Composition:
        """What a model worded, with the sentences that the draft's voice puts before and after the facts."""
        voice, variation = Voice.of(draft), Variation(f"{draft.question.casefold()}|{draft.turn}")
        before, after = voice.before(variation.plain_pick), voice.after(variation.plain_pick)
        if not before and not after:
            return composition
        parts = [
            Composition(sentences=(line,), chunks=(line,), answer=line, origins=(("", ""),))
            for line in (*before, *after)
        ]
        dressed = composition
        for part in reversed(parts[: len(before)]):
            dressed = part.followed_by(dressed, " ")
        for number, part in enumerate(parts[len(before) :]):
            closing = part.model_copy(update={"citations": dressed.citations})
            dressed = dressed.followed_by(closing, " " if number else "\n\n")
        return dressed

    def _checked(self, draft: Draft) -> list[Sentence]:
        """The sentences in the draft's voice, or the plain ones where the voice would change a fact."""
        voice = Voice.of(draft)
        styled = list(self.stream(draft, voice))
        if voice.is_plain:
            return styled
        plain = list(self.stream(draft, replace(voice, personality=Personality())))
        if found := changed_facts(draft, plain, styled):
            log.error("the dials would change a fact: %s", "; ".join(found[:3]))
            return plain
        return styled

    def _facts(
        self, draft: Draft, claims: Sequence[Claim], supplementary: Sequence[Claim], variation: Variation
    ) -> Iterator[Sentence]:
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

    def shown(self, claims: Sequence[Claim], brief: bool = False) -> list[Claim]:
        """The claims that the answer holds: those with evidence, and the first few items of a list."""
        usable = [claim for claim in claims if claim.citations or not self.require_citations]
        most = min(self._max_listed, LISTED_IN_A_HURRY) if brief else self._max_listed
        surplus = [claim for claim in usable if claim.kind in LIST_KINDS][most:]
        return [claim for claim in usable if claim not in surplus]

    def _found(self, claims: Sequence[Claim], variation: Variation, before: str) -> Iterator[Sentence]:
        """Claims in order. List items are numbered through; the sentence before the first ends with a colon."""
        listed, previous = 0, ""
        for position, claim in enumerate(claims):
            if claim.kind in LIST_KINDS:
                if not listed and not position:
                    yield Sentence(variation.voice.list_opener(claim.kind), (), before)
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

    def _plain(self, claims: Sequence[Claim], variation: Variation, before: str = "\n\n") -> Iterator[Sentence]:
        for claim in claims:
            yield Sentence(_ended(_worded(claim, variation)), claim.citations, before, kind=claim.kind)
            before = " "

    def _supplementary(self, claims: Sequence[Claim], variation: Variation) -> Iterator[Sentence]:
        for position, claim in enumerate(claims):
            text = _ended(_worded(claim, variation))
            if position == 0:
                text = variation.pick("more", variation.voice.more()).format(text=text)
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


def _worded(claim: Claim, variation: Variation, previous_product: str = "") -> str:
    again = bool(claim.product_id) and claim.product_id == previous_product
    templates = (AGAIN if again and claim.kind in AGAIN else PHRASES).get(claim.kind)
    if not templates:
        return claim.text
    try:
        return variation.voice.sentence(word(variation.pick(claim.kind, templates), claim.facts), claim.kind)
    except KeyError:  # a lobe of another package gave a kind of ours other facts
        return claim.text


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
