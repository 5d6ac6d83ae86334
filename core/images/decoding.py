"""Image files into pictures, suspicious of every byte. Pillow decodes; it is loaded with the first picture."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images.picture import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Pillow's names; nothing else is tried, so that no rare decoder meets a stranger's file."""
_STILL = ("JPEG", "MPO")
"""Formats whose further frames are no animation: phones put a second view or a preview there."""
_ORIENTATION = 0x0112
"""The EXIF tag of the orientation."""
SEND_ANOTHER = "Send a JPEG, PNG, WebP, GIF or BMP photo."


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is still accepted."""

    bytes: int = 10_000_000
    """Of the file."""
    pixels: int = 50_000_000
    """Of the picture, as its header declares it; nothing is decoded before."""
    min_side: int = 8
    """Pixels."""
    aspect: float = 8.0
    """Long side by short side."""
    side: int = 640
    """Pixels of the long side that are kept; larger pictures are scaled down."""


LIMITS = ImageLimits()


def decode_picture(data: bytes, source: str = "upload", limits: ImageLimits = LIMITS) -> Picture:
    """Decode an image file: upright, RGB, on white where it is transparent, without metadata.

    Args:
        data: The file.
        source: Where it came from, as it may be shown.
        limits: What is accepted.

    Raises:
        ImageRefusedError: It is too large, damaged, animated, no image or of another format, or of a shape that no
            photo has; ``reason`` says which.
    """
    if not data:
        raise ImageRefusedError("not_an_image", "The image is empty.", SEND_ANOTHER)
    check_size(len(data), limits)
    image = _open(data)
    _check_shape(*image.size, limits)
    with _reading():
        if image.format not in _STILL and getattr(image, "is_animated", False):
            raise ImageRefusedError("animated", "The image is animated.", "Send a photo or a single frame.")
        image.draft("RGB", (limits.side, limits.side))  # lets JPEG decode at a fraction of its size
        image.load()
    with _reading():
        upright = _upright(_scaled(_to_rgb(image), limits.side), image)
        rgb = upright.tobytes()
    return Picture(*upright.size, rgb, hashlib.sha256(data).hexdigest(), source)


def check_size(count: int, limits: ImageLimits = LIMITS) -> None:
    """Refuse a file by its length.

    Raises:
        ImageRefusedError: It has more bytes than ``limits``.
    """
    if count > limits.bytes:
        message = f"The image has {count / 1e6:.1f} MB, more than {limits.bytes / 1e6:.1f} MB."
        raise ImageRefusedError("too_large", message, "Send a smaller one.")


def _open(data: bytes) -> "Image":
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise ImageRefusedError("not_an_image", "This is no image of a known format.", SEND_ANOTHER) from None
    except Image.DecompressionBombError:
        raise ImageRefusedError("too_many_pixels", "The image has far too many pixels.", "Scale it down.") from None
    except Exception as error:  # the parsers raise whatever they trip over
        raise _damaged() from error


def _check_shape(width: int, height: int, limits: ImageLimits) -> None:
    shape = f"The image has {width:,} x {height:,} pixels"
    if width * height > limits.pixels:
        message = f"{shape}, more than {limits.pixels / 1e6:.0f} million."
        raise ImageRefusedError("too_many_pixels", message, "Scale it down.")
    if min(width, height) < limits.min_side:
        raise ImageRefusedError("shape", f"{shape}: too small to show anything.", "Send a larger one.")
    if max(width, height) > limits.aspect * min(width, height):
        raise ImageRefusedError("shape", f"{shape}: too long and narrow for a photo.", "Cut it to what matters.")


def _damaged() -> ImageRefusedError:
    return ImageRefusedError("damaged", "The image is truncated or damaged.", "Send the whole file.")


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except ImageRefusedError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, zlib.error and others
        raise _damaged() from error


def _to_rgb(image: "Image") -> "Image":
    from PIL import Image

    if image.mode.startswith("I"):
        import numpy as np

        deep = np.asarray(image).clip(0, 0xFFFF).astype(np.uint16)
        return Image.fromarray((deep >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _scaled(image: "Image", side: int) -> "Image":
    from PIL.Image import Resampling

    image.thumbnail((side, side), Resampling.BICUBIC)
    return image


def _upright(image: "Image", file: "Image") -> "Image":
    """Turned as the file's EXIF orientation says; one that cannot be read is none."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        turn = turns.get(file.getexif().get(_ORIENTATION, 1))
    except Exception:  # the parser raises whatever it trips over
        turn = None
    return image.transpose(turn) if turn is not None else image
