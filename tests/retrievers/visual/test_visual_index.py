"""One index of texts and pictures: built, kept, searched, refused when damaged; and what is made of a picture by it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import ImportSourceError, SearchIndexError
from seamless_retail.core.images import Picture, decode_picture
from seamless_retail.core.sightings import Label
from seamless_retail.retrievers.visual import (
    CatalogueSight,
    ProductPicture,
    VisualIndex,
    ZeroShotClassifier,
    build_visual_index,
    read_pictures,
)

COLORS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220)}


class ColorEncoder:
    """A real, if modest, encoder: mean colours of pictures beside the colours that texts name."""

    name, dimension, logit_scale = "colors", 4, 20.0

    def __init__(self) -> None:
        self.embedded = 0

    def embed_images(self, pictures):
        self.embedded += len(pictures)
        rows = [np.frombuffer(p.rgb, np.uint8).reshape(-1, 3).mean(axis=0) for p in pictures]
        return self._unit(np.array([[*row / 255, 0.1] for row in rows]).reshape(-1, 4))

    def embed_texts(self, texts):
        self.embedded += len(texts)
        rows = [np.mean([COLORS[w] for w in COLORS if w in text.lower()] or [(90, 90, 90)], axis=0) for text in texts]
        return self._unit(np.array([[*row / 255, 0.3] for row in rows]).reshape(-1, 4))

    @staticmethod
    def _unit(rows):
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


PRODUCTS = {
    f"P{i}": Product(id=f"P{i}", name=f"A {color} mug", department="home", category="mug", description="It holds tea.")
    for i, color in enumerate(COLORS)
}


class Shelf:
    """A catalogue of three products."""

    catalogue = property(lambda self: self)

    def find_ids(self, query, limit=None):
        return list(PRODUCTS)

    def get_many(self, ids):
        return [PRODUCTS[i] for i in ids if i in PRODUCTS]


def file_of(folder: Path, name: str, color: tuple[int, int, int]) -> Path:
    path = folder / name
    Image.new("RGB", (32, 32), color).save(path)
    return path


def shown(color) -> Picture:
    import io

    file = io.BytesIO()
    Image.new("RGB", (32, 32), color).save(file, "PNG")
    return decode_picture(file.getvalue())


@pytest.fixture
def pictures(tmp_path) -> list[ProductPicture]:
    return [ProductPicture(file_of(tmp_path, f"{c}.png", rgb), f"P{i}") for i, (c, rgb) in enumerate(COLORS.items())]


@pytest.fixture
def built(tmp_path, pictures):
    encoder = ColorEncoder()
    report = build_visual_index(Shelf(), tmp_path / "visual", encoder, pictures)
    assert (report.texts, report.pictures, report.embedded, report.refused) == (3, 3, 6, {})
    return tmp_path / "visual", encoder


def test_a_picture_finds_the_product_by_its_picture_and_by_its_text(built):
    index = VisualIndex.load(*built)
    vector = built[1].embed_images([shown((200, 40, 40))])[0]
    for kind in ("picture", "text"):
        found = index.nearest(vector, 3, kind)
        assert found[0].product_id == "P0"
        assert {seen.found_by for seen in found} == {kind}
        assert len(found) == 3
    assert [seen.product_id for seen in index.nearest(vector, 3, "text", ["P1", "P2"])] == ["P1", "P2"]


def test_building_again_computes_only_what_is_new(built, tmp_path, pictures):
    folder, encoder = built
    kept = build_visual_index(Shelf(), folder, encoder)
    assert (kept.pictures, kept.embedded) == (3, 0)
    more = [*pictures, ProductPicture(file_of(tmp_path, "other.png", (180, 0, 60)), "P0")]
    assert build_visual_index(Shelf(), folder, encoder, more).embedded == 1
    assert build_visual_index(Shelf(), folder, encoder, more, force=True).embedded == 7


def test_a_bad_picture_is_told_and_the_others_are_indexed(tmp_path, pictures):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    given = [*pictures, ProductPicture(bad, "P0"), ProductPicture(tmp_path / "gone.png", "P0")]
    report = build_visual_index(Shelf(), tmp_path / "visual", ColorEncoder(), given)
    assert report.pictures == 3
    assert set(report.refused) == {str(bad), str(tmp_path / "gone.png")}


def test_nothing_is_pickled_and_damage_is_found(built):
    folder, encoder = built
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert names == ["documents.jsonl", "manifest.json", "vectors.faiss"]
    victim = next(folder.rglob("documents.jsonl"))
    victim.write_bytes(victim.read_bytes().replace(b"P0", b"P9"))
    with pytest.raises(SearchIndexError, match="damaged") as error:
        VisualIndex.load(folder, encoder)
    assert "seamless visual index --force" in error.value.remedy


def test_another_encoder_s_index_is_refused(built):
    other = ColorEncoder()
    other.name = "shapes"
    with pytest.raises(SearchIndexError, match="colors"):
        VisualIndex.load(built[0], other)


def test_a_missing_index_says_how_to_build_it(tmp_path):
    with pytest.raises(SearchIndexError, match="seamless visual index"):
        VisualIndex.load(tmp_path, ColorEncoder())


@pytest.fixture
def sight(built):
    index = VisualIndex.load(*built)
    return CatalogueSight(built[1], ZeroShotClassifier(built[1], ["red mug", "green mug"]), index, same=0.995)


def test_a_product_s_own_picture_is_known_for_sure(sight):
    seen = sight.look([shown(COLORS["blue"])])[0]
    assert (seen.sure, seen.products[0].product_id, seen.products[0].score) == (True, "P2", 1.0)


def test_another_picture_of_it_is_sure_only_when_it_is_very_like(sight):
    near, far = sight.look([shown((222, 22, 25)), shown((230, 120, 20))])
    assert (near.sure, near.products[0].product_id) == (True, "P0")
    assert not far.sure


def test_names_come_with_probabilities_and_other_things_with_none(sight):
    red, gray = sight.look([shown((200, 30, 30)), shown((90, 90, 90))])
    assert red.labels[0].name == "red mug"
    assert red.labels[0].probability > 0.5
    assert red.recognised
    assert sum(label.probability for label in gray.labels) < 0.5
    assert not gray.recognised
    assert gray.products == ()


def test_words_and_a_picture_are_searched_together(sight):
    assert sight.search(None, "a green mug", 1)[0].product_id == "P1"
    assert sight.search(shown((200, 40, 40)), "", 1)[0].product_id == "P0"
    both = sight.search(shown((90, 90, 90)), "blue", 3)
    assert both[0].product_id == "P2"
    assert [seen.product_id for seen in sight.search(shown((200, 40, 40)), "", 3, ["P1"])] == ["P1"]


def test_a_zero_shot_classifier_without_names_says_nothing():
    assert ZeroShotClassifier(ColorEncoder(), []).classify([shown((1, 2, 3))]) == [[]]
    assert isinstance(ZeroShotClassifier(ColorEncoder(), ["mug"]).classify([shown((1, 2, 3))])[0][0], Label)


def product_of(name: str) -> str:
    return {"P0": "P0", "P1": "P1", "SKU-1": "P1"}.get(name, "")


def test_manifests_and_folders_are_read(tmp_path):
    rows = [{"image": "a.png", "sku": "SKU-1"}, {"image": "b/c.png", "sku": "P0"}]
    table, lines, folder = tmp_path / "m.csv", tmp_path / "m.jsonl", tmp_path / "shots"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["image", "sku"])
        writer.writeheader()
        writer.writerows(rows)
    lines.write_text("\n".join(map(json.dumps, rows)))
    for place in (table, lines):
        assert read_pictures(place, product_of) == [(tmp_path / "a.png", "P1"), (tmp_path / "b/c.png", "P0")]
    (folder / "P0").mkdir(parents=True)
    for name in ("P1.jpg", "SKU-1-2.png", "P0/front.webp", "P0/readme.txt"):
        (folder / name).touch()
    assert {(path.name, product) for path, product in read_pictures(folder, product_of)} == {
        ("P1.jpg", "P1"),
        ("SKU-1-2.png", "P1"),
        ("front.webp", "P0"),
    }


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("m.csv", "image,product\na.png,NONE\n", "line 2: the shop has no product or SKU 'NONE'"),
        ("m.csv", "picture,thing\na.png,P0\n", "line 2: there is no image or no product"),
        ("m.csv", "image,product\n", "names no picture"),
        ("m.jsonl", "[1]\n", "line 1: it is no JSON object"),
        ("m.csv", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_bad_manifest_is_refused_with_its_line(tmp_path, name, content, problem):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ImportSourceError, match=problem):
        read_pictures(file, product_of)
