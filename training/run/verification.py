"""Whether what a recipe made is whole and better than what it started from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    passed: bool
    detail: str = ""


class Comparison(NamedTuple):
    """A figure before and after training."""

    base: float | None
    """Of what training started from, or of the named baseline; ``None`` where there is none."""
    trained: float


@dataclass(frozen=True)
class Verification:
    """What ``seamless train verify`` shows."""

    recipe: str
    path: Path
    checks: tuple[Check, ...]
    figures: Mapping[str, Comparison] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "recipe": self.recipe,
            "path": str(self.path),
            "passed": self.passed,
            "checks": [check._asdict() for check in self.checks],
            "figures": {name: figure._asdict() for name, figure in self.figures.items()},
        }
