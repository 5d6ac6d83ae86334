"""Conversations with the shop's assistant: it answers from the text it was given, or says that the text is silent.

Written from the demonstration shop's products and policies by the builders of CLaRa's records, whose splits they keep:
by product and by policy, training documents varied.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from seamless_retail.training.data.clara_catalogue import Split
from seamless_retail.training.data.clara_shop import shop_documents

SYSTEM = "You are the assistant of a shop. Answer from this text alone, in its own words.\n\n{text}"
_TURNS = (1, 2, 3, 4)
_POLICIES = 0.3


def dialogues(seed: int, *, split: Split = "train") -> Iterator[dict[str, Any]]:
    """``{"messages": …}`` without end: a system message with one text, then up to four questions with their answers.

    Args:
        seed: Same seed, same conversations.
        split: Of the products and policies that the texts are on.
    """
    random = Random(f"{seed} dialogues")
    for record in shop_documents(seed, split=split, policies=_POLICIES, questions=max(_TURNS)):
        asked = list(zip(record["question"], record["answers"], strict=False))[: random.choice(_TURNS)]
        if record["data_type"] != "qa" or not asked:
            continue
        messages = [{"role": "system", "content": SYSTEM.format(text=record["docs"][0])}]
        for question, answer in asked:
            messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        yield {"messages": messages}
