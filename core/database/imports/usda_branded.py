"""USDA FoodData Central branded foods (public domain): ingredient lists of American groceries.

How it is read:

- A food is a product ``FDC<id>``. The source gives no product name except in the nutrients file, so most names are
  brand and category.
- The ingredients text is kept as printed, a ``CONTAINS:`` statement in it too. The source has no field for allergens or
  traces, so both are undeclared: a guard cannot clear such a product.
- Nutrients per 100 g come from ``branded_nutrients.jsonl.gz`` beside the file, where it knows the id.
- The source knows no price and no stock: the one variant carries the bar code, a price of zero, and is not active.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from seamless_retail.core.catalogue import Food, Money, Nutrition, Product, Variant
from seamless_retail.core.database.imports.report import ImportReport, Progress, Tally
from seamless_retail.core.database.imports.session import find_source, not_readable, run_and_book
from seamless_retail.core.database.imports.text_files import is_clean, open_text
from seamless_retail.core.database.writer import write_products

SOURCE = "usda-branded"
FILE = "branded_ingredients.csv.gz"
NUTRIENTS_FILE = "branded_nutrients.jsonl.gz"
ROWS_PER_BATCH = 500

COLUMNS = (
    "fdc_id",
    "brand_owner",
    "gtin_upc",
    "ingredients",
    "serving_size",
    "serving_size_unit",
    "branded_food_category",
)

NUTRIENTS = {
    "Energy (KCAL)": "energy_kcal",
    "Protein (G)": "protein_g",
    "Total lipid (fat) (G)": "fat_g",
    "Fatty acids, total saturated (G)": "saturated_fat_g",
    "Carbohydrate, by difference (G)": "carbohydrates_g",
    "Sugars, total including NLEA (G)": "sugars_g",
    "Fiber, total dietary (G)": "fibre_g",
    "Sodium, Na (MG)": "sodium_mg",
    "Potassium, K (MG)": "potassium_mg",
    "Phosphorus, P (MG)": "phosphorus_mg",
    "Iron, Fe (MG)": "iron_mg",
    "Caffeine (MG)": "caffeine_mg",
}

UNITS = {"g": "g", "grm": "g", "gm": "g", "ml": "ml", "mlt": "ml", "mg": "mg", "iu": "IU"}

Known = dict[str, tuple[str, Nutrition]]
"""Name and nutrients by food id."""


def import_usda_branded(url: str, path: str | Path, progress: Progress | None = None) -> ImportReport:
    """Load ``branded_ingredients.csv.gz``; errors as for :func:`~seamless_retail.core.database.imports.run_import`."""
    file = find_source(path, FILE)
    return run_and_book(url, SOURCE, file, lambda engine, tally: _load(engine, tally, file, progress))


def _load(engine: Engine, tally: Tally, file: Path, progress: Progress | None) -> None:
    known = _read_nutrients(file.with_name(NUTRIENTS_FILE), tally)
    seen: set[str] = set()
    waiting: list[Product] = []
    total = file.stat().st_size

    def flush(done: int) -> None:
        with engine.begin() as connection:
            tally.products += write_products(connection, waiting)
        tally.taken += len(waiting)
        waiting.clear()
        if progress:
            progress(done, total)

    with open_text(file) as (text, position):
        for line, row in _rows(csv.DictReader(text), file):
            product = row if isinstance(row, str) else read_product(row, known, seen)
            if isinstance(product, str):
                tally.refuse(line, product)
                continue
            waiting.append(product)
            if len(waiting) >= ROWS_PER_BATCH:
                flush(position())
        flush(total)


def _rows(reader: "csv.DictReader[str]", file: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Rows with their line number; a row that is not CSV comes as the reason why."""
    if missing := set(COLUMNS) - set(reader.fieldnames or ()):
        remedy = f"It must be CSV with the columns {', '.join(COLUMNS)}."
        raise not_readable(file, f"it lacks {', '.join(sorted(missing))}", remedy)
    while True:
        try:
            yield reader.line_num + 1, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"not valid CSV: {error}"


def read_product(row: dict[str, Any], known: Known, seen: set[str]) -> Product | str:
    """Read one row, or say why it cannot be taken; ``seen`` collects the ids."""
    if None in row or any(row[column] is None for column in COLUMNS):
        return "wrong number of columns"
    cells = {column: row[column].strip() for column in COLUMNS}
    if not all(map(is_clean, cells.values())):
        return "not valid UTF-8"
    fdc_id = cells["fdc_id"]
    if not fdc_id.isdigit():
        return "fdc_id is not a number"
    if fdc_id in seen:
        return "fdc_id appears twice"
    if not cells["ingredients"]:
        return "no ingredients"
    seen.add(fdc_id)
    return _product(f"FDC{fdc_id}", cells, *known.get(fdc_id, ("", None)))


def _product(product_id: str, cells: dict[str, str], name: str, nutrition: Nutrition | None) -> Product:
    category = cells["branded_food_category"] or "Other food"
    unit = UNITS.get(cells["serving_size_unit"].lower(), cells["serving_size_unit"])
    variant = Variant(
        sku=product_id, product_id=product_id, price=Money(cents=0), barcode=cells["gtin_upc"], active=False
    )
    return Product(
        id=product_id,
        name=name or f"{cells['brand_owner']} {category}".strip(),
        department="grocery",
        category=category.lower(),
        brand=cells["brand_owner"],
        food=Food(
            ingredients=cells["ingredients"],
            nutrition=nutrition,
            serving=f"{cells['serving_size'].removesuffix('.0')} {unit}".strip(),
        ),
        variants=(variant,),
    )


def _read_nutrients(file: Path, tally: Tally) -> Known:
    known: Known = {}
    if not file.is_file():
        return known
    with open_text(file) as (text, _):
        for number, line in enumerate(text, start=1):
            try:
                record = json.loads(line)
                values = {NUTRIENTS[k]: v for k, v in record["nutrients_per_100"].items() if k in NUTRIENTS}
                known[str(record["fdc_id"])] = (str(record["description"]).strip(), Nutrition(**values))
            except (ValueError, KeyError, TypeError, AttributeError):
                tally.refuse(number, "nutrients: not a record")
    return known
