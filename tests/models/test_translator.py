"""The translator over a checkpoint that is made and trained here, of the shape of NLLB-200 and M2M100."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError, ModelFileError, TranslationError
from seamless_retail.core.ports import Translator
from seamless_retail.models.translation_checkpoint import load_checkpoint
from seamless_retail.models.translation_codes import LanguageCodes
from seamless_retail.models.translator import CheckpointTranslator, Decoding
from seamless_retail.training.data.translation_pairs import Pair, both_ways, languages_of
from seamless_retail.training.recipes.translation_batches import Batches, loss_of
from seamless_retail.training.recipes.translation_settings import Shape, TranslationSettings
from seamless_retail.training.recipes.translation_start import new_network, new_tokenizer
from seamless_retail.training.run import Optimisation

PAIRS = [
    Pair("eng_Latn", "spa_Latn", "Where is my order?", "¿Dónde está mi pedido?"),
    Pair("eng_Latn", "spa_Latn", "Is there milk?", "¿Hay leche?"),
    Pair("eng_Latn", "deu_Latn", "Where is my order?", "Wo ist meine Bestellung?"),
    Pair("eng_Latn", "deu_Latn", "Is there milk?", "Gibt es Milch?"),
    Pair("eng_Latn", "zho_Hans", "Is there milk?", "有牛奶吗？"),
    Pair("eng_Latn", "zho_Hans", "Where is my order?", "我的订单在哪里？"),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small network that knows :data:`PAIRS` by heart."""
    folder = tmp_path_factory.mktemp("checkpoint")
    pairs = both_ways(PAIRS)
    torch.manual_seed(0)
    tokenizer = new_tokenizer((p.source_text for p in pairs), languages_of(pairs), 200)
    shape = Shape(vocabulary=200, width=48, layers=1, heads=2, feed_forward=96, dropout=0, positions=64)
    model = new_network(shape, tokenizer)
    settings = TranslationSettings(shape=shape, optimisation=Optimisation(batch=12))
    loss = loss_of(Batches(pairs, tokenizer, settings, 2), 0.0, torch.device("cpu"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 0.05, 1.0, total_iters=20)
    for number in range(90):
        loss(model, number)["loss"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        optimizer.zero_grad()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def translator(checkpoint: Path) -> CheckpointTranslator:
    return CheckpointTranslator.load(checkpoint)


@pytest.fixture(scope="module")
def adapter(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter that makes the network write something else."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "out_proj", "fc1", "fc2"], init_lora_weights=False)
    folder = tmp_path_factory.mktemp("adapter")
    get_peft_model(load_checkpoint(checkpoint).model, config).save_pretrained(folder)
    return folder


def test_knows_its_pairs_in_every_direction(translator: CheckpointTranslator) -> None:
    port: Translator = translator
    for pair in both_ways(PAIRS):
        assert port.translate([pair.source_text], *pair.direction) == [pair.target_text]


def test_batches_keep_order_lines_and_what_has_no_letter(translator: CheckpointTranslator) -> None:
    texts = ["Is there milk?  Where is my order?", "", "42 $", "Where is my order?\n\nIs there milk?"]
    assert translator.translate(texts, "eng_Latn", "deu_Latn") == [
        "Gibt es Milch? Wo ist meine Bestellung?",
        "",
        "42 $",
        "Wo ist meine Bestellung?\n\nGibt es Milch?",
    ]
    assert translator.translate(texts[:1], "eng_Latn", "zho_Hans") == ["有牛奶吗？我的订单在哪里？"]
    assert translator.translate([], "eng_Latn", "deu_Latn") == []


def test_says_which_languages(translator: CheckpointTranslator, checkpoint: Path) -> None:
    assert translator.name == str(checkpoint)
    assert translator.languages == {"eng_Latn", "spa_Latn", "deu_Latn", "zho_Hans"}
    assert translator.supports("spa_Latn", "eng_Latn")
    assert not translator.supports("eng_Latn", "eng_Latn")
    assert not translator.supports("eng_Latn", "tam_Taml")
    with pytest.raises(TranslationError, match="knows no tam_Taml"):
        translator.translate(["milk"], "eng_Latn", "tam_Taml")


def test_never_shortens(checkpoint: Path) -> None:
    long = CheckpointTranslator.load(checkpoint, decoding=Decoding(max_source_tokens=5))
    with pytest.raises(TranslationError, match="too long"):
        long.translate(["Where is my order?"], "eng_Latn", "deu_Latn")
    cut = CheckpointTranslator.load(checkpoint, decoding=Decoding(max_target_tokens=3))
    with pytest.raises(TranslationError, match="without an end"):
        cut.translate(["Where is my order?"], "eng_Latn", "deu_Latn")


def test_several_threads_agree(translator: CheckpointTranslator) -> None:
    found: dict[str, list[str]] = {}

    def work(target: str) -> None:
        for _ in range(3):
            found[target] = translator.translate(["Is there milk?"], "eng_Latn", target)

    threads = [threading.Thread(target=work, args=(code,)) for code in ("spa_Latn", "deu_Latn", "zho_Hans")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"spa_Latn": ["¿Hay leche?"], "deu_Latn": ["Gibt es Milch?"], "zho_Hans": ["有牛奶吗？"]}


# torch's own 8-bit layers are deprecated in favour of a package that is not among our dependencies.
@pytest.mark.filterwarnings("ignore:torch:DeprecationWarning", "ignore:torch:UserWarning")
@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_other_precisions(checkpoint: Path, precision: Any) -> None:
    translator = CheckpointTranslator.load(checkpoint, precision=precision)
    assert translator.translate(["Is there milk?"], "eng_Latn", "spa_Latn") == ["¿Hay leche?"]


def test_adapter_is_merged_and_brings_its_base(checkpoint: Path, adapter: Path) -> None:
    merged = load_checkpoint(checkpoint, adapter).model
    assert not any("lora" in name for name, _ in merged.named_parameters())
    alone = load_checkpoint(adapter).model
    before = load_checkpoint(checkpoint).model.state_dict()
    changed = [name for name, value in alone.state_dict().items() if not torch.equal(value, before[name])]
    assert changed
    assert all(torch.equal(value, merged.state_dict()[name]) for name, value in alone.state_dict().items())
    assert all(name.split(".")[-2] in ("q_proj", "out_proj", "fc1", "fc2") for name in changed)


def test_what_cannot_be_loaded(checkpoint: Path, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        CheckpointTranslator.load(tmp_path / "absent")
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match="does not name a base"):
        CheckpointTranslator.load(tmp_path)
    with pytest.raises(ModelFileError, match="does not fit"):
        CheckpointTranslator.load(checkpoint, tmp_path)
    with pytest.raises(ConfigurationError, match="CPU only"):
        CheckpointTranslator.load(checkpoint, precision="int8", device="meta")


class Told:
    """A tokenizer, as far as languages go."""

    eos_token_id = 2

    def __init__(self, tokens: dict[str, int], **names: str) -> None:
        self._tokens, self.src_lang = tokens, ""
        vars(self).update(names)

    @property
    def all_special_tokens(self) -> list[str]:
        return list(self._tokens)

    def get_added_vocab(self) -> dict[str, int]:
        return self._tokens

    def convert_tokens_to_ids(self, token: str) -> int:
        return self._tokens[token]

    @property
    def prefix_tokens(self) -> list[int]:
        return [self._tokens.get(self.src_lang, -1)]

    @property
    def suffix_tokens(self) -> Iterator[int]:
        return iter([2])


def test_names_of_mbart() -> None:
    codes = LanguageCodes(Told({"</s>": 2, "es_XX": 11, "zh_CN": 12, "xx_XX": 13}))
    assert codes.languages == {"spa_Latn", "zho_Hans"}
    assert codes.source([7], "spa_Latn") == [11, 7, 2]
    assert codes.target([7], "zho_Hans") == [12, 7, 2]


def test_a_checkpoint_of_one_pair() -> None:
    codes = LanguageCodes(Told({"</s>": 2}, source_lang="es", target_lang="en"))
    assert codes.supports("spa_Latn", "eng_Latn")
    assert not codes.supports("eng_Latn", "spa_Latn")
    assert codes.source([7], "spa_Latn") == [7, 2]
    assert codes.start("eng_Latn") is None
    with pytest.raises(TranslationError, match="between these two"):
        codes.check("eng_Latn", "spa_Latn", "opus")
    with pytest.raises(ModelFileError, match="names no languages"):
        LanguageCodes(Told({"</s>": 2}))


def test_m2m100_tokenizer(tmp_path: Path) -> None:
    spm = pytest.importorskip("sentencepiece", reason="the extra languages is not installed")
    from transformers import M2M100Tokenizer

    page = tmp_path / "texts.txt"
    page.write_text("\n".join([*(p.source_text for p in both_ways(PAIRS))] * 4), encoding="utf-8")
    spm.SentencePieceTrainer.train(
        input=str(page), model_prefix=str(tmp_path / "m"), vocab_size=90, model_type="bpe", minloglevel=2
    )
    processor = spm.SentencePieceProcessor(str(tmp_path / "m.model"))
    vocab = ["<s>", "<pad>", "</s>", "<unk>", *(processor.id_to_piece(i) for i in range(3, processor.get_piece_size()))]
    (tmp_path / "vocab.json").write_text(json.dumps({piece: n for n, piece in enumerate(vocab)}), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(tmp_path / "vocab.json"), str(tmp_path / "m.model"))
    codes = LanguageCodes(tokenizer)
    assert {"eng_Latn", "spa_Latn", "zho_Hans", "tam_Taml"} <= codes.languages
    tokenizer.src_lang = "es"
    plain = tokenizer("¿Hay leche?", add_special_tokens=False)["input_ids"]
    assert codes.source(plain, "spa_Latn") == tokenizer("¿Hay leche?")["input_ids"]
    assert codes.start("deu_Latn") == tokenizer.get_lang_id("de")
