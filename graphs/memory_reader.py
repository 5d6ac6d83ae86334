"""The CLaRa model behind the port ``MemoryReader``: where it is, when it is loaded, and what happens without it.

Loading takes seconds (PyTorch, transformers, PEFT), so it waits for the first question or for
:func:`~seamless_retail.graphs.warm_up.warm`. A bundled model that is missing or damaged costs its answers and nothing
else: the context lobe then quotes the passages by the words they share with the question.
"""

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seamless_retail.core.errors import ModelFileError, SeamlessError
from seamless_retail.core.ports import MemoryReader, ReadablePassage, ReaderAnswer
from seamless_retail.core.settings import Settings
from seamless_retail.models.loading_bars import no_loading_bar

if TYPE_CHECKING:
    from seamless_retail.models.clara.reader import ClaraReader

log = logging.getLogger(__name__)

BUNDLED_CLARA = "clara-nano"
"""The value of the setting ``clara_model`` for the model that comes with the package."""
REMEDY = (
    "Reinstall seamless-retail, train the model with `seamless train clara --config nano`, name another in "
    "SEAMLESS_CLARA_MODEL, or set that to nothing to do without."
)
SMALL = 100_000_000
"""Parameters up to which a copy of the weights for each role is a fair price for memories at the cost of one pass."""
WAIT_SHARE = 0.8
"""Part of a lobe's deadline that a question waits for a model that is still loading."""


class DeferredReader:
    """A reader that is opened when it is first needed, in a thread of its own. Implements ``MemoryReader``.

    Args:
        open_reader: Opens it.
        wait_s: Seconds that a question waits for that, once it has begun.
    """

    def __init__(self, open_reader: Callable[[], MemoryReader], wait_s: float) -> None:
        self._open_reader, self._wait_s = open_reader, wait_s
        self._lock = threading.Lock()
        self._opened: Future[MemoryReader] | None = None

    def load(self, timeout_s: float | None = None) -> MemoryReader:
        """The reader, opened by the first call.

        Args:
            timeout_s: Seconds to wait; without it, until it is open.

        Raises:
            TimeoutError: It is not open yet.
            SeamlessError: It could not be opened, now or before.
        """
        with self._lock:
            if self._opened is None:
                self._opened = Future()
                # No daemon: a process that ends while torch is being loaded in one is aborted. It waits the seconds.
                threading.Thread(target=self._work, args=(self._opened,), name="seamless-clara").start()
        return self._opened.result(timeout_s)

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        """The reader's answer.

        Raises:
            TimeoutError: The reader is still being opened.
            SeamlessError: It could not be opened, or cannot read this.
        """
        return self.load(self._wait_s).read(question, passages)

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        """The reader's answer in pieces; raises as :meth:`read` does."""
        return (yield from self.load(self._wait_s).stream(question, passages))

    def _work(self, opened: "Future[MemoryReader]") -> None:
        try:
            opened.set_result(self._open_reader())
        except SeamlessError as error:
            log.error("Answers are not read from memory: %s", error)
            opened.set_exception(error)
        except BaseException as error:
            log.exception("opening the reader of memories failed")
            opened.set_exception(error)


def clara_location(name: str) -> str | Path:
    """The folder of a CLaRa model; a name that is no folder is one on the Hugging Face hub, and stays as it is."""
    if name == BUNDLED_CLARA:
        return Path(str(files("seamless_retail.models"))) / "weights" / "clara_nano"
    folder = Path(name).expanduser()
    return folder if folder.exists() or folder.is_absolute() or name.startswith(("~", ".")) else name


def is_missing(location: str | Path) -> bool:
    """Whether it is a folder, and holds no model; of a name on the hub nothing is known."""
    return isinstance(location, Path) and not (location / "manifest.json").is_file()


def open_memory_reader(settings: Settings) -> DeferredReader | None:
    """The reader of the settings, not loaded yet; ``None`` when it is turned off, or the bundled model is missing.

    Raises:
        ModelFileError: The settings name a folder that holds no model.
    """
    name = settings.clara_model
    if not name:
        return None
    if is_missing(location := clara_location(name)):
        if name == BUNDLED_CLARA:
            log.warning("The bundled CLaRa model is missing, so answers are not read from memory. %s", REMEDY)
            return None
        raise _nothing_there(location)
    return DeferredReader(lambda: open_clara(settings), WAIT_SHARE * settings.lobe_deadline_s)


def open_clara(settings: Settings, name: str = "", rate: int | None = None, *, text: bool = False) -> "ClaraReader":
    """Load a CLaRa model. Takes seconds.

    Args:
        settings: Its model and rate, where the arguments say nothing.
        name: ``clara-nano``, a folder, or a name on the hub.
        rate: Text tokens per memory vector.
        text: Read full text instead of memories.

    Raises:
        ModelFileError: There is no such model, or a part of it is missing or was changed.
    """
    location = clara_location(name or settings.clara_model or BUNDLED_CLARA)
    if is_missing(location):
        raise _nothing_there(location)
    from seamless_retail.models.clara.generation import ClaraGenerator
    from seamless_retail.models.clara.reader import ClaraReader

    model = _load(location)
    return ClaraReader(ClaraGenerator(model), None if text else rate or settings.clara_rate, text=text)


def _load(location: str | Path) -> Any:
    import torch

    from seamless_retail.models.clara.model import ClaraModel

    with no_loading_bar():
        model = ClaraModel.from_pretrained(location)
    if model.config.quantization:
        return model
    if torch.cuda.is_available():
        model.to("cuda")
    if sum(parameter.numel() for parameter in model.parameters()) <= SMALL:
        model.merge_adapters()
    return model


def _nothing_there(location: str | Path) -> ModelFileError:
    return ModelFileError(f"There is no CLaRa model in {location}.", REMEDY)
