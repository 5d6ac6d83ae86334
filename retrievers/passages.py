"""Sources cut into passages, the units that are indexed, retrieved and cited.

A passage is a LangChain document whose ``page_content`` is exactly ``source.text[start:end]``. Its metadata holds
``source_id``, ``title``, ``kind``, ``start``, ``end``, and the source's filterable metadata.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from langchain_core.documents import Document

from seamless_retail.core.evidence import Source, SourceKind

Span = tuple[int, int]

PASSAGE_TOKENS: dict[SourceKind, int] = {"policy": 100}
"""Most tokens of a passage by kind; policies are short so that a citation is narrow."""
DEFAULT_TOKENS = 200
"""MiniLM reads 256 word pieces and drops the rest; titles and unusual words need the difference."""

_TABLES = ("nutrition", "variants")
_LINE = re.compile(r"[^\n]+")
_SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|$)", re.DOTALL)
_CLAUSE = re.compile(r"\S.*?(?:[,;:](?=\s)|$)", re.DOTALL)
_WORD = re.compile(r"\S+")
_PIECE = re.compile(r"[\d\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+|[^\w\s]|_")
_LETTERS_PER_TOKEN = 6


def passages(source: Source) -> list[Document]:
    """Cut one source into passages that together hold all of its text but a product's tables at the end.

    What the nutrition table and the list of variants say are figures: rankers make nothing of them, and they would bury
    the words. They are cited by field; variants are also metadata, so filters find them.
    """
    limit = PASSAGE_TOKENS.get(source.kind, DEFAULT_TOKENS)
    end = min(source.fields[table][0] if table in source.fields else len(source.text) for table in _TABLES)
    return [_passage(source, span) for span in _group(source.text, _units(source.text[:end], limit), limit)]


def indexed_text(passage: Document) -> str:
    """What is embedded and searched for a passage: its title, unless it begins with it, and its content."""
    title, content = passage.metadata.get("title", ""), passage.page_content
    return content if content.startswith(title) else f"{title}\n{content}"


def content_hash(passage: Document) -> str:
    """sha256 of the indexed text: passages with equal hashes have equal vectors."""
    return hashlib.sha256(indexed_text(passage).encode("utf-8", "surrogatepass")).hexdigest()


def estimate_tokens(text: str) -> int:
    """About how many word pieces a BERT tokenizer makes of a text; errs upwards on prose and labels."""
    return sum(1 + (len(piece) - 1) // _LETTERS_PER_TOKEN for piece in _PIECE.findall(text))


def _passage(source: Source, span: Span) -> Document:
    start, end = span
    return Document(
        id=f"{source.id}#{start}-{end}",
        page_content=source.text[start:end],
        metadata={
            **source.metadata,
            "source_id": source.id,
            "title": source.title,
            "kind": source.kind,
            "start": start,
            "end": end,
        },
    )


def _units(text: str, limit: int) -> Iterator[Span]:
    """Sentences, line by line, without space around them; long ones cut at clauses, then words, then anywhere."""
    for line in _LINE.finditer(text):
        for start, end in _cut(text, line.span(), limit, (_SENTENCE, _CLAUSE, _WORD)):
            yield start, start + len(text[start:end].rstrip())


def _cut(text: str, span: Span, limit: int, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Span]:
    """Parts of a span by the first pattern; a part over the limit is cut by the next one."""
    if not patterns:
        yield from ((start, min(start + limit, span[1])) for start in range(*span, limit))
        return
    for match in patterns[0].finditer(text, *span):
        if estimate_tokens(match.group()) <= limit:
            yield match.span()
        else:
            yield from _cut(text, match.span(), limit, patterns[1:])


def _group(text: str, units: Iterable[Span], limit: int) -> Iterator[Span]:
    """Join neighbouring units while they stay within the limit.

    A passage that is at least half full ends at the end of a paragraph.
    """
    start, end, size = 0, 0, 0
    for unit_start, unit_end in units:
        tokens = estimate_tokens(text[unit_start:unit_end])
        new_paragraph = "\n\n" in text[end:unit_start]
        if size and (size + tokens > limit or (new_paragraph and 2 * size >= limit)):
            yield start, end
            size = 0
        if not size:
            start = unit_start
        end, size = unit_end, size + tokens
    if size:
        yield start, end
