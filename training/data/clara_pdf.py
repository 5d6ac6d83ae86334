"""PDF files read into documents that remember their page, each small enough to be compressed and asked about.

Reading needs pypdf (extra ``imports``). Words cut at line ends are joined, lines become paragraphs, and a page over
:data:`LONGEST` characters is cut between sentences, so a document is never part of two pages.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from langchain_core.documents import Document

from seamless_retail.core.errors import DocumentFileError, MissingExtraError

LONGEST = 1_200
"""Most characters of a document; about 256 tokens of a large vocabulary."""
SHORTEST = 80
"""A page with fewer characters holds a heading or a page number and nothing to ask about."""

_CUT_WORD = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_SPACES = re.compile(r"[ \t\u00a0]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n{2,}")


@dataclass(frozen=True)
class PdfPages:
    """What a file gave: documents, and the pages without text (pictures, scans, headings only)."""

    documents: tuple[Document, ...]
    empty_pages: tuple[int, ...]


def read_pdf(path: str | Path) -> PdfPages:
    """Read a PDF file; each document has ``source`` (path), ``title``, ``page`` (from 1) and ``pages`` as metadata.

    Raises:
        DocumentFileError: The file is not there, is damaged, is locked by a password, or holds no text at all.
        MissingExtraError: pypdf is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise DocumentFileError(f"{path} is not a file.", "Check the path.")
    pages = _page_texts(path)
    title = re.sub(r"[-_\s]+", " ", path.stem).strip()
    documents, empty = [], []
    for number, text in enumerate(pages, start=1):
        if len(text) < SHORTEST:
            empty.append(number)
        for part in cut_text(text):
            metadata = {"source": str(path), "title": title, "page": number, "pages": len(pages)}
            documents.append(Document(page_content=part, metadata=metadata))
    if not documents:
        raise DocumentFileError(f"{path} holds no text to ask about.", "Scanned pages must be recognised (OCR) first.")
    return PdfPages(tuple(documents), tuple(empty))


def cut_text(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Parts of a text of about ``longest`` characters, cut between sentences, all of them if need be between words.

    A rest under :data:`SHORTEST` characters joins the part before it; a whole text that is so short gives nothing.
    """
    parts: list[str] = []
    for piece in _pieces(text, longest):
        if parts and len(parts[-1]) + len(piece) < longest:
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    if len(parts) > 1 and len(parts[-1]) < SHORTEST:
        parts[-2:] = [" ".join(parts[-2:])]
    return (part for part in parts if len(part) >= SHORTEST or len(parts) > 1)


def _pieces(text: str, longest: int) -> Iterable[str]:
    for sentence in _SENTENCE_END.split(text.strip()):
        words = sentence.split(" ") if len(sentence) > longest else [sentence]
        piece = ""
        for word in words:
            if piece and len(piece) + len(word) >= longest:
                yield piece
                piece = ""
            piece = f"{piece} {word}".strip()
        if piece:
            yield piece


def _page_texts(path: Path) -> list[str]:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise MissingExtraError("Reading .pdf files", "imports") from error
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentFileError(f"{path} is locked by a password.", "Save a copy without password first.")
        return [_as_paragraphs(page.extract_text()) for page in reader.pages]
    except (PyPdfError, OSError, ValueError, KeyError, ImportError) as error:
        raise DocumentFileError(f"{path} cannot be read: {error}.", "Check that the file opens elsewhere.") from error


def _as_paragraphs(text: str) -> str:
    joined = _LINE_END.sub(" ", _CUT_WORD.sub("", text.replace("\r\n", "\n").replace("\x00", "")))
    return _SPACES.sub(" ", joined).strip()
