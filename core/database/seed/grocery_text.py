"""Descriptions of groceries: what it is, then what its label, origin and kitchen say."""

from functools import cache
from random import Random
from typing import Any

from seamless_retail.core.catalogue import Nutrition
from seamless_retail.core.database.seed.content import read_toml, words
from seamless_retail.core.database.seed.grocery_specs import Aisle, Item, Maker
from seamless_retail.core.database.seed.phrasing import PLURAL, SINGULAR, possessive, render
from seamless_retail.core.database.seed.randomness import Decks

_LIKELIHOOD = {"origin": 0.6, "diet": 0.55, "serve": 0.8, "keep": 0.45, "brand": 0.4}


class GroceryWriter:
    """Writes descriptions, drawing sentences so that each turns up as seldom as possible."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._decks = Decks(random)

    def describe(
        self, aisle: Aisle, item: Item, maker: Maker, turn: int, diets: tuple[str, ...], values: Nutrition | None
    ) -> str:
        """Two to four sentences; ``turn`` counts the makers of this item, the first of which gets its own words."""
        slots = _slots(item, maker, values)
        opening = item.says if turn == 0 else self._decks.draw("note", _sentences()["frame"]["note"])
        stocks = self._stocks(aisle, item, maker, diets)
        wanted = [topic for topic, odds in _LIKELIHOOD.items() if topic in stocks and self._random.random() < odds]
        count = self._random.choices((1, 2, 3), weights=(3, 5, 3))[0]
        chosen = set(self._random.sample(wanted, min(count, len(wanted)))) or {"serve"}
        templates = [opening]
        for topic in (topic for topic in _LIKELIHOOD if topic in chosen):
            key, choices = stocks[topic]
            templates.append(self._decks.draw((topic, key), choices))
        return " ".join(render(template, slots, self._random) for template in templates)

    def _stocks(
        self, aisle: Aisle, item: Item, maker: Maker, diets: tuple[str, ...]
    ) -> dict[str, tuple[str, tuple[str, ...]]]:
        shared = _sentences()
        stocks = {
            "serve": (f"{aisle.name}/{item.use}", item.serve),
            "keep": (f"{aisle.name}/{item.use}", item.keep),
            "brand": (maker.name, maker.says),
        }
        if "origin" in item.facts:
            stocks["origin"] = ("", tuple(shared["origin"]["any"]))
        spoken = shared["spoken"]
        worth_saying = [
            diet
            for diet in diets
            if diet in shared["diet"] and (diet not in spoken or aisle.name in words(spoken[diet]))
        ]
        if worth_saying:
            diet = self._random.choice(worth_saying)
            stocks["diet"] = (diet, tuple(shared["diet"][diet]))
        return stocks


@cache
def _sentences() -> dict[str, Any]:
    return read_toml("grocery/sentences.toml")


def _slots(item: Item, maker: Maker, values: Nutrition | None) -> dict[str, str]:
    origin = item.facts.get("origin", "")
    return (PLURAL if item.plural else SINGULAR) | {
        "noun": item.noun,
        "item": item.name,
        "note": item.note,
        "brand": maker.name,
        "brands": possessive(maker.name),
        "origin": _sentences()["names"].get(origin, origin.title()),
        "protein": f"{values.protein_g:g}" if values else "",
        "fiber": f"{values.fibre_g:g}" if values else "",
        "sodium": f"{values.sodium_mg:g}" if values else "",
    }
