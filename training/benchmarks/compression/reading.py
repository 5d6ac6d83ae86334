"""How well answers are read from full text, from memories at every rate, and with no document at all.

The same base answers the same questions each time, greedily, and its whole answer is scored. Full text is read by the
text reader, which is the base without an adapter.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, NotFoundError
from seamless_retail.models.clara.generation import Answer
from seamless_retail.training.benchmarks.compression.bench import Bench, console
from seamless_retail.training.benchmarks.compression.markdown import between, percent, table
from seamless_retail.training.benchmarks.compression.questions import KINDS, Item, dev_items, shop_items
from seamless_retail.training.benchmarks.compression.scores import Resamples, exact_match, token_f1
from seamless_retail.training.data.clara_catalogue import Split

TEXT, NOTHING = "full text", "no document"
DEV_SETS: dict[str, Split] = {"hetpqa": "dev", "clara_pretrain_example": "test"}
"""Open sets by name, and which of their splits no training record is made of."""
TARGETS = {"16x": 0.97, "32x": 0.94, "64x": 0.91}
"""Exact match as a share of full text."""
Score = Callable[[str, Sequence[str]], float]
"""Of an answer, given the right ones."""


def measure_shop(bench: Bench) -> dict[str, Any]:
    """On held-out products of the demonstration shop."""
    items = shop_items(bench.catalogue, bench.settings.seed)
    return {"products": len(bench.catalogue.products), **_measure(bench, items, "shop")}


def measure_dev(bench: Bench) -> dict[str, Any]:
    """On the dev sets that are there; what is missing is named with the reason."""
    found: dict[str, Any] = {}
    for name, split in DEV_SETS.items():
        try:
            items = dev_items(name, bench.data, split)[: bench.settings.questions]
        except (NotFoundError, ConfigurationError) as error:
            console.print(f"{name} is left out: {error.message}")
            found[name] = {"skipped": error.message}
        else:
            found[name] = _measure(bench, items, name)
    return found


def _measure(bench: Bench, items: Sequence[Item], what: str) -> dict[str, Any]:
    kept = [item for item in items if _fits(bench, item)]
    if not kept:
        raise ConfigurationError(
            f"None of the {len(items)} questions of {what} can be asked with its full text.",
            "Ask for more questions, or judge a model with a higher max_prompt_tokens.",
        )
    found = summary(kept, answers_of(bench, kept, what), f"{bench.model.config.rate}x")
    return {"left_out": len(items) - len(kept), **found}


def answers_of(bench: Bench, items: Sequence[Item], what: str) -> dict[str, list[Answer]]:
    """The answers to all questions, for each way of reading."""
    questions, documents = [item.question for item in items], [item.documents for item in items]
    answers = {TEXT: bench.from_text(questions, documents, f"{what}: {TEXT}")}
    place = {text: i for i, text in enumerate(dict.fromkeys(text for item in items for text in item.documents))}
    for rate in sorted({*bench.model.config.rates, bench.model.config.rate}):
        memories = bench.compress(list(place), rate, what)
        parts = {found: memories.select([place[text] for text in found]) for found in dict.fromkeys(documents)}
        answers[f"{rate}x"] = bench.from_memory(questions, [parts[found] for found in documents], f"{what}: {rate}x")
    answers[NOTHING] = bench.from_text(questions, [()] * len(items), f"{what}: {NOTHING}")
    return answers


def summary(items: Sequence[Item], answers: Mapping[str, Sequence[Answer]], rate: str) -> dict[str, Any]:
    """Scores of every way of reading, and by kind of question those of full text, one rate and no document.

    Intervals are by document: the questions on one stand or fall together.
    """
    exact = {name: _scores(exact_match, given, items) for name, given in answers.items()}
    shared = {name: _scores(token_f1, given, items) for name, given in answers.items()}
    resamples = Resamples([item.documents for item in items])
    readings = {
        name: {
            "em": _mean(exact[name]),
            "em_interval": resamples.mean(exact[name]),
            "f1": _mean(shared[name]),
            "em_share": _share(exact[name], exact[TEXT]),
            "em_share_interval": resamples.share(exact[name], exact[TEXT]),
            "f1_share": _share(shared[name], shared[TEXT]),
            "prompt_tokens": _mean([answer.prompt_tokens for answer in given]),
        }
        for name, given in answers.items()
    }
    documents = len({item.documents for item in items})
    kinds = _by_kind(items, {name: exact[name] for name in (TEXT, rate, NOTHING)})
    return {"questions": len(items), "documents": documents, "readings": readings, "kinds": kinds}


def _by_kind(items: Sequence[Item], exact: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    found = {}
    for kind in KINDS:
        if rows := [i for i, item in enumerate(items) if item.kind == kind]:
            means = {name: _mean([scores[i] for i in rows]) for name, scores in exact.items()}
            found[kind] = {"questions": len(rows), "em": means}
    return found


def shop_table(result: Mapping[str, Any]) -> str:
    """Both tables of :func:`measure_shop`."""
    head = f"{result['questions']} questions on {result['products']} held-out products of the demonstration shop"
    return f"{head}.{_left_out(result)}\n\n{_readings(result)}\n\n{_kinds(result)}"


def dev_table(result: Mapping[str, Any]) -> str:
    """The tables of :func:`measure_dev`."""
    parts = []
    for name, found in result.items():
        if "skipped" in found:
            parts.append(f"`{name}` was not measured: {found['skipped']}")
            continue
        head = f"`{name}`, {DEV_SETS[name]} split: {found['questions']} questions on {found['documents']} documents"
        parts.append(f"{head}.{_left_out(found)}\n\n{_readings(found, targets={})}")
    return "\n\n".join(parts)


def _readings(result: Mapping[str, Any], targets: Mapping[str, float] = TARGETS) -> str:
    head = ["read from", "exact match", "95 %", "F1", "EM of full text", "95 %", "F1 of full text", "prompt tokens"]
    rows = [
        [
            name,
            percent(found["em"]),
            between(found["em_interval"]),
            percent(found["f1"]),
            percent(found["em_share"]) + (f" (target {100 * targets[name]:.0f} %)" if name in targets else ""),
            between(found["em_share_interval"]),
            percent(found["f1_share"]),
            f"{found['prompt_tokens']:.0f}",
        ]
        for name, found in result["readings"].items()
    ]
    return table(head, rows)


def _kinds(result: Mapping[str, Any]) -> str:
    kinds = result["kinds"]
    names = list(next(iter(kinds.values()))["em"])
    rows = [
        [kind, str(found["questions"]), *(percent(found["em"][name]) for name in names)]
        for kind, found in kinds.items()
    ]
    return table(["exact match by kind of answer", "questions", *names], rows)


def _left_out(result: Mapping[str, Any]) -> str:
    left = result["left_out"]
    return f" {left} more were left out: their full text does not fit into the prompt." if left else ""


def _fits(bench: Bench, item: Item) -> bool:
    """Whether the full text can be read at all; what cannot is left out of every row."""
    try:
        bench.generator.asker.text(item.question, item.documents, bench.settings.max_new_tokens)
    except InvalidQueryError:
        return False
    return True


def _scores(score: Score, answers: Sequence[Answer], items: Sequence[Item]) -> list[float]:
    return [score(answer.reply, item.right) for answer, item in zip(answers, items, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _share(scores: Sequence[float], reference: Sequence[float]) -> float | None:
    return sum(scores) / sum(reference) if sum(reference) else None
