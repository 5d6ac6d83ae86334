"""The forms in which a picture is handed over, and that no message names a path."""

import base64
import io

import pytest
from PIL import Image

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images import (
    ImageDownload,
    ImageLimits,
    given_block,
    image_blocks,
    message_block,
    read_block,
    without_images,
)


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(file, "PNG")
    return file.getvalue()


PNG = _png()
TEXT = base64.b64encode(PNG).decode()
FORMS = {
    "data URL": f"data:image/png;base64,{TEXT}",
    "bare base64": TEXT,
    "image_url": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{TEXT}"}},
    "image_url as text": {"type": "image_url", "image_url": f"data:image/png;base64,{TEXT}"},
    "standard": {"type": "image", "base64": TEXT, "mime_type": "image/png"},
    "standard of version 0": {"type": "image", "source_type": "base64", "data": TEXT, "mime_type": "image/png"},
    "Anthropic's": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": TEXT}},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(form):
    picture = read_block(message_block(FORMS[form]), ImageDownload())
    assert (picture.width, picture.height, picture.source) == (16, 12, "upload")


def test_a_caller_on_this_machine_may_name_a_file(tmp_path):
    file = tmp_path / "apple.png"
    file.write_bytes(PNG)
    for given in (file, str(file)):
        assert read_block(given_block(given), ImageDownload()).source == "apple.png"
    assert read_block(given_block(PNG), ImageDownload()).source == "upload"
    assert given_block("https://shop.example/a.png") == {
        "type": "image",
        "url": "https://shop.example/a.png",
        "source": "shop.example",
    }


@pytest.mark.parametrize("place", ["/etc/passwd", "file:///etc/passwd", "../secret.png", "apple.png"])
def test_a_message_never_names_a_file(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apple.png").write_bytes(PNG)
    for given in (place, {"type": "image", "url": place}, {"type": "image_url", "image_url": {"url": place}}):
        with pytest.raises(ImageRefusedError):
            read_block(message_block(given), ImageDownload())


@pytest.mark.parametrize(
    "block", [{"type": "image"}, {"type": "image", "file_id": "f-1"}, {"type": "audio", "base64": TEXT}, {}]
)
def test_blocks_that_hold_no_picture_are_refused(block):
    with pytest.raises(ImageRefusedError) as refusal:
        message_block(block)
    assert refusal.value.reason == "place"


def test_damaged_base64_is_refused():
    with pytest.raises(ImageRefusedError) as refusal:
        read_block(message_block("data:image/png;base64,!!!"), ImageDownload())
    assert refusal.value.reason == "not_an_image"


def test_size_is_checked_before_a_file_or_a_text_is_read(tmp_path):
    file = tmp_path / "large.png"
    file.write_bytes(b"\0" * 5000)
    for call in (
        lambda: given_block(file, ImageLimits(bytes=4000)),
        lambda: read_block({"type": "image", "base64": "A" * 8000}, ImageDownload(), ImageLimits(bytes=4000)),
    ):
        with pytest.raises(ImageRefusedError) as refusal:
            call()
        assert refusal.value.reason == "too_large"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ImageRefusedError, match=r"nowhere\.png cannot be read"):
        given_block(tmp_path / "nowhere.png")


def test_pictures_are_told_from_the_rest_of_a_message():
    content = [{"type": "text", "text": "this, but cheaper"}, FORMS["image_url"], FORMS["standard"]]
    assert len(image_blocks(content)) == 2
    assert without_images(content) == [{"type": "text", "text": "this, but cheaper"}]
    assert image_blocks("only words") == []


def test_a_source_is_short_and_printable():
    block = message_block({"type": "image", "base64": TEXT, "source": "a\n\x1b[31m" + "b" * 200})
    assert block["source"].startswith("a[31mb")
    assert len(block["source"]) == 80
