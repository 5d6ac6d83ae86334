"""LoRA adapters merged without PEFT: the numbers, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.bundled_minilm import BUNDLED
from seamless_retail.models.low_rank_adapter import CONFIG, WEIGHTS, LowRankAdapter
from seamless_retail.models.sentence_encoder import SentenceEncoder

QUERY = "encoder.layer.5.attention.self.query"


def write(folder: Path, tensors: dict[str, torch.Tensor], **config: object) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"r": 2, "lora_alpha": 4, "base_model_name_or_path": BUNDLED, **config}))
    return folder


def factors(name: str = QUERY, width: int = 384) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        f"base_model.model.{name}.lora_A.weight": torch.randn(2, width, generator=generator) * 0.1,
        f"base_model.model.{name}.lora_B.weight": torch.randn(width, 2, generator=generator) * 0.1,
    }


def test_the_change_is_alpha_over_r_times_b_a(tmp_path: Path) -> None:
    down, up = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[1.0, 1.0], [0.0, 3.0]])
    folder = write(tmp_path, {"base_model.model.x.lora_A.weight": down, "base_model.model.x.lora_B.weight": up})
    merged = LowRankAdapter.read(folder).merged({"x.weight": torch.ones(2, 2), "y.weight": torch.zeros(1)})
    assert merged["x.weight"].tolist() == [[3.0, 5.0], [1.0, 13.0]]
    assert merged["y.weight"].tolist() == [0.0]


def test_the_bundled_model_with_an_adapter_embeds_as_peft_does(tmp_path: Path) -> None:
    from peft import PeftModel
    from sentence_transformers import SentenceTransformer

    from seamless_retail.models.bundled_minilm import bundled_folder

    folder = write(tmp_path / "adapter", factors(), peft_type="LORA", target_modules=["query"], layers_to_transform=[5])
    texts = ["is it waterproof?", "The canopy is removable. " * 4]
    encoder, plain = SentenceEncoder(folder), SentenceEncoder()
    reference = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    reference[0].auto_model = PeftModel.from_pretrained(reference[0].auto_model, str(folder))
    expected = reference.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(encoder.encode(texts), expected, atol=1e-5)
    assert np.abs(encoder.encode(texts) - plain.encode(texts)).max() > 1e-3
    assert encoder.weights_sha256 != plain.weights_sha256
    assert encoder.encode_layers(texts).shape == (2, 6, 384)


@pytest.mark.parametrize(
    ("tensors", "config", "message"),
    [
        (factors(), {"use_dora": True}, "no plain LoRA"),
        (factors(), {"bias": "all"}, "trains biases"),
        (factors("encoder.layer.9.attention.self.query"), {}, "does not fit"),
        (factors(width=12), {}, "does not fit"),
        ({"other": torch.zeros(1)}, {}, "other tensors"),
        (dict(list(factors().items())[:1]), {}, "no counterpart"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    tmp_path: Path, tensors: dict[str, torch.Tensor], config: dict[str, object], message: str
) -> None:
    folder = write(tmp_path / "adapter", tensors, **config)
    with pytest.raises(ModelFileError, match=message):
        LowRankAdapter.read(folder).merged({f"{QUERY}.weight": torch.zeros(384, 384)})


def test_a_damaged_adapter_is_refused_with_advice(tmp_path: Path) -> None:
    folder = write(tmp_path / "adapter", factors())
    (folder / WEIGHTS).write_bytes(b"no")
    with pytest.raises(ModelFileError, match="cannot be read"):
        SentenceEncoder(folder)
    (folder / CONFIG).write_text("{")
    with pytest.raises(ModelFileError, match="cannot be read"):
        SentenceEncoder(folder)
