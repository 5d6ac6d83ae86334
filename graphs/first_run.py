"""What the first command on a new home makes: the demonstration shop and its search index.

Only the embedded shop in ``home`` is ever made; a database that the settings name is the user's own and stays as it is.
"""

from collections.abc import Callable
from contextlib import closing

from filelock import FileLock, Timeout

from seamless_retail.core.errors import ConfigurationError, ShopBusyError
from seamless_retail.core.settings import Settings

WAIT_S = 600.0

Report = Callable[[int, int], None]
"""Called with what is done and how much there is to do."""

Step = Callable[[str], Report]
"""Begins a named step."""


def prepare_home(settings: Settings, step: Step) -> None:
    """Make the demonstration shop and the index where they are missing. Several processes may do so at once.

    Nothing that exists is touched, damaged or not: opening it tells what is wrong with it.

    Raises:
        ConfigurationError: ``home`` cannot be written.
        ShopBusyError: Another process has been doing the same for ten minutes.
        SeamlessError: The shop that exists cannot be opened, so that no index can be built over it.
    """
    if _is_complete(settings):
        return
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.home / "first-run.lock", timeout=WAIT_S):
            _make_missing(settings, step)
    except Timeout:
        raise ShopBusyError(
            f"Another process has been preparing {settings.home} for {WAIT_S / 60:.0f} minutes.",
            "Wait for it or end it, then try again.",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"The folder {settings.home} cannot be used: {error.strerror}.", "Choose another with SEAMLESS_HOME."
        ) from error


def by_share(report: Report) -> Callable[[str, float], None]:
    """A report function for work that tells what it does and which share of it is done."""
    return lambda _doing, share: report(round(share * 100), 100)


def _is_complete(settings: Settings) -> bool:
    return bool(settings.database_url) or ((settings.home / "shop.db").exists() and _has_index(settings))


def _has_index(settings: Settings) -> bool:
    return (settings.index_folder / "manifest.json").exists()


def _make_missing(settings: Settings, step: Step) -> None:
    from seamless_retail.core.database import open_shop
    from seamless_retail.core.database.seed import seed_shop
    from seamless_retail.graphs.sentence_models import open_embeddings
    from seamless_retail.retrievers.index import build_index

    if lacks_products(settings):
        seed_shop(settings.shop_url, progress=by_share(step("Making the demonstration shop")))
    if not _has_index(settings):
        with closing(open_shop(settings.shop_url)) as shop:
            report = step("Building the search index")
            build_index(shop, settings.index_folder, open_embeddings(settings), progress=report)


def lacks_products(settings: Settings) -> bool:
    """Whether there is no shop yet, or only the empty one that an interrupted first run left."""
    from sqlalchemy import inspect, select

    from seamless_retail.core.database.engine import opened
    from seamless_retail.core.database.tables import ProductRow

    if not (settings.home / "shop.db").exists():
        return True
    with opened(settings.shop_url) as engine, engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if ProductRow.__tablename__ in tables:
            return connection.scalar(select(ProductRow.id).limit(1)) is None
        return not tables
