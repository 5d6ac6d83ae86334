"""ChatML: the records of conversations, the template that writes them, and the texts that hold them already.

Records are ``{"messages": [{"role": "system" | "user" | "assistant", "content": …}, …]}`` or ``{"text": …}`` with
ChatML in it. A tokenizer that does not know ``<|im_end|>`` ends a message with its own end-of-text token instead, so
that no embedding has to be added; ``<|im_start|>`` is then spelled.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from seamless_retail.training.run.errors import RecordError

START, END = "<|im_start|>", "<|im_end|>"
ROLES = ("system", "user", "assistant")
Message = dict[str, str]
_MESSAGE = re.compile(rf"{re.escape(START)}(\w+)\n(.*?){re.escape(END)}\n?", re.DOTALL)
_TEMPLATE = """\
{%- for message in messages -%}
{{ '<|im_start|>' + message['role'] + '\n' }}
{%- if message['role'] == 'assistant' -%}
{% generation %}{{ message['content'] + END }}{% endgeneration %}
{%- else -%}
{{ message['content'] + END }}
{%- endif -%}
{{ '\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\n' }}
{%- endif -%}
"""


def end_of_message(tokenizer: Any) -> str:
    """What ends a message: ``<|im_end|>`` where it is one token, else the tokenizer's end of text."""
    end: str = END if END in tokenizer.get_vocab() else tokenizer.eos_token
    return end


def use_chatml(tokenizer: Any) -> None:
    """Give a tokenizer the template; what assistants say is marked in it, for a loss on that alone."""
    tokenizer.chat_template = _TEMPLATE.replace("END", f"'{end_of_message(tokenizer)}'")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token


def written(messages: Iterable[Message]) -> str:
    """Messages as text with ChatML."""
    return "".join(f"{START}{message['role']}\n{message['content']}{END}\n" for message in messages)


def parsed(text: str, place: str) -> list[Message]:
    """The messages of a text with ChatML.

    Raises:
        RecordError: Something stands outside of messages, or there is none of the assistant's.
    """
    found = [{"role": role, "content": content} for role, content in _MESSAGE.findall(text)]
    if _MESSAGE.sub("", text).strip():
        raise RecordError(place, "text", f"something stands outside of {START}…{END}")
    return checked(found, place)


def checked(messages: object, place: str) -> list[Message]:
    """The messages themselves, if they are a conversation in which the assistant speaks.

    Raises:
        RecordError: They are not.
    """
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise RecordError(place, "messages", "it is not a list of messages")
    for number, message in enumerate(messages):
        field = f"messages[{number}]"
        if message.get("role") not in ROLES:
            raise RecordError(place, f"{field}.role", f"it is none of {', '.join(ROLES)}")
        if not isinstance(message.get("content"), str) or not message["content"].strip():
            raise RecordError(place, f"{field}.content", "it is no text")
    if not any(message["role"] == "assistant" for message in messages):
        raise RecordError(place, "messages", "the assistant says nothing")
    return [{"role": message["role"], "content": message["content"]} for message in messages]


def read_conversations(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """``{"messages": …}`` of every line of JSONL files, whichever of the two forms it has.

    Raises:
        RecordError: A line is of neither.
    """
    return [{"messages": _conversation(row, place)} for place, row in _rows(paths)]


def read_texts(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """``{"text": …}`` of every line of JSONL files.

    Raises:
        RecordError: A line has none.
    """
    found = []
    for place, row in _rows(paths):
        text = row.get("text")
        if not isinstance(text, str) or not text.strip():
            raise RecordError(place, "text", "it is no text")
        found.append({"text": text})
    return found


def as_stored(text: str, tokenizer: Any) -> str:
    """A text with ChatML, as ``tokenizer`` ends its messages."""
    return text.replace(END, end_of_message(tokenizer))


def _conversation(row: dict[str, Any], place: str) -> list[Message]:
    if isinstance(text := row.get("text"), str) and "messages" not in row:
        return parsed(text, place)
    return checked(row.get("messages"), place)


def _rows(paths: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise RecordError(str(path), _WHOLE, f"the file cannot be read ({error})") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f"{path}, line {number}", _row(line, f"{path}, line {number}")


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise RecordError(place, _WHOLE, f"it is not JSON ({error})") from error
    if not isinstance(row, dict):
        raise RecordError(place, _WHOLE, "it is not an object")
    return row


_WHOLE: Literal["(whole line)"] = "(whole line)"
