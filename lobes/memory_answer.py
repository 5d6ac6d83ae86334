"""Asks a reader of compressed memories what the retrieved passages say, and lets through only what they bear out.

The reader is a port (:class:`~seamless_retail.core.ports.MemoryReader`). What it says must stand in a passage that it
read (:mod:`seamless_retail.lobes.memory_check`), and it is not asked about allergens, traces, ingredients, diets,
nutrition, health or medicines at all: those are answered from the record.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.ports import MemoryReader, ReaderAnswer
from seamless_retail.core.queries import Understanding
from seamless_retail.core.source_text import written_name
from seamless_retail.lobes.memory_check import Quote, borne_out
from seamless_retail.lobes.stated import named_allergens, without_names

log = logging.getLogger(__name__)

RECORD_WANTS = frozenset({"allergens", "ingredients", "diet", "nutrition"})
_RECORD_WORDS = re.compile(
    r"\b(?:allerg\w*|intoleran\w*|c(?:o)?eliac\w*|anaphyla\w*|trace|traces|ingredients?|contains?|contained|additives?"
    r"|diets?|dietary|vegan\w*|vegetarian\w*|veggie|pesc[ae]tarian\w*|halal|kosher|keto\w*|paleo|\w+-free"
    r"|calori\w*|kcal|nutri\w*|protein|sugars?|sodium|salt|fat|carb\w*|caffeine|alcohol\w*|vitamins?"
    r"|medic\w*|drugs?|pills?|prescri\w*|pharma\w*|doctors?|dos(?:e|age)s?|interact\w*|warfarin|antibiotics?"
    r"|health\w*|diabet\w*|kidney|blood|pregnan\w*|breastfeed\w*|bab(?:y|ies)|infants?|safe|safely|toxic|poison\w*)\b",
    re.IGNORECASE,
)
"""Words of questions that only the record answers. Too wide is harmless: the lobe then quotes as it does without us."""


@dataclass(frozen=True, slots=True)
class MemoryPassage:
    """A retrieved passage as readers are taught to read it: under its title."""

    document: Document

    @property
    def id(self) -> str:
        """The source and where the passage begins in it."""
        return f"{self.document.metadata['source_id']}#{self.document.metadata['start']}"

    @property
    def text(self) -> str:
        """The passage, its title first."""
        title, content = str(self.document.metadata.get("title", "")), self.document.page_content
        return content if content.startswith(title) else f"{title}\n{content}"


@dataclass(frozen=True, slots=True)
class MemoryAnswer:
    """Words of a passage that a reader pointed to, and how sure it was."""

    quote: Quote
    confidence: float


@dataclass(frozen=True, slots=True)
class MemoryAnswers:
    """Answers from memory, or says nothing."""

    reader: MemoryReader
    min_confidence: float = 0.7
    """Below it the reader's answer is not used."""

    def find(self, understanding: Understanding, passages: Sequence[Document]) -> MemoryAnswer | None:
        """What some passages say in answer to a message; ``None`` when the reader is not sure, or not borne out."""
        if not passages or is_for_the_record(understanding, passages):
            return None
        question = understanding.standalone or understanding.text
        readable = [MemoryPassage(passage) for passage in passages]
        answer = self._read(question, readable)
        if answer is None or not answer.stated or answer.confidence < self.min_confidence:
            return None
        by_id = {passage.id: passage.document for passage in readable}
        used = [by_id[name] for name in answer.used if name in by_id]
        quote = borne_out(answer.text, question, _asked(understanding), used, passages)
        if quote is None or _RECORD_WORDS.search(quote.citation.quote) or named_allergens(quote.citation.quote):
            log.debug("not borne out by %s: %r", answer.used, answer.text)
            return None
        return MemoryAnswer(quote, answer.confidence)

    def _read(self, question: str, passages: Sequence[MemoryPassage]) -> ReaderAnswer | None:
        """The reader's answer. One that fails costs nothing but its answer: the passages can still be quoted."""
        try:
            return self.reader.read(question, passages)
        except (SeamlessError, TimeoutError) as error:
            log.info("no answer from memory: %s", error)
        except Exception:
            log.exception("the reader of memories failed")
        return None


def is_for_the_record(understanding: Understanding, passages: Sequence[Document] = ()) -> bool:
    """Whether only the record may answer: allergens, traces, ingredients, diets, nutrition, health and medicines.

    Args:
        understanding: The message.
        passages: What would be read; that a product is called "Gluten-Free Crackers" makes no question one of these.
    """
    query = understanding.products
    filters = query.exclude_allergens or "diet" in query.attributes or {"ingredients", "diet"} & query.exclude.keys()
    if filters or RECORD_WANTS & set(understanding.wants):
        return True
    products = [passage.metadata for passage in passages if passage.metadata.get("kind") == "product"]
    names = [str(metadata.get("title", "")) for metadata in products]
    text = without_names(f"{understanding.text}\n{understanding.standalone}", names)
    return bool(_RECORD_WORDS.search(text) or named_allergens(text))


def _asked(understanding: Understanding) -> dict[str, Sequence[str]]:
    """The values that the message asks for, by the label of the product line that would hold them."""
    query = understanding.products
    named = {"colors": query.colors, "sizes": query.sizes, "brand": query.brands, **query.attributes}
    return {written_name(name).casefold(): values for name, values in named.items() if values}
