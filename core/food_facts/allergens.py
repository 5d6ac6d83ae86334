"""Allergens, the words of labels in many languages, additives and legal exemptions, from ``allergens/*.toml``.

One file holds one language, so that one native speaker can review it. A row is one pattern of a file: words separated
by spaces; ``*`` at either end of a word stands for any letters (``milch*``, ``*weizen*``); ``~`` before the pattern
keeps it to labels of that language, ``!`` lets a short word (up to 4 letters) count in all languages; ``=`` means that
the words are the whole ingredient, not part of its name.

The words were written from general knowledge, the annexes and guidance named in ``allergens.toml`` and the label
vocabulary of the trade; nothing comes from Open Food Facts. No row is reviewed yet.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Kind = Literal["terms", "inferred", "false_friends", "opaque", "exempt", "claims", "wording"]
KINDS: tuple[Kind, ...] = ("terms", "inferred", "false_friends", "opaque", "exempt", "claims", "wording")
FLAGS = "~!="
EU_14 = (
    "gluten", "crustaceans", "eggs", "fish", "peanuts", "soybeans", "milk", "nuts", "celery", "mustard",
    "sesame-seeds", "sulphur-dioxide-and-sulphites", "lupin", "molluscs",
)  # fmt: skip
"""The groups of Regulation (EU) No 1169/2011, Annex II."""


@dataclass(frozen=True, slots=True)
class Allergen:
    """One allergen: a group of a statute, or a member such as ``nuts:cashew`` that raises its group too."""

    id: str
    name: str
    group: str
    """Id of the group it belongs to, or its own id."""
    source: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One pattern of a language file."""

    id: str
    language: str
    kind: Kind
    key: tuple[str, ...]
    """Allergen ids; for ``wording`` the role, for ``exempt`` the id of the exemption."""
    pattern: str
    flags: str
    source: str
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Additive:
    """A food additive that is, or may be made from, an allergen; ``number`` is its E or INS number (``1105``)."""

    id: str
    number: str
    name: str
    allergens: tuple[str, ...]
    may_hide: tuple[str, ...]
    exemption: str
    source: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Exemption:
    """A derivative that the law of some jurisdictions takes out of an allergen's declaration."""

    id: str
    allergen: str
    jurisdictions: frozenset[str]
    unless: str
    """Words beside the derivative that lift the exemption, such as ``cold pressed``."""
    source: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The allergens that one body of law makes a producer declare, or recommends to."""

    id: str
    name: str
    mandatory: tuple[str, ...]
    recommended: tuple[str, ...]
    source: str
    reviewed: bool


@cache
def allergens() -> dict[str, Allergen]:
    """All allergens by id."""
    return {
        row["id"]: Allergen(
            row["id"], row["name"], row.get("group", row["id"]), _text(row["source"]), row.get("reviewed", False)
        )
        for row in _table("allergens")["allergen"]
    }


@cache
def additives() -> dict[str, Additive]:
    """Additives by number, lower case with its letter where only that form counts (``150d``)."""
    return {
        row["number"]: Additive(
            f"E{row['number']}",
            row["number"],
            row["name"],
            tuple(row.get("allergens", ())),
            tuple(row.get("may_hide", ())),
            row.get("exemption", ""),
            _text(row["source"]),
            row.get("reviewed", False),
        )
        for row in _table("additives")["additive"]
    }


@cache
def exemptions() -> dict[str, Exemption]:
    """Legal exemptions by id."""
    return {
        row["id"]: Exemption(
            row["id"],
            row["allergen"],
            frozenset(row["jurisdictions"]),
            row.get("unless", ""),
            _text(row["source"]),
            row.get("reviewed", False),
        )
        for row in _table("allergens")["exemption"]
    }


@cache
def jurisdictions() -> dict[str, Jurisdiction]:
    """Bodies of food law by id: EU, UK, US, CA, JP, KR, CODEX."""
    return {
        row["id"]: Jurisdiction(
            row["id"],
            row["name"],
            tuple(row["mandatory"]),
            tuple(row.get("recommended", ())),
            _text(row["source"]),
            row.get("reviewed", False),
        )
        for row in _table("allergens")["jurisdiction"]
    }


@cache
def languages() -> tuple[str, ...]:
    """Codes (ISO 639-1) of the languages that have a file."""
    folder = resources.files("seamless_retail.core.food_facts") / "allergens" / "languages"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def rows(language: str) -> tuple[Row, ...]:
    """All rows of one language."""
    return tuple(_read_rows(language, _table(f"languages/{language}")))


@cache
def known_words() -> frozenset[str]:
    """Everyday words of labels that no misspelling of an allergen stands for."""
    path = resources.files("seamless_retail.core.food_facts") / "allergens" / "known_words.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


@cache
def oil_words() -> dict[str, frozenset[str]]:
    """The words of lists of oils by role: ``oils``, ``plants``, ``descriptions``, ``joining``, ``fillers``."""
    return {role: frozenset(words.split()) for role, words in _table("oils").items()}


def groups_of(allergen: str) -> tuple[str, ...]:
    """The allergen and the group it raises: ``("nuts:cashew", "nuts")``; a single id for a group."""
    group = allergens()[allergen].group
    return (allergen,) if group == allergen else (allergen, group)


def _read_rows(language: str, table: dict[str, Any]) -> Iterator[Row]:
    for kind in KINDS:
        for name, listed in table.get(kind, {}).items():
            key = (name,) if kind in ("wording", "exempt") else tuple(name.split())
            source = _source(kind, key)
            for pattern in listed.split(","):
                words = " ".join(pattern.split())
                bare = words.lstrip(FLAGS)
                if bare:
                    flags = words[: len(words) - len(bare)]
                    yield Row(f"{language}/{kind}/{name}/{bare}", language, kind, key, bare, flags, source)


def _source(kind: Kind, key: tuple[str, ...]) -> str:
    if kind == "wording":
        return _text("label-wording")
    if kind == "exempt":
        return exemptions()[key[0]].source
    return "; ".join(dict.fromkeys(allergens()[allergen].source for allergen in key))


def _text(source: str) -> str:
    return str(_table("allergens")["sources"][source])


@cache
def _table(name: str) -> dict[str, Any]:
    path = resources.files("seamless_retail.core.food_facts") / "allergens" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
