"""Any CLIP or SigLIP checkpoint as an image encoder, through transformers.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision"; Zhai et al. 2023, "Sigmoid
Loss for Language Image Pre-Training". Torch and transformers are imported when an encoder is built. Nothing here opens
a network connection unless ``download=True`` is passed.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.images import Picture
from seamless_retail.models.picture_processing import PAGE, PictureProcessing

Array = NDArray[np.float32]
KINDS = ("clip", "siglip")
"""Of models, as their ``config.json`` says."""


class PretrainedImageEncoder:
    """Implements :class:`~seamless_retail.core.ports.ImageEncoder`; usable from several threads.

    Args:
        name: A checkpoint's folder, or its name on the Hugging Face hub (``openai/clip-vit-base-patch32``,
            ``google/siglip-base-patch16-224``).
        download: Whether a name that is not in the local cache may be fetched.
        device: ``cpu``, ``cuda`` …; by default a GPU where there is one.
        batch: Pictures or texts that go through the network at once.

    Raises:
        ModelFileError: It is missing, damaged, or of another kind.
    """

    def __init__(self, name: str | Path, *, download: bool = False, device: str = "", batch: int = 16) -> None:
        import torch

        self.name = str(name)
        self._batch = batch
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._model, self._tokenizer, folder = _load(self.name, download)
        except ModelFileError:
            raise
        except Exception as error:  # transformers raises a dozen unrelated types for a missing or broken checkpoint
            raise ModelFileError(
                f"The image encoder {self.name!r} could not be loaded: {error}",
                f"Give a folder with a CLIP or SigLIP checkpoint, or fetch it first (hf download {self.name}).",
            ) from error
        self._processing = PictureProcessing.read(folder)
        self._model.eval().requires_grad_(False).to(self._device)
        text = self._model.config.text_config
        self._kind, self._longest = self._model.config.model_type, int(text.max_position_embeddings)
        self.dimension: int = self.embed_texts(["dimension"]).shape[1]
        self.weights_sha256 = _digest(self._model)

    def embed_images(self, pictures: Sequence[Picture]) -> Array:
        """Vectors of pictures: float32 ``[n, d]``, rows of length 1."""
        import torch

        def features(part: Sequence[Picture]) -> Any:
            pixels = torch.from_numpy(np.stack([self._processing(picture) for picture in part]))
            return self._model.get_image_features(pixel_values=pixels.to(self._device))

        return self._embed(pictures, features)

    def embed_texts(self, texts: Sequence[str]) -> Array:
        """Vectors of texts in the same space: float32 ``[n, d]``, rows of length 1; long texts are cut."""
        # SigLIP was trained on texts filled up to one length, without a mask.
        padding: Any = "max_length" if self._kind == "siglip" else True

        def features(part: Sequence[str]) -> Any:
            rows = self._tokenizer(
                list(part), padding=padding, truncation=True, max_length=self._longest, return_tensors="pt"
            )
            named = ("input_ids",) if self._kind == "siglip" else ("input_ids", "attention_mask")
            return self._model.get_text_features(**{name: rows[name].to(self._device) for name in named})

        return self._embed(texts, features)

    def _embed(self, given: Sequence[Any], features: Any) -> Array:
        import torch

        if not given:
            return np.zeros((0, self.dimension), np.float32)
        parts = []
        with torch.inference_mode():
            for at in range(0, len(given), self._batch):
                found = features(given[at : at + self._batch])
                found = getattr(found, "pooler_output", found)  # transformers 5 gives more than the vectors
                parts.append(torch.nn.functional.normalize(found.float(), dim=1).cpu())
        vectors: Array = torch.cat(parts).numpy()
        return vectors


def _load(name: str, download: bool) -> tuple[Any, Any, Path]:
    """The model, its tokenizer, and the folder that says how pictures are prepared."""
    from transformers import AutoConfig, AutoTokenizer, CLIPModel, SiglipModel
    from transformers.utils.hub import cached_file

    local: dict[str, Any] = {"local_files_only": not download}
    kind = AutoConfig.from_pretrained(name, **local).model_type
    if kind not in KINDS:
        raise ModelFileError(
            f"{name!r} is a model of the kind {kind!r}.", f"Name a checkpoint of the kinds {' or '.join(KINDS)}."
        )
    page = cached_file(name, PAGE, **local)
    if page is None:
        raise ModelFileError(f"{name!r} has no {PAGE}.", "Give a checkpoint as transformers saves it.")
    model = (CLIPModel if kind == "clip" else SiglipModel).from_pretrained(name, **local)
    return model, AutoTokenizer.from_pretrained(name, **local), Path(page).parent


def _digest(model: Any) -> str:
    """The sha256 of the named tensors."""
    import torch

    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
