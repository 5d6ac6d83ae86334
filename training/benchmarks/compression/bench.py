"""What every part of the benchmark works with: the model, the held-out products, and how much is measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, track

from seamless_retail.core.catalogue import Product
from seamless_retail.models.clara import ClaraModel, MemoryTokens
from seamless_retail.models.clara.generation import Answer, ClaraGenerator
from seamless_retail.training.data.clara_catalogue import Catalogue

CHUNK = 256
"""Questions between two steps of the progress bar."""
console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    products: int | None = None
    """Of the held-out products, the first so many; all by default."""
    questions: int | None = None
    """Of each real dev set, the first so many; all by default."""
    choices: int = 500
    """Questions with 20 candidates."""
    repeats: int = 15
    """Of each timing; medians are reported."""
    documents: tuple[int, ...] = (5, 20)
    """Per question, in the timings of reading."""
    max_new_tokens: int = 64
    """Per answer."""
    seed: int = 0


@dataclass
class Bench:
    """A loaded model and its material.

    Args:
        folder: Of the checkpoint.
        data: The folder of real data sets.
        settings: How much is measured.
        device: Where the model runs.
    """

    folder: Path
    data: Path
    settings: Settings = field(default_factory=Settings)
    device: str = "cpu"

    @cached_property
    def model(self) -> Any:
        """The model, one merged copy of its weights per role."""
        return self.load()

    def load(self, folder: Path | None = None, **options: Any) -> Any:
        """A model from a folder, by default the one that is judged, ready for inference."""
        model = ClaraModel.from_pretrained(folder or self.folder, device=self.device, **options)
        if model.config.quantization is None:
            model.merge_adapters()
        return model

    @cached_property
    def generator(self) -> ClaraGenerator:
        """Answers from text by the text reader, from memories by the generator."""
        return ClaraGenerator(self.model)

    @cached_property
    def held_out(self) -> Catalogue:
        """All products of the demonstration shop that no training record is made of."""
        from seamless_retail.core.database.seed.fashion import make_fashion
        from seamless_retail.core.database.seed.grocery import make_grocery

        return Catalogue.of([*make_fashion(), *make_grocery()], "test")

    @cached_property
    def catalogue(self) -> Catalogue:
        """Those of them that are asked about; fashion and grocery alike if they are not all."""
        products: Sequence[Product] = self.held_out.products
        wanted = self.settings.products
        if wanted is None or wanted >= len(products):
            return self.held_out
        return Catalogue([products[i * len(products) // wanted] for i in range(wanted)])

    def compress(self, documents: Sequence[str], rate: int, what: str) -> MemoryTokens:
        """Memories of documents, with a progress bar."""
        with Progress(console=console, transient=True) as bars:
            row = bars.add_task(f"{what}: compress at {rate}x", total=None)
            memories: MemoryTokens = self.model.compress(
                documents, rate, progress=lambda done, total: bars.update(row, completed=done, total=total)
            )
        return memories

    def from_text(self, questions: Sequence[str], documents: Sequence[Sequence[str]], what: str) -> list[Answer]:
        """Answers of the text reader."""
        return [
            answer
            for start in self._chunks(len(questions), what)
            for answer in self.generator.generate_from_text(
                questions[start : start + CHUNK], documents[start : start + CHUNK], **self._options
            )
        ]

    def from_memory(self, questions: Sequence[str], memories: Sequence[MemoryTokens], what: str) -> list[Answer]:
        """Answers of the generator."""
        return [
            answer
            for start in self._chunks(len(questions), what)
            for answer in self.generator.generate_from_memory(
                questions[start : start + CHUNK], memories[start : start + CHUNK], **self._options
            )
        ]

    @property
    def _options(self) -> Any:
        return {"max_new_tokens": self.settings.max_new_tokens, "citations": False}

    def _chunks(self, count: int, what: str) -> Any:
        return track(range(0, count, CHUNK), what, console=console, transient=True)
