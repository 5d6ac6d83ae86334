"""Who is asking: verified by the application, never taken from a model or from the customer's text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller. An empty ``customer_id`` is a guest.

    It is the graph's ``context_schema``: pass it as ``graph.invoke(..., context=Principal(customer_id="C0001"))``.
    """

    customer_id: str = ""
    locale: str = "en-US"
    jurisdiction: str = "US"
    """ISO 3166 country whose food law applies."""
    session_id: str = ""
    roles: tuple[str, ...] = ()
    """Roles beyond a customer's, from the verified token: ``staff`` may ask for code and reports."""
