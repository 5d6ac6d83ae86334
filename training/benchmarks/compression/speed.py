"""Time to the first token and to the whole answer: documents as text against stored memories, one question at a time.

The same model, question and documents; the two sides take turns in one run, and both decode with a cache. Text is
tokenised when it is asked about, memories lie ready. Both sides write as many tokens as the right answer has, so that
an answer that ends early does not look fast. What they write is not judged here: 20 documents as text are more than a
small model was trained to read at once, so its limits are lifted for this part.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from statistics import mean, median
from typing import Any

from rich.progress import track

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.models.clara.asking import Asked
from seamless_retail.models.clara.streaming import Batch, step
from seamless_retail.training.benchmarks.compression.bench import Bench, console
from seamless_retail.training.benchmarks.compression.markdown import table, times
from seamless_retail.training.benchmarks.compression.questions import Item, shop_items

TOKENS = 180
"""The documents are those of the shop nearest to this length."""
POOL = 60
WARM_UP = 2
TARGETS = {5: 3.3, 20: 6.7}
SIDES = ("text", "memory")


def measure(bench: Bench) -> dict[str, Any]:
    """Medians in milliseconds, by number of documents."""
    items, counts = _items(bench), {}
    with unlimited(bench.model):
        for count in bench.settings.documents:
            try:
                counts[str(count)] = _compare(bench, items, count)
            except InvalidQueryError as error:
                console.print(f"{count} documents are left out: {error.message}")
                counts[str(count)] = {"skipped": error.message}
    lengths = [len(bench.generator.asker.prompts.text(item.documents[0])) for item in items]
    return {"document_tokens": mean(lengths), "rate": bench.model.config.rate, "documents": counts}


def speed_table(result: Mapping[str, Any]) -> str:
    """The table of :func:`measure`."""
    tokens, rate = result["document_tokens"], result["rate"]
    head = f"Documents of {tokens:.0f} tokens on average, memories at {rate}x; medians, one question at a time."
    rows = [row for count, found in result["documents"].items() for row in _rows(count, found)]
    return f"{head}\n\n{table(['documents', 'time', 'text', 'stored memories', 'faster', 'target'], rows)}"


def _rows(count: str, found: Mapping[str, Any]) -> Iterator[list[str]]:
    if "skipped" in found:
        yield [count, found["skipped"], "–", "–", "–", "–"]
        return
    target = f">= {times(TARGETS[int(count)])}" if int(count) in TARGETS else "–"
    prompts = f"{found['text']['prompt_tokens']:.0f} against {found['memory']['prompt_tokens']:.0f} prompt tokens"
    for name, words in (("first", f"first token, {prompts}"), ("total", f"{found['answer_tokens']:.1f} tokens")):
        text, memory = found["text"][name], found["memory"][name]
        yield [count, words, f"{text:.1f} ms", f"{memory:.1f} ms", times(text / memory), target]


def _items(bench: Bench) -> list[Item]:
    """One question on each of the documents, those nearest to the wanted length first."""
    first = {item.documents: item for item in reversed(shop_items(bench.held_out, bench.settings.seed, 1))}
    prompts = bench.generator.asker.prompts
    return sorted(first.values(), key=lambda item: abs(len(prompts.text(item.documents[0])) - TOKENS))[:POOL]


def _compare(bench: Bench, items: list[Item], count: int) -> dict[str, Any]:
    """Medians over the repeats; text and memory go first in turns."""
    asker, repeats = bench.generator.asker, bench.settings.repeats
    taken: dict[str, list[tuple[float, float, int]]] = {side: [] for side in SIDES}
    tokens = []
    for number in track(range(-WARM_UP, repeats), f"{count} documents", console=console, transient=True):
        chosen = [items[(number * count + i) % len(items)] for i in range(count)]
        question, length = chosen[0].question, len(asker.prompts.answer(chosen[0].right[0]))
        texts = [item.documents[0] for item in chosen]
        memory = bench.model.compress(texts)
        asks: dict[str, tuple[str | None, Callable[[], Asked]]] = {
            "text": (bench.generator.text_role, partial(asker.text, question, texts, 1)),
            "memory": ("generator", partial(asker.memory, question, memory, 1)),
        }
        for side in SIDES if number % 2 else reversed(SIDES):
            timed = clock(bench.model, *asks[side], length)
            if number >= 0:
                taken[side].append(timed)
        tokens.append(length)
    figures = {
        side: dict(zip(("first", "total", "prompt_tokens"), map(median, zip(*rows, strict=True)), strict=True))
        for side, rows in taken.items()
    }
    return {"repeats": repeats, "answer_tokens": mean(tokens), **figures}


def clock(model: Any, role: str | None, ask: Callable[[], Asked], tokens: int) -> tuple[float, float, int]:
    """Milliseconds until the first token and until the last, and the length of the prompt."""
    began = time.perf_counter()
    asked = ask()
    batch = Batch.of([asked.embeddings], role)
    chosen = step(model, batch, None).argmax(-1)
    chosen.tolist()  # waits for the device
    first = time.perf_counter()
    for _ in range(tokens - 1):
        chosen = step(model, batch, chosen).argmax(-1)
        chosen.tolist()
    return 1000 * (first - began), 1000 * (time.perf_counter() - began), len(asked.embeddings)


@contextmanager
def unlimited(model: Any) -> Iterator[None]:
    """Prompts of any length, for models whose positions are computed; those with a table of positions keep its end."""
    config, base = model.config, model.base.config
    before = config.max_prompt_tokens, getattr(base, "max_position_embeddings", None)
    config.max_prompt_tokens = 1 << 20
    if getattr(base, "rope_parameters", None) or getattr(base, "rope_theta", None):
        base.max_position_embeddings = 1 << 21
    try:
        yield
    finally:
        config.max_prompt_tokens = before[0]
        if before[1] is not None:
            base.max_position_embeddings = before[1]
