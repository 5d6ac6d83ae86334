"""The translation lobe: what customers ask of language itself ("translate this: …", "answer in French").

It translates with the configured model, and single words with the shop's glossary where there is none. What it gives is
the customer's own text in another language, quoted; it recommends nothing. The languages of messages and answers are
told and translated around the lobes, in ``lobes/languages``.
"""

import re
from dataclasses import dataclass

from seamless_retail.core.evidence import Claim, LobeReport, Source
from seamless_retail.core.languages import ENGLISH, Language, find_language
from seamless_retail.lobes.languages.glossary import english, glossary
from seamless_retail.lobes.languages.notices import IN_ENGLISH
from seamless_retail.lobes.languages.requests import TranslateThis, read_answer_language, read_translation_request
from seamless_retail.lobes.languages.services import Languages
from seamless_retail.lobes.languages.words import split_words
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.phrasebook import make_claim

CANNOT_TRANSLATE = "I cannot translate that into {language}: no translation model is configured for it."
CHANGED = "I could not translate that into {language} without changing its names or numbers."
GLOSSARY = "The shop's glossary"
_MARK_LIKE = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class TranslationLobe:
    """Answers requests about language."""

    languages: Languages
    name: str = "translation"
    description: str = "Translates what customers write, and answers in the language they ask for."

    def is_ready(self) -> Readiness:
        """Always: without a model it says so, and translates single words with the glossary."""
        return Readiness(ready=True)

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Translate the quoted text, or confirm the language of the answers to come."""
        text = request.understanding.text
        if wanted := read_translation_request(text):
            return self._translated(wanted)
        answer_in = read_answer_language(text)
        if answer_in is None:
            return LobeReport(lobe=self.name, status="empty")
        return self._answering_in(answer_in.language)

    def _answering_in(self, language: Language) -> LobeReport:
        if language != ENGLISH and not self.languages.translator.supports(ENGLISH.code, language.code):
            return LobeReport(lobe=self.name, status="empty", missing=(IN_ENGLISH,))
        told = f"From now on I answer in {language.name}."
        source = Source(id="translation:answers", kind="translation", title="Language of the answers", text=told)
        return self._report(make_claim("answers_in", [source.cite()], language=language.name))

    def _translated(self, wanted: TranslateThis) -> LobeReport:
        source_code = self._source(wanted)
        translator = self.languages.translator
        said = by = ""
        if source_code != wanted.target.code:
            said, by = translator.translate(wanted.text, source_code, wanted.target.code) or "", translator.name
        if not said:
            said, by = _by_glossary(wanted, source_code), GLOSSARY
        if not said:
            known = translator.supports(source_code, wanted.target.code)
            missing = (CHANGED if known else CANNOT_TRANSLATE).format(language=wanted.target.name)
            return LobeReport(lobe=self.name, status="empty", missing=(missing,))
        text = _MARK_LIKE.sub(r"[ \1]", f"“{wanted.text}” is “{said}” in {wanted.target.name}.")
        key = f"{source_code}-{wanted.target.code}"
        source = Source(id=f"translation:{key}", kind="translation", title=f"Translated by: {by}", text=text)
        return self._report(make_claim("translation", [source.cite()], sentence=text))

    def _source(self, wanted: TranslateThis) -> str:
        """The language of the text; English where nothing tells it and it is not the one wanted."""
        guess = self.languages.identifier.identify(wanted.text) if self.languages.identifier else None
        if guess and guess.known and guess.code != wanted.target.code:
            return guess.code
        return ENGLISH.code

    def _report(self, claim: Claim) -> LobeReport:
        return LobeReport(lobe=self.name, confidence=1.0, claims=(claim,))


def _by_glossary(wanted: TranslateThis, source: str) -> str:
    """A single word of the glossary in the other language; empty where it has none."""
    if source == ENGLISH.code:
        known = glossary(wanted.target.iso)
        concept = wanted.text.lower().strip(" .?!").replace(" ", "_")
        return (known.say(concept) or known.say(f"{concept}s")) if known else ""
    language = find_language(source)
    known = glossary(language.iso) if language and wanted.target == ENGLISH else None
    words = split_words(wanted.text)
    found = known.find(words) if known else []
    return english(found[0].concept) if len(found) == 1 and found[0].last - found[0].first == len(words) else ""
