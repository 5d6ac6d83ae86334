"""The data of a run is a function of its seed and the number of the batch, whoever asks and when."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.clara.config import Stream
from seamless_retail.training.clara.feeding import Feed
from seamless_retail.training.clara.records import Record, RecordFile, Turn
from seamless_retail.training.clara.sources import Endless, Shuffled, Source, open_source
from seamless_retail.training.run.errors import RecordError

HERE = f"{__name__}:numbered"


def numbered(seed: int, *, word: str = "plain") -> Iterator[dict[str, Any]]:
    """What a stream is: records without end from a seed."""
    while True:
        yield {"data_type": "qa", "question": [f"{word}?"], "answers": [str(seed)], "docs": [f"{seed} {word}"]}
        seed += 1


def stream(monkeypatch: pytest.MonkeyPatch, **more: Any) -> Stream:
    module = type("module", (), {"numbered": staticmethod(numbered)})
    monkeypatch.setitem(__import__("sys").modules, "some_stream", module)
    return Stream(stream="some_stream:numbered", **more)


def made_up(count: int) -> list[Record]:
    return [Record((f"document {i} " + "word " * (i % 5),), (Turn("?", str(i)),)) for i in range(count)]


class Lengths:
    """Stands where a collator does: the feed only asks it to read ahead and for lengths."""

    def learn(self, records: Sequence[Record]) -> None:
        self.read = len(records)

    def length(self, record: Record) -> int:
        return len(record.documents[0])


def feed(source: Source, rank: int = 0, world: int = 1) -> Feed:
    def collate(collator: Any, records: Sequence[Record], step: int) -> Any:
        return step, [record.turns[0].answer for record in records]

    return Feed(
        source, Lengths(), lambda record, random: record, collate,  # type: ignore[arg-type]
        micro_batch=2, accumulation=1, bucket=4, seed=7, rank=rank, world=world,
    )  # fmt: skip


def test_an_epoch_holds_every_record_once_in_a_new_order() -> None:
    source = Shuffled([made_up(5), made_up(8)[5:]], seed=1)
    assert source.size == 8
    first, second = ([r.turns[0].answer for r in source.window(number, 8)] for number in (0, 1))
    assert sorted(first) == sorted(second) == list("01234567")
    assert first != second


def test_processes_share_an_epoch_without_overlap() -> None:
    source = Shuffled([made_up(8)], seed=1)
    shares = [[r.turns[0].answer for r in source.window(0, 4, rank, 2)] for rank in (0, 1)]
    assert sorted(shares[0] + shares[1]) == list("01234567")


def test_max_samples_uses_the_first_records_only() -> None:
    source = Shuffled([made_up(8)], seed=1, limit=3)
    assert {r.turns[0].answer for r in source.window(0, 9)} == {"0", "1", "2"}


def test_a_run_that_starts_in_the_middle_sees_what_it_would_have_seen() -> None:
    source = Shuffled([made_up(11)], seed=1)
    with closing(feed(source).batches()) as whole, closing(feed(source).batches(5)) as later:
        assert list(islice(whole, 5, 12)) == list(islice(later, 7))


def test_a_window_is_sorted_by_length_before_it_is_cut() -> None:
    source = Shuffled([made_up(8)], seed=1)
    chunks = [answers for _, answers in islice(feed(source).made(0), 4)]  # type: ignore[misc]
    lengths = {str(i): i % 5 for i in range(8)}
    spreads = [abs(lengths[a] - lengths[b]) for a, b in chunks]
    assert sum(spreads) <= 2, "neighbours in length stand together"


def test_a_stream_has_a_seed_per_window_and_easier_options_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [{"updates": 10, "options": {"word": "easy"}}]
    source = Endless(stream(monkeypatch, steps=steps), 3, "stage1")
    early, late = source.window(0, 2, update=9), source.window(0, 2, update=10)
    assert [r.turns[0].question for r in (early[0], late[0])] == ["easy?", "plain?"]
    assert early[0].turns[0].answer == late[0].turns[0].answer, "same window, same seed"
    assert source.window(1, 2)[0] != late[0] != source.window(0, 2, rank=1, world=2)[0]


def test_a_faulty_record_is_raised_where_its_batch_is_used(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"data_type": "quiz", "docs": ["a"]}\n', encoding="utf-8")
    with (
        closing(feed(Shuffled([RecordFile(path, "stage1")], seed=1)).batches()) as batches,
        pytest.raises(RecordError, match="data_type"),
    ):
        next(batches)


def test_a_stream_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no_such:thing"):
        open_source(Stream(stream="no_such:thing"), "stage1", 0, tmp_path)
    with pytest.raises(ConfigurationError, match="cannot stream"):
        open_source(Stream(stream="no_such:thing"), "stage3", 0, tmp_path)


def test_the_catalogue_streams_varied_products(tmp_path: Path) -> None:
    records = open_source("catalogue", "stage1", 7, tmp_path).window(0, 3)
    assert len({record.documents for record in records}) == 3
    assert all(record.turns for record in records)
