"""``seamless visual`` and pictures on the command line, with the packaged encoder."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.sight import missing_sight

pytestmark = pytest.mark.skipif(bool(missing_sight(load_settings())), reason=missing_sight(load_settings()))


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.png"
    Image.effect_noise((96, 96), 120).convert("RGB").save(path)
    return path


def test_pictures_are_indexed_and_searched(run: Any, small_home: Path, noise: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "pictures.csv"
    (tmp_path / "bad.png").write_bytes(b"no picture")
    manifest.write_text("image,product\nnoise.png,G00007\nbad.png,G00008\n")
    built = run("visual", "index", str(manifest), home=small_home)
    assert built.exit_code == 0, built.stderr
    assert "20 texts and 1 pictures" in built.stdout
    assert "no image of a known format" in built.stderr
    found = run("visual", "search", "--image", str(noise), "--json", home=small_home)
    best = json.loads(found.stdout)["products"][0]
    assert (best["product_id"], best["found_by"]) == ("G00007", "picture")
    words = run("visual", "search", "coconut cashew", "-k", "2", home=small_home)
    assert len(words.stdout.splitlines()) == 2


def test_without_an_index_search_says_how_to_build_it(run: Any, small_home: Path) -> None:
    result = run("visual", "search", "granola", home=small_home)
    assert result.exit_code == 1
    assert "seamless visual index" in result.stderr


def test_lines_in_lines_out(run: Any, small_home: Path, noise: Path) -> None:
    lines = [{"id": 1, "image": str(noise)}, {"id": 2, "image": "nowhere.png"}, {"id": 3}]
    result = run("visual", "classify", "--jsonl", stdin="\n".join(map(json.dumps, lines)).encode(), home=small_home)
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert (first["id"], len(first["labels"]), first["source"]) == (1, 3, "noise.png")
    assert "cannot be read" in second["error"]
    assert third["error"]


def test_a_photo_is_named(run: Any, small_home: Path, data_folder: Path, tmp_path: Path) -> None:
    from zipfile import ZipFile

    with ZipFile(data_folder / "grocery_images" / "iconic.zip") as photos:
        name = next(name for name in photos.namelist() if name.endswith("Banana_Iconic.jpg"))
        (tmp_path / "banana.jpg").write_bytes(photos.read(name))
    result = run("visual", "classify", str(tmp_path / "banana.jpg"), home=small_home)
    assert "anana" in result.stdout


@pytest.mark.parametrize("arguments", [("classify",), ("search",), ("search", "x", "--jsonl")])
def test_odd_arguments_are_refused(run: Any, small_home: Path, arguments: tuple[str, ...]) -> None:
    result = run("visual", *arguments, home=small_home)
    assert result.exit_code == 1
    assert "→" in result.stderr


def test_no_encoder_is_told(run: Any, small_home: Path, noise: Path) -> None:
    result = run("visual", "classify", str(noise), home=small_home, image_encoder="")
    assert result.exit_code == 1
    assert "SEAMLESS_IMAGE_ENCODER" in result.stderr


def test_a_picture_goes_with_a_question(run_seeded: Any, noise: Path) -> None:
    result = run_seeded("ask", "is this safe for my nut allergy?", "--image", str(noise))
    assert result.exit_code == 0, result.stderr
    assert "cannot tell from a picture" in result.stdout
    refused = run_seeded("ask", "--image", "nowhere.png")
    assert refused.exit_code == 1
    assert "cannot be read" in refused.stderr


def test_a_chat_takes_a_picture_for_its_next_line(run_seeded: Any, noise: Path) -> None:
    script = f"/image {noise}\n\n/image nowhere.png\nhello\n/quit\n"
    result = run_seeded("chat", stdin=script.encode())
    assert result.exit_code == 0, result.stderr
    assert "noise.png goes with your next line" in result.stderr
    assert "cannot be read" in result.stderr
    assert "picture" in result.stdout
