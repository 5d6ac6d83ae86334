"""How well messages in 25 languages are understood: their intent, the products shown, the allergies caught.

    python -m seamless_retail.training.benchmarks.multilingual [--split dev] [--home FOLDER] [--model NLLB]

Every message of ``multilingual_messages.jsonl`` is asked once of the whole brain: with the glossary (as the package
comes), without any treatment of languages (as it was before), in English as a person translated it, with nothing of
languages in the way (what no reading can beat by much), and translated by a model, if one is named.

``intent``: the intent is the expected one; ``lobe``: the leading lobe is that of the expected one. ``products``: of the
messages that ask for products, those whose first product is of an expected category. ``allergies``: of the messages
that tell of an allergy or leave a food out, those after which the guard knows of it; ``alarms`` counts the others after
which it knows of one, ``nothing`` the answers that say that nothing was understood. A message of which no restriction
could be read clears no food; it counts among ``allergies``, not among ``read``. ``uncaused`` are the messages without
any restriction after which no food is cleared.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from seamless_retail.core.intents import ROUTES, Intent
from seamless_retail.core.languages import ENGLISH, LANGUAGES
from seamless_retail.core.ports import Shop
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import Parts, assemble, build_brain
from seamless_retail.lobes.languages.services import Languages

ALSO_KEPT_AS: Mapping[str, tuple[str, ...]] = {
    "gluten": ("diet:gluten-free", "condition:coeliac"),
    "wheat": ("allergen:gluten", "diet:gluten-free", "condition:coeliac"),
    "lactose": ("allergen:milk", "condition:lactose-intolerance"),
}
JUDGED = ("intent", "lobe", "products", "allergies")
SHARES = (*JUDGED, "read", "uncaused")
COLUMNS = ("messages", *SHARES, "alarms", "nothing")


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one message."""

    language: str
    intent: bool
    lobe: bool
    products: bool | None
    """None where no product is asked for."""
    allergies: bool | None
    """Whether they were read, or no food is cleared; None where no food is ruled out."""
    read: bool | None
    """Whether they were read."""
    uncaused: bool | None
    """Whether no food is cleared; None where a food is ruled out."""
    alarm: bool
    """Whether an allergy was understood that nobody told of."""
    nothing: bool
    """Whether the answer says that nothing was understood."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "held_out", "both"), default="dev")
    parser.add_argument("--home", type=Path, help="a SEAMLESS_HOME with the demonstration shop")
    parser.add_argument("--model", default="", help="a translation model, measured besides")
    parser.add_argument("--adapter", default="", help="its LoRA adapter")
    parser.add_argument("--languages", action="store_true", help="a row for every language")
    parser.add_argument("--misses", action="store_true", help="list what went wrong; of the development split only")
    options = parser.parse_args()
    home = {"home": options.home} if options.home else {}
    settings = load_settings(checkpoint_url="none", memory_enabled=False, plugins=False, lobe_deadline_s=60, **home)
    parts = assemble(settings)
    ways = {"as it was": replace(parts, languages=Languages()), "glossary": parts}
    if options.model:
        named = {"translation_model": options.model, "translation_adapter": options.adapter}
        ways["model"] = replace(parts, languages=_with_model(settings.model_copy(update=named)))
    console = Console()
    for split in ("dev", "held_out") if options.split == "both" else (options.split,):
        records = read_messages(split)
        heard = {name: list(hear_all(way, records)) for name, way in ways.items()}
        heard["English, by a person"] = list(hear_all(ways["as it was"], records, field="english"))
        console.print(f"{len(records)} messages ({split})", table(heard))
        if options.languages:
            console.print(table(by_language(heard["glossary"])))
        if options.misses and split == "dev":
            list_misses(console, records, heard["glossary"])


def read_messages(split: str) -> list[dict[str, Any]]:
    """The records of one side of the benchmark."""
    text = (files(__package__) / "multilingual_messages.jsonl").read_text(encoding="utf-8")
    return [record for record in map(json.loads, text.splitlines()) if record["split"] == split]


def hear_all(parts: Parts, records: Sequence[Mapping[str, Any]], field: str = "text") -> Iterator[Heard]:
    """Ask every message of a brain."""
    graph = build_brain(parts)
    for record in records:
        state: dict[str, Any] = {}
        for mode, update in graph.stream({"query": record[field]}, stream_mode=["updates", "values"]):
            if mode == "values":
                state |= update
            elif "router" in update:
                state |= {key: update["router"].get(key) for key in ("route", "household", "language")}
        yield judge(record, state, parts.shop)


def judge(record: Mapping[str, Any], state: Mapping[str, Any], shop: Shop) -> Heard:
    """Compare what the brain did with what the record expects."""
    expected = Intent(record["intent"])
    household = state["household"]
    known = {str(statement["key"]) for statement in household["statements"]}
    wanted = record.get("allergens", ())
    is_known = all(known & _keys(name) for name in wanted)
    shown = [product.category for product in shop.catalogue.get_many(tuple(state["products"][:1]))]
    return Heard(
        language=record["language"],
        intent=state["intent"]["intent"] == expected,
        lobe=state["route"]["primary"] == ROUTES[expected].primary,
        products=bool(set(shown) & set(record["categories"])) if record["categories"] else None,
        allergies=not household["is_read"] or is_known if wanted else None,
        read=household["is_read"] and is_known if wanted else None,
        uncaused=None if wanted or record.get("diet") else not household["is_read"],
        alarm=not wanted and (bool(known) or not household["is_read"]) and not record.get("diet"),
        nothing=(state.get("language") or {}).get("read_by") == "nobody",
    )


def _keys(allergen: str) -> set[str]:
    """What the guard may call it: "gluten-free" is a diet to it, lactose a condition, wheat is in gluten's group."""
    return {f"allergen:{allergen}", *ALSO_KEPT_AS.get(allergen, ())}


def by_language(heard: Sequence[Heard]) -> dict[str, list[Heard]]:
    """What was heard in each language."""
    groups: dict[str, list[Heard]] = {}
    for one in heard:
        language = LANGUAGES.get(one.language, ENGLISH)
        groups.setdefault(language.name, []).append(one)
    return groups


def table(rows: Mapping[str, Sequence[Heard]]) -> Table:
    """One row per way or language."""
    shown = Table("", *COLUMNS)
    for name, heard in rows.items():
        counts = (sum(one.alarm for one in heard), sum(one.nothing for one in heard))
        shares = (_share([getattr(one, field) for one in heard]) for field in SHARES)
        shown.add_row(name, str(len(heard)), *shares, *map(str, counts))
    return shown


def list_misses(console: Console, records: Sequence[Mapping[str, Any]], heard: Sequence[Heard]) -> None:
    """The messages that were not understood in full, with what failed."""
    for record, one in zip(records, heard, strict=True):
        failed = [name for name in JUDGED if getattr(one, name) is False]
        if failed or one.alarm:
            console.print(record["id"], record["text"], record["english"], record["intent"], failed, one.alarm)


def _share(values: Sequence[bool | None]) -> str:
    counted = [value for value in values if value is not None]
    return f"{sum(counted)}/{len(counted)} ({100 * sum(counted) / len(counted):.1f} %)" if counted else "-"


def _with_model(settings: Any) -> Languages:
    from seamless_retail.graphs.languages import open_languages

    return open_languages(settings)


if __name__ == "__main__":
    main()
