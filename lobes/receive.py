"""The first step of a turn: takes the query, verifies who asks, and clears what belonged to the turn before."""

import time
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from seamless_retail.core.errors import InvalidQueryError, UnknownCustomerError
from seamless_retail.core.ports import Customers
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.state import BrainState


class Receive:
    """The step ``receive`` of the node ``router``. A turn that it refuses leaves the thread as it was."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``query`` and empty values for the rest of the turn.

        Raises:
            InvalidQueryError: There is neither a query nor a human message at the end of the list.
            UnknownCustomerError: The verified caller is no customer of this shop.
        """
        query = asked(state)
        customer_id = runtime.context.customer_id
        if customer_id and self._customers.get(customer_id) is None:
            raise UnknownCustomerError(customer_id)
        return {
            "query": query,
            "started": time.time(),
            "reports": Overwrite([]),
            "timings": Overwrite({}),
            "focus": state.get("focus") or {},
            "understanding": {},
            "intent": {},
            "screening": {},
            "route": {},
            "household": {},
            "proposal": {},
            "draft": {},
            "answer": "",
            "citations": [],
            "guardrail": {},
            "products": [],
            "missing": [],
            "composed_by": {},
            "lobes": [],
        }


def asked(state: BrainState) -> str:
    """The text of this turn: ``query``, else the human message at the end of the list, else none beside pictures.

    Raises:
        InvalidQueryError: There is neither.
    """
    if "query" in state:
        return state["query"]
    messages = state.get("messages") or []
    if state.get("images"):
        return ""
    if messages and isinstance(messages[-1], HumanMessage):
        return str(messages[-1].text)
    raise InvalidQueryError(
        "There is nothing to answer.", "Give a query, or a list of messages that ends with a human message."
    )
