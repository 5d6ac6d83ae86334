"""How a causal language model is asked to say a frame again, and how requests and replies become tokens.

Two wordings of the same task. ``plain``: the frame as it is, for models that can copy. ``numbered``: every word of the
frame has a number, and the reply names the words that stay by their numbers and writes out only the new ones, so that a
very small model can do it and cannot misspell a word that stays (as in LaserTagger: Malmi et al. 2019, arXiv
1909.01187).
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

Wording = Literal["plain", "numbered"]
REWORD = "Reword: {text}"
MOST_NUMBERS = 64
"""Words and punctuation marks of a frame that can be numbered."""
IGNORED = -100
"""The label of a token that is not learned."""
_PLAIN = "### Request\n{request}\n### Reply\n"
"""For tokenizers without a chat template."""
_WORD = re.compile(r"QX\d+|\w+n['’]t\b|['’]\w{1,2}\b|\w+(?:-\w+)*|[^\w\s]")
_NUMBER = re.compile(r"#(\d+)")
_FACT = re.compile(r"QX\d+")


def request_of(frame: str, wording: Wording = "plain") -> str:
    """The request to say a frame in the adapters' manner."""
    if wording == "plain":
        return REWORD.format(text=frame)
    return REWORD.format(text="".join(f"#{n} {_FACT.sub('QX', w)}" for n, w in enumerate(words_of(frame), start=1)))


def reply_of(before: str, after: str, wording: Wording = "plain") -> str:
    """The reply that stands for ``after``, asked to say ``before`` again."""
    if wording == "plain":
        return after
    old, new = words_of(before), words_of(after)
    matcher = SequenceMatcher(a=_uncapitalised(old), b=_uncapitalised(new), autojunk=False)
    parts = [f" {word}" for word in new]
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            parts[block.b + offset] = f"#{block.a + offset + 1}"
    return "".join(parts)


def read_reply(before: str, said: str, wording: Wording = "plain") -> str:
    """The frame that a reply stands for."""
    if wording == "plain":
        return " ".join(said.split())
    old, gaps = words_of(before), [found.start() for found in _WORD.finditer(before)]
    text, last = "", 0
    for part in re.findall(r"#\d+|[^#]+", said):
        number = int(part[1:]) if _NUMBER.fullmatch(part) else 0
        if 1 <= number <= len(old):
            word = old[number - 1]
            glued = number == last + 1 and gaps[number - 1] > 0 and not before[gaps[number - 1] - 1].isspace()
            began = not before[: gaps[number - 1]].strip() or before[: gaps[number - 1]].rstrip()[-1] in ".!?"
            text = _joined(text, _small(word) if began else word, glued)
            last = number
        elif not _NUMBER.fullmatch(part):
            for word in words_of(part):
                text = _joined(text, word, False)
            last = 0
    return text


def fits(frame: str, wording: Wording) -> bool:
    """Whether a frame can be worded so."""
    return wording == "plain" or len(words_of(frame)) <= MOST_NUMBERS


def words_of(frame: str) -> list[str]:
    """Words, facts and punctuation marks, each of which has a number."""
    return _WORD.findall(frame)


def _uncapitalised(words: list[str]) -> list[str]:
    """A first word also matches itself within a sentence."""
    return [_small(word) for word in words]


def _small(word: str) -> str:
    return word if word == "I" or _FACT.fullmatch(word) else word[:1].lower() + word[1:]


def _joined(text: str, word: str, glued: bool) -> str:
    """``text`` and ``word``, with a space where one belongs and a capital where a sentence begins or ends."""
    opens = not text or text[-1] in ".!?"
    if not _FACT.fullmatch(word):
        word = word[:1].upper() + word[1:] if opens else word
    if not text or glued or word in ".,;:!?)" or word[0] in "'’" or text[-1] == "(":
        return text + word
    return f"{text} {word}"


def prompt_tokens(tokenizer: Any, request: str) -> list[int]:
    """A request as the model's chat template puts it, up to where the reply begins."""
    if tokenizer.chat_template is None:
        return list(tokenizer(_PLAIN.format(request=request))["input_ids"])
    messages = [{"role": "user", "content": request}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def example_tokens(tokenizer: Any, request: str, reply: str, most: int) -> tuple[list[int], list[int]]:
    """A request with its reply, and the labels: the reply and its end are learned.

    Args:
        tokenizer: Of the model.
        request: What is asked.
        reply: What is to be said.
        most: Tokens; what is beyond is cut.
    """
    prompt = prompt_tokens(tokenizer, request)
    ending = [*tokenizer(reply, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return [*prompt, *ending][:most], [*[IGNORED] * len(prompt), *ending][:most]


def padded(rows: Sequence[tuple[list[int], list[int]]], pad: int, device: Any = None) -> dict[str, Any]:
    """A batch for the model: ``input_ids``, ``attention_mask`` and ``labels``, each ``[b, n]``, filled at the end."""
    import torch

    longest = max(len(ids) for ids, _ in rows)
    filled = {
        "input_ids": [ids + [pad] * (longest - len(ids)) for ids, _ in rows],
        "attention_mask": [[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows],
        "labels": [labels + [IGNORED] * (longest - len(labels)) for _, labels in rows],
    }
    return {name: torch.tensor(values, device=device) for name, values in filled.items()}
