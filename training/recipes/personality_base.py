"""The small base model of the voice: it says a sentence again, word for word.

    python -m seamless_retail.training.recipes.personality_base --config shipped --out models/weights/personality/base

Turned up adapters change what this model says; with all dials in the middle it repeats. The words of a sentence are
numbered and the reply names their numbers (``models/persona_prompt.py``); it learns that from plain sentences of the
shop (``training/data/persona_sentences.py``), with some of the words written out, so that it knows them too. Only for
want of a large model: with any instruction-tuned model of Hugging Face, ``training/recipes/personality.py`` trains the
adapters alone.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from seamless_retail.models.persona_prompt import (
    MOST_NUMBERS,
    example_tokens,
    fits,
    padded,
    reply_of,
    request_of,
    words_of,
)
from seamless_retail.training.data.persona_records import Examples, Side, read_examples
from seamless_retail.training.data.persona_sentences import own_sentences, phrases, plain_sentences, policy_answers
from seamless_retail.training.run import Optimisation, Recipe, RecipeSettings, Run, main, optimise
from seamless_retail.training.run.settings import Settings

_FACT = re.compile(r"QX\d+")
_TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'user' %}<user>{% else %}<reply>{% endif %}"
    "{{ message.content }}{% if message.role != 'user' %}</s>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<reply>{% endif %}"
)


class Shape(Settings):
    """Of a Llama."""

    vocabulary: int = Field(2048, gt=400)
    hidden: int = 128
    layers: int = 3
    heads: int = 4
    inner: int = 256
    positions: int = 512


class BaseSettings(RecipeSettings):
    """How the base is made."""

    shape: Shape = Shape()
    sides: tuple[Side, ...] = ("train", "dev")
    """Of the authored triples: the base repeats them too, each wording as it is."""
    written: float = Field(0.4, ge=0, le=1)
    """Share of sentences of which some words are written out."""
    own: float = Field(0.25, ge=0, le=1)
    """Share of sentences from the triples."""
    answers: float = Field(0.05, ge=0, le=1)
    """Share of questions on policies."""
    most_tokens: int = 192
    optimisation: Optimisation = Optimisation()


def check(settings: BaseSettings, run: Run) -> Mapping[str, int]:
    """How many sentences there are."""
    examples = read_examples()
    return {
        "plain sentences": len(run.limited(plain_sentences(examples, settings.sides))),
        "wordings of triples": len(own_sentences(examples, settings.sides)),
        "questions on policies": len(policy_answers()),
    }


def train(settings: BaseSettings, run: Run) -> None:
    """Tokenizer and model into ``run.out``, in half precision."""
    drawer = Drawer(settings, read_examples(), run)
    tokenizer = _tokenizer(settings, drawer, run)
    model = make_model(settings.shape, tokenizer)
    loss = partial(_loss, drawer=drawer, tokenizer=tokenizer, settings=settings)
    optimise(run, settings.optimisation, model, loss, name="base")
    if not run.stopped and run.is_main:
        add_phrases(model, tokenizer, drawer.phrases)
        save_base(run.out, model, tokenizer)


def _tokenizer(settings: BaseSettings, drawer: "Drawer", run: Run) -> Any:
    """A new one, or on ``--resume`` the one that the training began with."""
    from transformers import PreTrainedTokenizerFast

    if run.resume and (run.out / "tokenizer.json").is_file():
        return PreTrainedTokenizerFast.from_pretrained(run.out)
    tokenizer = make_tokenizer(settings.shape, drawer.texts())
    tokenizer.save_pretrained(run.out)
    return tokenizer


class Drawer:
    """Draws requests with their replies, each a function of its number."""

    def __init__(self, settings: BaseSettings, examples: Examples, run: Run) -> None:
        self._settings = settings
        plain = run.limited(plain_sentences(examples, settings.sides, settings.seed))
        self._plain = [sentence for sentence in plain if fits(sentence, "numbered")]
        self._own = own_sentences(examples, settings.sides)
        self._answers = policy_answers()
        self.phrases = phrases(examples, settings.sides)

    def texts(self) -> list[str]:
        """All that may be drawn, for the tokenizer; the triples' words weigh more."""
        texts = [*self._plain, *self._own * 3, *(f"{q} {a}" for q, a in self._answers), request_of("")]
        return [_FACT.sub("QX", text) for text in texts]

    def draw(self, number: int) -> tuple[str, str]:
        """A request and its reply."""
        random = Random(f"{self._settings.seed} {number}")
        if random.random() < self._settings.answers:
            return random.choice(self._answers)
        sentence = random.choice(self._own if random.random() < self._settings.own else self._plain)
        return request_of(sentence, "numbered"), self._reply(sentence, random)

    def _reply(self, sentence: str, random: Random) -> str:
        """Its words by their numbers, or one in three of them written out."""
        if random.random() >= self._settings.written:
            return reply_of(sentence, sentence, "numbered")
        words = words_of(sentence)
        numbers = range(1, len(words) + 1)
        keep = [word.startswith("QX") or random.random() < 2 / 3 for word in words]
        parts = zip(numbers, words, keep, strict=True)
        return "".join(f"#{number}" if kept else f" {word}" for number, word, kept in parts)


def _loss(
    model: nn.Module, number: int, drawer: Drawer, tokenizer: Any, settings: BaseSettings
) -> Mapping[str, Tensor]:
    count = settings.optimisation.micro_batch or settings.optimisation.batch
    drawn = [drawer.draw(number * count + place) for place in range(count)]
    rows = [example_tokens(tokenizer, *pair, settings.most_tokens) for pair in drawn]
    device = next(model.parameters()).device
    return {"loss": model(**padded(rows, tokenizer.pad_token_id, device)).loss}


def make_tokenizer(shape: Shape, texts: list[str]) -> Any:
    """Byte pairs of the texts, with one token for each number."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    numbers = [AddedToken(f"#{n}", normalized=False) for n in range(1, MOST_NUMBERS + 1)]
    special = ["<pad>", "<s>", "</s>", "<user>", "<reply>"]
    bytes_of = Tokenizer(models.BPE())
    bytes_of.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_of.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=shape.vocabulary - MOST_NUMBERS,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bytes_of.train_from_iterator(texts, trainer)
    bytes_of.add_tokens(numbers)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers gives it no types
        tokenizer_object=bytes_of,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=special[3:],
        chat_template=_TEMPLATE,
        model_max_length=shape.positions,
        clean_up_tokenization_spaces=False,
    )


def add_phrases(model: Any, tokenizer: Any, phrases: Sequence[str]) -> None:
    """Give whole phrases a token each, near the mean of their words, so that an adapter says one in one step."""
    from tokenizers import AddedToken

    embeddings = model.get_input_embeddings().weight.detach()
    known = [tokenizer(phrase, add_special_tokens=False)["input_ids"] for phrase in phrases]
    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in phrases])
    means = torch.stack([embeddings[ids].mean(dim=0) for ids in known])
    noise = torch.randn(means.shape, generator=torch.Generator().manual_seed(0)) * embeddings.std()
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[-len(phrases) :] = means + noise.to(means)


def make_model(shape: Shape, tokenizer: Any) -> Any:
    """An untrained Llama (Touvron et al. 2023)."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=shape.hidden,
            intermediate_size=shape.inner,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=shape.positions,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def save_base(folder: Path, model: Any, tokenizer: Any) -> None:
    """As ``from_pretrained`` reads it."""
    model.to(torch.float16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


RECIPE = Recipe("personality_base", BaseSettings, check, train)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
