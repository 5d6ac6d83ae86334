"""The model of what a customer buys next behind its port: the one that the user trained, loaded when first needed."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.settings import Settings
from seamless_retail.core.suggestions import Suggestion

if TYPE_CHECKING:
    from seamless_retail.models.next_item import NextItemModel

log = logging.getLogger(__name__)


@dataclass
class DeferredNextItem:
    """Implements ``NextItem``. A damaged model knows no item, and the log says so once."""

    folder: Path
    _opened: "NextItemModel | None" = None
    _failed: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def load(self) -> "NextItemModel | None":
        """The model; ``None`` if its files are damaged."""
        from seamless_retail.models.next_item import NextItemModel

        with self._lock:
            if self._opened is None and not self._failed:
                try:
                    self._opened = NextItemModel.load(self.folder)
                except ModelFileError as error:
                    self._failed = True
                    log.error("Nothing is recommended by what customers bought next: %s", error)
            return self._opened

    def knows(self, item: str) -> bool:
        """Whether the item was in the purchases it was trained on."""
        model = self.load()
        return model is not None and model.knows(item)

    def rank(self, history: Sequence[str], k: int, *, exclude: Collection[str] = ()) -> Sequence[Suggestion]:
        """The ``k`` likeliest next items, likeliest first."""
        model = self.load()
        return model.rank(history, k, exclude=exclude) if model else ()


def next_item_folder(settings: Settings) -> Path:
    """Where ``seamless recommend train`` writes the model."""
    return settings.home / "next_item"


def open_next_item(settings: Settings) -> DeferredNextItem | None:
    """The model that the user trained, not loaded yet; ``None`` if nobody trained one."""
    folder = next_item_folder(settings)
    return DeferredNextItem(folder) if (folder / "manifest.json").is_file() else None
