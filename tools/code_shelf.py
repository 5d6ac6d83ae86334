"""Finds a function or query of :mod:`seamless_retail.tools.code_library` by what a request says."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import log
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import Stemmer
from pydantic import Field

from seamless_retail.core.catalogue import Record

LIBRARY = Path(__file__).with_name("code_library")
CALLED = "Also called:"
_WORD = re.compile(r"[a-z]+")
_UNTOLD = """
a about all an and any are as at be by can code compute calculate could do does each every for from function get give
gives had has have how i if in is it its last list make me my need of on one or our over per please program python query
report rule script select should show snippet sql that the them there these they this to us want was we what when where
which who with write you your cent cents day days dollar dollars percent point points
"""
_STOP = frozenset(_UNTOLD.split())
"""Words that tell no function from another: everybody asks for code, and units are read by :mod:`code_adaptation`."""
_SQL = re.compile(r"\b(?:sql|quer(?:y|ies)|select)\b", re.IGNORECASE)
_FRAMES = re.compile(r"\b(?:pandas|data ?frames?)\b", re.IGNORECASE)


class Similarity(Protocol):
    """Sentence embeddings, as LangChain's ``Embeddings`` are."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...  # noqa: D102
    def embed_query(self, text: str) -> list[float]: ...  # noqa: D102


class LibraryEntry(Record):
    """A function or query of the library."""

    name: str
    """``pricing.order_discount``, ``queries.best_sellers``."""
    language: Literal["python", "sql"]
    title: str
    """What it gives, in one sentence."""
    called: str
    """What people call it."""
    code: str
    """The whole text, imports first, without the names that people call it."""
    examples: str = ""
    """Lines of doctest; a query has none, it runs over the shop."""
    constants: dict[str, str] = Field(default_factory=dict)
    """What staff may set → its default as written."""

    @property
    def uses_pandas(self) -> bool:
        """Whether it works on frames."""
        return "pandas" in self.code


class Found(Record):
    """An entry and how well it fits, 0 to 1."""

    entry: LibraryEntry
    score: float


@cache
def library() -> tuple[LibraryEntry, ...]:
    """Every function and query, by name."""
    entries = [entry for path in LIBRARY.glob("*.py") for entry in _functions(path)]
    entries += [_query(path) for path in (LIBRARY / "queries").glob("*.sql")]
    return tuple(sorted(entries, key=lambda entry: entry.name))


@dataclass
class CodeShelf:
    """Searches the library by words, and by meaning where there are embeddings.

    The score is the mean of the two: the share of the request's words that the entry's texts hold, rare words
    counting more, and the cosine of the embeddings.
    """

    similarity: Similarity | None = None
    _vectors: "np.ndarray | None" = None
    _stems: list[frozenset[str]] = field(default_factory=list)
    _rarity: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stems = [frozenset(stems(_described(entry))) for entry in library()]
        every = [stem for entry in self._stems for stem in entry]
        self._rarity = {stem: log(1 + len(self._stems) / every.count(stem)) for stem in set(every)}

    def search(self, request: str, limit: int = 3) -> list[Found]:
        """The entries that fit best; of one language or over frames only, where the request says so."""
        meant = self._meant(request)
        scores = [
            (self._by_words(request, place) + meant[place]) / 2 if meant else self._by_words(request, place)
            for place in range(len(self._stems))
        ]
        found = [
            Found(entry=entry, score=score)
            for entry, score in zip(library(), scores, strict=True)
            if _of_the_kind(entry, request)
        ]
        return sorted(found, key=lambda one: (-one.score, one.entry.name))[:limit]

    def _by_words(self, request: str, place: int) -> float:
        wanted = stems(request)
        unknown = log(1 + len(self._stems))
        total = sum(self._rarity.get(stem, unknown) for stem in wanted)
        return sum(self._rarity[stem] for stem in wanted & self._stems[place]) / total if total else 0.0

    def _meant(self, request: str) -> list[float]:
        if self.similarity is None:
            return []
        if self._vectors is None:
            self._vectors = _unit(self.similarity.embed_documents([_described(entry) for entry in library()]))
        scores: list[float] = (self._vectors @ _unit([self.similarity.embed_query(request)]).T)[:, 0].tolist()
        return [max(0.0, score) for score in scores]


def stems(text: str) -> set[str]:
    """The stems of a text's words, without those that tell nothing."""
    stemmer = Stemmer.Stemmer("english")
    return set(stemmer.stemWords([word for word in _WORD.findall(text.lower()) if word not in _STOP]))


def _described(entry: LibraryEntry) -> str:
    return f"{entry.name.split('.')[-1].replace('_', ' ')}. {entry.title} {entry.called}."


def _of_the_kind(entry: LibraryEntry, request: str) -> bool:
    if _FRAMES.search(request):
        return entry.uses_pandas
    if _SQL.search(request):
        return entry.language == "sql"
    return not entry.uses_pandas


def _unit(vectors: Sequence[Sequence[float]]) -> "np.ndarray":
    array = np.asarray(vectors, dtype=np.float32)
    unit: np.ndarray = array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-9)
    return unit


def _functions(path: Path) -> Iterator[LibraryEntry]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield _function(path.stem, node, ast.get_source_segment(text, node) or "", imports)


def _function(
    module: str, node: ast.FunctionDef, source: str, imports: Sequence[ast.Import | ast.ImportFrom]
) -> LibraryEntry:
    docstring = ast.get_docstring(node) or ""
    title, called, examples = docstring.split("\n\n", 2)
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    kept = [line for statement in imports if (line := _needed(statement, used))]
    body = source.replace(f"    {called}\n\n", "", 1)
    return LibraryEntry(
        name=f"{module}.{node.name}",
        language="python",
        title=title,
        called=called.removeprefix(CALLED).strip(),
        code="\n".join([*kept, "\n" if kept else "", body]).lstrip("\n") + "\n",
        examples=examples,
        constants={argument.arg: ast.unparse(value) for argument, value in pairs if value is not None},
    )


def _needed(statement: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    """An import reduced to the names that a function uses."""
    names = [alias for alias in statement.names if (alias.asname or alias.name) in used]
    if not names:
        return ""
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import(names))
    return ast.unparse(ast.ImportFrom(statement.module, names, 0))


def _query(path: Path) -> LibraryEntry:
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    constants = dict(line[1:].split(" = ", 1) for line in comments if line.startswith(":"))
    sql = "\n".join(line for line in lines if not line.startswith("--"))
    return LibraryEntry(
        name=f"queries.{path.stem}",
        language="sql",
        title=next(iter(comments)),
        called=next(line.removeprefix(CALLED).strip() for line in comments if line.startswith(CALLED)),
        code=sql.strip() + "\n",
        constants=constants,
    )
