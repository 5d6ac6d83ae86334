"""Whether a passage bears out what a reader says it read there, and which words of the passage to show for it.

A reader may err in every way: invent a value, mix up two products, drop half of a range. Its own words are therefore
never shown. They only point to a place in a passage; what is shown is the passage's sentence or line at that place,
word for word. The place must hold the answer exactly, numbers with their units; no other paragraph at hand may hold
more of the question; a yes or no must agree with the product's own line. What fails is not used.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from seamless_retail.core.evidence import Citation
from seamless_retail.lobes.sentences import PARAGRAPH, sentence_spans
from seamless_retail.lobes.stems import alike, content_stems

Span = tuple[int, int]

RECORD_ONLY_FIELDS = frozenset({"ingredients", "contains", "allergens", "may contain", "diet", "nutrition per 100 g"})
"""Labels of product lines that only the record itself may answer from, in lower case."""
MAX_SENTENCES = 3

_TOKEN = re.compile(r"[$£€]?\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|\S")
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-", "\u00a0": " "})
_OUTSIDE = " \t\n.,;:!?\"'"
_FIELD = re.compile(r"^([A-Z][\w ]{1,40}): (.+)$")
_PRONOUN = re.compile(r"(?:It|They|This|These|That|Those|He|She|Its|Their|Then|If so|Otherwise)\b")
_RANGE_AFTER = re.compile(r"\s*(?:-|to\b|and\b)\s*[$£€]?\d")
_RANGE_BEFORE = re.compile(r"\d(?:\s*-|\s+(?:to|and))\s*$")
_UNIT = re.compile(r"\s?%|\s?[^\W\d_]|-\w")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage that answer."""

    document: Document
    span: Span
    """Where they stand in the passage."""

    @property
    def citation(self) -> Citation:
        """The words with their place in the source."""
        start, end = self.span
        metadata = self.document.metadata
        offset = int(metadata["start"])
        return Citation(
            source_id=str(metadata["source_id"]),
            title=str(metadata.get("title", "")),
            quote=self.document.page_content[start:end],
            start=offset + start,
            end=offset + end,
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a labelled line of a product."""

    document: Document
    span: Span
    stems: frozenset[str]
    """Of its words that carry meaning."""
    label: str = ""
    """Of a labelled line, in lower case."""
    value: str = ""

    @property
    def text(self) -> str:
        """Its words."""
        return self.document.page_content[slice(*self.span)]

    def holds(self, stem: str) -> bool:
        """Whether it says the word, or one alike."""
        return stem in self.stems or not alike(stem).isdisjoint(self.stems)


def borne_out(
    answer: str,
    question: str,
    asked: Mapping[str, Sequence[str]],
    used: Sequence[Document],
    at_hand: Sequence[Document],
) -> Quote | None:
    """The words that answer, if the answer stands the check.

    Args:
        answer: What the reader said.
        question: What it was asked.
        asked: Values that the question asks for, by the label of the product line that would hold them, in lower case.
        used: Passages the reader says it read, most used first.
        at_hand: All passages it was given.
    """
    said = _plain(answer).casefold().strip(_OUTSIDE)
    if said in ("yes", "no"):
        return _verdict(said == "yes", question, asked, used)
    rivals = [unit for document in at_hand for unit in units(document)]
    for document in used:
        own = [unit for unit in rivals if unit.document is document]
        for place in places(answer, document.page_content):
            quote = _window(place, question, own)
            if quote and not _outdone(quote, question, rivals):
                return quote
    return None


def places(answer: str, text: str) -> list[Span]:
    """Where an answer stands in a text: the same words, numbers and signs in a row, and no part of a larger figure."""
    wanted = [token for token, _ in _tokens(answer.strip(_OUTSIDE))]
    found = _tokens(text)
    spans = [
        (found[at][1][0], found[at + len(wanted) - 1][1][1])
        for at in range(len(found) - len(wanted) + 1 if wanted else 0)
        if all(token == other for token, (other, _) in zip(wanted, found[at:], strict=False))
    ]
    return [span for span in spans if _is_whole(_plain(text), span)]


def units(document: Document) -> list[Unit]:
    """The sentences of a passage and, of a product, its labelled lines; a title is neither."""
    return list(_units(document))


def _units(document: Document) -> Iterator[Unit]:
    text, metadata = document.page_content, document.metadata
    is_product, title = metadata.get("kind") == "product", metadata.get("title", "")
    for line in re.finditer(r"[^\n]+", text):
        if is_product and (field := _FIELD.match(line.group())):
            stems = frozenset(content_stems(line.group()))
            yield Unit(document, line.span(), stems, field[1].casefold(), field[2])
            continue
        for start, end in sentence_spans(line.group()):
            if (sentence := line.group()[start:end]) != title:
                span = (line.start() + start, line.start() + end)
                yield Unit(document, span, frozenset(content_stems(sentence)))


def _plain(text: str) -> str:
    """With one kind of quotation mark, dash and space; as long as before."""
    return text.translate(_SAME)


def _tokens(text: str) -> list[tuple[str, Span]]:
    return [(match.group().casefold(), match.span()) for match in _TOKEN.finditer(_plain(text))]


def _is_whole(text: str, span: Span) -> bool:
    """Whether the words are no part of a compound, of a range, or of a figure whose unit they leave out."""
    found, before, after = text[slice(*span)], text[: span[0]], text[span[1] :]
    if re.search(r"\w-$", before) or re.match(r"-\w", after):
        return False
    if re.match(r"[$£€]?\d", found) and _RANGE_BEFORE.search(before):
        return False
    last = _TOKEN.findall(found)[-1]
    if not re.match(r"[$£€]?\d", last):
        return True
    is_bare = last[0].isdigit() and ":" not in last
    return not (_RANGE_AFTER.match(after) or (is_bare and _UNIT.match(after)))


def _window(place: Span, question: str, found: Sequence[Unit]) -> Quote | None:
    """The line, or the fewest sentences in a row, that hold the place and what their paragraph says of the question."""
    holding = [i for i, unit in enumerate(found) if unit.span[0] < place[1] and place[0] < unit.span[1]]
    if len(holding) == 1 and found[holding[0]].label:
        return _line(found[holding[0]])
    if not holding or not all(_adjoin(found[i], found[i + 1]) for i in holding[:-1]):
        return None
    block, first, last = _paragraph(found, holding)
    needed = [stem for stem in _wanted(question, block[0].document) if any(unit.holds(stem) for unit in block)]
    for size in range(last - first + 1, MAX_SENTENCES + 1):
        for start in range(max(0, last - size + 1), min(first, len(block) - size) + 1):
            chosen = block[start : start + size]
            span = (chosen[0].span[0], chosen[-1].span[1])
            fits = size == 1 or span[1] - span[0] <= PARAGRAPH
            stands = start == 0 or not _PRONOUN.match(chosen[0].text)
            if fits and stands and all(any(unit.holds(stem) for unit in chosen) for stem in needed):
                return Quote(chosen[0].document, span)
    return None


def _line(unit: Unit) -> Quote | None:
    return None if unit.label in RECORD_ONLY_FIELDS else Quote(unit.document, unit.span)


def _paragraph(found: Sequence[Unit], holding: Sequence[int]) -> tuple[list[Unit], int, int]:
    """The sentences around some with only a space between each two, and the first and last of the some among them."""
    first, last = holding[0], holding[-1]
    start, end = first, last
    while start > 0 and _adjoin(found[start - 1], found[start]):
        start -= 1
    while end + 1 < len(found) and _adjoin(found[end], found[end + 1]):
        end += 1
    return list(found[start : end + 1]), first - start, last - start


def _adjoin(unit: Unit, other: Unit) -> bool:
    between = unit.document.page_content[unit.span[1] : other.span[0]]
    return between == " " and not unit.label and not other.label


def _outdone(quote: Quote, question: str, rivals: Sequence[Unit]) -> bool:
    """Whether a line or paragraph elsewhere holds all that the quotation holds of the question, and more."""
    own = _held(question, [unit for unit in rivals if _inside(unit, quote)])
    others: dict[tuple[int, int], list[Unit]] = {}
    for unit in rivals:
        if not _inside(unit, quote):
            begin = unit.document.page_content.rfind("\n", 0, unit.span[0])
            others.setdefault((id(unit.document), begin), []).append(unit)
    return any(own < _held(question, other) for other in others.values())


def _inside(unit: Unit, quote: Quote) -> bool:
    start, end = quote.span
    return unit.document is quote.document and start <= unit.span[0] and unit.span[1] <= end


def _held(question: str, chosen: Sequence[Unit]) -> set[str]:
    """The stems of the question that some sentences hold, or the title of their policy."""
    if not chosen:
        return set()
    metadata = chosen[0].document.metadata
    wanted, named = content_stems(question), content_stems(str(metadata.get("title", "")))
    own = set() if metadata.get("kind") == "product" else {stem for stem in wanted if ({stem} | alike(stem)) & named}
    return own | {stem for stem in wanted - named if any(unit.holds(stem) for unit in chosen)}


def _wanted(question: str, document: Document) -> set[str]:
    """The stems of the question but for those of the title, of which the whole passage is."""
    return content_stems(question) - content_stems(str(document.metadata.get("title", "")))


def _verdict(yes: bool, question: str, asked: Mapping[str, Sequence[str]], used: Sequence[Document]) -> Quote | None:
    """The product's line with which a yes or no agrees."""
    text = _plain(question).casefold()
    for document in used:
        title = str(document.metadata.get("title", "")).casefold()
        for unit in (unit for unit in units(document) if unit.label in asked):
            items = [item.casefold() for item in unit.value.split(", ")]
            spoken = text.replace(title, " ")
            named = [item for item in items if re.search(rf"(?<![\w-]){re.escape(item)}(?![\w-])", spoken)]
            known = {value.casefold() for value in asked[unit.label]} & set(items)
            agrees = bool(named and known) if yes else not named and not known
            if agrees:
                return _line(unit)
    return None
