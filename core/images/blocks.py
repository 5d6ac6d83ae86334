"""The forms in which a picture is handed over, and the one in which it goes through the graph: a LangChain block.

The block is ``{"type": "image", "base64": …}`` or ``{"type": "image", "url": …}``, with ``source``, what may be shown
of where it came from. Files are read here only for callers on this machine; no message can name a path.
"""

import base64
import binascii
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images.decoding import LIMITS, ImageLimits, check_size, decode_picture
from seamless_retail.core.images.picture import Picture

Block = dict[str, Any]
ImageGiven = str | bytes | os.PathLike[str] | Mapping[str, Any]
"""A path, an https address, a data URL, the bytes of a file, or a LangChain content block."""

UPLOAD = "upload"
MAX_IMAGES = 4
"""Of one message."""
_TYPES = ("image", "image_url")
_UNKNOWN = "Send a data URL, an https address, or a block with base64 data."


def given_block(given: ImageGiven, limits: ImageLimits = LIMITS) -> Block:
    """The block of what a caller on this machine gives; files are read.

    Raises:
        ImageRefusedError: The file cannot be read or is too large, or it is nothing of the kind.
    """
    if isinstance(given, Mapping):
        return message_block(given)
    if isinstance(given, bytes):
        return _of_bytes(given, UPLOAD, limits)
    if isinstance(given, str) and given.startswith(("data:", "https://", "http://")):
        return message_block(given)
    path = Path(given)
    try:
        check_size(path.stat().st_size, limits)
        return _of_bytes(path.read_bytes(), path.name, limits)
    except (OSError, ValueError) as error:
        if isinstance(error, ImageRefusedError):
            raise
        reason = getattr(error, "strerror", None) or "not a path"
        raise ImageRefusedError("place", f"The picture {path} cannot be read: {reason}.", "Check the path.") from None


def message_block(given: str | Mapping[str, Any]) -> Block:
    """The block of what a message brings: a data URL, an https address, base64 text or a content block; never a path.

    Raises:
        ImageRefusedError: It is nothing of the kind.
    """
    if isinstance(given, str):
        if given.startswith(("https://", "http://")):
            return {"type": "image", "url": given, "source": _shown(given.split("/")[2])}
        text = given.partition(",")[2] if given.startswith("data:") else given
        return {"type": "image", "base64": text, "source": UPLOAD}
    source = given.get("source")
    inner: Mapping[str, Any] = source if isinstance(source, Mapping) else given
    address = inner.get("url") or inner.get("image_url")
    if isinstance(address, Mapping):
        address = address.get("url")
    data = inner.get("base64") or inner.get("data") or address
    if given.get("type") not in _TYPES or not isinstance(data, str) or not data:
        raise ImageRefusedError("place", "This is no picture that can be read.", _UNKNOWN)
    block = message_block(data)
    return {**block, "source": _shown(source)} if isinstance(source, str) and source else block


def image_blocks(content: object) -> list[Block]:
    """The pictures of a message's content, in order.

    Raises:
        ImageRefusedError: One has no form that is known.
    """
    return [message_block(block) for block in _blocks(content) if block.get("type") in _TYPES]


def without_images(content: object) -> list[Any]:
    """The content's other blocks."""
    parts = content if isinstance(content, list) else [content]
    return [part for part in parts if not (isinstance(part, Mapping) and part.get("type") in _TYPES)]


def read_block(block: Mapping[str, Any], download: Callable[[str], bytes], limits: ImageLimits = LIMITS) -> Picture:
    """The picture of a block.

    Args:
        block: From :func:`given_block` or :func:`message_block`, or any other that a graph's input holds.
        download: Fetches an address.
        limits: What is accepted.

    Raises:
        ImageRefusedError: ``reason`` says why.
    """
    known = message_block(block)
    if "url" in known:
        return decode_picture(download(known["url"]), known["source"], limits)
    check_size(len(known["base64"]) * 3 // 4 - 2, limits)
    try:
        data = base64.b64decode("".join(known["base64"].split()), validate=True)
    except (binascii.Error, ValueError):
        raise ImageRefusedError("not_an_image", "The picture's base64 text is damaged.", _UNKNOWN) from None
    return decode_picture(data, known["source"], limits)


def _shown(source: str) -> str:
    """A name that somebody else chose, short and on one line."""
    return "".join(character for character in source if character.isprintable())[:80]


def _of_bytes(data: bytes, source: str, limits: ImageLimits) -> Block:
    check_size(len(data), limits)
    return {"type": "image", "base64": base64.b64encode(data).decode("ascii"), "source": source}


def _blocks(content: object) -> Iterable[Mapping[str, Any]]:
    return [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
