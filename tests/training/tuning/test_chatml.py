"""ChatML records in both forms, the template that writes them, and what is said of a bad one."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from seamless_retail.models.causal_lm import BUNDLED, tokenizer_folder
from seamless_retail.training.run.errors import RecordError
from seamless_retail.training.tuning.chatml import (
    as_stored,
    parsed,
    read_conversations,
    read_texts,
    use_chatml,
    written,
)

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Which shirts?"},
    {"role": "assistant", "content": "Red ones."},
]
TEXT = (
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhich shirts?<|im_end|>\n"
    "<|im_start|>assistant\nRed ones.<|im_end|>\n"
)


@pytest.fixture
def tokenizer() -> Any:
    found = AutoTokenizer.from_pretrained(tokenizer_folder(BUNDLED))
    use_chatml(found)
    return found


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{json.dumps(row) if not isinstance(row, str) else row}\n" for row in rows))
    return path


def test_both_forms_are_one_conversation(tmp_path: Path) -> None:
    assert written(MESSAGES) == TEXT
    assert parsed(TEXT, "here") == MESSAGES
    page = lines(tmp_path / "records.jsonl", {"messages": MESSAGES}, {"text": TEXT})
    assert read_conversations([page]) == [{"messages": MESSAGES}] * 2
    assert read_texts([lines(tmp_path / "texts.jsonl", {"text": TEXT})]) == [{"text": TEXT}]


def test_the_template_writes_what_texts_hold_and_marks_what_the_assistant_says(tokenizer: Any) -> None:
    assert tokenizer.apply_chat_template(MESSAGES, tokenize=False) == as_stored(TEXT, tokenizer)
    assert as_stored(TEXT, tokenizer).count("</s>") == 3, "its own end of text, since it has no <|im_end|>"
    found = tokenizer.apply_chat_template(MESSAGES, return_dict=True, return_assistant_tokens_mask=True)
    learned = [i for i, mask in zip(found["input_ids"], found["assistant_masks"], strict=True) if mask]
    assert tokenizer.decode(learned) == "Red ones.</s>"


def test_a_tokenizer_that_knows_chatml_ends_its_messages_so(tokenizer: Any) -> None:
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    use_chatml(tokenizer)
    assert tokenizer.apply_chat_template(MESSAGES, tokenize=False) == TEXT
    assert tokenizer.apply_chat_template(MESSAGES[:2], tokenize=False, add_generation_prompt=True).endswith(
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("nonsense", "(whole line)"),
        ("[1]", "(whole line)"),
        ({"text": "no markers"}, "text"),
        ({"text": TEXT + "and more"}, "text"),
        ({"messages": "hello"}, "messages"),
        ({"messages": MESSAGES[:2]}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [*MESSAGES, {"role": "user", "content": " "}]}, "messages[3].content"),
    ],
)
def test_a_bad_record_is_named_by_line_and_field(tmp_path: Path, row: Any, field: str) -> None:
    page = lines(tmp_path / "records.jsonl", {"messages": MESSAGES}, row)
    with pytest.raises(RecordError) as caught:
        read_conversations([page])
    assert f"{page}, line 2, field {field!r}" in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"missing\.jsonl"):
        read_texts([tmp_path / "missing.jsonl"])
