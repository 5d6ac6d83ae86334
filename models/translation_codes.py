"""How a sequence-to-sequence checkpoint is told the languages.

By a token before or after the source, and by the first token of the target. NLLB-200 calls Spanish ``spa_Latn``,
M2M100 ``__es__``, mBART-50 ``es_XX``; all are found by the NLLB code. A checkpoint of one pair (Marian) is told
nothing, and its tokenizer names the pair.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seamless_retail.core.errors import ModelFileError, TranslationError
from seamless_retail.core.languages import find_language

_FORMS = (
    (re.compile(r"([a-z]{3}_[A-Z][a-z]{3})"), False),
    (re.compile(r"__([a-z]{2,3})__"), True),
    (re.compile(r"([a-z]{2})_[A-Z]{2}"), False),
)
"""What a language's token looks like, and whether the tokenizer is told the inside of it instead of all of it."""


@dataclass(frozen=True, slots=True)
class LanguageFrame:
    """How texts of one language are given to a checkpoint."""

    before: tuple[int, ...]
    """Tokens before a source text."""
    after: tuple[int, ...]
    """And after it."""
    start: int | None
    """The first token of a target text; ``None`` where the checkpoint knows one target only."""


class LanguageCodes:
    """The languages of one tokenizer.

    Args:
        tokenizer: Of a multilingual checkpoint, or of one pair.

    Raises:
        ModelFileError: It names no languages.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._end = int(tokenizer.eos_token_id)
        self._pair: tuple[str, str] | None = None
        self._frames = _frames(tokenizer)
        if not self._frames:
            self._pair = _only_pair(tokenizer)
            one = LanguageFrame((), (self._end,), None)
            self._frames = dict.fromkeys(self._pair, one)

    @property
    def languages(self) -> frozenset[str]:
        """NLLB codes."""
        return frozenset(self._frames)

    def supports(self, source: str, target: str) -> bool:
        """Whether the checkpoint translates from the one into the other; codes are NLLB's."""
        if self._pair is not None:
            return (source, target) == self._pair
        return source != target and source in self._frames and target in self._frames

    def check(self, source: str, target: str, name: str) -> None:
        """Refuse a pair that the checkpoint ``name`` does not translate.

        Raises:
            TranslationError: Says which language it lacks.
        """
        if self.supports(source, target):
            return
        missing = [code for code in (source, target) if code not in self._frames]
        why = f"it knows no {' and no '.join(missing)}" if missing else "it does not translate between these two"
        raise TranslationError(
            f"{name} cannot translate from {source} to {target}: {why}.",
            f"It knows {', '.join(sorted(self._frames)[:30])}. Name another checkpoint, such as NLLB-200.",
        )

    def source(self, ids: Sequence[int], language: str) -> list[int]:
        """A source text's tokens with what tells its language."""
        frame = self._frames[language]
        return [*frame.before, *ids, *frame.after]

    def target(self, ids: Sequence[int], language: str) -> list[int]:
        """A target text's tokens as the decoder is to write them, to the end token."""
        start = self._frames[language].start
        return [*([] if start is None else [start]), *ids, self._end]

    def start(self, language: str) -> int | None:
        """The token that makes the decoder write this language."""
        return self._frames[language].start


def _frames(tokenizer: Any) -> dict[str, LanguageFrame]:
    frames: dict[str, LanguageFrame] = {}
    # M2M100's tokenizer keeps its languages apart from its other special tokens.
    own = getattr(tokenizer, "lang_token_to_id", {})
    for token in dict.fromkeys([*tokenizer.all_special_tokens, *tokenizer.get_added_vocab(), *own]):
        code, told_as = _language(str(token))
        if code and code not in frames:
            tokenizer.src_lang = told_as
            frames[code] = LanguageFrame(
                tuple(tokenizer.prefix_tokens),
                tuple(tokenizer.suffix_tokens),
                int(tokenizer.convert_tokens_to_ids(token)),
            )
    return frames


def _language(token: str) -> tuple[str, str]:
    """The NLLB code of a language's token, or empty, and the name under which the tokenizer knows it."""
    for form, inside in _FORMS:
        if found := form.fullmatch(token):
            if form is _FORMS[0][0]:
                return token, token
            language = find_language(found[1])
            return (language.code if language else ""), (found[1] if inside else token)
    return "", ""


def _only_pair(tokenizer: Any) -> tuple[str, str]:
    names = [getattr(tokenizer, side, None) for side in ("source_lang", "target_lang")]
    source, target = (find_language(name) if isinstance(name, str) else None for name in names)
    if source is None or target is None:
        raise ModelFileError(
            f"The tokenizer {type(tokenizer).__name__} names no languages.",
            "Use a checkpoint that is told its languages by a token (NLLB-200, M2M100, mBART-50), or one of Marian's.",
        )
    return source.code, target.code
