"""The folders a reader sees, the packages setuptools lists, and the files in the wheel are the same."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HOUSE = ("core", "models", "retrievers", "tools", "lobes", "graphs", "training")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def folder_packages() -> set[str]:
    folders = {path.parent for path in tracked_files() if path.parts[0] in HOUSE and path.suffix == ".py"}
    return {"seamless_retail", *(".".join(("seamless_retail", *folder.parts)) for folder in folders)}


def test_every_folder_with_modules_is_a_listed_package() -> None:
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == folder_packages()


def test_every_package_has_an_init_file() -> None:
    missing = [p for p in folder_packages() if not (ROOT / Path(*p.split(".")[1:]) / "__init__.py").exists()]
    assert not missing


def test_the_root_holds_no_other_python_file() -> None:
    assert [path.name for path in ROOT.glob("*.py")] == ["__init__.py"]


def test_type_checkers_find_the_package() -> None:
    link = ROOT / ".typing" / "seamless_retail"
    assert link.is_symlink()
    assert link.resolve() == ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of a copy of the tracked files (a build in place would leave ``build/`` behind)."""
    source = tmp_path_factory.mktemp("source")
    for path in tracked_files():
        if path.parts[0] not in {"tests", ".typing"} and not (ROOT / path).is_symlink():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes((ROOT / path).read_bytes())
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(target), str(source)], check=True, capture_output=True, text=True)
    return zipfile.ZipFile(next(target.glob("*.whl")))


def test_the_wheel_holds_every_module_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    modules = {f"seamless_retail/{p}" for p in tracked_files() if p.parts[0] in HOUSE and p.suffix == ".py"}
    shipped = {name for name in wheel.namelist() if name.endswith(".py")}
    assert shipped == modules | {"seamless_retail/__init__.py"}


def test_the_wheel_holds_every_data_file(wheel: zipfile.ZipFile) -> None:
    data = {
        f"seamless_retail/{p}"
        for p in tracked_files()
        if p.parts[0] in HOUSE and p.suffix != ".py" and p.parts[0] != "training"
    }
    assert data <= set(wheel.namelist()), sorted(data - set(wheel.namelist()))


def test_the_wheel_carries_the_licence_and_the_command(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "seamless = seamless_retail.graphs.cli:main" in wheel.read(entry_points).decode()
