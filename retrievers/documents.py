"""Documents of the shop's own: files read into policy documents, kept beside the index and indexed with every build."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from seamless_retail.core.errors import DocumentFileError, MissingExtraError
from seamless_retail.core.policies import PolicyDocument

if TYPE_CHECKING:
    from langchain_core.document_loaders import BaseLoader

FOLDER = "added"
TOPIC = "added"
"""Topic of documents that were added from files."""


def load_documents(path: str | Path) -> list[PolicyDocument]:
    """Read a text, Markdown, PDF, CSV or HTML file, or every such file under a folder.

    The id is derived from the file's full path, so that loading a changed file again replaces the document.

    Raises:
        DocumentFileError: The path does not exist, is of another kind, cannot be read, or holds no text.
        MissingExtraError: The packages that read such files are not installed.
    """
    path = Path(path)
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix.lower() in _LOADERS]
        if not files:
            raise DocumentFileError(f"No document is in {path}.", f"Readable are {', '.join(_LOADERS)} files.")
        return [_load(file) for file in files]
    if not path.exists():
        raise DocumentFileError(f"{path} does not exist.", "Check the path.")
    return [_load(path)]


class AddedDocuments:
    """The added documents of one index directory, one JSON file each; builds never remove them."""

    def __init__(self, directory: str | Path) -> None:
        self._folder = Path(directory) / FOLDER

    def add(self, documents: Iterable[PolicyDocument]) -> None:
        """Keep documents; one with the same id is replaced."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for document in documents:
            temporary = self._folder / f"{document.id}.tmp"
            temporary.write_text(document.model_dump_json(indent=2), encoding="utf-8")
            temporary.replace(self._path(document.id))

    def get(self, document_id: str) -> PolicyDocument | None:
        """One document; what ``policy:<id>`` cites when the shop's policies do not hold the id.

        Raises:
            DocumentFileError: Its file is damaged.
        """
        path = self._path(document_id)
        return self._read(path) if path.is_file() and path.parent == self._folder else None

    def all(self) -> list[PolicyDocument]:
        """All of them, by id.

        Raises:
            DocumentFileError: A file is damaged.
        """
        return [self._read(path) for path in sorted(self._folder.glob("*.json"))]

    def remove(self, document_id: str) -> bool:
        """Forget a document; says whether it was there."""
        found = self.get(document_id) is not None
        if found:
            self._path(document_id).unlink()
        return found

    def _path(self, document_id: str) -> Path:
        return self._folder / f"{document_id}.json"

    @staticmethod
    def _read(path: Path) -> PolicyDocument:
        try:
            return PolicyDocument.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DocumentFileError(
                f"The added document {path} is damaged: {error}", f"Delete {path} and add the original file again."
            ) from error


def _load(path: Path) -> PolicyDocument:
    kind = path.suffix.lower()
    if kind not in _LOADERS:
        raise DocumentFileError(
            f"{path} is of a kind that cannot be read ({kind or 'no suffix'}).",
            f"Readable are {', '.join(_LOADERS)} files.",
        )
    packages, make_loader = _LOADERS[kind]
    if any(find_spec(package) is None for package in ("langchain_community", *packages)):
        raise MissingExtraError(f"Reading {kind} files", "imports")
    try:
        parts = make_loader(path).load()
    except Exception as error:  # the loaders raise whatever their parser raises
        raise DocumentFileError(f"{path} cannot be read: {error}.", "Check that the file opens elsewhere.") from error
    body = "\n\n".join(text for part in parts if (text := part.page_content.strip()))
    if not body:
        raise DocumentFileError(f"{path} holds no text.", "Scanned pages must be recognised (OCR) first.")
    title = str(parts[0].metadata.get("title") or "").strip() or _title(path)
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return PolicyDocument(id=_id(path), title=title, topic=TOPIC, body=body, updated_on=changed)


def _title(path: Path) -> str:
    words = re.sub(r"[-_\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:]


def _id(path: Path) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40]
    return f"{slug or 'document'}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"


def _text_loader(path: Path) -> "BaseLoader":
    from langchain_community.document_loaders import TextLoader

    return TextLoader(path, encoding="utf-8-sig", autodetect_encoding=False)


def _pdf_loader(path: Path) -> "BaseLoader":
    from langchain_community.document_loaders import PyPDFLoader

    return PyPDFLoader(path)


def _csv_loader(path: Path) -> "BaseLoader":
    from langchain_community.document_loaders import CSVLoader

    return CSVLoader(path, encoding="utf-8-sig")


def _html_loader(path: Path) -> "BaseLoader":
    from langchain_community.document_loaders import BSHTMLLoader

    return BSHTMLLoader(path, open_encoding="utf-8", bs_kwargs={"features": "html.parser"}, get_text_separator="\n")


_LOADERS: dict[str, tuple[tuple[str, ...], Callable[[Path], "BaseLoader"]]] = {
    ".txt": ((), _text_loader),
    ".md": ((), _text_loader),
    ".pdf": (("pypdf",), _pdf_loader),
    ".csv": ((), _csv_loader),
    ".html": (("bs4",), _html_loader),
    ".htm": (("bs4",), _html_loader),
}
"""By suffix: packages beside langchain-community, and the loader."""
