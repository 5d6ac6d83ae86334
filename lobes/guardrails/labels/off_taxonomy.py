"""A user's own copy of the Open Food Facts taxonomy as an extra lexicon (ODbL 1.0: it never enters the package).

Reads ``allergen_synonyms.tsv`` (columns ``allergen_id``, ``lang``, ``synonym``) and
``ingredient_synonyms_with_allergen.tsv`` (``ingredient_id``, ``lang``, ``synonym``, ``allergens``), or
``ingredient_names_2026_with_allergen.tsv`` (``name`` instead of ``synonym``), whichever a folder holds.
Links known to be wrong are left out. Imported rows are local to their language, and the false friends of the package
mask them like its own terms.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.food_facts.allergens import EU_14, Row

FILE_NAME = "off_lexicon.jsonl"
SOURCE = "Open Food Facts taxonomy (ODbL 1.0, Open Food Facts contributors), imported by the user; unreviewed"
TABLES = {
    "allergen_synonyms.tsv": ("allergen_id", "synonym"),
    "ingredient_synonyms_with_allergen.tsv": ("allergens", "synonym"),
    "ingredient_names_2026_with_allergen.tsv": ("allergens", "name"),
}
"""File name → the columns of the allergens and of the words."""
SHORTEST = 3
_WRONG = {
    ("gluten", "teff"),
    ("gluten", "surutka"),
    ("gluten", "сурутка"),
    ("gluten", "cirok"),
    ("mustard", "horseradish"),
}
"""Links of the taxonomy that are errors: teff and sorghum hold no gluten, whey is milk, horseradish is no mustard."""


def import_taxonomy(folder: Path, home: Path) -> int:
    """Read a copy of the taxonomy and write the lexicon of ``home``.

    Args:
        folder: The user's copy.
        home: The folder of settings (``SEAMLESS_HOME``).

    Returns:
        How many words were imported.

    Raises:
        ImportSourceError: The folder holds none of the tables, or one lacks its columns.
    """
    found = [folder / name for name in TABLES if (folder / name).is_file()]
    if not found:
        raise ImportSourceError(
            f"{folder} holds no Open Food Facts taxonomy.", f"It must hold one of {', '.join(TABLES)} (tab-separated)."
        )
    words = {word: None for path in found for word in _read(path)}
    home.mkdir(parents=True, exist_ok=True)
    temporary = home / f"{FILE_NAME}.new"
    with temporary.open("w", encoding="utf-8") as file:
        for language, allergen, word in words:
            file.write(json.dumps([language, allergen, word], ensure_ascii=False) + "\n")
    temporary.replace(home / FILE_NAME)
    return len(words)


def imported_rows(home: Path) -> tuple[Row, ...]:
    """The rows imported into ``home``; none if nothing was.

    Raises:
        ImportSourceError: The file is damaged.
    """
    path = home / FILE_NAME
    if not path.is_file():
        return ()
    try:
        return tuple(_row(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
    except (ValueError, TypeError, UnicodeDecodeError):
        raise ImportSourceError(f"{path} is damaged.", "Import again with `seamless guard import-off`.") from None


def _row(language: str, allergen: str, word: str) -> Row:
    return Row(f"off/{language}/{allergen}/{word}", language, "terms", (allergen,), word, "~", SOURCE)


def _read(path: Path) -> Iterator[tuple[str, str, str]]:
    allergens, words = TABLES[path.name]
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = {allergens, words, "lang"} - set(table.fieldnames or ())
        if missing:
            raise ImportSourceError(f"{path} lacks the columns {', '.join(sorted(missing))}.", "Use an unchanged copy.")
        for record in table:
            word = " ".join((record[words] or "").replace("*", " ").split())
            for allergen in (record[allergens] or "").split(","):
                identifier = allergen.strip().removeprefix("en:")
                if identifier in EU_14 and len(word) >= SHORTEST and (identifier, word.casefold()) not in _WRONG:
                    yield record["lang"], identifier, word
