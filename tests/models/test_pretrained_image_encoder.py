"""Tiny random CLIP and SigLIP checkpoints, saved as transformers saves them, against transformers itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.images import Picture
from seamless_retail.models.image_encoder import open_image_encoder
from seamless_retail.models.picture_processing import PictureProcessing
from seamless_retail.models.pretrained_image_encoder import PretrainedImageEncoder

TEXTS = ["green apple", "a photo of milk milk milk"]
CLIP_PAGE: dict[str, Any] = {
    "size": {"shortest_edge": 32},
    "crop_size": {"height": 32, "width": 32},
    "do_center_crop": True,
    "resample": 3,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SIGLIP_PAGE: dict[str, Any] = {
    "size": {"height": 32, "width": 32},
    "resample": 3,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def picture(width: int, height: int, seed: int = 0) -> Picture:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Picture(width, height, values.tobytes(), "0" * 64)


PICTURES = [picture(50, 37), picture(37, 64, 1), picture(32, 32, 2), picture(20, 29, 3)]


def save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<unk>", "</s>", *sorted({word for text in TEXTS for word in text.split()})]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers gives it no types
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="</s>"
    ).save_pretrained(folder)


def save_checkpoint(folder: Path, kind: str) -> Any:
    import torch
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**sizes, "vocab_size": 20, "max_position_embeddings": 8, "eos_token_id": 2, "pad_token_id": 0}
    text |= {"bos_token_id": 1}
    vision = {**sizes, "image_size": 32, "patch_size": 8}
    torch.manual_seed(0)
    if kind == "clip":
        config = CLIPConfig(text_config={**text, "projection_dim": 12}, vision_config=vision, projection_dim=12)
        model: Any = CLIPModel(config)
    else:
        model = SiglipModel(SiglipConfig(text_config={**text, "projection_size": 16}, vision_config=vision))
    model.eval().save_pretrained(folder)
    save_tokenizer(folder)
    page = CLIP_PAGE if kind == "clip" else SIGLIP_PAGE
    (folder / "preprocessor_config.json").write_text(json.dumps(page), encoding="utf-8")
    return model


def transformers_pixels(kind: str, pictures: list[Picture]) -> Any:
    from PIL import Image
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    processor = CLIPImageProcessorPil(**CLIP_PAGE) if kind == "clip" else SiglipImageProcessorPil(**SIGLIP_PAGE)
    images = [Image.frombytes("RGB", (p.width, p.height), p.rgb) for p in pictures]
    return processor(images, return_tensors="pt")["pixel_values"]


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_pictures_are_prepared_as_transformers_does(kind: str) -> None:
    processing = PictureProcessing.of(CLIP_PAGE if kind == "clip" else SIGLIP_PAGE)
    ours = np.stack([processing(p) for p in PICTURES])
    np.testing.assert_allclose(ours, transformers_pixels(kind, PICTURES).numpy(), atol=1e-5)


def test_a_page_of_an_early_clip_gives_sizes_as_numbers() -> None:
    early = {**CLIP_PAGE, "size": 32, "crop_size": 32}
    for given in PICTURES:
        np.testing.assert_array_equal(PictureProcessing.of(early)(given), PictureProcessing.of(CLIP_PAGE)(given))


def test_a_crop_larger_than_the_picture_is_filled_up_with_black() -> None:
    page = {**CLIP_PAGE, "do_resize": False, "do_normalize": False}
    found = PictureProcessing.of(page)(picture(20, 29))
    assert found.shape == (3, 32, 32)
    assert not found[:, :, :6].any() and not found[:, :2].any() and found[:, 2:31, 6:26].any(axis=(1, 2)).all()


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_vectors_are_those_of_the_checkpoint(kind: str, tmp_path: Path) -> None:
    import torch

    model = save_checkpoint(tmp_path, kind)
    encoder = open_image_encoder(str(tmp_path))
    assert isinstance(encoder, PretrainedImageEncoder) and len(encoder.weights_sha256) == 64
    with torch.inference_mode():
        seen = model.get_image_features(pixel_values=transformers_pixels(kind, PICTURES)).pooler_output
        ids = torch.tensor([[encoder._tokenizer.convert_tokens_to_ids(w) for w in text.split()] for text in TEXTS[:1]])
        if kind == "siglip":
            ids = torch.nn.functional.pad(ids, (0, 8 - ids.shape[1]))
        read = model.get_text_features(input_ids=ids).pooler_output
    images, texts = encoder.embed_images(PICTURES), encoder.embed_texts(TEXTS)
    assert images.shape == (4, encoder.dimension) and texts.shape == (2, encoder.dimension)
    np.testing.assert_allclose(images, torch.nn.functional.normalize(seen, dim=1).numpy(), atol=1e-5)
    np.testing.assert_allclose(texts[:1], torch.nn.functional.normalize(read, dim=1).numpy(), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    assert encoder.embed_images([]).shape == (0, encoder.dimension)
    assert encoder.embed_texts(["milk " * 50]).shape == (1, encoder.dimension)


def test_what_is_no_checkpoint_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="hf download"):
        PretrainedImageEncoder(tmp_path / "nothing")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(ModelFileError, match="bert"):
        PretrainedImageEncoder(tmp_path)


def test_a_checkpoint_without_its_page_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, "siglip")
    (tmp_path / "preprocessor_config.json").unlink()
    with pytest.raises(ModelFileError, match="preprocessor_config"):
        PretrainedImageEncoder(tmp_path)
