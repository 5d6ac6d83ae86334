"""Answers a request for code: a chat model writes it or the library holds it; it is checked and run before it is shown.

With a chat model, the model writes, and what fails its check or its run goes back to it once with the reason. Without
one, or when the model's code fails twice, the library answers, if it holds something close enough.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.principal import Principal
from seamless_retail.tools.code_adaptation import adapt, fit, subject_of
from seamless_retail.tools.code_check import HEAVY, CheckedCode, check_python, docstring_examples
from seamless_retail.tools.code_queries import QueryResult, ReadOnlyQueries, schema_text
from seamless_retail.tools.code_sandbox import CodeRun, Sandbox
from seamless_retail.tools.code_shelf import CodeShelf, Found, LibraryEntry

log = logging.getLogger(__name__)

ATTEMPTS = 2
FIT_WEIGHT = 0.25
"""How much the request's numbers count beside its words when entries of the library are compared."""
NO_MODEL = (
    "No function of the code library answers this, and no code model is configured (SEAMLESS_LLM). "
    "The library covers prices, promotions, margins, loyalty points, stock, orders, and reports in SQL and pandas."
)
MODEL_FAILED = "The code model wrote nothing that passed its checks: {reason}"
_FENCE = re.compile(r"```[ \t]*(\w*)[^\n]*\n(.*?)```", re.DOTALL)
_GIVEN = re.compile(r"^\s*>>> .*(?:\n(?!\s*>>>)[^\n]+)*", re.MULTILINE)
INSTRUCTIONS = """You write code for the staff of a shop: pricing rules, reports, SQL and pandas.
Answer with exactly one fenced code block, ```python or ```sql, and nothing else.
Python: one function, its docstring with doctest examples (>>>) that show what it returns; standard library and pandas
only; no files, no network, no input. Amounts are whole cents.
SQL: one SELECT that SQLite and PostgreSQL both run, over these tables:
{schema}

Code of this shop that may help:
{examples}"""


class CodeAnswer(Record):
    """What is shown for a request."""

    origin: Literal["model", "library", "none"]
    name: str = ""
    """Of the library's entry."""
    title: str = ""
    language: Literal["python", "sql"] = "python"
    code: str = ""
    changed: dict[str, str] = Field(default_factory=dict)
    """What the request set in the library's code."""
    parameters: dict[str, str | int] = Field(default_factory=dict)
    """What a query was run with."""
    check: CheckedCode = Field(default_factory=CheckedCode)
    run: CodeRun | None = None
    result: QueryResult | None = None
    score: float = 0.0
    """How well the library's entry fits."""
    reason: str = ""
    """Why there is no code, or why it is not the model's."""

    @property
    def works(self) -> bool:
        """Whether it was run and did what it should."""
        if self.run is not None:
            return self.run.status == "ok"
        return self.result is not None and not self.result.problem


@dataclass(frozen=True, slots=True)
class CodeDesk:
    """Makes code for staff. Whoever calls it has made sure that staff ask.

    Args:
        shelf: The library's search.
        sandbox: Runs Python.
        queries: Runs SQL over the shop; without it a query is shown unrun.
        model: Writes code.
        min_score: Below it nothing of the library is close enough; the default is for words without embeddings.
    """

    shelf: CodeShelf = field(default_factory=CodeShelf)
    sandbox: Sandbox = field(default_factory=Sandbox)
    queries: ReadOnlyQueries | None = None
    model: BaseChatModel | None = None
    min_score: float = 0.25

    def answer(self, request: str, principal: Principal, today: date) -> CodeAnswer:
        """Code for a request, with how its check and its run ended.

        Args:
            request: In words; lines of ``>>>`` with what they should give are run as examples.
            principal: The verified member of staff; columns that tell who a customer is are read only for staff.
            today: The shop's day.
        """
        found = self.candidates(request)
        reason = NO_MODEL
        if self.model is not None:
            written = self._written(request, principal, self.model, found)
            if written.works or not written.reason:
                return written
            reason = written.reason
        if not found or next(iter(found)).score < self.min_score:
            return CodeAnswer(origin="none", reason=reason)
        best = next(iter(found))
        fallback = reason if self.model is not None else ""
        return self._from_library(best.entry, request, principal, today).model_copy(
            update={"score": best.score, "reason": fallback}
        )

    def candidates(self, request: str) -> list[Found]:
        """The library's best entries: by words and meaning, then by whether they take the request's numbers."""
        found = self.shelf.search(subject_of(request), limit=8)
        return sorted(found, key=lambda one: -(one.score + FIT_WEIGHT * fit(one.entry, request)))[:3]

    def run_code(self, code: str, language: str, principal: Principal, examples: str = "") -> CodeAnswer:
        """Check and run code as it is.

        Args:
            code: Python or SQL.
            language: ``python`` or ``sql``.
            principal: The verified member of staff.
            examples: Lines of doctest, besides those in the code's docstrings.
        """
        if language == "sql":
            result = self.queries.run(code, {}, principal) if self.queries else None
            return CodeAnswer(origin="none", language="sql", code=code, result=result)
        checked = check_python(code)
        if checked.problems:
            return CodeAnswer(origin="none", code=code, check=checked)
        run = self.sandbox.run(code, f"{docstring_examples(code)}\n\n{examples}", checked.preload)
        return CodeAnswer(origin="none", code=code, check=checked, run=run)

    def _from_library(self, entry: LibraryEntry, request: str, principal: Principal, today: date) -> CodeAnswer:
        adapted = adapt(entry, request, today)
        known = {"origin": "library", "name": entry.name, "title": entry.title, "language": entry.language}
        shown = {**known, "code": adapted.code, "changed": adapted.changed, "parameters": adapted.parameters}
        if entry.language == "sql":
            result = self.queries.run(adapted.code, adapted.parameters, principal) if self.queries else None
            return CodeAnswer.model_validate({**shown, "result": result})
        preload = [name for name in HEAVY if f"import {name}" in adapted.code]
        run = self.sandbox.run(adapted.code, f"{adapted.examples}\n{given_examples(request)}", preload)
        return CodeAnswer.model_validate({**shown, "check": check_python(adapted.code), "run": run})

    def _written(self, request: str, principal: Principal, model: BaseChatModel, found: Sequence[Found]) -> CodeAnswer:
        """What the model wrote, checked and run; with a reason if none of it may be shown."""
        shelf = "\n\n".join(one.entry.code for one in found)
        system = INSTRUCTIONS.format(schema=schema_text(), examples=shelf)
        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(request)]
        problem = "it gave no answer."
        for _ in range(ATTEMPTS):
            try:
                said = str(model.invoke(messages).text)
            except Exception as error:  # every provider raises its own type
                log.info("the code model failed: %s", error)
                return CodeAnswer(origin="none", reason=MODEL_FAILED.format(reason="it could not be reached."))
            answer = self._judged(said, request, principal)
            problem = failure_of(answer)
            if not problem:
                return answer.model_copy(update={"origin": "model"})
            messages += [AIMessage(said), HumanMessage(f"That cannot be used: {problem} Write it again.")]
        return CodeAnswer(origin="none", reason=MODEL_FAILED.format(reason=problem))

    def _judged(self, said: str, request: str, principal: Principal) -> CodeAnswer:
        block = _FENCE.search(said)
        if block is None:
            return CodeAnswer(origin="none", reason="There is no fenced code block.")
        language = "sql" if block.group(1).lower() in ("sql", "sqlite", "postgresql") else "python"
        return self.run_code(block.group(2).strip() + "\n", language, principal, given_examples(request))


def given_examples(request: str) -> str:
    """The ``>>>`` lines of a request with what stands below them."""
    return "\n".join(match.group() for match in _GIVEN.finditer(request))


def failure_of(answer: CodeAnswer) -> str:
    """Why code may not be shown as working, in words; empty if it may."""
    if answer.reason:
        return answer.reason
    if answer.check.problems:
        return " ".join(answer.check.problems)
    if answer.run is not None and answer.run.status != "ok":
        return f"Its run ended with {answer.run.status!r}: {answer.run.detail}"
    if answer.result is not None and answer.result.problem:
        return answer.result.problem
    return ""
