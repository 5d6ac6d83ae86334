"""The last stop of an answer: its checked English sentences, one by one, in the language of the customer.

Everything was judged before, in English; nothing is added here but an authored notice. What a translation would change
stays in English, and the customer is told.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from seamless_retail.core.languages import ENGLISH
from seamless_retail.lobes.languages.notices import IN_ENGLISH, notice
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.translation import CheckedTranslator

UNTRANSLATED_KINDS = frozenset({"code", "translation"})
"""Kinds of claims whose words are not the shop's language but their content."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says the chunks of an answer.

    Args:
        translator: Translates them; without a model they are said in English, with a notice.
    """

    translator: CheckedTranslator = field(default_factory=CheckedTranslator)

    def say(
        self,
        chunks: Sequence[str],
        spoken: Spoken,
        names: Collection[str] = (),
        kinds: Sequence[str] = (),
        *,
        urgent: int = 0,
    ) -> Iterator[str]:
        """The chunks as they are to be sent; joined, they are the answer.

        Args:
            chunks: Checked sentences with the white space before them.
            spoken: The language of the conversation.
            names: Names in the sentences, which stay as they are.
            kinds: The kind of claim that each chunk words; those of :data:`UNTRANSLATED_KINDS` stay in English.
            urgent: How many of the chunks are said before any notice.
        """
        translates = spoken.answer != ENGLISH.code and self.translator.supports(ENGLISH.code, spoken.answer)
        told = ""
        if spoken.read_by == "nobody":
            told = notice("lost", spoken.code)
        elif spoken.answer != ENGLISH.code and not translates:
            told = IN_ENGLISH if spoken.asked_now else notice("english", spoken.answer) if spoken.heard else ""
        if spoken.unread:
            told = "\n\n".join(filter(None, (told, notice("unread", spoken.code) or notice("unread", ENGLISH.code))))
        said = self._translated(chunks, spoken.answer, names, kinds) if translates else iter(chunks)
        yield from islice(said, urgent)
        if told:
            yield f"\n\n{told}" if urgent else f"{told}\n\n"
        yield from said

    def said_in(self, spoken: Spoken) -> str:
        """The NLLB code of the language that answers come in."""
        return spoken.answer if self.translator.supports(ENGLISH.code, spoken.answer) else ENGLISH.code

    def _translated(
        self, chunks: Sequence[str], target: str, names: Collection[str], kinds: Sequence[str]
    ) -> Iterator[str]:
        kept = False
        for number, chunk in enumerate(chunks):
            if number < len(kinds) and kinds[number] in UNTRANSLATED_KINDS:
                yield chunk
                continue
            translated = self.translator.translate(chunk, ENGLISH.code, target, names)
            kept |= translated is None
            yield chunk if translated is None else translated
        if kept:
            yield f"\n\n{notice('partly', target)}"
