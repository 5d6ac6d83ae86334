"""An associative memory as a LangChain retriever."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, field_validator

from seamless_retail.retrievers.associative.recall import Recollection
from seamless_retail.retrievers.associative.records import RecordMemory


class AssociativeRetriever(BaseRetriever):
    """Facts as documents, found by a text in which roles are named, or by any text.

    ``"subject: Anna; object: linen dress"`` cues the roles it names. A text without roles is compared with the filler
    of every role, which is good for names and short requests; for long questions a vector store over sentences is
    made.

    A document's text is the fact's fillers in the order of the roles; its metadata holds them by role, with ``owner``
    and ``score``. Whose facts are searched is decided by the memory's view (``memory.as_user(...)``), never by a query.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: RecordMemory
    """The view to search."""
    k: int = Field(default=5, ge=1)
    """Facts returned; ``invoke(..., k=…)`` overrides it."""
    min_score: float = 0.0
    """Facts below this cosine are left out."""

    @field_validator("memory")
    @classmethod
    def _no_role_hides_metadata(cls, memory: RecordMemory) -> RecordMemory:
        if {"owner", "score"} & set(memory.roles):
            raise ValueError("Roles called owner or score would hide a document's metadata.")
        return memory

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        count = self.k if k is None else k
        cue = parse_cue(query, self.memory.roles)
        if cue:
            return [_document(found) for found in self.memory.recollect(cue, count, self.min_score)]
        return [_document(found) for found in self.memory.search(query, count, self.min_score)]


def parse_cue(query: str, roles: tuple[str, ...]) -> dict[str, str]:
    """The roles that a text names, ``role: filler`` separated by semicolons; empty if any part names none."""
    cue: dict[str, str] = {}
    for part in query.split(";"):
        role, colon, filler = part.partition(":")
        if not colon or role.strip().casefold() not in roles or not filler.strip():
            return {}
        cue[role.strip().casefold()] = filler.strip()
    return cue


def _document(found: Recollection) -> Document:
    metadata = {**found.fillers, "owner": found.owner, "score": found.score}
    return Document(id=found.id, page_content=" ".join(found.fillers.values()), metadata=metadata)
