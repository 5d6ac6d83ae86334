"""The image encoder's recipe on a made-up data set: it trains, resumes where it stopped, and its weights load."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Generator

from seamless_retail.core.images import Picture
from seamless_retail.models.image_encoder import GroceryImageEncoder, Look
from seamless_retail.models.image_tower import ImageTower, TowerShape, standardised
from seamless_retail.training.benchmarks import sight
from seamless_retail.training.benchmarks.sight import baselines, report
from seamless_retail.training.data.grocery_images import (
    Photo,
    Product,
    calibration_half,
    development,
    read_grocery_images,
    series,
)
from seamless_retail.training.data.grocery_names import KINDS, NAMES
from seamless_retail.training.data.image_augmentation import Variation
from seamless_retail.training.recipes.image_encoder import RECIPE
from seamless_retail.training.recipes.image_encoder_judging import (
    bound,
    by_chance,
    calibration_error,
    first_ranks,
    fitted,
)
from seamless_retail.training.recipes.image_encoder_lesson import Lesson, Photos, Teaching, optimizers
from seamless_retail.training.run import Run, main

SHOWN = 12
"""Products with photos."""


def photo(product: int, number: int) -> bytes:
    """One flat colour for each product, a little different from photo to photo; the fifth is its negative."""
    colour = np.random.default_rng(product).integers(30, 220, 3) + 3 * number
    colour = 255 - colour if number == 5 else colour
    values = np.full((24, 24, 3), colour, dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def write_photos(folder: Path, part: str, numbers: Sequence[int]) -> None:
    lines = []
    with zipfile.ZipFile(folder / f"{part}.zip", "w") as file:
        for product in range(SHOWN):
            for number in numbers:
                path = f"{part}/{product}_{number}.png"
                file.writestr(path, photo(product, number))
                lines.append(f"{path}, {product}, 0")
    (folder / f"{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """81 products in the files of the real data set."""
    home = tmp_path_factory.mktemp("data")
    folder = home / "grocery_images"
    folder.mkdir()
    write_photos(folder, "train", range(6))
    write_photos(folder, "val", [7])
    with zipfile.ZipFile(folder / "iconic.zip", "w") as file:
        for product in range(len(NAMES)):
            file.writestr(f"iconic/{product}.png", photo(product, 2))
    with (folder / "classes.csv").open("w", encoding="utf-8", newline="") as page:
        rows = csv.writer(page)
        rows.writerow(["Coarse Class ID (int)", "Iconic Image Path (str)", "Product Description Path (str)"])
        rows.writerows([product % len(KINDS), f"/iconic/{product}.png", f"/{product}.txt"] for product in range(81))
    texts = {f"{product}.txt": f"Product number {product}." for product in range(81)}
    (folder / "descriptions.json").write_text(json.dumps(texts), encoding="utf-8")
    return home


@pytest.fixture(autouse=True)
def few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """One text a product: reading all takes most of the time."""
    monkeypatch.setattr(Product, "texts", lambda product: (product.name,))


def run_recipe(data: Path, out: Path, *more: str) -> int:
    return main(RECIPE, ["--config", "test", "--data", str(data), "--out", str(out), *more])


def test_it_writes_weights_that_see_and_a_card(data: Path, tmp_path: Path) -> None:
    assert run_recipe(data, tmp_path, "--set", "judged=true") == 0
    encoder = GroceryImageEncoder.load(folder=tmp_path)
    photos = read_grocery_images(data).validation
    assert encoder.embed_images([photos[0].picture]).shape == (1, 384)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "On all 12 official validation photos" in card and "nothing was fitted on" in card and "temperature" in card
    assert RECIPE.verify is not None
    found = RECIPE.verify(tmp_path, Run(out=tmp_path, data=data))
    assert found.checks[0].passed and 0 <= found.figures["right products"].trained <= 1


def test_a_dry_run_counts_and_trains_nothing(data: Path, tmp_path: Path) -> None:
    assert run_recipe(data, tmp_path / "none", "--dry-run") == 0
    assert not (tmp_path / "none").exists()
    settings = RECIPE.settings.model_validate({"stages": [{"until": 1, "side": 32}]})
    counts = RECIPE.check(settings, Run(out=tmp_path, data=data))
    assert (counts["products"], counts["photos to train on"], counts["validation photos"]) == (81, 72, 12)


def test_stopped_and_resumed_it_arrives_where_it_would_have(data: Path, tmp_path: Path) -> None:
    assert run_recipe(data, tmp_path / "whole", "--set", "finish=null") == 0
    assert run_recipe(data, tmp_path / "parts", "--set", "finish=null", "--max-minutes", "0") == 0
    assert not (tmp_path / "parts" / "weights.safetensors").exists()
    assert run_recipe(data, tmp_path / "parts", "--set", "finish=null", "--resume") == 0
    whole, parts = (GroceryImageEncoder.load(folder=tmp_path / name) for name in ("whole", "parts"))
    seen = [encoder.look([p.picture for p in read_grocery_images(data).iconic[:4]]) for encoder in (whole, parts)]
    np.testing.assert_allclose(seen[0].products, seen[1].products, atol=2e-3)


def test_a_lesson_tells_colours_apart() -> None:
    torch.manual_seed(0)
    colours = torch.tensor([[200, 30, 30], [30, 200, 30], [30, 30, 200]], dtype=torch.uint8)
    photos = colours[:, :, None, None].expand(3, 3, 48, 48).contiguous()
    shape = TowerShape(8, (16,), (1,), 4, 3, 2)
    lesson = Lesson(ImageTower(shape), torch.eye(4)[:3], torch.tensor([0, 0, 1]), Teaching(average=0.8))
    steps = optimizers(lesson, {"kernels": 0.02, "kernel_decay": 0.0, "rest": 0.02, "decay": 0.0})
    random = Generator().manual_seed(0)
    for _ in range(25):
        loss = lesson(Photos(photos, photos, torch.arange(3)), 16, 32, Variation(mixed=0.2, pasted=0.2), random)["loss"]
        loss.backward()
        for step in steps:
            step.step()
            step.zero_grad()
    with torch.inference_mode():
        seen = lesson.mean_tower(shape)(standardised(photos))
    assert seen.products.argmax(1).tolist() == [0, 1, 2]
    assert (seen.vectors @ torch.eye(4)[:, :3]).argmax(1).tolist() == [0, 1, 2]
    assert seen.kinds.argmax(1).tolist() == [0, 0, 1]


def test_photos_of_one_colour_are_one_series_and_stay_together() -> None:
    def flat(product: int, red: int) -> Photo:
        return Photo(f"{product}/{red}", Picture(8, 8, bytes([red, 0, 200]) * 64, "0" * 64), product)

    photos = [flat(0, 10), flat(0, 12), flat(0, 250), flat(1, 10), *[flat(2, 10)] * 20, *[flat(2, 250)] * 4]
    numbers = series(photos)
    assert numbers[0] == numbers[1] != numbers[2] and numbers[3] not in numbers[:3]
    held = development(photos)
    assert not held[:4].any(), "no product loses more than a fifth of its photos"
    assert held[-4:].all() and not held[4:-4].any()


def test_the_halves_of_the_validation_photos_share_no_series() -> None:
    def flat(product: int, red: int) -> Photo:
        return Photo(f"{product}/{red}", Picture(8, 8, bytes([red, 0, 200]) * 64, "0" * 64), product)

    photos = [flat(0, 10), flat(0, 250), flat(0, 12), flat(1, 10), flat(2, 10), flat(2, 12), flat(2, 250)]
    half = calibration_half(photos)
    assert half[0] == half[2] != half[1]
    assert half[4] == half[5] != half[6]
    assert half.tolist() == calibration_half(photos).tolist()
    assert half.tolist() == [True, False, True, False, True, True, False]


def test_what_is_far_and_wrong_is_told_with_less_certainty() -> None:
    random = np.random.default_rng(0)
    logits = np.tile(np.array([[3.0, 0.0, 0.0]], np.float32), (200, 1))
    right, nothing = np.arange(200) < 100, np.zeros((200, 0), np.float32)
    distances = (np.where(right, 10, 40) + random.random(200)).astype(np.float32)
    seen = Look(nothing, logits, nothing, distances)
    temperature, farthest = fitted(seen, right)
    assert 10 <= farthest < 20 and temperature <= 1
    sure = np.full(50, 0.9, np.float32)
    assert 0 < by_chance(sure, 200) < 0.1


def test_a_tower_is_calibrated_again_without_training(data: Path, tmp_path: Path) -> None:
    assert run_recipe(data, tmp_path / "first", "--set", "finish=null") == 0
    again = ("--set", f"weights={tmp_path / 'first'}", "--set", "least_right=0.5")
    assert run_recipe(data, tmp_path / "second", *again) == 0
    first, second = (GroceryImageEncoder.load(folder=tmp_path / name) for name in ("first", "second"))
    assert first.weights_sha256 == second.weights_sha256


def test_every_product_has_a_name_and_a_kind(data_folder: Path) -> None:
    rows = list(csv.DictReader((data_folder / "grocery_images" / "classes.csv").read_text().splitlines()))
    assert len(set(NAMES)) == len(rows) == len(NAMES)
    for row, name in zip(rows, NAMES, strict=True):
        given = set(row["Class Name (str)"].lower().replace("-", " ").split())
        assert given & set(name.lower().replace("satsuma", "satsumas").split()), (row["Class Name (str)"], name)
    kinds = {int(row["Coarse Class ID (int)"]): row["Coarse Class Name (str)"] for row in rows}
    assert [kinds[number][0].lower() for number in (0, 1, 19, 20, 28)] == [KINDS[n][0] for n in (0, 1, 19, 20, 28)]


def test_ranks_and_calibration_by_hand() -> None:
    photos = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]], np.float32)
    texts = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
    names = np.array([0, 1, 0])
    first_photo, own_text = first_ranks(photos, texts, names, np.array([0, 1]))
    assert first_photo.tolist() == [0, 1] and own_text.tolist() == [1, 0, 0]
    sure, right = np.array([0.95, 0.91, 0.55], np.float32), np.array([True, False, True])
    assert calibration_error(sure, right) == pytest.approx(2 / 3 * abs(0.93 - 0.5) + 1 / 3 * 0.45, abs=1e-6)


def test_a_bound_is_the_lowest_that_keeps_its_word() -> None:
    sure, right = np.array([0.9, 0.8, 0.7, 0.6], np.float32), np.array([True, True, False, True])
    assert bound(sure, right, 0.9) == pytest.approx(0.8, abs=1e-4)
    assert bound(sure, right, 0.75) == pytest.approx(0.6, abs=1e-4)
    assert bound(sure, ~right, 0.9) == 1.0


def test_the_benchmark_compares_with_its_floors(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight, "TIMED", 3)
    monkeypatch.setattr(sight, "RAW_SIDE", 2)
    monkeypatch.setattr(sight, "DECAYS", (1e-4, 1e-2))
    images = read_grocery_images(data)
    held = development(images.training)
    assert held.sum() == SHOWN
    named = baselines(images, images.validation, held)
    assert named.keys() == {"colour histogram", "raw pixels"}
    assert (named["raw pixels"] == np.arange(SHOWN)).mean() > 0.5
    assert run_recipe(data, tmp_path, "--set", "finish=null") == 0
    found = report(tmp_path, images, "validation")
    assert found["shares"]["image encoder"]["right product"]["of"] == SHOWN
    assert found["milliseconds"]["picture"]["p50"] > 0


def test_variation_says_what_it_does_not_allow() -> None:
    with pytest.raises(ValueError, match="smallest_cut"):
        Variation(smallest_cut=0.0)
