"""Text files, gzip-compressed or not, line by line, with the position for a progress bar."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, cast

from seamless_retail.core.database.imports.session import not_readable

GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_text(file: Path) -> Iterator[tuple[TextIOWrapper, Callable[[], int]]]:
    """Open as UTF-8; yields the text and a function that says how many bytes of the file were read.

    Bytes that are not UTF-8 come as lone surrogates: :func:`is_clean` finds them.

    Raises:
        ImportSourceError: The file ends early or is not valid gzip, also while the caller reads.
    """
    with file.open("rb") as raw:
        compressed = raw.peek(2)[:2] == GZIP_MAGIC
        binary = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if compressed else raw
        try:
            with TextIOWrapper(binary, encoding="utf-8", errors="surrogateescape", newline="") as text:
                yield text, raw.tell
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise not_readable(file, error, "Fetch it again.") from error


def is_clean(text: str) -> bool:
    """Whether the text can be stored: valid Unicode without NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
