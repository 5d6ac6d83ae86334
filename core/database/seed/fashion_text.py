"""Descriptions of clothes: an opening on the cut, then sentences on what the product's attributes say."""

import re
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from seamless_retail.core.database.seed.content import read_toml, words
from seamless_retail.core.database.seed.fashion_specs import SEASONS, Brand, Category, Material, Style
from seamless_retail.core.database.seed.phrasing import PLURAL, SINGULAR, articles, listed, possessive, render
from seamless_retail.core.database.seed.randomness import Decks

_ABOUT_OTHERS = frozenset({"material", "pattern", "brand", "feature", "care", "fit"})
"""Topics whose sentences may have another subject than the product, so that the next one must name it again."""
_LIKELIHOOD = {"material": 0.8, "pattern": 0.6, "feature": 0.7, "fit": 0.35, "season": 0.55, "occasion": 0.5,
               "pair": 0.45, "care": 0.25, "brand": 0.3}  # fmt: skip
_IT = re.compile(r"\{[Ii]t\}")
_SEASON_WORDS = {"autumn": "fall"}


@dataclass(frozen=True)
class Design:
    """What was decided about a product before it is described."""

    category: Category
    style: Style
    brand: Brand
    material: Material
    audience: str
    given: str
    season: tuple[str, ...]
    occasion: tuple[str, ...]
    pattern: str
    fit: str
    care: str
    height: str
    features: tuple[str, ...]


class FashionWriter:
    """Writes descriptions, drawing sentences so that each turns up as seldom as possible."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._decks = Decks(random)

    def describe(self, design: Design) -> str:
        """Two to four sentences."""
        slots = _slots(design)
        stocks = _stocks(design)
        wanted = [topic for topic, odds in _LIKELIHOOD.items() if topic in stocks and self._random.random() < odds]
        count = self._random.choices((1, 2, 3), weights=(2, 5, 4))[0]
        wanted = wanted or ["material"]
        chosen = set(self._random.sample(wanted, min(count, len(wanted))))
        sentences = [self._opening(design, slots)]
        previous = ""
        for topic in (topic for topic in _LIKELIHOOD if topic in chosen):
            key, choices = stocks[topic]
            template = self._decks.draw((topic, key), choices)
            if previous in _ABOUT_OTHERS and "{noun}" not in template:
                template = _IT.sub("{the_noun}", template, count=1)
            sentences.append(render(template, slots, self._random))
            previous = topic
        return " ".join(sentences)

    def _opening(self, design: Design, slots: dict[str, str]) -> str:
        frames = _sentences()["frame"]
        kinds = ["any", "any"] + ["seasonal"] * (len(design.season) < len(SEASONS)) + ["named"] * bool(design.given) * 4
        kind = self._random.choice(kinds)
        fitting = [frame for frame in frames[kind] if "{material}" not in frame or _names_material(design)]
        frame = self._decks.draw(("frame", kind, len(fitting)), fitting)
        cut = self._decks.draw(("cut", design.category.name, design.style.name), design.style.cut)
        return render(frame.replace("{cut}", cut), slots, self._random)


@cache
def _sentences() -> dict[str, Any]:
    return read_toml("fashion/sentences.toml")


def given_names(audience: str) -> tuple[str, ...]:
    """First names for the styles of labels that name them."""
    return words(_sentences()["names"]["men" if audience == "men" else "given"])


def _names_material(design: Design) -> bool:
    """Whether "in denim" adds something: not to denim shorts or to jeans."""
    return design.material.key not in design.style.noun and design.category.name != "jeans"


def _slots(design: Design) -> dict[str, str]:
    style = design.style
    noun = style.noun
    seasons = [_SEASON_WORDS.get(season, season) for season in design.season]
    return (PLURAL if style.plural else SINGULAR) | {
        "noun": noun,
        "the_noun": f"the {noun}",
        "a_noun": f"{style.pair_of} {noun}" if style.pair_of else articles(f"a {noun}"),
        "this_one": "this pair" if style.pair_of == "a pair of" else "this one",
        "material": design.material.key,
        "brand": design.brand.name,
        "brands": possessive(design.brand.name),
        "given": design.given,
        "seasons": "every season" if len(seasons) == len(SEASONS) else listed(seasons),
        "height": design.height,
    }


def _stocks(design: Design) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What can be said of the design: topic → key of the deck and its sentences."""
    shared = _sentences()
    category = design.category
    stocks: dict[str, tuple[str, tuple[str, ...]]] = {
        "material": (design.material.key, design.material.says),
        "brand": (design.brand.name, design.brand.says),
        "season": (" ".join(design.season), tuple(shared["season"][" ".join(design.season)])),
        "occasion": (design.occasion[0], tuple(shared["occasion"][design.occasion[0]])),
        "care": (design.care, tuple(shared["care"][design.care])),
    }
    if design.pattern != "solid":
        stocks["pattern"] = (design.pattern, tuple(shared["pattern"][design.pattern]))
    if design.fit:
        stocks["fit"] = (design.fit, tuple(shared["fit"][design.fit]))
    told = [
        feature for feature in design.features if feature in category.features and feature not in design.style.always
    ]
    if told:
        stocks["feature"] = (f"{category.name}/{told[-1]}", category.features[told[-1]])
    pairings = category.pairings.get("any", ()) + category.pairings.get(_weather(design.season), ())
    if pairings and design.audience != "kids":
        stocks["pair"] = (f"{category.name}/{_weather(design.season)}", pairings)
    return stocks


def _weather(season: tuple[str, ...]) -> str:
    if "summer" in season and "winter" not in season:
        return "warm"
    return "cold" if "winter" in season and "summer" not in season else ""
