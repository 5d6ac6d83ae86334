"""For whom an agent's run is: the verified profile of the runtime's context, and what the customer said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import HumanMessage

from seamless_retail.core.errors import ConfigurationError, UnknownCustomerError
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.food_shelf import CustomerTable, FoodShelf
from seamless_retail.lobes.guardrails.household import from_records, read_message, remembered
from seamless_retail.lobes.guardrails.patient import PatientContext, from_profile

ContextOf = Callable[[Any], PatientContext]
"""Reads the patient context from a runtime; its ``context`` is what the application passed as ``context=``."""


@dataclass(frozen=True, slots=True)
class AgentCustomers:
    """Reads the customer of one run after another.

    Args:
        guard: What judges for them.
        shelf: Where products and profiles are looked up.
        context_of: Reads the verified context instead of the shop's profile.
    """

    guard: FoodGuard
    shelf: FoodShelf
    context_of: ContextOf | None = None

    def warm(self) -> None:
        """Load what the first check would otherwise lose its time to."""
        self.guard.warm()
        self.shelf.warm()

    def table(self, state: Mapping[str, Any], runtime: Any) -> CustomerTable:
        """The customer, with everything that restricts them in this turn.

        Raises:
            ConfigurationError: The run's context is of another kind, and there is no ``context_of`` to read it.
            UnknownCustomerError: The shop has no such customer.
        """
        caller = getattr(runtime, "context", None)
        known = self.context_of(runtime) if self.context_of else self._profile(caller)
        said = from_records(self.statements(state))
        texts = _human_texts(state)
        told = self._read(texts[-1]) if texts else PatientContext("", None)
        context = PatientContext(told.text, told.language, (*known.contraindications, *said, *told.contraindications))
        principal = caller if isinstance(caller, Principal) else None
        return CustomerTable(
            self.guard,
            self.shelf,
            context,
            principal.jurisdiction if principal else None,
            principal.customer_id if principal else "",
        )

    def statements(self, state: Mapping[str, Any]) -> list[dict[str, str]]:
        """What the conversation said so far, corrected by what it said later."""
        kept: list[dict[str, str]] = list(state.get("nutrition_said") or ())
        for text in _human_texts(state):
            kept = remembered(kept, self._read(text))
        return kept

    def _read(self, text: str) -> PatientContext:
        return read_message(text, [product.name for product in self.shelf.named_in(text)])

    def _profile(self, caller: object) -> PatientContext:
        if caller is None or (isinstance(caller, Principal) and not caller.customer_id):
            return PatientContext("", None)
        if isinstance(caller, PatientContext):
            return caller
        if not isinstance(caller, Principal) or self.shelf.shop is None:
            raise ConfigurationError(
                "The nutrition middleware cannot read the customer's profile from the run's context.",
                "Pass context=Principal(...) and give the middleware shop=, or give it context_of=.",
            )
        customer = self.shelf.shop.customers.get(caller.customer_id)
        if customer is None:
            raise UnknownCustomerError(caller.customer_id)
        return from_profile(customer.profile)


def _human_texts(state: Mapping[str, Any]) -> Sequence[str]:
    return [message.text for message in state.get("messages") or () if isinstance(message, HumanMessage)]
