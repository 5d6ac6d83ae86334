"""Load public data sets into the shop: streaming, idempotent, one transaction per batch."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from seamless_retail.core.database.imports.online_retail import import_online_retail
from seamless_retail.core.database.imports.report import ImportReport, Progress, RefusedRow
from seamless_retail.core.database.imports.tau2_retail import import_tau2_retail
from seamless_retail.core.database.imports.usda_branded import import_usda_branded
from seamless_retail.core.errors import NotFoundError

__all__ = [
    "IMPORTS",
    "ImportReport",
    "Importer",
    "RefusedRow",
    "import_online_retail",
    "import_tau2_retail",
    "import_usda_branded",
    "run_import",
]


class Importer(Protocol):
    """Loads one data set."""

    def __call__(self, url: str, path: str | Path, progress: Progress | None = None) -> ImportReport:
        """Load; arguments and errors as for :func:`run_import`."""
        ...


IMPORTS: Mapping[str, Importer] = MappingProxyType(
    {
        "online-retail": import_online_retail,
        "usda-branded": import_usda_branded,
        "tau2-retail": import_tau2_retail,
    }
)


def run_import(name: str, url: str, path: str | Path, progress: Progress | None = None) -> ImportReport:
    """Load a data set by name.

    Args:
        name: A key of :data:`IMPORTS`.
        url: The shop database; its schema is made if it is not there.
        path: The folder of the data set, or its main file.
        progress: Called as ``progress(done, total)`` after each batch.

    Raises:
        NotFoundError: There is no import of this name.
        ImportSourceError: The data is not there or not of the expected format.
        MissingExtraError: The import needs a package that is not installed.
        ShopBusyError: Another process is writing the shop.
        ShopDatabaseError: The shop database is damaged or cannot be reached.
    """
    if name not in IMPORTS:
        raise NotFoundError(f"There is no import {name!r}.", f"Choose one of {', '.join(IMPORTS)}.")
    return IMPORTS[name](url, path, progress)
