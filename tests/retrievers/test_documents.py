"""Files of the shop's own: what is read, what is refused, where they are kept."""

import importlib.util
from pathlib import Path

import pytest

from seamless_retail.core.errors import DocumentFileError, MissingExtraError
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.retrievers import documents as module
from seamless_retail.retrievers.documents import AddedDocuments, load_documents

PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R
 /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
4 0 obj <</Length 55>> stream
BT /F1 12 Tf 20 50 Td (Parking is free on Sundays.) Tj ET
endstream endobj
trailer <</Root 1 0 R /Size 5>>
startxref
0
%%EOF
"""


def needs(*packages: str) -> None:
    for package in packages:
        pytest.importorskip(package)


@pytest.mark.parametrize(
    ("name", "content", "title", "body"),
    [
        pytest.param("parking_rules.txt", "Two hours.\n", "Parking rules", "Two hours.", id="text"),
        pytest.param("bom.txt", "\ufeffTwo hours.", "Bom", "Two hours.", id="a byte order mark is not text"),
        pytest.param("notes.md", "# Notes\n\nBe kind.", "Notes", "# Notes\n\nBe kind.", id="markdown as written"),
        pytest.param(
            "fees.csv", "item,fee\nbag,$1\nbox,$2", "Fees", "item: bag\nfee: $1\n\nitem: box\nfee: $2", id="csv"
        ),
    ],
)
def test_files_become_policy_documents(tmp_path: Path, name: str, content: str, title: str, body: str) -> None:
    needs("langchain_community")
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    [document] = load_documents(path)
    assert (document.title, document.body, document.topic) == (title, body, "added")
    assert document.updated_on is not None


def test_html_gives_its_title_and_text(tmp_path: Path) -> None:
    needs("langchain_community", "bs4")
    path = tmp_path / "a.html"
    path.write_text("<html><head><title>Bags</title></head><body><p>Ten cents each.</p></body></html>")
    [document] = load_documents(path)
    assert document.title == "Bags"
    assert "Ten cents each." in document.body
    assert "<p>" not in document.body


def test_pdf_text_is_read(tmp_path: Path) -> None:
    needs("langchain_community", "pypdf")
    path = tmp_path / "parking.pdf"
    path.write_bytes(PDF)
    assert load_documents(path)[0].body == "Parking is free on Sundays."


def test_a_folder_is_read_whole_and_other_files_are_passed_over(tmp_path: Path) -> None:
    needs("langchain_community")
    (tmp_path / "sub").mkdir()
    for name in ("b.txt", "sub/a.md", "picture.png"):
        (tmp_path / name).write_text("text")
    assert sorted(document.title for document in load_documents(tmp_path)) == ["A", "B"]


def test_same_name_in_two_folders_is_two_documents_and_loading_again_is_one(tmp_path: Path) -> None:
    needs("langchain_community")
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "hours.txt").write_text("Nine to five.")
    ids = [document.id for document in load_documents(tmp_path)]
    assert len(set(ids)) == 2
    assert [document.id for document in load_documents(tmp_path)] == ids


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        pytest.param("a.docx", b"x", r"\.docx", id="a kind that is not read"),
        pytest.param("a.txt", b" \n", "holds no text", id="blank"),
        pytest.param("a.txt", b"\xff\xfe\x00bad", "cannot be read", id="not UTF-8"),
        pytest.param("a.pdf", b"not a pdf", "cannot be read", id="not a PDF"),
    ],
)
def test_unusable_files_are_named(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    needs("langchain_community", "pypdf")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentFileError, match=problem):
        load_documents(tmp_path / name)


def test_missing_paths_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentFileError, match="does not exist"):
        load_documents(tmp_path / "nothing.txt")
    with pytest.raises(DocumentFileError, match="No document"):
        load_documents(tmp_path)


def test_without_the_loaders_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("text")
    real = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "langchain_community" else real(name))
    with pytest.raises(MissingExtraError, match=r"seamless-retail\[imports\]"):
        load_documents(tmp_path / "a.txt")


def note(id_: str = "parking", body: str = "Two hours.") -> PolicyDocument:
    return PolicyDocument(id=id_, title="Parking", topic="added", body=body)


def test_documents_are_kept_replaced_and_removed(tmp_path: Path) -> None:
    added = AddedDocuments(tmp_path)
    assert added.all() == []
    added.add([note(), note("bags")])
    added.add([note(body="Three hours.")])
    assert [document.id for document in AddedDocuments(tmp_path).all()] == ["bags", "parking"]
    assert added.get("parking") == note(body="Three hours.")
    assert added.remove("bags")
    assert not added.remove("bags")
    assert added.get("bags") is None


def test_an_id_cannot_reach_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(note().model_dump_json())
    added = AddedDocuments(tmp_path)
    added.add([note()])
    assert added.get("../secret") is None


def test_a_damaged_document_is_named(tmp_path: Path) -> None:
    added = AddedDocuments(tmp_path)
    added.add([note()])
    [path] = tmp_path.rglob("parking.json")
    path.write_text("{")
    with pytest.raises(DocumentFileError, match=r"parking\.json is damaged"):
        added.all()
