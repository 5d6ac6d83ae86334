"""Whether an answer, a question or a paraphrase that a model wrote is borne out by the text it is about.

A check never asks another model. It would rather reject a right answer than let a wrong one become training data:
answers must stand in the text, or state only figures and words that stand there.
"""

import re
from collections.abc import Collection

from seamless_retail.training.data.clara_variation import figures_of

LONGEST_ANSWER = 160
_TOKEN = re.compile(r"\w+(?:[.,:]\d+)*(?:['’]\w+)?|[$€£%]")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\w*")
_SMALL = frozenset(
    ("a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "and", "or", "is", "are", "was", "be",
     "it", "its", "this", "that", "they", "you", "your", "we", "our", "within", "after", "before", "until", "per")
)  # fmt: skip
"""Words that an answer with figures may add."""


def why_wrong(question: str, answer: str, text: str, asked: Collection[str] = ()) -> str:
    """Why a pair cannot be used, in words that a model can act on; empty if it can.

    Args:
        question: Must be a question of its own that does not hold its answer.
        answer: Must be borne out by ``text``.
        text: The document.
        asked: Questions that were accepted already.
    """
    words, stated = _words(answer), _words(text)
    if len(question.split()) < 3 or not words:
        return "the question or the answer is empty"
    if any(_words(question) == _words(other) for other in asked):
        return "the question was asked already"
    if answer.strip(". ").casefold() in ("yes", "no", "true", "false"):
        return "yes-or-no answers cannot be checked against the document; ask for the fact itself"
    if len(answer) > LONGEST_ANSWER:
        return f"the answer is longer than {LONGEST_ANSWER} characters"
    if _holds(_words(question), words):
        return "the question gives its answer away"
    if _holds(stated, words) or _figures_agree(answer, words, text, stated):
        return ""
    return "the answer does not stand in the document; copy its words exactly"


def why_unfaithful(paraphrase: str, text: str) -> str:
    """Why a paraphrase cannot be used; empty if it keeps every figure, invents no name, and is no copy."""
    lost = sorted(set(figures_of(text)) - set(figures_of(paraphrase)))
    invented = sorted(set(figures_of(paraphrase)) - set(figures_of(text)))
    if not paraphrase.strip() or _words(paraphrase) == _words(text):
        return "the paraphrase is empty or a copy"
    if lost or invented:
        return f"figures were lost ({', '.join(lost) or 'none'}) or invented ({', '.join(invented) or 'none'})"
    if not 0.5 <= len(paraphrase) / len(text) <= 2.0:
        return "the paraphrase is under half or over twice as long as the document"
    stated = set(_words(text))
    names = sorted({name for name in _NAME.findall(paraphrase) if name.casefold() not in stated})
    return f"names that the document does not have: {', '.join(names)}" if names else ""


def _figures_agree(answer: str, words: list[str], text: str, stated: list[str]) -> bool:
    """An answer with figures may change the order of words, but each figure and each longer word must stand there."""
    figures, known = figures_of(answer), set(stated)
    return (
        bool(figures)
        and set(figures) <= set(figures_of(text))
        and all(word in known for word in words if word not in _SMALL)
    )


def _words(text: str) -> list[str]:
    """Words and figures in lower case, without punctuation: what "stands in the text" compares."""
    return [token.replace("’", "'") for token in _TOKEN.findall(text.casefold())]


def _holds(whole: list[str], part: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
