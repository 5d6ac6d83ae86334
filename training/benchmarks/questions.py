"""Ask the demonstration shop questions whose answers are known, and check each answer against the database.

    python -m seamless_retail.training.benchmarks.questions [--home FOLDER] [--verbose]

``shop_questions.jsonl`` beside this file holds one conversation a line: ``turns`` (what the customer says),
``customer`` (the verified principal, empty for a guest), and what must hold for the *last* answer:

========== =======================================================================================
``intent``   the routed intent is one of these
``says``     each regular expression occurs in the answer
``never``    none of these regular expressions occurs in the answer
``cites``    for each prefix, some citation's source id begins with it
``products`` every product shown satisfies these facts, read from the database; at least one is shown
``verdict``  the strictest guard verdict
========== =======================================================================================

Every answer must also cite: at least one citation, each of which quotes its source exactly.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from rich.console import Console
from rich.progress import track

from seamless_retail.core.catalogue import Product
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.core.sources import resolve
from seamless_retail.graphs import Parts, ask, assemble, build_brain

MADE_IN_THE_TURN = ("catalogue:", "handover:")
"""Sources that no record holds: searches, and summaries for a person."""


def load_questions() -> list[dict[str, Any]]:
    """The question records, in file order."""
    text = files("seamless_retail.training.benchmarks").joinpath("shop_questions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def run_question(graph: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Hold the conversation and return the last answer."""
    principal = Principal(customer_id=record.get("customer", ""), session_id=record["id"])
    result: dict[str, Any] = {}
    for turn in record["turns"]:
        result = ask(graph, turn, principal=principal, thread_id=f"question-{record['id']}")
    return result


def failures(parts: Parts, record: dict[str, Any], result: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the answer, in words; nothing when all holds."""
    answer = result["answer"]
    if "intent" in record and result["intent"]["intent"] not in record["intent"]:
        yield f"intent {result['intent']['intent']}, expected {' or '.join(record['intent'])}"
    yield from (f"does not say {p!r}" for p in record.get("says", ()) if not re.search(p, answer, re.IGNORECASE))
    yield from (f"says {p!r}" for p in record.get("never", ()) if re.search(p, answer, re.IGNORECASE))
    if "verdict" in record and result["guardrail"].get("verdict") != record["verdict"]:
        yield f"verdict {result['guardrail'].get('verdict')}, expected {record['verdict']}"
    yield from _citation_failures(parts, record, result["citations"])
    if "products" in record:
        yield from _product_failures(parts, record["products"], result["products"])


def _citation_failures(parts: Parts, record: dict[str, Any], citations: list[dict[str, Any]]) -> Iterator[str]:
    if not citations:
        yield "cites nothing"
    ids = [citation["source_id"] for citation in citations]
    yield from (f"does not cite {p}" for p in record.get("cites", ()) if not any(i.startswith(p) for i in ids))
    for citation in citations:
        source = resolve(parts.shop, citation["source_id"], customer_id=record.get("customer", ""))
        if source is not None and source.text[citation["start"] : citation["end"]] != citation["quote"]:
            yield f"misquotes {citation['source_id']}"
        if source is None and not citation["source_id"].startswith(MADE_IN_THE_TURN):
            yield f"cites {citation['source_id']}, which does not exist"


def _product_failures(parts: Parts, facts: dict[str, Any], shown: list[str]) -> Iterator[str]:
    if not shown:
        yield "shows no product"
    for product in parts.shop.catalogue.get_many(shown):
        yield from (
            f"{product.id} {product.name!r} breaks {k}={v!r}" for k, v in facts.items() if not _holds(product, k, v)
        )


def _holds(product: Product, fact: str, value: Any) -> bool:
    if fact in ("category", "brand", "department", "id"):
        return getattr(product, fact) in (value if isinstance(value, list) else [value])
    if fact in ("below_cents", "color", "size"):
        return any(_variant_holds(variant, fact, value) for variant in product.variants if variant.active)
    if fact == "without_allergens":
        food = product.food
        return food is None or (
            food.allergens is not None
            and food.traces is not None
            and not set(value) & {str(a) for a in (*food.allergens, *food.traces)}
        )
    return bool(set(value if isinstance(value, list) else [value]) & set(product.attributes.get(fact, ())))


def _variant_holds(variant: Any, fact: str, value: Any) -> bool:
    if fact == "below_cents":
        return bool(variant.price.cents < value)
    return getattr(variant, fact) in (value if isinstance(value, list) else [value])


def main() -> int:
    """Print one line a question and the total; exit 1 when any is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="a SEAMLESS_HOME with the demonstration shop and index")
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    arguments = parser.parse_args()
    overrides: dict[str, object] = {"home": arguments.home} if arguments.home else {}
    console = Console()
    parts = assemble(load_settings(plugins=False, memory_enabled=False, **overrides))
    graph = build_brain(parts, checkpointer=InMemorySaver())
    wrong = 0
    for record in track(load_questions(), console=Console(stderr=True), description="asking"):
        result = run_question(graph, record)
        problems = list(failures(parts, record, result))
        wrong += bool(problems)
        if problems or arguments.verbose:
            console.print(f"[bold]{record['id']}[/] {record['turns']} → {result['answer']}", soft_wrap=True)
            console.print("  " + ("; ".join(problems) or "right"), style="red" if problems else "green", soft_wrap=True)
    total = len(load_questions())
    console.print(f"{total - wrong} of {total} right and cited")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
