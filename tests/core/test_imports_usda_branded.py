"""The import of USDA branded foods."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seamless_retail.core.catalogue import Allergen, Nutrition
from seamless_retail.core.database import open_shop
from seamless_retail.core.database.imports import import_usda_branded
from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.queries import ProductQuery

HEADER = (
    "fdc_id,brand_owner,gtin_upc,ingredients,serving_size,serving_size_unit,branded_food_category,data_source,"
    "modified_date"
)
MUESLI = '11,Hill Mills,0012345,"OATS, MILK. CONTAINS: MILK.",30.0,GRM,Cereal,LI,2020-01-01'
SODA = "12,,99,WATER,355.5,ml,,LI,2020-01-01"
GOOD = [MUESLI, SODA]

REFUSED = {
    "fdc_id is not a number": "x,Hill,1,OATS,30,g,Cereal,LI,2020",
    "fdc_id appears twice": MUESLI,
    "no ingredients": "13,Hill,1, ,30,g,Cereal,LI,2020",
    "wrong number of columns": "14,Hill,1,OATS",
}

NUTRIENTS = {
    "fdc_id": "11",
    "description": "TOASTED MUESLI",
    "nutrients_per_100": {"Energy (KCAL)": 380.0, "Sodium, Na (MG)": 12.5, "Water (G)": 3.0},
}


def write_source(folder: Path, lines: list[str], nutrients: list[str]) -> Path:
    (folder / "branded_ingredients.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, *lines]).encode()))
    (folder / "branded_nutrients.jsonl.gz").write_bytes(gzip.compress("\n".join(nutrients).encode()))
    return folder


def test_labels_become_groceries(url: str, tmp_path: Path) -> None:
    report = import_usda_branded(url, write_source(tmp_path, GOOD, [json.dumps(NUTRIENTS)]))
    assert (report.rows_read, report.rows_taken, report.products, report.reasons) == (2, 2, 2, {})
    shop = open_shop(url)
    muesli, soda = shop.catalogue.get_many(["FDC11", "FDC12"])
    assert (muesli.name, muesli.department, muesli.category) == ("TOASTED MUESLI", "grocery", "cereal")
    assert muesli.food is not None
    assert muesli.food.ingredients == "OATS, MILK. CONTAINS: MILK.", "kept as printed"
    assert muesli.food.nutrition == Nutrition(energy_kcal=380.0, sodium_mg=12.5)
    assert muesli.food.serving == "30 g"
    assert muesli.variants[0].barcode == "0012345"
    assert muesli.price_range is None, "the source knows no price"
    assert soda.food is not None
    assert (soda.name, soda.category, soda.food.serving) == ("Other food", "other food", "355.5 ml")


def test_nothing_is_declared_so_nothing_can_be_cleared(url: str, tmp_path: Path) -> None:
    import_usda_branded(url, write_source(tmp_path, GOOD, []))
    shop = open_shop(url)
    soda = shop.catalogue.get("FDC12")
    assert soda is not None
    assert soda.food is not None
    assert (soda.food.allergens, soda.food.traces) == (None, None)
    assert shop.catalogue.find_ids(ProductQuery(exclude_allergens=(Allergen.CELERY,))) == []


def test_importing_twice_is_importing_once(
    url: str, tmp_path: Path, content: Callable[[str], dict[str, list[str]]]
) -> None:
    folder = write_source(tmp_path, GOOD, [json.dumps(NUTRIENTS)])
    first = import_usda_branded(url, folder)
    once = content(url)
    assert import_usda_branded(url, folder) == first
    assert content(url) == once


def test_bad_rows_are_counted_and_stop_nothing(url: str, tmp_path: Path) -> None:
    bad = ["{", '{"fdc_id": "11"}']
    report = import_usda_branded(url, write_source(tmp_path, [MUESLI, *REFUSED.values(), SODA], bad))
    assert report.reasons == {"nutrients: not a record": 2} | dict.fromkeys(REFUSED, 1)
    assert report.rows_taken == 2
    assert {row.reason: row.line for row in report.examples if row.reason in REFUSED} == {
        reason: number for number, reason in enumerate(REFUSED, start=3)
    }


def test_bytes_that_are_no_text_are_refused(url: str, tmp_path: Path) -> None:
    lines = [HEADER.encode(), MUESLI.encode(), b"15,Hill,1,\xff\xfe,30,g,Cereal,LI,2020"]
    (tmp_path / "branded_ingredients.csv").write_bytes(b"\n".join(lines))
    report = import_usda_branded(url, tmp_path / "branded_ingredients.csv")
    assert (report.rows_taken, report.reasons) == (1, {"not valid UTF-8": 1})


def test_a_file_that_ends_early_is_refused(sqlite_file: Path, tmp_path: Path) -> None:
    folder = write_source(tmp_path, GOOD, [])
    file = folder / "branded_ingredients.csv.gz"
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(ImportSourceError, match=r"branded_ingredients\.csv\.gz cannot be imported.*Fetch it again"):
        import_usda_branded(f"sqlite:///{sqlite_file}", folder)


def test_other_columns_are_refused(sqlite_file: Path, tmp_path: Path) -> None:
    (tmp_path / "branded_ingredients.csv.gz").write_bytes(gzip.compress(b"id,name\n1,tea\n"))
    with pytest.raises(ImportSourceError, match="it lacks brand_owner, branded_food_category"):
        import_usda_branded(f"sqlite:///{sqlite_file}", tmp_path)


def test_a_slice_of_the_real_file(sqlite_file: Path, tmp_path: Path, data_folder: Path) -> None:
    source = data_folder / "usda_branded"
    with gzip.open(source / "branded_ingredients.csv.gz", "rb") as whole:
        head = b"".join(next(whole) for _ in range(1_201))
    (tmp_path / "branded_ingredients.csv.gz").write_bytes(gzip.compress(head))
    (tmp_path / "branded_nutrients.jsonl.gz").write_bytes((source / "branded_nutrients.jsonl.gz").read_bytes())
    told: list[tuple[int, int]] = []
    report = import_usda_branded(f"sqlite:///{sqlite_file}", tmp_path, lambda done, total: told.append((done, total)))
    assert (report.rows_taken, report.rows_refused) == (1_200, 0)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert (
        len(open_shop(f"sqlite:///{sqlite_file}").catalogue.find_ids(ProductQuery(departments=("grocery",)))) == 1_200
    )
