"""Pictures that customers send: where they may come from, what is refused, and what is left of them."""

from seamless_retail.core.images.blocks import (
    MAX_IMAGES,
    Block,
    ImageGiven,
    given_block,
    image_blocks,
    message_block,
    read_block,
    without_images,
)
from seamless_retail.core.images.decoding import LIMITS, ImageLimits, decode_picture
from seamless_retail.core.images.download import ImageDownload
from seamless_retail.core.images.picture import Picture

__all__ = [
    "LIMITS",
    "MAX_IMAGES",
    "Block",
    "ImageDownload",
    "ImageGiven",
    "ImageLimits",
    "Picture",
    "decode_picture",
    "given_block",
    "image_blocks",
    "message_block",
    "read_block",
    "without_images",
]
