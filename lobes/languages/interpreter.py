"""The step of a turn that tells the language of a message and reads it in English, before anything is understood.

English messages pass as they are. Others are translated, where there is a model, else written in English from the words
that the glossary knows. Whatever is read, the guards get the message as it came, too.
"""

import logging
from dataclasses import dataclass
from typing import Any

from seamless_retail.core.languages import ENGLISH, LANGUAGES
from seamless_retail.core.ports import LanguageIdentifier
from seamless_retail.lobes.languages.catalogue_names import CatalogueNames
from seamless_retail.lobes.languages.gloss import Gloss, gloss
from seamless_retail.lobes.languages.glossary import glossary
from seamless_retail.lobes.languages.identification import language_of_message
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.requests import read_answer_language, read_translation_request
from seamless_retail.lobes.languages.translation import CheckedTranslator
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)

AUTO = "auto"
"""The setting ``answer_language`` that answers in the language of the message."""


@dataclass(frozen=True, slots=True)
class Interpret:
    """The step ``interpret`` of the node ``router``.

    Args:
        identifier: Tells languages; without one every message is English.
        names: Of the catalogue; they are not translated.
        translator: Translates messages into English.
        answer_language: ``auto``, or the NLLB code of the language that every answer is in.
    """

    identifier: LanguageIdentifier | None
    names: CatalogueNames
    translator: CheckedTranslator
    answer_language: str = AUTO

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Write ``language``, and ``query`` in English. What fails leaves the message as it came."""
        before = Spoken.of(state)
        if (state.get("screening") or {}).get("refusal"):
            return {"language": before.quiet().record(), "query": state["query"]}
        query = state["query"]
        try:
            spoken, text = self._interpret(query, before)
        except Exception:
            log.exception("a message could not be read in its language")
            spoken, text = before.quiet(), query
        return {"language": spoken.record(), "query": text}

    def _interpret(self, query: str, before: Spoken) -> tuple[Spoken, str]:
        spoken = before.quiet()
        if read_translation_request(query):
            return spoken, query
        wish = read_answer_language(query)
        if wish:
            asked = wish.language.code
            spoken = spoken.update(asked=asked, answer=asked, asked_now=bool(wish.rest))
            query = wish.rest or query
        code = ENGLISH.code
        if self.identifier is not None and not (wish and not wish.rest):
            code = language_of_message(query, self.identifier, before.code)
        spoken = spoken.update(code=code, answer=self._answer_in(spoken.asked, code))
        return (spoken, query) if code == ENGLISH.code else self._in_english(query, spoken)

    def _answer_in(self, asked: str, code: str) -> str:
        """What the customer asked for in this conversation, else what the shop is set to."""
        return asked or (code if self.answer_language == AUTO else self.answer_language)

    def _in_english(self, query: str, spoken: Spoken) -> tuple[Spoken, str]:
        language = LANGUAGES.get(spoken.code)
        known = glossary(language.iso) if language else None
        read = gloss(query, known, self.names.is_name) if known else Gloss("")
        spoken = spoken.update(heard=query, restricts=read.restricts, read_by="translator")
        translated = self.translator.translate(query, spoken.code, ENGLISH.code, self.names.within(query))
        if translated:
            return spoken, translated
        if language is None:
            return spoken.update(read_by="", heard=""), query
        return (spoken.update(read_by="glossary"), read.text) if read.text else (spoken.update(read_by="nobody"), query)
