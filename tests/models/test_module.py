"""The save/load contract of our networks."""

import json
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.module import CONFIG, MANIFEST, WEIGHTS, StoredModule, load_module, save_module

MODULE = StoredModule("thing", {"width": 3, "name": "é"}, {"w": np.arange(6, dtype=np.float32).reshape(2, 3).T})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_module(tmp_path / "thing", MODULE)
    return tmp_path / "thing"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    found = load_module(folder, "thing")
    assert (found.kind, found.config) == (MODULE.kind, MODULE.config)
    np.testing.assert_array_equal(found.tensors["w"], MODULE.tensors["w"])
    assert sorted(path.name for path in folder.iterdir()) == sorted([WEIGHTS, CONFIG, MANIFEST])


def test_the_same_module_is_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    save_module(tmp_path / "again", MODULE)
    for name in (WEIGHTS, CONFIG, MANIFEST):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_a_changed_file_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelFileError, match=f"{name} is not the file that {MANIFEST} describes"):
        load_module(folder, "thing")


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, MANIFEST])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=f"{name} cannot be read"):
        load_module(folder, "thing")


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"format": 1, "kind": "thing", "sha256": {}}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, manifest: str) -> None:
    (folder / MANIFEST).write_text(manifest)
    with pytest.raises(ModelFileError, match="is not a manifest"):
        load_module(folder, "thing")


def test_another_kind_of_network_is_refused(folder: Path) -> None:
    with pytest.raises(ModelFileError, match="'thing' in format 1, expected 'other'"):
        load_module(folder, "other")


def test_another_format_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 2}))
    with pytest.raises(ModelFileError, match="format 2"):
        load_module(folder, "thing")
