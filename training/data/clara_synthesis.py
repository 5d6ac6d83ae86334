"""CLaRa stage-1 records written by a chat model from any documents, each answer verified against the text.

    python -m seamless_retail.training.data.clara_synthesis --out FILE.jsonl --model openai:gpt-5-mini PATH…

The model is asked for questions with answers copied from the document and for a paraphrase. What the check refuses
(``clara_verification.py``) is asked for again, with the reason, for a number of rounds; then it is counted. Documents
that are done stand in ``FILE.jsonl.done`` with their hash and source, so an interrupted run goes on where it stopped
and never asks twice. A file belongs to one split (``--split``) whole, because pages of one file repeat each other.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from seamless_retail.core.errors import ConfigurationError, LanguageModelError, SeamlessError
from seamless_retail.retrievers.documents import load_documents
from seamless_retail.training.data.clara_catalogue import split_of
from seamless_retail.training.data.clara_exercises import Wishes, Written, exercise_writer, write_exercises
from seamless_retail.training.data.clara_pdf import cut_text, read_pdf
from seamless_retail.training.data.clara_policies import REWRITE
from seamless_retail.training.data.clara_records_file import RecordsFile

console = Console(stderr=True)
READABLE = (".pdf", ".txt", ".md", ".csv", ".html", ".htm")


@dataclass
class Report:
    """What a run did."""

    documents: int = 0
    skipped: int = 0
    """Documents that an earlier run has done, or that stand twice."""
    pairs: int = 0
    paraphrases: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Reasons of the check, with how often each was given."""

    def sentence(self) -> str:
        """One line for the console."""
        refused = ", ".join(f"{number} x {why}" for why, number in self.refused.most_common()) or "nothing"
        return (
            f"{self.documents} documents gave {self.pairs} questions and {self.paraphrases} paraphrases; "
            f"{self.skipped} were done before. Refused: {refused}."
        )


def synthesise(
    documents: Iterable[Document],
    model: BaseChatModel | str,
    out: Path,
    wishes: Wishes | None = None,
    *,
    progress: bool = True,
) -> Report:
    """Append records of all documents to ``out``; documents that are done are passed over.

    Args:
        documents: ``page_content`` becomes the record's document; ``source`` and ``page`` of the metadata are kept in
            the list of done documents.
        model: A chat model, or a name for :func:`langchain.chat_models.init_chat_model`.
        out: JSONL file of stage-1 records; ``<out>.done`` stands beside it.
        wishes: How many questions, rounds, requests at a time.
        progress: Whether to show a bar on stderr.

    Raises:
        ConfigurationError: The model's name or key cannot be used.
        LanguageModelError: The model cannot be reached; what is done stays done.
        ImportSourceError: ``out`` is not a file of an earlier run, or was changed since.
    """
    wishes = wishes or Wishes()
    write = exercise_writer(open_model(model))
    report = Report()
    fresh: dict[str, Document] = {}
    with RecordsFile(out) as file:
        for document in documents:
            key = hashlib.sha256(document.page_content.encode("utf-8", "surrogatepass")).hexdigest()
            report.skipped += key in fresh or key in file.done
            if key not in file.done:
                fresh.setdefault(key, document)
        pool = ThreadPoolExecutor(wishes.concurrency)
        try:
            results = pool.map(lambda document: write_exercises(document.page_content, write, wishes), fresh.values())
            shown = track(results, "writing exercises", len(fresh), console=console) if progress else results
            for (key, document), written in zip(fresh.items(), shown, strict=True):
                file.append(key, _records(document.page_content, written), _provenance(document, written))
                _count(report, written)
        except LanguageModelError as error:
            raise LanguageModelError(
                f"{error.message} {report.documents} of {len(fresh)} documents are done and kept.",
                f"{error.remedy} Then run the same command again: it goes on from there.",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
    return report


def open_model(model: BaseChatModel | str) -> BaseChatModel:
    """The model itself, or the one that ``init_chat_model`` makes of its name.

    Raises:
        ConfigurationError: The provider, its package or its key is missing.
    """
    if not isinstance(model, str):
        return model
    from langchain.chat_models import init_chat_model

    try:
        made: BaseChatModel = init_chat_model(model)
    except Exception as error:  # every provider raises its own type for a missing key
        raise ConfigurationError(
            f"The chat model {model!r} cannot be used: {str(error).splitlines()[0]}",
            "Name it as provider:model (openai:gpt-5-mini), install the provider's LangChain package, and set its key.",
        ) from error
    return made


def _records(text: str, written: Written) -> list[dict[str, Any]]:
    records = []
    if written.pairs:
        questions, answers = [pair.question for pair in written.pairs], [pair.answer for pair in written.pairs]
        records.append({"data_type": "qa", "question": questions, "answers": answers, "docs": [text]})
    if written.paraphrase:
        records.append(
            {"data_type": "paraphrase", "question": [REWRITE], "answers": [written.paraphrase], "docs": [text]}
        )
    return records


def _provenance(document: Document, written: Written) -> dict[str, Any]:
    known = {name: document.metadata[name] for name in ("source", "page", "title") if name in document.metadata}
    return known | {"pairs": len(written.pairs), "paraphrase": bool(written.paraphrase), "refused": written.refused}


def _count(report: Report, written: Written) -> None:
    report.documents += 1
    report.pairs += len(written.pairs)
    report.paraphrases += bool(written.paraphrase)
    report.refused += written.refused


def read_documents(paths: Iterable[Path], split: str = "all") -> list[Document]:
    """Documents of PDF, text, Markdown, CSV and HTML files and of folders with them, cut to a size to ask about.

    Raises:
        DocumentFileError: A file cannot be read, or there is none.
        MissingExtraError: The packages that read such files are not installed.
    """
    documents: list[Document] = []
    for path in _files(paths):
        if path.suffix.lower() == ".pdf":
            documents += read_pdf(path).documents
            continue
        for policy in load_documents(path):
            metadata = {"source": str(path), "title": policy.title}
            documents += [Document(page_content=part, metadata=metadata) for part in cut_text(policy.body)]
    return [one for one in documents if split in ("all", split_of(Path(one.metadata["source"]).name))]


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.suffix.lower() in READABLE)
        else:
            yield path


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the files, ask the model, append the records."""
    options = _parser().parse_args(arguments)
    wishes = Wishes(options.pairs, not options.no_paraphrase, options.rounds, options.concurrency)
    try:
        documents = read_documents(options.paths, options.split)[: options.max_samples or None]
        console.print(f"{len(documents)} documents")
        if not options.dry_run:
            console.print(synthesise(documents, options.model, options.out, wishes).sentence())
    except SeamlessError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+", help=f"files or folders: {', '.join(READABLE)}")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file of stage-1 records; appended to")
    parser.add_argument("--model", required=True, help="an init_chat_model name: openai:gpt-5-mini, ollama:qwen3 …")
    parser.add_argument("--pairs", type=int, default=6, help="questions per document")
    parser.add_argument("--rounds", type=int, default=3, help="requests per document at most")
    parser.add_argument("--concurrency", type=int, default=4, help="documents in work at a time")
    parser.add_argument("--no-paraphrase", action="store_true")
    parser.add_argument("--split", choices=("train", "dev", "test", "all"), default="all", help="by file name")
    parser.add_argument("--max-samples", type=int, default=0, help="so many documents only")
    parser.add_argument("--dry-run", action="store_true", help="read the files, ask nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
