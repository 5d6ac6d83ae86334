"""The code lobe: pricing rules, reports, SQL and pandas for the shop's staff, checked and run before they are shown.

It answers nobody but staff, and it knows them by the verified principal only: a customer who says that they are staff
is a customer. What it shows was run; how that ended stands below the code. It never changes anything: Python runs in a
sandbox, SQL on a connection that cannot write.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.evidence import LobeReport, Source
from seamless_retail.core.intents import Intent
from seamless_retail.core.ports import Shop
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.policy_shelf import PolicyShelf, first_person
from seamless_retail.lobes.router import CANNOT_YET
from seamless_retail.tools.code_desk import CodeAnswer, CodeDesk
from seamless_retail.tools.code_queries import STAFF, QueryResult
from seamless_retail.tools.code_sandbox import CodeRun
from seamless_retail.tools.code_shelf import library

UNSURE = 0.1
"""Confidence in an answer that only says what else can be done."""
RUN_S, MODEL_S = 8.0, 60.0
MAX_SHOWN_ROWS = 10
MAX_SHOWN_CALLS = 4
_MARK_LIKE = re.compile(r"\[(\d+)\]")
STATUS_WORDS = {
    "ok": "Every example ran as it should.",
    "failed": "An example gave something else than expected.",
    "error": "It raised an exception.",
    "blocked": "It tried something that the sandbox does not allow.",
    "time": "It did not finish in time.",
    "memory": "It needed more memory than is allowed.",
    "output": "It printed more than is allowed.",
    "exit": "It ended the process.",
}


@dataclass(frozen=True, slots=True)
class CodeLobe:
    """Answers requests for code."""

    shop: Shop
    retriever: BaseRetriever
    desk: CodeDesk = field(default_factory=CodeDesk)
    name: str = "code"
    description: str = "Writes pricing rules, reports, SQL and pandas for the shop's staff."

    def is_ready(self) -> Readiness:
        """Whether the library is there."""
        found = library()
        return Readiness(ready=bool(found), reason="" if found else "The code library is missing.")

    @property
    def deadline_s(self) -> float:
        """Seconds that it may take: a run, and what a model needs to write twice."""
        return RUN_S if self.desk.model is None else MODEL_S

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Show code to staff; tell everybody else what the assistant can do instead."""
        if request.intent.intent is not Intent.CODE_REQUEST:
            return LobeReport(lobe=self.name, status="empty")
        if STAFF not in request.principal.roles:
            return self._refusal()
        answer = self.desk.answer(request.understanding.text, request.principal, self.shop.today())
        if answer.origin == "none":
            return LobeReport(lobe=self.name, status="empty", missing=(answer.reason,))
        source = code_source(answer)
        claim = make_claim("code", [source.cite()], sentence=source.text)
        confidence = 1.0 if answer.works else 0.5
        missing = (answer.reason,) if answer.reason else ()
        return LobeReport(lobe=self.name, confidence=confidence, claims=(claim,), missing=missing)

    def _refusal(self) -> LobeReport:
        """What customers are told: the policy's own sentence, and what the assistant can do instead."""
        quoted = PolicyShelf(self.shop, self.retriever).sentence(r"computer code", "assistant")
        claims = (
            (make_claim("policy", [quoted[1]], confidence=UNSURE, sentence=first_person(quoted[1].quote)),)
            if quoted
            else ()
        )
        confidence = UNSURE if claims else 0.0
        missing = (CANNOT_YET["code"],)
        return LobeReport(lobe=self.name, status="empty", confidence=confidence, claims=claims, missing=missing)


def code_source(answer: CodeAnswer) -> Source:
    """What is shown of an answer, as a source that it cites: the code, what was run, and the result."""
    title = f"Code library: {answer.name}" if answer.origin == "library" else "Code that the language model wrote"
    key = answer.name or "model"
    text = "\n\n".join(filter(None, written_answer(answer)))
    return Source(id=f"code:{key}", kind="code", title=title, text=_MARK_LIKE.sub(r"[ \1]", text))


def written_answer(answer: CodeAnswer) -> Iterable[str]:
    """The paragraphs of an answer. A number alone in brackets gets a space, since [1] is how answers mark citations."""
    if answer.origin == "library":
        yield f"From the code library, {answer.name}: {answer.title}"
        if answer.changed:
            pairs = ", ".join(f"{name} = {value}" for name, value in answer.changed.items())
            yield f"Adapted to your request: {pairs}."
    elif answer.origin == "model":
        yield "The language model wrote this:"
    yield f"```{answer.language}\n{answer.code.rstrip()}\n```"
    if answer.check.remarks:
        yield f"{answer.check.linter} remarks: {'; '.join(answer.check.remarks)}."
    if answer.run is not None:
        yield from _written_run(answer.run)
    if answer.result is not None:
        yield from _written_result(answer.result, answer.parameters)
    elif answer.language == "sql":
        yield "It was not run: there is no database to read."


def _written_run(run: CodeRun) -> Iterable[str]:
    shown = list(run.examples)[-MAX_SHOWN_CALLS:]
    if shown:
        calls = "\n".join(f">>> {example.call}\n{example.got or example.expected}".rstrip() for example in shown)
        yield f"Run in the sandbox:\n\n```python\n{calls}\n```"
    if run.output:
        yield f"It printed:\n\n```text\n{run.output.rstrip()[:1000]}\n```"
    kernel = "" if run.is_confined or not run.guards else " The kernel did not enforce every limit on this machine."
    count = f" Examples run: {len(run.examples)}." if run.examples else " It has no examples." if not run.detail else ""
    reason = f" {run.detail}" if run.detail else ""
    words = "It ran to its end." if run.status == "ok" and not run.examples else STATUS_WORDS[run.status]
    yield f"{words}{count}{reason}{kernel}"


def _written_result(result: QueryResult, parameters: dict[str, str | int]) -> Iterable[str]:
    if result.problem:
        yield f"It was not run: {result.problem}"
        return
    given = ", ".join(f"{name} = {value}" for name, value in parameters.items())
    rows = [result.columns, *result.rows[:MAX_SHOWN_ROWS]]
    table = "\n".join(" | ".join("" if value is None else str(value) for value in row) for row in rows)
    yield f"Run over the shop{f' with {given}' if given else ''}:\n\n```text\n{table}\n```"
    more = " (the query gives more)" if result.cut_off else ""
    yield f"Rows shown: {min(MAX_SHOWN_ROWS, len(result.rows))} of {len(result.rows)}{more}."
