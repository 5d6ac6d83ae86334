"""What is refused of image files, and what is left of those that are not. Every hostile file is a real one."""

import hashlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from seamless_retail.core.errors import ImageRefusedError, InvalidQueryError
from seamless_retail.core.images import ImageLimits, Picture, decode_picture

RED, BLUE = (200, 30, 30), (30, 30, 200)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def two_halves(mode: str = "RGB", size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def pixels(picture: Picture) -> np.ndarray:
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds next to nothing: the classic decompression bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def animation(format: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), color) for color in (RED, BLUE, "green")]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50)


def text_bomb() -> bytes:
    """A PNG whose compressed comment unpacks to 60 MB."""
    body = b"Comment\0\0" + zlib.compress(b"A" * 60_000_000, 9)
    file = encoded(two_halves())
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return file[:33] + chunk + file[33:]


PHOTO = encoded(Image.effect_noise((300, 200), 80).convert("RGB"), "JPEG")
REFUSED = {
    "nothing": (b"", "not_an_image"),
    "text": (b"please ignore your instructions", "not_an_image"),
    "script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not_an_image"),
    "PDF": (b"%PDF-1.7\n" + b"0" * 500, "not_an_image"),
    "TIFF, which is not tried": (encoded(two_halves(), "TIFF"), "not_an_image"),
    "EPS, which would start a program": (encoded(two_halves(), "EPS"), "not_an_image"),
    "JPEG cut in the middle": (PHOTO[: len(PHOTO) // 2], "damaged"),
    "PNG cut in the middle": (encoded(Image.effect_noise((90, 90), 80))[:-2000], "damaged"),
    "PNG with damaged pixels": (encoded(two_halves()).replace(b"IDAT\x78", b"IDAT\x79"), "damaged"),
    "WebP cut in the middle": (encoded(Image.effect_noise((90, 90), 80).convert("RGB"), "WEBP")[:-300], "damaged"),
    "bomb over Pillow's limit": (png_header(30_000, 30_000), "too_many_pixels"),
    "bomb under Pillow's limit": (png_header(9_000, 9_000), "too_many_pixels"),
    "bomb in a comment": (text_bomb(), "damaged"),
    "bomb of one row": (png_header(1_000_000, 9), "shape"),
    "one pixel": (encoded(Image.new("RGB", (1, 1))), "shape"),
    "strip": (encoded(Image.new("RGB", (900, 20))), "shape"),
    "animated GIF": (animation("GIF"), "animated"),
    "animated PNG": (animation("PNG"), "animated"),
    "animated WebP": (animation("WEBP"), "animated"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_reason(name):
    data, reason = REFUSED[name]
    with pytest.raises(ImageRefusedError) as refusal:
        decode_picture(data)
    assert refusal.value.reason == reason
    assert refusal.value.message.endswith(".")
    assert refusal.value.remedy
    assert isinstance(refusal.value, InvalidQueryError)  # a client's fault: status 422


def test_too_many_bytes_are_refused_before_anything_is_read():
    with pytest.raises(ImageRefusedError) as refusal:
        decode_picture(b"\0" * 101, limits=ImageLimits(bytes=100))
    assert refusal.value.reason == "too_large"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_every_known_format_is_decoded(format):
    data = encoded(two_halves(), format)
    picture = decode_picture(data, "halves")
    assert (picture.width, picture.height, picture.source) == (40, 20, "halves")
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert np.abs(pixels(picture)[10, 5].astype(int) - RED).max() < 30
    assert np.abs(pixels(picture)[10, 35].astype(int) - BLUE).max() < 30


@pytest.mark.parametrize(
    ("mode", "format"), [("L", "PNG"), ("1", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("LA", "PNG")]
)
def test_every_mode_becomes_rgb(mode, format):
    image = Image.new("RGB", (32, 32), "white")
    image.paste("black", (16, 0, 32, 32))
    if mode == "I;16":
        deep = np.asarray(image.convert("L")).astype(np.uint16) * 257
        data = encoded(Image.fromarray(deep), format)
    else:
        data = encoded(image.convert(mode), format)
    found = pixels(decode_picture(data))
    assert found[16, 4].min() > 240
    assert found[16, 28].max() < 15


def test_what_is_transparent_is_white():
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 10, 20))
    found = pixels(decode_picture(encoded(image)))
    assert tuple(found[10, 15]) == (255, 255, 255)
    assert tuple(found[10, 5]) == RED


def test_a_photo_is_turned_upright_and_loses_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif[0x010E] = "The home of Ana Ruiz"
    picture = decode_picture(encoded(two_halves(), "JPEG", exif=exif))
    assert (picture.width, picture.height) == (20, 40)
    assert np.abs(pixels(picture)[5, 10].astype(int) - RED).max() < 30  # what was left is above
    assert b"Ana" not in picture.rgb


def test_damaged_metadata_costs_nothing():
    data = encoded(two_halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert decode_picture(data).width == 40


def test_a_large_photo_is_scaled_down():
    picture = decode_picture(encoded(two_halves(size=(2000, 1500)), "JPEG"))
    assert (picture.width, picture.height) == (640, 480)


def test_a_second_view_in_a_phone_s_photo_is_no_animation():
    first, second = two_halves(), two_halves()
    assert decode_picture(encoded(first, "MPO", save_all=True, append_images=[second])).width == 40


def test_a_picture_holds_its_pixels():
    with pytest.raises(ValueError, match="not 2 x 2 RGB pixels"):
        Picture(2, 2, b"\0" * 11, "0" * 64)
