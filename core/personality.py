"""The assistant's voice: four dials of personality, the dials of expertise, and ``clara_spec.json``, which keeps them.

A dial goes from 0 to 1. Of personality, 0.5 is the plain wording, 1 has the most of the dimension and 0 the least; of
expertise, 0 is none and 1 the most. The specification also names the base model of the adapters and how they are
blended (``models/adapters.py``); the grounded composer honours the same dials without any model.
"""

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from seamless_retail.core.errors import PersonalityError

SPEC = "clara_spec.json"
NEUTRAL = 0.5
Dimension = Literal["warmth", "playful", "formal", "encouragement"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
MergeMethod = Literal["linear", "ties", "dare", "dare_ties", "slerp"]
MERGE_METHODS: tuple[MergeMethod, ...] = get_args(MergeMethod)

Dial = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Model = TypeVar("Model", bound=BaseModel)
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Personality(BaseModel):
    """How the assistant speaks; every dial at 0.5 is the plain wording."""

    model_config = _FROZEN

    warmth: Dial = NEUTRAL
    """From matter-of-fact to caring."""
    playful: Dial = NEUTRAL
    """From serious to light-hearted."""
    formal: Dial = NEUTRAL
    """From casual to ceremonious."""
    encouragement: Dial = NEUTRAL
    """From leaving the customer alone to cheering on."""

    @property
    def is_neutral(self) -> bool:
        """Whether nothing is asked but the plain wording."""
        return all(self.dial(dimension) == NEUTRAL for dimension in DIMENSIONS)

    def dial(self, dimension: Dimension) -> float:
        """The dial of a dimension, 0–1."""
        return float(getattr(self, dimension))

    def weight(self, dimension: Dimension) -> float:
        """How far the dial is turned: -1 (to the low end) over 0 (plain) to +1 (to the high end)."""
        return 2.0 * self.dial(dimension) - 1.0

    def turned(self, dials: Mapping[str, float]) -> Self:
        """The same with some dials set, by the dimension's name.

        Raises:
            PersonalityError: No such dimension, or a dial outside 0–1.
        """
        return _valid(type(self), {**self.model_dump(), **dials}, "the personality")


class Expertise(BaseModel):
    """What the assistant knows more of, by domain."""

    model_config = _FROZEN

    domains: Mapping[Domain, Dial] = Field(default_factory=dict)

    def dial(self, domain: str) -> float:
        """The dial of a domain, 0–1; 0 for one that is not named."""
        return float(self.domains.get(domain, 0.0))


class Merge(BaseModel):
    """How adapters are blended into one."""

    model_config = _FROZEN

    method: MergeMethod = "linear"
    """``dare`` adds what is kept of each adapter up; ``dare_ties`` also settles on one sign for each number."""
    density: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Share of each adapter's numbers that TIES and DARE keep."""
    seed: int = 0
    """Of the numbers that DARE drops."""


class ClaraSpec(BaseModel):
    """The assistant's voice and the models that speak it."""

    model_config = _FROZEN

    personality: Personality = Personality()
    expertise: Expertise = Expertise()
    base_model: Annotated[str, StringConstraints(min_length=1)] = "persona-nano"
    """``persona-nano`` (bundled), or the folder or Hugging Face name of a causal language model."""
    adapters: str = ""
    """Folder with one LoRA adapter per dimension and domain; empty: the bundled ones."""
    merge: Merge = Merge()

    def turned(self, dials: Mapping[str, float]) -> Self:
        """The same with some dials set: the four dimensions by name, anything else is a domain of expertise.

        Raises:
            PersonalityError: A dial outside 0–1, or a name that is no domain of this specification.
        """
        domains = {name: dial for name, dial in dials.items() if name not in DIMENSIONS}
        unknown = sorted(set(domains) - set(self.expertise.domains))
        if unknown:
            known = ", ".join([*DIMENSIONS, *self.expertise.domains])
            raise PersonalityError(f"There is no dial {', '.join(unknown)}.", f"The dials are {known}.")
        personality = self.personality.turned({name: dial for name, dial in dials.items() if name in DIMENSIONS})
        expertise = _valid(Expertise, {"domains": {**self.expertise.domains, **domains}}, "the expertise")
        return self.model_copy(update={"personality": personality, "expertise": expertise})


def packaged_spec() -> ClaraSpec:
    """The specification that comes with the package: the plain wording, no expertise."""
    return read_spec(files("seamless_retail.core") / SPEC)


def read_spec(path: Path | Traversable) -> ClaraSpec:
    """Read a ``clara_spec.json``.

    Raises:
        PersonalityError: It is missing, is not JSON, or says something that is none of a specification.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PersonalityError(f"{path} cannot be read: {error.strerror or error}.", _MAKE_ONE) from error
    except ValueError as error:
        raise PersonalityError(f"{path} is not JSON: {error}.", _MAKE_ONE) from error
    return _valid(ClaraSpec, content, str(path))


def write_spec(path: Path, spec: ClaraSpec) -> None:
    """Write a ``clara_spec.json``; a reader sees the old file or the new one, never half of one.

    Raises:
        PersonalityError: The file cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise PersonalityError(f"{path} cannot be written: {error.strerror or error}.", "Set SEAMLESS_HOME.") from error


_MAKE_ONE = "Write one with `seamless persona set warmth=0.8`, or delete it to use the packaged one."


def _valid(model: type[Model], content: object, where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"  {'.'.join(map(str, e['loc'])) or 'all of it'}: {e['msg']}" for e in error.errors(include_url=False)
        ]
        raise PersonalityError(f"Wrong in {where}:\n" + "\n".join(lines) + "\n", "Dials go from 0 to 1.") from None
