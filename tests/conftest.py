"""Shared fixtures: one demonstration shop and index, built once per test run, and the parts assembled over it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from seamless_retail.core.database import SqlShop
    from seamless_retail.core.settings import Settings
    from seamless_retail.graphs import Parts

os.environ.setdefault("LANGSMITH_TRACING", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
for name in [name for name in os.environ if name.startswith("SEAMLESS_") and name != "SEAMLESS_DATA"]:
    del os.environ[name]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def seeded_database(run_folder: Path) -> Path:
    """A SQLite file with the demonstration shop. Read only: copy it before writing."""
    from seamless_retail.core.database.seed import seed_shop

    path = run_folder / "seeded" / "shop.db"
    with FileLock(run_folder / "seeded_database.lock", timeout=300):
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            fresh = path.with_name("fresh.db")
            seed_shop(f"sqlite:///{fresh}")
            fresh.rename(path)
    return path


@pytest.fixture(scope="session")
def shop(seeded_database: Path) -> "SqlShop":
    """The demonstration shop."""
    from seamless_retail.core.database import open_shop

    return open_shop(f"sqlite:///{seeded_database}")


@pytest.fixture(scope="session")
def seeded_home(run_folder: Path, seeded_database: Path) -> Path:
    """A SEAMLESS_HOME with ``shop.db`` and the search index. Shared: keep its threads.db apart (see ``settings``)."""
    from seamless_retail.core.database import open_shop
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
    from seamless_retail.retrievers.index import build_index

    home = run_folder / "home"
    with FileLock(run_folder / "seeded_home.lock", timeout=600):
        if not (home / "ready").exists():
            home.mkdir(exist_ok=True)
            shutil.copy(seeded_database, home / "shop.db")
            build_index(open_shop(f"sqlite:///{home / 'shop.db'}"), home / "index", MiniLMEmbeddings())
            (home / "ready").touch()
    return home


@pytest.fixture(scope="session")
def settings(seeded_home: Path) -> "Settings":
    """Settings over the seeded home, without plugins, tracing, checkpoints or a memory of conversations."""
    from seamless_retail.core.settings import load_settings

    return load_settings(home=seeded_home, checkpoint_url="none", plugins=False, memory_enabled=False)


@pytest.fixture(scope="session")
def parts(settings: "Settings") -> "Iterator[Parts]":
    """The assembled parts."""
    from seamless_retail.graphs import assemble

    yield assemble(settings)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets; skips where it is absent."""
    folder = Path(os.environ.get("SEAMLESS_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder} (set SEAMLESS_DATA)")
    return folder
