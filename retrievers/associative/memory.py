"""Who did what to which thing, and what came of it: an associative memory of shop facts."""

from collections.abc import Mapping
from typing import ClassVar

from seamless_retail.retrievers.associative.recall import Recollection
from seamless_retail.retrievers.associative.records import RecordMemory


class AssociativeMemory(RecordMemory):
    """Facts of four roles, found from any of them: ``store("Anna", "returned", "linen dress", "refunded in full")``.

    >>> memory = AssociativeMemory(MiniLMEmbeddings())
    >>> memory.as_user("u1").store("Anna", "returned", "linen dress", "refunded in full")
    >>> memory.as_user("u1").query(subject="Ana", object="dress of linen")[0].fillers["result"]
    'refunded in full'
    """

    fixed_roles: ClassVar[tuple[str, ...]] = ("subject", "action", "object", "result")

    def store(self, subject: str, action: str, object: str, result: str) -> str:
        """Store a fact; its id is returned, the same for the same fact of the same owner.

        Raises:
            InvalidQueryError: A text is blank or not valid Unicode.
        """
        return self.store_many([{"subject": subject, "action": action, "object": object, "result": result}])[0]

    def query(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        object: str | None = None,
        result: str | None = None,
        k: int = 5,
        min_score: float = 0.0,
    ) -> list[Recollection]:
        """The ``k`` facts nearest to the roles given, best first, with their missing roles and scores.

        Raises:
            InvalidQueryError: No role is given, a text is blank, or ``k`` is not positive.
        """
        roles = {"subject": subject, "action": action, "object": object, "result": result}
        cue: Mapping[str, str] = {role: text for role, text in roles.items() if text is not None}
        return self.recollect(cue, k, min_score)
