"""Progress bars of transformers, out of the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def no_loading_bar() -> Iterator[None]:
    """Keep transformers from drawing one for a load that takes no time: it also draws into files."""
    from transformers.utils import logging

    transformers_logging: Any = logging
    drawn = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if drawn:
            transformers_logging.enable_progress_bar()
