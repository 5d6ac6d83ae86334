"""Code records come from the library, and nothing of a held-out entry is trained on."""

from itertools import islice

from seamless_retail.tools.code_shelf import library
from seamless_retail.training.data.code_records import SHORT, code_records, entries_of, wordings
from seamless_retail.training.tuning.chatml import parsed


def test_entries_are_on_one_side_and_both_languages_on_each() -> None:
    train, held_out = entries_of("train"), entries_of("held_out")
    assert len(train) + len(held_out) == len(library())
    assert not {entry.name for entry in train} & {entry.name for entry in held_out}
    assert {entry.language for entry in train} == {"python", "sql"}
    assert 8 <= len(held_out) <= 20


def test_a_round_holds_every_entry_once_with_its_own_code() -> None:
    entries = entries_of("train")
    records = list(islice(code_records(1), len(entries)))
    assert records == list(islice(code_records(1), len(entries)))
    answers = [parsed(record["text"], "record")[-1]["content"] for record in records]
    assert sorted(answers) == sorted(f"```{entry.language}\n{entry.code.rstrip()}\n```" for entry in entries)


def test_requests_are_worded_as_the_entry_says() -> None:
    held_out = {entry.code.rstrip(): entry for entry in entries_of("held_out")}
    for record in islice(code_records(2, split="held_out"), 2 * len(held_out)):
        system, user, assistant = (message["content"] for message in parsed(record["text"], "record"))
        entry = held_out[assistant.partition("\n")[2].removesuffix("\n```")]
        assert system == SHORT
        assert any(wording.lower() in user.lower() for wording in wordings(entry))


def test_full_instructions_hold_the_schema_and_no_held_out_code() -> None:
    codes = [entry.code for entry in entries_of("held_out")]
    for record in islice(code_records(3, split="held_out", full=True), 6):
        system, _, answer = (message["content"] for message in parsed(record["text"], "record"))
        assert "Code of this shop that may help:" in system
        assert "stock" in system
        assert not any(code in system for code in codes)
        assert answer.startswith("```")
