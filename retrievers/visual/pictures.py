"""Which picture shows which product: a CSV or JSONL file, or a folder whose file or folder names are product ids."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from seamless_retail.core.errors import ImportSourceError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
_IMAGE, _PRODUCT = ("image", "path", "file"), ("product", "product_id", "sku", "id")
_REMEDY = 'Give a CSV with the columns image,product, JSONL lines {"image","product"}, or a folder of pictures.'


class ProductPicture(NamedTuple):
    """A picture file of a product."""

    path: Path
    product_id: str


def read_pictures(place: Path, product_of: Callable[[str], str]) -> list[ProductPicture]:
    """The pictures that a manifest or a folder names.

    In a folder, ``G00001.jpg``, ``G00001-2.jpg`` and ``G00001/front.jpg`` are pictures of the product G00001. Paths in
    a file are relative to its folder.

    Args:
        place: A ``.csv`` or ``.jsonl`` file, or a folder.
        product_of: The product id of an id or SKU; empty where the shop has none.

    Raises:
        ImportSourceError: It cannot be read, names no picture, or names a product that the shop does not have.
    """
    rows = list(_folder_rows(place, product_of) if place.is_dir() else _file_rows(place))
    if not rows:
        raise ImportSourceError(f"{place} names no picture.", _REMEDY)
    return [ProductPicture(path, _known(name, where, product_of)) for where, path, name in rows]


def _known(name: str, where: str, product_of: Callable[[str], str]) -> str:
    product_id = product_of(name)
    if not product_id:
        message = f"{where}: the shop has no product or SKU {name!r}."
        raise ImportSourceError(message, "Correct it, or leave the picture out.")
    return product_id


def _folder_rows(folder: Path, product_of: Callable[[str], str]) -> Iterator[tuple[str, Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        names = (path.stem, path.stem.rpartition("-")[0], path.stem.rpartition("_")[0], path.parent.name)
        yield str(path), path, next((name for name in names if name and product_of(name)), path.stem)


def _file_rows(file: Path) -> Iterator[tuple[str, Path, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportSourceError(f"{file} cannot be read: {error}.", _REMEDY) from None
    records = _json_lines(file, text) if file.suffix == ".jsonl" else csv.DictReader(text.splitlines())
    for number, record in enumerate(records, start=1 if file.suffix == ".jsonl" else 2):
        where = f"{file}, line {number}"
        image, product = _field(record, _IMAGE), _field(record, _PRODUCT)
        if not image or not product:
            raise ImportSourceError(f"{where}: there is no image or no product.", _REMEDY)
        yield where, file.parent / image, product


def _json_lines(file: Path, text: str) -> Iterator[dict[str, object]]:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise ImportSourceError(f"{file}, line {number}: it is no JSON object.", _REMEDY)
        yield record


def _field(record: dict[str, object] | dict[str, str], names: Iterable[str]) -> str:
    return next((str(record[name]).strip() for name in names if record.get(name)), "")
