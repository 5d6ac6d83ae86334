"""Who asks, and whose conversations are whose.

A client names its threads freely ("default", "42"). The thread id that the checkpointer sees also depends on the
caller, so that the same name given by two callers opens two conversations, and nobody can open another's.
"""

import hashlib

from seamless_retail.core.errors import InvalidQueryError, UnknownCustomerError
from seamless_retail.core.ports import Customers
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings


def customer_principal(customers: Customers, customer_id: str) -> Principal:
    """A registered customer, with the locale and jurisdiction of their record.

    Raises:
        UnknownCustomerError: There is no such customer.
    """
    customer = customers.get(customer_id)
    if customer is None:
        raise UnknownCustomerError(customer_id)
    return Principal(customer.id, customer.locale, customer.jurisdiction)


def guest_principal(settings: Settings) -> Principal:
    """Somebody who is not signed in. It holds no session id: that of a guest is a secret, and principals are traced."""
    return Principal(locale=settings.locale, jurisdiction=settings.jurisdiction)


def bound_thread_id(caller: str, name: str) -> str:
    """The checkpointer's thread id for a caller's thread name (32 hexadecimal digits).

    Args:
        caller: ``customer:C0001``, or ``guest:`` and a secret.
        name: Any text.

    Raises:
        InvalidQueryError: The name is not valid text.
    """
    try:
        named = f"{len(caller)}:{caller}:{name}".encode()
    except UnicodeEncodeError:
        raise InvalidQueryError("The conversation's name is not valid UTF-8 text.", "Name it otherwise.") from None
    return hashlib.sha256(named).hexdigest()[:32]
