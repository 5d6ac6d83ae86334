"""The examples in README.md run as they stand, one after the other, over the demonstration shop."""

import re
from pathlib import Path
from typing import Any

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def namespace() -> dict[str, Any]:
    """The examples share names, as a reader would type them into one session."""
    return {"__name__": "readme"}


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_runs(
    number: int,
    namespace: dict[str, Any],
    seeded_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEAMLESS_HOME", str(seeded_home))
    monkeypatch.setenv("SEAMLESS_CHECKPOINT_URL", "none")
    exec(compile(EXAMPLES[number], f"README.md example {number + 1}", "exec"), namespace)
    assert capsys.readouterr().out.strip(), "the example prints nothing"


def test_files_that_the_readme_names_exist() -> None:
    root = Path(__file__).parents[2]
    named = set(re.findall(r"`((?:core|models|retrievers|tools|lobes|graphs|training|tests)/[\w./-]+)`", README))
    assert not [name for name in sorted(named) if not (root / name).exists()]
