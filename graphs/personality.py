"""The assistant's voice: its specification, the shop's own or the packaged one, and the models that speak it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from seamless_retail.core.errors import PersonalityError
from seamless_retail.core.personality import (
    DIMENSIONS,
    MERGE_METHODS,
    SPEC,
    ClaraSpec,
    Merge,
    packaged_spec,
    read_spec,
)
from seamless_retail.core.settings import Settings

if TYPE_CHECKING:
    from seamless_retail.models.adapters import AdapterShelf

MERGEKIT = "mergekit.yaml"


@dataclass(frozen=True)
class Written:
    """A blend that was written."""

    form: Literal["adapter", "merged"]
    weights: Mapping[str, float]
    left_out: str = ""
    """Why there is no mergekit configuration beside it."""


@dataclass(frozen=True)
class Measured:
    """An answer before and after, with its scores."""

    after: str
    scores: tuple[tuple[str, float, float], ...]
    """Dimension, before, after; 0 is the plain wording, +1 and -1 the authored extremes."""
    faults: tuple[str, ...] = ()
    """Why the model's version was not taken."""


def spec_path(settings: Settings) -> Path:
    """Where the shop's own specification is kept."""
    return settings.home / SPEC


def open_spec(settings: Settings) -> ClaraSpec:
    """The shop's own specification where there is one, else the packaged one.

    Raises:
        PersonalityError: The shop's own is invalid.
    """
    own = spec_path(settings)
    return read_spec(own) if own.exists() else packaged_spec()


def changed(
    spec: ClaraSpec, dials: Mapping[str, float], merge: Mapping[str, object], models: Mapping[str, str]
) -> ClaraSpec:
    """The specification with dials, the way of blending or the models changed.

    A domain for which the named adapters have one is a new dial.

    Raises:
        PersonalityError: There is no such dial, adapter or method, or a value is out of range.
    """
    spec = spec.model_copy(update=dict(models))
    if models:
        domains = {name: 0.0 for name in _shelf(spec).adapters if name not in DIMENSIONS}
        domains |= {name: dial for name, dial in spec.expertise.domains.items() if name in domains}
        spec = spec.model_copy(update={"expertise": spec.expertise.model_copy(update={"domains": domains})})
    try:
        blended = Merge.model_validate({**spec.merge.model_dump(), **merge})
    except ValidationError as error:
        found = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_url=False))
        raise PersonalityError(f"Adapters cannot be blended so: {found}.", f"{', '.join(MERGE_METHODS)}.") from None
    return spec.model_copy(update={"merge": blended}).turned(dials)


def write_blend(spec: ClaraSpec, folder: Path, *, merged: bool = False, download: bool = False) -> Written:
    """Blend what the dials turn up, and write it with a mergekit configuration of the same.

    Raises:
        PersonalityError: No dial is turned, or one for which there is no adapter.
        ModelFileError: A file is missing or damaged.
    """
    from seamless_retail.models.adapters import blend, open_model, save_adapter, save_merged

    shelf = _shelf(spec)
    weights = shelf.weights(spec)
    if not weights:
        raise PersonalityError("All dials are in the middle.", "Turn one: seamless persona blend FOLDER warmth=0.8")
    model, tokenizer = open_model(spec.base_model, download=download)
    model = blend(model, shelf, weights, spec.merge)
    if merged:
        save_merged(model, tokenizer, folder, spec, weights)
    else:
        save_adapter(model, folder, spec, weights)
    return Written("merged" if merged else "adapter", weights, _write_mergekit(spec, shelf, weights, folder))


def measure(spec: ClaraSpec, answer: str, names: Sequence[str] = ()) -> Measured:
    """Say an answer in the manner of the dials and score it before and after.

    Raises:
        ModelFileError: A file is missing or damaged.
        PersonalityError: A dial is turned for which there is no adapter.
    """
    from seamless_retail.models.persona_writer import PersonaWriter
    from seamless_retail.models.style_scorer import StyleScorer

    said = PersonaWriter.open(spec).reword([answer], names)[0]
    before, after = StyleScorer.load().scores([answer, said.text])
    scores = zip(DIMENSIONS, map(float, before), map(float, after), strict=True)
    return Measured(said.text, tuple(scores), said.faults)


def _write_mergekit(spec: ClaraSpec, shelf: "AdapterShelf", weights: Mapping[str, float], folder: Path) -> str:
    from seamless_retail.models.adapters import base_folder, mergekit_yaml

    folders = {name: shelf.adapters[name].folder for name in weights}
    try:
        content = mergekit_yaml(base_folder(spec.base_model), folders, weights, spec.merge)
    except PersonalityError as error:
        return str(error)
    (folder / MERGEKIT).write_text(content, encoding="utf-8")
    return ""


def _shelf(spec: ClaraSpec) -> "AdapterShelf":
    from seamless_retail.models.adapters import AdapterShelf

    return AdapterShelf.of(spec)
