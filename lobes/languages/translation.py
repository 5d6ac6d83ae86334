"""A translator that may not change what must stay as it is: names, prices, quantities, codes, citation marks, numbers.

Three tries, each checked: the sentence with placeholders in the place of what is protected; the pieces between them one
by one; and where both change something, nothing, so that the caller keeps the text as it was.
"""

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass

from seamless_retail.core.errors import TranslationError
from seamless_retail.core.ports import Translator
from seamless_retail.core.protected_spans import Protected, check, protect, restore

log = logging.getLogger(__name__)

_LAYOUT = re.compile(r"^(\s*(?:\d+\.\s+)?)(.*?)(\s*)$", re.DOTALL)
"""White space and the number of a list item around a sentence."""
_EDGES = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CheckedTranslator:
    """Translates texts, or says that it could not.

    Args:
        translator: The model; without one nothing is translated.
    """

    translator: Translator | None = None

    @property
    def name(self) -> str:
        """Of the model; empty without one."""
        return self.translator.name if self.translator else ""

    def supports(self, source: str, target: str) -> bool:
        """Whether there is a model for the pair of NLLB codes."""
        return self.translator is not None and self.translator.supports(source, target)

    def translate(self, text: str, source: str, target: str, names: Collection[str] = ()) -> str | None:
        """The text in the other language; ``None`` when no translation keeps what must stay.

        Args:
            text: A sentence, a list item or a short message.
            source: NLLB code.
            target: NLLB code.
            names: Names in the text, in its spelling.
        """
        layout = _LAYOUT.match(text)
        if layout is None or self.translator is None or not self.supports(source, target):
            return None
        before, sentence, after = layout.groups()
        protected = protect(sentence, names)
        if protected.only_spans:
            return text
        for attempt in (self._whole, self._piecewise):
            try:
                translated = attempt(sentence, protected, source, target).strip()
            except TranslationError as error:
                log.warning("a sentence stays as it is: %s", error.message)
                return None
            if translated and not (faults := check(sentence, translated, names)):
                return f"{before}{translated}{after}"
            log.info("a translation was not used: %s", faults[0] if translated else "it is empty")
        return None

    def _whole(self, sentence: str, protected: Protected, source: str, target: str) -> str:
        return restore(protected, self._run([protected.text], source, target)[0])

    def _piecewise(self, sentence: str, protected: Protected, source: str, target: str) -> str:
        """The text between the protected spans, piece by piece; punctuation at their edges stays."""
        cuts = [0, *(place for span in protected.spans for place in (span.start, span.end)), len(sentence)]
        edges = [_EDGES.match(sentence[start:end]) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
        parts = [found.groups() if found else ("", "", "") for found in edges]
        spoken = [n for n, (_, words, _) in enumerate(parts) if any(c.isalpha() for c in words)]
        done = dict(zip(spoken, self._run([parts[n][1] for n in spoken], source, target), strict=True))
        pieces = [f"{left}{done.get(n, words).strip()}{right}" for n, (left, words, right) in enumerate(parts)]
        spans = [*(span.text for span in protected.spans), ""]
        return "".join(piece + span for piece, span in zip(pieces, spans, strict=True))

    def _run(self, texts: list[str], source: str, target: str) -> list[str]:
        if self.translator is None or not texts:
            return []
        return self.translator.translate(texts, source, target)
