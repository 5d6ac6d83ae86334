import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.models.clara import ClaraConfig, ClaraModel

FAMILIES = ("llama", "mistral", "qwen2", "phi")
IDS = torch.tensor([[8, 9, 10, 11]])


@pytest.fixture
def named_base(tmp_path: Path, make_base: Callable[..., PreTrainedModel]) -> str:
    """A base that can be loaded by itself, as one from the hub can."""
    make_base().save_pretrained(tmp_path / "base-model")
    return str(tmp_path / "base-model")


@pytest.fixture
def small(named_base: str, tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> Path:
    """A checkpoint over a named base: adapters and readout only."""
    model = ClaraModel.from_base(named_base, tokenizer, ClaraConfig(lora_r=2))
    with torch.no_grad():
        for role in model.roles.names:
            for parameter in model.part(role):
                parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(1))
    model.save_pretrained(tmp_path / "clara")
    return tmp_path / "clara"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("readout", ["pooled", "learned"])
def test_a_loaded_model_gives_the_same_bits(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...], tmp_path: Path, family: str, readout: str
) -> None:
    model = make_model(family, readout=readout, train_base=True)
    with torch.no_grad():
        for parameter in model.part("readout"):
            parameter.add_(0.1)
    model.add_role("reasoner", source="compressor")
    model.save_pretrained(tmp_path)
    again = ClaraModel.from_pretrained(tmp_path)
    assert not again.training
    for rate in (4, 16):
        assert torch.equal(model.compress(texts, rate).vectors, again.compress(texts, rate).vectors)
    assert torch.equal(model.query(texts).vectors, again.query(texts).vectors)
    with torch.no_grad():
        for role in (None, "generator"):
            ours, theirs = (one.decode(one.embed(IDS), role=role) for one in (model, again))
            assert torch.equal(ours, theirs)
    again.config.name_or_path = model.config.name_or_path
    assert again.config.to_dict() == model.config.to_dict()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("first", ["base", "model"])
def test_bfloat16_survives_bit_for_bit(
    make_base: Callable[..., PreTrainedModel],
    tokenizer: PreTrainedTokenizerFast,
    texts: tuple[str, ...],
    tmp_path: Path,
    family: str,
    first: str,
) -> None:
    """Casting rounds the rotary frequencies too, loading does not: without care the two give other memories."""
    base = make_base(family)
    if first == "base":
        base.bfloat16()
    model = ClaraModel.from_base(base, tokenizer, ClaraConfig(lora_r=2))
    if first == "model":
        model.bfloat16()
    model.save_pretrained(tmp_path)
    again = ClaraModel.from_pretrained(tmp_path)
    assert {p.dtype for p in again.part("base")} == {torch.bfloat16}
    assert [p.dtype for p in again.parameters()] == [p.dtype for p in model.parameters()]
    assert torch.equal(model.compress(texts).vectors, again.compress(texts).vectors)


def test_a_checkpoint_can_be_cast_when_loaded(model: ClaraModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    assert {p.dtype for p in ClaraModel.from_pretrained(tmp_path, dtype="bfloat16").parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("tied", [True, False])
def test_tied_weights_are_stored_once_and_stay_tied(
    make_base: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerFast, tmp_path: Path, tied: bool
) -> None:
    base = make_base(tie_word_embeddings=tied)
    model = ClaraModel.from_base(base, tokenizer, ClaraConfig(lora_r=2, train_base=True))
    model.save_pretrained(tmp_path)
    again = ClaraModel.from_pretrained(tmp_path)
    table, head = again.base.get_input_embeddings().weight, again.base.get_output_embeddings().weight
    assert (table is head) is tied
    assert torch.equal(head, base.get_output_embeddings().weight)
    vocabulary = len(tokenizer) * 32 * 4
    layers = 2 * (32 * 32 * 2 + 32 * 16 * 2 + 3 * 32 * 48 + 2 * 32) * 4 + 32 * 4
    size = (tmp_path / "base" / "model.safetensors").stat().st_size
    assert size == pytest.approx(layers + vocabulary * (1 if tied else 2), abs=4096)


def test_auto_classes_know_the_model(model: ClaraModel, texts: tuple[str, ...], tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    assert isinstance(AutoConfig.from_pretrained(tmp_path), ClaraConfig)
    again = AutoModel.from_pretrained(tmp_path)
    assert isinstance(again, ClaraModel)
    assert torch.equal(again.compress(texts).vectors, model.compress(texts).vectors)


def test_nothing_is_pickled_and_every_file_is_in_the_manifest(model: ClaraModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {Path(name).suffix for name in files} <= {".json", ".safetensors", ".jinja"}
    assert set(json.loads((tmp_path / "manifest.json").read_text())["sha256"]) == files - {"manifest.json"}
    assert {"adapters/compressor/adapter_model.safetensors", "adapters/generator/adapter_config.json"} <= files
    assert {"base/model.safetensors", "readout.safetensors", "tokenizer.json", "config.json"} <= files


def test_a_large_base_is_named_not_copied(small: Path, texts: tuple[str, ...]) -> None:
    assert not (small / "base").exists()
    assert ClaraModel.from_pretrained(small).compress(texts).vectors.shape[0] == 4


def test_a_named_base_that_is_gone_is_named(small: Path, named_base: str) -> None:
    Path(named_base).rename(Path(named_base).with_name("moved"))
    with pytest.raises(ModelFileError, match="base-model"):
        ClaraModel.from_pretrained(small)
    base = AutoModelForCausalLM.from_pretrained(Path(named_base).with_name("moved"))
    assert ClaraModel.from_pretrained(small, base=base).base is base


def test_peft_can_load_an_adapter_by_itself(small: Path, named_base: str) -> None:
    """Adapters are in PEFT's own format, for use without this package."""
    ours = ClaraModel.from_pretrained(small)
    theirs = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(named_base), small / "adapters/generator")
    with torch.no_grad():
        assert torch.allclose(ours.decode(ours.embed(IDS)), theirs.eval()(IDS).logits, atol=1e-6)


def test_the_base_of_a_trained_one_is_a_plain_model(make_model: Callable[..., ClaraModel], tmp_path: Path) -> None:
    """The text reader can be used with transformers alone."""
    model = make_model(train_base=True)
    model.save_pretrained(tmp_path)
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    with torch.no_grad():
        assert torch.equal(plain(IDS).logits, model.decode(model.embed(IDS), role=None))


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("adapters/generator/adapter_model.safetensors", "the adapter 'generator'"),
        ("readout.safetensors", r"readout\.safetensors"),
        ("tokenizer.json", r"tokenizer\.json"),
        ("manifest.json", r"manifest\.json"),
    ],
)
def test_a_missing_part_is_named(small: Path, lost: str, named: str) -> None:
    (small / lost).unlink()
    with pytest.raises(ModelFileError, match=named) as caught:
        ClaraModel.from_pretrained(small)
    assert caught.value.remedy


def test_an_adapter_missing_from_files_and_manifest_is_still_named(small: Path) -> None:
    """The reference loads such a model with a generator of zeros and answers wrongly."""
    (small / "adapters/generator/adapter_model.safetensors").unlink()
    manifest = json.loads((small / "manifest.json").read_text())
    del manifest["sha256"]["adapters/generator/adapter_model.safetensors"]
    (small / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="adapter 'generator' is missing"):
        ClaraModel.from_pretrained(small)


def test_a_changed_part_is_named(small: Path) -> None:
    path = small / "adapters/compressor/adapter_model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"the adapter 'compressor' .* is not the file that was saved"):
        ClaraModel.from_pretrained(small)


def test_adapters_of_another_rank_do_not_fit(small: Path) -> None:
    config = AutoConfig.from_pretrained(small)
    config.lora_r = 4
    with pytest.raises(ModelFileError, match=r"adapter 'compressor' does not fit.*shape \(2, 32\), expected \(4, 32\)"):
        ClaraModel.from_pretrained(small, config=config)


def test_an_interrupted_save_is_not_taken_for_a_model(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old manifest goes first and the new one comes last."""
    model = ClaraModel.from_pretrained(small)

    def stop(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("seamless_retail.models.clara.saving._write", stop)
    with pytest.raises(OSError, match="disk full"):
        model.save_pretrained(small)
    with pytest.raises(ModelFileError, match=r"manifest\.json is missing"):
        ClaraModel.from_pretrained(small)


def test_saving_twice_gives_the_same_bytes(model: ClaraModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "a")
    model.save_pretrained(tmp_path / "b")
    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()


def test_a_gathered_state_is_what_gets_written(model: ClaraModel, texts: tuple[str, ...], tmp_path: Path) -> None:
    """With FSDP the tensors come from accelerate, gathered; a second process writes nothing."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    expected = model.compress(texts).vectors
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    model.save_pretrained(tmp_path / "main", state_dict=state)
    model.save_pretrained(tmp_path / "other", is_main_process=False)
    assert not (tmp_path / "other").exists()
    assert torch.equal(ClaraModel.from_pretrained(tmp_path / "main").compress(texts).vectors, expected)


def test_added_tokens_are_stored(
    make_base: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    model = ClaraModel.from_base(make_base(vocab_size=len(tokenizer) - 2), tokenizer, ClaraConfig(lora_r=2))
    assert model.new_tokens is not None
    with torch.no_grad():
        model.new_tokens.add_(1.0)
    model.save_pretrained(tmp_path)
    assert torch.equal(ClaraModel.from_pretrained(tmp_path).new_tokens, model.new_tokens)
    (tmp_path / "new_tokens.safetensors").unlink()
    with pytest.raises(ModelFileError, match="new_tokens"):
        ClaraModel.from_pretrained(tmp_path)


def test_a_folder_that_is_none_is_named() -> None:
    with pytest.raises(ModelFileError, match="no CLaRa model in no/such"):
        ClaraModel.from_pretrained("no/such")


def test_unknown_options_are_named(small: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not know compress_rate"):
        ClaraModel.from_pretrained(small, compress_rate=4)
