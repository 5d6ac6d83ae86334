"""A payment provider for tests and demonstrations: it keeps its books in memory, and no money moves anywhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, PaymentDeclinedError

DECLINING = {"0002": "it was declined", "9995": "there are insufficient funds", "0069": "the card has expired"}
"""Last four digits of cards that never pay, as the test cards of payment providers have them, and why."""
LIMIT_CENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Money that is kept ready, was taken, or was given back."""

    id: str
    method_id: str
    cents: int
    currency: str
    captured_cents: int = 0
    refunded_cents: int = 0
    is_void: bool = False


class TestPaymentProvider:
    """Implements :class:`seamless_retail.core.ports.PaymentProvider` in this process; declines as a real one would.

    Args:
        limit_cents: Greater amounts are declined.
    """

    __test__ = False  # pytest goes by the name

    def __init__(self, limit_cents: int = LIMIT_CENTS) -> None:
        self._limit, self._lock = limit_cents, Lock()
        self._books: dict[str, Authorisation] = {}

    def authorise(self, method: PaymentMethod, cents: int, currency: str, key: str) -> str:
        """Keep money ready; see the port."""
        if reason := DECLINING.get(method.last_four):
            raise PaymentDeclinedError(f"The payment was refused: {reason}.", "Choose another payment method.")
        if cents > self._limit:
            raise PaymentDeclinedError("The payment was refused: it is over the limit.", "Order in two parts.")
        with self._lock:
            known = self._books.get(key)
            if known is None or known.is_void:
                self._books[key] = Authorisation(key, method.id, cents, currency)
            elif (known.method_id, known.cents, known.currency) != (method.id, cents, currency):
                raise InvalidQueryError("This payment's key was used for another payment.", "Use a new key.")
        return key

    def capture(self, authorisation_id: str) -> None:
        """Take money that is kept ready; see the port."""
        self._change(authorisation_id, _captured)

    def void(self, authorisation_id: str) -> None:
        """Give up money that is kept ready; see the port."""
        self._change(authorisation_id, lambda found: found if found.captured_cents else replace(found, is_void=True))

    def refund(self, authorisation_id: str, total_cents: int) -> None:
        """Give money back; see the port."""
        self._change(authorisation_id, lambda found: _refunded(found, total_cents))

    def authorisations(self) -> list[Authorisation]:
        """The books, oldest first."""
        with self._lock:
            return list(self._books.values())

    def _change(self, authorisation_id: str, change: Callable[[Authorisation], Authorisation]) -> None:
        with self._lock:
            found = self._books.get(authorisation_id)
            if found is None:
                raise NotFoundError("The provider knows no such payment.", "Check the payment's id.")
            self._books[authorisation_id] = change(found)


def _captured(found: Authorisation) -> Authorisation:
    if found.is_void:
        raise PaymentDeclinedError("The payment was given up already.", "Authorise it again.")
    return replace(found, captured_cents=found.cents)


def _refunded(found: Authorisation, total_cents: int) -> Authorisation:
    if total_cents > found.captured_cents:
        raise InvalidQueryError("More cannot be given back than was taken.", "Check the amount.")
    return replace(found, refunded_cents=max(found.refunded_cents, total_cents))
