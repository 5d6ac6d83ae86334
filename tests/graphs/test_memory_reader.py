"""The reader of memories in the brain: opened when needed, left out when missing, waited for no longer than agreed."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.ports import NOT_STATED, ReadablePassage, ReaderAnswer
from seamless_retail.core.settings import Settings, load_settings
from seamless_retail.graphs import Parts, ask, assemble, build_brain, memory_reader, warm
from seamless_retail.graphs.memory_reader import (
    BUNDLED_CLARA,
    DeferredReader,
    clara_location,
    open_clara,
    open_memory_reader,
)

WithModel = Callable[[object], Settings]


class Echo:
    """Says the words it was made with, of every passage."""

    def __init__(self, words: str) -> None:
        self.words = words

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        used = tuple(passage.id for passage in passages if self.words in passage.text)
        return ReaderAnswer(self.words, 0.9, used) if used else ReaderAnswer(NOT_STATED, 0.9)

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        found = self.read(question, passages)
        yield found.text
        return found


@pytest.fixture
def with_model(tmp_path: Path) -> WithModel:
    """Settings that name a CLaRa model, over an empty home."""
    return lambda model: load_settings(home=tmp_path / "home", clara_model=str(model))


def test_the_brain_answers_with_the_sentence_that_the_reader_points_to(parts: Parts) -> None:
    question = "is there wireless internet in your stores?"
    brain = build_brain(assemble(parts=parts, memory_reader=Echo("free wireless internet")))
    output = ask(brain, question)
    assert "free wireless internet" in output["answer"]
    (citation,) = [item for item in output["citations"] if "wireless" in item["quote"]]
    assert citation["source_id"] == "policy:store-services"
    (context,) = [lobe for lobe in output["lobes"] if lobe["name"] == "context"]
    assert context["confidence"] == 0.9


def test_a_lying_reader_changes_no_answer(parts: Parts) -> None:
    honest = build_brain(assemble(parts=parts, memory_reader=Echo(NOT_STATED)))
    for lie in ("$0.99 and takes 2 hours", "yes", "no declarable allergen"):
        lying = build_brain(assemble(parts=parts, memory_reader=Echo(lie)))
        for question in ("how much is express shipping?", "is the Sunday Granola safe with a nut allergy?"):
            assert ask(lying, question)["answer"] == ask(honest, question)["answer"]


def test_a_missing_bundled_model_is_one_line_in_the_log(
    with_model: WithModel, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory_reader, "files", lambda _: tmp_path)
    with caplog.at_level(logging.WARNING):
        assert open_memory_reader(with_model(BUNDLED_CLARA)) is None
    (record,) = caplog.records
    assert "seamless train clara --config nano" in record.getMessage()


def test_the_setting_turns_it_off_without_a_word(with_model: WithModel, caplog: pytest.LogCaptureFixture) -> None:
    assert open_memory_reader(with_model("")) is None
    assert caplog.records == []


def test_a_folder_of_ones_own_without_a_model_is_an_error_at_once(with_model: WithModel, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=str(tmp_path)):
        open_memory_reader(with_model(tmp_path))


def test_names_are_told_from_folders(tmp_path: Path) -> None:
    assert clara_location(BUNDLED_CLARA) == Path(memory_reader.__file__).parents[1] / "models/weights/clara_nano"
    assert clara_location(str(tmp_path)) == tmp_path
    assert clara_location("./missing") == Path("missing")
    assert clara_location("somebody/clara-7b") == "somebody/clara-7b"


def test_a_model_reads_and_says_what_it_used(with_model: WithModel, tiny_clara: Path) -> None:
    reader = open_memory_reader(with_model(tiny_clara))
    assert reader is not None
    warm_model = reader.load()
    found = reader.read("how long?", [_Passage("a", "Returns are free within 30 days."), _Passage("b", "Red shoes.")])
    assert 0 < found.confidence <= 1
    assert set(found.used) <= {"a", "b"}
    assert reader.load() is warm_model
    assert open_clara(with_model(tiny_clara), rate=4).rate == 4
    assert open_clara(with_model(tiny_clara)).rate == 16
    assert open_clara(with_model(""), str(tiny_clara), text=True).rate is None


class _Passage:
    def __init__(self, id: str, text: str) -> None:
        self.id, self.text = id, text


def test_warming_up_loads_the_model(with_model: WithModel, parts: Parts, tiny_clara: Path) -> None:
    reader = open_memory_reader(with_model(tiny_clara))
    assert reader is not None
    warm(assemble(parts=parts, memory_reader=reader))
    assert reader.load(timeout_s=0) is not None


def test_nobody_waits_longer_than_agreed_for_a_model_that_loads() -> None:
    loaded = threading.Event()

    def open_slowly() -> Echo:
        loaded.wait(30)
        return Echo("now")

    reader = DeferredReader(open_slowly, wait_s=0.01)
    with pytest.raises(TimeoutError):
        reader.read("?", [])
    loaded.set()
    reader.load()
    assert reader.read("?", [_Passage("a", "now")]).text == "now"
    stream = reader.stream("?", [_Passage("a", "now")])
    assert list(stream) == ["now"]


def test_a_damaged_model_is_opened_once_and_named_once(
    with_model: WithModel, tiny_clara: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tmp_path / "clara"
    damaged.mkdir()
    for path in tiny_clara.rglob("*"):
        if path.is_file():
            target = damaged / path.relative_to(tiny_clara)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes()[: -1 if path.name == "readout.safetensors" else None])
    reader = open_memory_reader(with_model(damaged))
    assert reader is not None
    for _ in range(2):
        with pytest.raises(ModelFileError, match=r"readout\.safetensors"):
            reader.load()
    assert len(caplog.records) == 1


def test_assembling_does_not_load_the_model(seeded_home: Path, tiny_clara: Path) -> None:
    code = (
        "import json, sys\n"
        "from seamless_retail.core.settings import load_settings\n"
        "from seamless_retail.graphs import assemble\n"
        "settings = load_settings(home=sys.argv[1], clara_model=sys.argv[2], checkpoint_url='none', plugins=False)\n"
        "parts = assemble(settings)\n"
        "assert parts.memory_reader is not None\n"
        "print(json.dumps(sorted({'peft', 'seamless_retail.models.clara.model'} & set(sys.modules))))"
    )
    command = [sys.executable, "-c", code, str(seeded_home), str(tiny_clara)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(finished.stdout) == []


def test_the_doctor_opens_it_and_says_what_is_wrong(
    with_model: WithModel, tiny_clara: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seamless_retail.graphs.doctor import CHECKS

    def look(model: object) -> Any:
        (found,) = CHECKS["memory reader"](with_model(model))
        return found

    assert look("").status == "ok"
    found = look(tiny_clara)
    assert found.status == "ok"
    assert "16x, 32 wide" in found.detail
    with pytest.raises(ModelFileError, match="There is no CLaRa model"):
        look(tmp_path)
    monkeypatch.setattr(memory_reader, "files", lambda _: tmp_path)
    found = look(BUNDLED_CLARA)
    assert (found.status, found.remedy) == ("warning", memory_reader.REMEDY)


def test_a_process_that_ends_while_the_reader_is_opened_ends_in_order() -> None:
    """Torch aborts a process whose last act is to load it in a daemon thread: a one-shot question would crash."""
    code = (
        "import time\n"
        "from seamless_retail.graphs.memory_reader import DeferredReader\n"
        "def open_slowly():\n"
        "    time.sleep(0.3)\n"
        "    print('opened')\n"
        "reader = DeferredReader(open_slowly, wait_s=0.01)\n"
        "try:\n"
        "    reader.load(0.01)\n"
        "except TimeoutError:\n"
        "    print('answered without')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout.split("\n")) == (0, ["answered without", "opened", ""])
