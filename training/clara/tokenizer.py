"""A tokenizer of our own for a base that is trained from nothing: byte-level pairs, single digits, prompt markers."""

from collections.abc import Iterable
from typing import Any

from seamless_retail.models.clara.prompts import MARKERS

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", *MARKERS)


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """A ``PreTrainedTokenizerFast`` of at most ``vocabulary`` tokens, learned from ``texts``.

    Digits are tokens of their own, so that a price is spelled and not looked up; any text can be written, since all
    256 bytes are tokens.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=list(MARKERS),
        clean_up_tokenization_spaces=False,
    )
