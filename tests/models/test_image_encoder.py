"""The image encoder: its network, its probabilities, how it is stored, and the packaged weights."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.images import Picture
from seamless_retail.models import image_encoder
from seamless_retail.models.image_encoder import KIND, MEANS, WHITENING, GroceryImageEncoder, open_image_encoder
from seamless_retail.models.image_tower import (
    ImageTower,
    ResidualBlock,
    TowerShape,
    pixels_of,
    standardised,
    tensors_of,
    tower_of,
)
from seamless_retail.models.module import MANIFEST, WEIGHTS, StoredModule, load_module, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder

PACKAGED = Path(image_encoder.__file__).parent / "weights" / KIND
SHAPE = TowerShape(stem=8, widths=(8, 16), blocks=(1, 2), dimension=384, products=3, kinds=2)


def picture(width: int = 40, height: int = 30, seed: int = 0) -> Picture:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Picture(width, height, values.tobytes(), "0" * 64)


@pytest.fixture(scope="module")
def texts() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def tower() -> ImageTower:
    """Random, with running statistics that are not those of a fresh norm."""
    torch.manual_seed(0)
    tower = ImageTower(SHAPE)
    for value in tower.parameters():
        torch.nn.init.normal_(value, std=0.2)
    with torch.no_grad():
        for _ in range(3):
            tower(torch.randn(8, 3, 32, 32) * 2 + 1)
    return tower.eval()


@pytest.fixture(scope="module")
def module(tower: ImageTower, texts: SentenceEncoder) -> StoredModule:
    config = {
        "shape": SHAPE._asdict(),
        "side": 32,
        "labels": ["Lime", "Leek", "Arla standard milk"],
        "kinds": ["plant", "milk"],
        "encoder_sha256": texts.weights_sha256,
        "temperature": 1.5,
        "min_confidence": 0.4,
        "farthest": 1.0,
        "alike": 0.6,
        "same": 0.8,
        "margin": 0.03,
    }
    known = {MEANS: np.zeros((3, 16), np.float32), WHITENING: np.zeros((16, 16), np.float32)}
    return StoredModule(KIND, json.loads(json.dumps(config)), {**tensors_of(tower), **known})


@pytest.fixture(scope="module")
def encoder(module: StoredModule, texts: SentenceEncoder) -> GroceryImageEncoder:
    return GroceryImageEncoder(texts, module)


def test_folding_the_norms_changes_nothing(tower: ImageTower) -> None:
    pixels = torch.randn(2, 3, 48, 48)
    exact = {name: value.detach().numpy() for name, value in tower.state_dict().items()}
    with torch.inference_mode():
        for folded, trained in zip(tower_of(SHAPE, exact)(pixels), tower(pixels), strict=True):
            torch.testing.assert_close(folded, trained, rtol=1e-3, atol=1e-3)


def test_a_residual_block_is_its_formula() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(8, 8, halve=False, drop=0.0).eval()
    torch.nn.init.ones_(block.get_parameter("second_norm.weight"))
    x = torch.randn(2, 8, 6, 6)
    with torch.inference_mode():
        inner = torch.nn.functional.conv2d(x, block.first.weight, padding=1) / (1 + 1e-5) ** 0.5
        inner = torch.nn.functional.conv2d(inner.clamp(min=0), block.second.weight, padding=1) / (1 + 1e-5) ** 0.5
        squeezed = (inner.mean((2, 3)) @ block.squeeze.weight[:, :, 0, 0].T + block.squeeze.bias).clamp(min=0)
        gate = 1 / (1 + torch.exp(-(squeezed @ block.excite.weight[:, :, 0, 0].T + block.excite.bias)))
        torch.testing.assert_close(block(x), (x + inner * gate[:, :, None, None]).clamp(min=0))


def test_a_left_out_branch_leaves_the_shortcut() -> None:
    block = ResidualBlock(8, 8, halve=False, drop=1 - 1e-9).train()
    torch.nn.init.ones_(block.get_parameter("second_norm.weight"))
    x = torch.rand(4, 8, 5, 5)
    torch.testing.assert_close(block(x), x)


def test_pictures_are_scaled_as_pillow_does() -> None:
    from PIL import Image

    given = picture(50, 41)
    scaled = Image.frombytes("RGB", (50, 41), given.rgb).resize((24, 24), Image.Resampling.BILINEAR)
    expected = np.asarray(scaled, np.float32).transpose(2, 0, 1)
    np.testing.assert_allclose(pixels_of(given, 24).numpy(), expected, atol=1.0)
    assert pixels_of(picture(24, 24), 24).numpy().astype(np.uint8).transpose(1, 2, 0).tobytes() == picture(24, 24).rgb


def test_vectors_have_length_one_whatever_stands_beside_them(encoder: GroceryImageEncoder) -> None:
    pictures = [picture(40, 30), picture(33, 64, 1), picture(32, 32, 2)]
    together = encoder.embed_images(pictures)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together[1], encoder.embed_images(pictures[1:2])[0], atol=1e-4)
    assert encoder.embed_images([]).shape == (0, 384) and encoder.classify([]) == []


def test_a_mirrored_picture_is_the_same(encoder: GroceryImageEncoder) -> None:
    given = picture(32, 32)
    mirrored = np.frombuffer(given.rgb, np.uint8).reshape(32, 32, 3)[:, ::-1]
    both = encoder.embed_images([given, Picture(32, 32, mirrored.tobytes(), "1" * 64)])
    np.testing.assert_allclose(both[0], both[1], atol=1e-5)


def test_names_come_likeliest_first_with_calibrated_probabilities(
    encoder: GroceryImageEncoder, tower: ImageTower
) -> None:
    given = picture(32, 32)
    (labels,) = encoder.classify([given], k=3)
    with torch.inference_mode():
        pixels = standardised(pixels_of(given, 32)[None])
        logits = (tower(pixels).products + tower(pixels.flip(3)).products)[0] / 2
    expected = torch.softmax(logits / 1.5, 0)
    assert [label.name for label in labels] == [encoder.labels[i] for i in expected.argsort(descending=True)]
    assert [label.probability for label in labels] == pytest.approx(
        expected.sort(descending=True)[0].tolist(), abs=0.02
    )
    assert len(encoder.classify([given], k=2)[0]) == 2


def test_what_is_unlike_all_photos_is_less_likely_anything(module: StoredModule, texts: SentenceEncoder) -> None:
    pictures = [picture(32, 32), picture(32, 32, 1)]
    near = GroceryImageEncoder(texts, module)
    means = near.states(pictures[:1]).repeat(3, 0)
    aside = means[0] - near.states(pictures[1:])[0]
    whitening = np.eye(16, dtype=np.float32) * np.sqrt(2 / (aside @ aside))
    strange = GroceryImageEncoder(
        texts, StoredModule(KIND, module.config, {**module.tensors, MEANS: means, WHITENING: whitening})
    )
    np.testing.assert_allclose(strange.look(pictures).distances, [0, 2], atol=1e-4)
    shares = strange.probabilities(pictures) / near.probabilities(pictures)
    np.testing.assert_allclose(shares, np.array([[1.0] * 3, [1 / 2] * 3]), rtol=1e-3)


def test_texts_are_those_of_the_sentence_encoder(encoder: GroceryImageEncoder, texts: SentenceEncoder) -> None:
    np.testing.assert_array_equal(encoder.embed_texts(["green apple"]), texts.encode(["green apple"]))


def test_many_threads_see_what_one_sees(encoder: GroceryImageEncoder) -> None:
    pictures = [picture(32, 32, seed) for seed in range(8)]
    alone = [encoder.embed_images([one]) for one in pictures]
    with ThreadPoolExecutor(4) as pool:
        for vector, expected in zip(pool.map(lambda one: encoder.embed_images([one]), pictures), alone, strict=True):
            np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_a_stored_encoder_is_opened_by_its_folder(
    module: StoredModule, encoder: GroceryImageEncoder, texts: SentenceEncoder, tmp_path: Path
) -> None:
    save_module(tmp_path, module)
    opened = open_image_encoder(str(tmp_path), texts)
    assert opened.name == f"grocery-{json.loads((tmp_path / MANIFEST).read_bytes())['sha256'][WEIGHTS][:12]}"
    np.testing.assert_array_equal(opened.embed_images([picture()]), encoder.embed_images([picture()]))


@pytest.mark.parametrize("missing", ["shape", "labels", "temperature", "min_confidence", "same", "encoder_sha256"])
def test_an_incomplete_encoder_is_refused(missing: str, module: StoredModule, texts: SentenceEncoder) -> None:
    config = {name: value for name, value in module.config.items() if name != missing}
    with pytest.raises(ModelFileError, match="not complete"):
        GroceryImageEncoder(texts, StoredModule(KIND, config, module.tensors))


def test_tensors_names_and_text_encoder_must_fit(module: StoredModule, texts: SentenceEncoder) -> None:
    lacking = {name: value for name, value in module.tensors.items() if name != "vector.weight"}
    with pytest.raises(ModelFileError, match="not complete"):
        GroceryImageEncoder(texts, StoredModule(KIND, module.config, lacking))
    with pytest.raises(ModelFileError, match="name for every product"):
        GroceryImageEncoder(texts, StoredModule(KIND, {**module.config, "labels": ["Lime"]}, module.tensors))
    with pytest.raises(ModelFileError, match="another sentence model"):
        GroceryImageEncoder(texts, StoredModule(KIND, {**module.config, "encoder_sha256": "0"}, module.tensors))


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(PACKAGED, tmp_path / "changed")
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelFileError, match="not the file"):
        GroceryImageEncoder.load(folder=folder)


def test_the_packaged_weights_are_small_and_whole(texts: SentenceEncoder) -> None:
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) <= 12_000_000
    encoder = GroceryImageEncoder.load(texts)
    assert (encoder.dimension, len(encoder.labels), len(encoder.kinds)) == (384, 81, 43)
    assert 0.2 < encoder.min_confidence < 0.95 and load_module(PACKAGED, KIND).config["side"] % 32 == 0


def test_the_packaged_encoder_names_the_pictures_of_the_web_shop(texts: SentenceEncoder, data_folder: Path) -> None:
    import zipfile

    from seamless_retail.core.images import decode_picture

    encoder = GroceryImageEncoder.load(texts)
    names = {"Banana": "Banana", "Granny-Smith": "Granny Smith apple", "Arla-Standard-Milk": "Arla standard milk"}
    with zipfile.ZipFile(data_folder / "grocery_images" / "iconic.zip") as file:
        paths = [path for path in file.namelist() if path.split("/")[-2] in names]
        pictures = [decode_picture(file.read(path)) for path in paths]
    for path, labels in zip(paths, encoder.classify(pictures), strict=True):
        assert names[path.split("/")[-2]] in [label.name for label in labels]
