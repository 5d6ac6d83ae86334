"""PDF files become documents that know their page."""

from pathlib import Path

import pytest

from seamless_retail.core.errors import DocumentFileError
from seamless_retail.training.data.clara_pdf import LONGEST, SHORTEST, cut_text, read_pdf

pytest.importorskip("pypdf")
RETURNS = (
    "Returned goods are accepted at the west gate between nine and",
    "noon. Bring the yellow form that came with the deliv-",
    "ery; without it the gate keeper will send you away.",
)
FEES = ("A lost yellow form costs four dollars. The fee is waived", "for members who have been with us for ten years.")


def make_pdf(path: Path, pages: list[tuple[str, ...]], password: str = "") -> Path:
    """A real PDF with one text line under the other."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    helvetica = DictionaryObject(
        {NameObject(key): NameObject(value) for key, value in (("/Type", "/Font"), ("/Subtype", "/Type1"))}
        | {NameObject("/BaseFont"): NameObject("/Helvetica")}
    )
    for lines in pages:
        page = writer.add_blank_page(612, 792)
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(helvetica)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream.set_data(f"BT /F1 11 Tf 40 700 Td {shown}ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def test_documents_know_file_and_page_and_cut_words_are_joined(tmp_path: Path) -> None:
    pages = read_pdf(make_pdf(tmp_path / "west_gate.pdf", [RETURNS, (), FEES]))
    assert [document.metadata["page"] for document in pages.documents] == [1, 3]
    assert pages.empty_pages == (2,)
    first = pages.documents[0]
    assert first.metadata == {"source": str(tmp_path / "west_gate.pdf"), "title": "west gate", "page": 1, "pages": 3}
    assert "with the delivery; without it" in first.page_content
    assert "nine and noon" in first.page_content


def test_long_text_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = " ".join(f"Sentence number {number} says something of its own about the shop." for number in range(80))
    parts = list(cut_text(text))
    assert " ".join(parts) == text
    assert all(part.endswith(".") and len(part) <= LONGEST + SHORTEST for part in parts)


def test_text_without_a_full_stop_is_cut_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(600))
    parts = list(cut_text(text))
    assert len(parts) > 3
    assert " ".join(parts) == text


@pytest.mark.parametrize(
    ("name", "make", "problem"),
    [
        ("none.pdf", lambda path: None, "is not a file"),
        ("scan.pdf", lambda path: make_pdf(path, [()]), "OCR"),
        ("secret.pdf", lambda path: make_pdf(path, [RETURNS], "horse"), "password"),
        ("broken.pdf", lambda path: path.write_bytes(b"no pdf at all"), "cannot be read"),
    ],
    ids=["missing", "no text layer", "locked", "damaged"],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, make: object, problem: str) -> None:
    assert callable(make)
    make(tmp_path / name)
    with pytest.raises(DocumentFileError, match=problem):
        read_pdf(tmp_path / name)
