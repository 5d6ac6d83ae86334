"""Exercises by a chat model: checked against the text, asked again when refused, continued after an interruption."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from seamless_retail.core.errors import ConfigurationError, ImportSourceError, LanguageModelError
from seamless_retail.training.data.clara_exercises import Wishes
from seamless_retail.training.data.clara_synthesis import main, open_model, read_documents, synthesise
from seamless_retail.training.data.clara_verification import why_unfaithful, why_wrong

TEXTS = (
    "The fountain hall opens at 9:00 and costs $4. Guides wear green scarves. The last tour leaves at 17:30.",
    "The tower has 312 steps and closes at 16:00. A ticket costs $7. Children climb it with an adult only.",
    "The garden was planted in 1904 by Ada Brook. It holds 61 kinds of roses. Entry costs $3 on weekdays.",
)
DOCUMENTS = [Document(page_content=text, metadata={"source": "tour.pdf", "page": n}) for n, text in enumerate(TEXTS, 1)]
PRICE = re.compile(r"\$\d+")


class RuleModel(BaseChatModel):
    """Answers by rule: the price, first a wrong one where ``lies`` is on, and the document with one word replaced."""

    lies: bool = False
    fails_from: int = 999
    """Number of the call from which the provider cannot be reached."""
    _prompts: list[str] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "rule"

    def exercise(self, prompt: str) -> dict[str, Any]:
        """What the rule writes."""
        text = prompt.split("<<<\n")[1].split("\n>>>")[0]
        price = PRICE.search(text)
        assert price
        answer = "$999" if self.lies and "Refused so far" not in prompt else price[0]
        pairs = [{"question": "How much must a visitor pay?", "answer": answer}]
        return {"pairs": pairs, "paraphrase": text.replace("The ", "Our ")}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._prompts.append(str(messages[-1].content))
        if len(self._prompts) >= self.fails_from:
            raise ConnectionError("no route to the provider")
        message = self.message(self.exercise(self._prompts[-1]))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def message(self, exercise: dict[str, Any]) -> AIMessage:
        """The exercise as JSON in a sentence, as models without tools write it."""
        return AIMessage(f"Here you are:\n```json\n{json.dumps(exercise)}\n```")


class ToolModel(RuleModel):
    """The same rule, by tool call."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind()

    def message(self, exercise: dict[str, Any]) -> AIMessage:
        return AIMessage("", tool_calls=[{"name": "Exercise", "args": exercise, "id": "1"}])


class BabblingModel(RuleModel):
    """Never writes what was asked for."""

    def message(self, exercise: dict[str, Any]) -> AIMessage:
        return AIMessage("I would rather talk about roses.")


ONE = Wishes(pairs=1, rounds=3, concurrency=1)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("model", [RuleModel(), ToolModel()], ids=["JSON in the text", "tool call"])
def test_records_have_the_stage_1_format(model: RuleModel, tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    report = synthesise(DOCUMENTS, model, out, ONE, progress=False)
    assert (report.documents, report.pairs, report.paraphrases) == (3, 3, 3)
    question, rewritten, *_ = lines(out)
    assert question == {
        "data_type": "qa",
        "question": ["How much must a visitor pay?"],
        "answers": ["$4"],
        "docs": [TEXTS[0]],
    }
    assert rewritten["data_type"] == "paraphrase"
    assert rewritten["answers"] == [TEXTS[0].replace("The ", "Our ")]


def test_a_refused_answer_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    model = RuleModel(lies=True)
    report = synthesise(DOCUMENTS[:1], model, tmp_path / "r.jsonl", ONE, progress=False)
    assert report.pairs == 1
    assert report.refused.total() == 1
    assert len(model._prompts) == 2
    assert "'$999': the answer does not stand in the document" in model._prompts[1]


def test_what_is_still_refused_after_the_last_round_is_counted(tmp_path: Path) -> None:
    model = RuleModel(lies=True)
    wishes = Wishes(pairs=1, rounds=1, paraphrase=False, concurrency=1)
    report = synthesise(DOCUMENTS, model, tmp_path / "r.jsonl", wishes, progress=False)
    assert (report.documents, report.pairs, report.refused.total()) == (3, 0, 3)
    assert lines(tmp_path / "r.jsonl") == []
    assert [entry["pairs"] for entry in lines(tmp_path / "r.jsonl.done")] == [0, 0, 0]


def test_an_unreadable_answer_is_a_round_not_a_crash(tmp_path: Path) -> None:
    model = BabblingModel()
    report = synthesise(DOCUMENTS[:1], model, tmp_path / "r.jsonl", ONE, progress=False)
    assert report.refused == {"the answer of the model was not readable": 3}


def test_an_interrupted_run_goes_on_and_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    synthesise(DOCUMENTS, RuleModel(), whole, ONE, progress=False)
    with pytest.raises(LanguageModelError, match=r"1 of 3 documents are done and kept\..*same command again"):
        synthesise(DOCUMENTS, RuleModel(fails_from=2), parts, ONE, progress=False)
    with parts.open("a") as file:
        file.write('{"data_type": "qa", "question": ["torn')
    again = RuleModel()
    report = synthesise(DOCUMENTS, again, parts, ONE, progress=False)
    assert (report.skipped, report.documents, len(again._prompts)) == (1, 2, 2)
    assert parts.read_bytes() == whole.read_bytes()


def test_done_documents_are_known_with_source_and_page(tmp_path: Path) -> None:
    synthesise([*DOCUMENTS, DOCUMENTS[0]], RuleModel(), tmp_path / "r.jsonl", ONE, progress=False)
    entries = lines(tmp_path / "r.jsonl.done")
    assert {entry["source"] for entry in entries} == {"tour.pdf"}
    assert [entry["page"] for entry in entries] == [1, 2, 3]


def test_several_at_a_time_write_the_same_file(tmp_path: Path) -> None:
    for name, concurrency in (("one", 1), ("four", 4)):
        wishes = Wishes(pairs=1, concurrency=concurrency)
        synthesise(DOCUMENTS, RuleModel(), tmp_path / f"{name}.jsonl", wishes, progress=False)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "four.jsonl").read_bytes()


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    out.write_text('{"my": "records"}\n')
    with pytest.raises(ImportSourceError, match="Choose another file"):
        synthesise(DOCUMENTS, RuleModel(), out, ONE, progress=False)
    assert out.read_text() == '{"my": "records"}\n'


def test_a_shortened_file_is_noticed(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    synthesise(DOCUMENTS, RuleModel(), out, ONE, progress=False)
    out.write_bytes(out.read_bytes()[:-10])
    with pytest.raises(ImportSourceError, match="shorter"):
        synthesise(DOCUMENTS, RuleModel(), out, ONE, progress=False)


def test_a_model_by_name_and_one_that_is_not_there() -> None:
    model = RuleModel()
    assert open_model(model) is model
    with pytest.raises(ConfigurationError, match="provider:model"):
        open_model("nobody:nothing")


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("When does the hall open?", "9:00", ""),
        ("What do guides wear?", "Green scarves.", ""),
        ("When does the last tour leave?", "at 17:30 the last tour", ""),
        ("When does the hall close?", "19:00", "does not stand"),
        ("What does the hall cost?", "$4.50", "does not stand"),
        ("How old is the hall?", "9", "does not stand"),
        ("What opens the hall?", "with 17:30 keys", "does not stand"),
        ("Do guides wear green scarves?", "yes", "yes-or-no"),
        ("Who wears green scarves here?", "green scarves", "gives its answer away"),
        ("Asked before already?", "green scarves", "asked already"),
        ("", "9:00", "empty"),
    ],
    ids=["figure", "case and full stop", "other word order", "wrong time", "wrong price", "part of a figure",
         "a word that is not there", "yes or no", "answer in the question", "repeated", "no question"],
)  # fmt: skip
def test_answers_are_checked_against_the_text(question: str, answer: str, why: str) -> None:
    found = why_wrong(question, answer, TEXTS[0], ["asked before already"])
    assert why in found
    assert bool(found) is bool(why)


@pytest.mark.parametrize(
    ("paraphrase", "why"),
    [
        ("In 1904, Ada Brook planted the garden. It has 61 rose kinds, and on weekdays you pay $3.", ""),
        ("In 1904, Ada Brook planted the garden. It has many rose kinds, and on weekdays you pay $3.", "lost (61)"),
        ("In 1904, Ada Brook planted the garden. It has 61 rose kinds and 5 ponds, and entry is $3.", "invented (5)"),
        ("In 1904, her friend Clara Brook planted the garden of 61 rose kinds where weekdays cost $3.", "Clara"),
        (TEXTS[2], "copy"),
        ("1904: 61 roses, $3.", "half"),
    ],
    ids=["faithful", "figure lost", "figure invented", "name invented", "copy", "too short"],
)
def test_paraphrases_are_checked_against_the_text(paraphrase: str, why: str) -> None:
    found = why_unfaithful(paraphrase, TEXTS[2])
    assert why in found
    assert bool(found) is bool(why)


def test_files_are_read_and_a_dry_run_asks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("langchain_community")
    (tmp_path / "tour.txt").write_text(TEXTS[0])
    [document] = read_documents([tmp_path])
    assert document.page_content == TEXTS[0]
    assert document.metadata["source"] == str(tmp_path / "tour.txt")
    assert sum(len(read_documents([tmp_path], split)) for split in ("train", "dev", "test")) == 1
    assert main([str(tmp_path), "--out", str(tmp_path / "r.jsonl"), "--model", "nobody:x", "--dry-run"]) == 0
    assert not (tmp_path / "r.jsonl").exists()
    assert main([str(tmp_path), "--out", str(tmp_path / "r.jsonl"), "--model", "nobody:x"]) == 1
    assert "provider:model" in capsys.readouterr().err.replace("\n", "")
