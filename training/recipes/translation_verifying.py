"""Whether what the translation recipe made loads, holds its adapter, translates, and is better than its start."""

from pathlib import Path

import torch

from seamless_retail.core.errors import ConfigurationError, NotFoundError
from seamless_retail.models.translation_checkpoint import ADAPTER, base_of, load_model, load_tokenizer
from seamless_retail.models.translator import CheckpointTranslator, Decoding
from seamless_retail.training.data.translation_pairs import Pair
from seamless_retail.training.recipes.translation_batches import Encoded, encode
from seamless_retail.training.recipes.translation_judging import Answer, baselines, judge, spread, translated_by
from seamless_retail.training.recipes.translation_settings import TranslationSettings, chosen_sides
from seamless_retail.training.run import Check, Comparison, Run, Verification
from seamless_retail.training.run.provenance import read_provenance

SENTENCES = 60
"""Held-out pairs of the comparison, spread over the directions."""
TOLERANCE = 1e-3
"""By how much the logits of a merged adapter may differ from those of the one that is not, in float32."""


def verify(path: Path, run: Run) -> Verification:
    """Load it, check the adapter, translate, and compare chrF with the base, or with copying where there is none.

    Raises:
        ModelFileError: It does not load.
    """
    settings = TranslationSettings.model_validate(read_provenance(path)["settings"])
    translator = CheckpointTranslator.load(path, decoding=Decoding(beams=1, batch=32, allow_cut=True))
    checks = [Check("loads", True, f"{len(translator.languages)} languages")]
    try:
        sides = chosen_sides(settings, run)
        pairs = spread(sides.held_out or sides.train, SENTENCES)
    except (NotFoundError, ConfigurationError) as error:
        checks.append(Check("compared", False, f"the pairs are not here: {error.message}"))
        return Verification("translation", path, tuple(checks))
    if (path / ADAPTER).is_file():
        checks.append(_adapter_check(path, pairs[0]))
    written = translator.translate([pairs[0].source_text], *pairs[0].direction)
    checks.append(Check("translates", bool(written[0]), f"{pairs[0].source_text} → {written[0]}"))
    figures = _compared(_start(settings, sides.train), translated_by(translator), pairs)
    checks += [
        Check(f"better {name}", found.base is not None and found.trained > found.base)
        for name, found in figures.items()
    ]
    return Verification("translation", path, tuple(checks), {f"chrF {name}": found for name, found in figures.items()})


def _start(settings: TranslationSettings, train: list[Pair]) -> Answer:
    if not settings.base:
        return baselines(train)["copy"]
    return translated_by(CheckpointTranslator.load(settings.base, decoding=Decoding(beams=1, batch=32, allow_cut=True)))


def _compared(base: Answer, trained: Answer, pairs: list[Pair]) -> dict[str, Comparison]:
    before, after = judge(base, pairs), judge(trained, pairs)
    names = [name for name in after if "English" in name] or list(after)
    return {name: Comparison(before[name], after[name]) for name in names}


def _adapter_check(path: Path, pair: Pair) -> Check:
    """The logits of the merged adapter against those of the base with the adapter beside it."""
    from peft import PeftModel

    name = base_of(path)
    row = encode([pair], load_tokenizer(name))[0]
    beside = PeftModel.from_pretrained(load_model(name, torch.float32), str(path)).eval()
    expected = _logits(beside, row)
    moved = float((expected - _logits(load_model(name, torch.float32).eval(), row)).abs().max())
    off = float((expected - _logits(beside.merge_and_unload(), row)).abs().max())
    detail = f"merged it is within {off:.1e} of the adapter beside its base, which is {moved:.1e} from the base alone"
    return Check("adapter", off < TOLERANCE < moved, detail)


@torch.inference_mode()
def _logits(model: torch.nn.Module, row: Encoded) -> torch.Tensor:
    """Of one pair, ``[1, m, vocabulary]``."""
    source, target = torch.tensor([row.source]), torch.tensor([row.target])
    found: torch.Tensor = model(input_ids=source, decoder_input_ids=target).logits
    return found
