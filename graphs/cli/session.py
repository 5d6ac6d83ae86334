"""What commands that ask the brain have in common: settings, the first run, and a brain with its conversations."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seamless_retail.graphs.cli.console import err, progress_bars

if TYPE_CHECKING:
    from seamless_retail.core.principal import Principal
    from seamless_retail.core.settings import Settings
    from seamless_retail.graphs.asking import Brain
    from seamless_retail.graphs.parts import Parts

LOCAL_GUEST = "guest:command line"


@dataclass(frozen=True, slots=True)
class Session:
    """An open brain and what it is made of."""

    settings: "Settings"
    parts: "Parts"
    brain: "Brain"

    def principal(self, customer_id: str, locale: str = "", jurisdiction: str = "") -> "Principal":
        """Who asks: a customer, or a guest without an id; ``locale`` and ``jurisdiction`` override the record's.

        Raises:
            UnknownCustomerError: There is no such customer.
        """
        from seamless_retail.graphs.identity import customer_principal, guest_principal

        if customer_id:
            known = customer_principal(self.parts.shop.customers, customer_id)
        else:
            known = guest_principal(self.settings)
        return replace(known, locale=locale or known.locale, jurisdiction=jurisdiction or known.jurisdiction)


def thread_of(principal: "Principal", name: str) -> str | None:
    """The thread id of a conversation named on the command line, ``None`` for an unnamed one."""
    from seamless_retail.graphs.identity import bound_thread_id

    owner = f"customer:{principal.customer_id}" if principal.customer_id else LOCAL_GUEST
    return bound_thread_id(owner, name) if name else None


def command_settings(**overrides: object) -> "Settings":
    """The settings, with the log level put into force.

    Raises:
        ConfigurationError: One or more settings are invalid.
    """
    from seamless_retail.core.settings import load_settings

    settings = load_settings(**{name: value for name, value in overrides.items() if value not in (None, "")})
    if not logging.getLogger("seamless_retail").isEnabledFor(logging.DEBUG):
        logging.getLogger("seamless_retail").setLevel(settings.log_level)
    return settings


def prepare(settings: "Settings") -> None:
    """Make the demonstration shop and its index where ``home`` has none, with progress on standard error."""
    from seamless_retail.graphs.first_run import prepare_home

    with progress_bars() as step:
        prepare_home(settings, step)


@contextmanager
def open_session(settings: "Settings", *, keeps_conversations: bool = True) -> Iterator[Session]:
    """Prepare the home, assemble the brain, open the conversations; tracing as configured until the end."""
    prepare(settings)
    with err.status("Opening the shop …"):
        from seamless_retail.graphs.assembly import assemble
        from seamless_retail.graphs.brain import build_brain
        from seamless_retail.graphs.checkpoints import open_checkpointer
        from seamless_retail.graphs.tracing import tracing

        parts = assemble(settings)
    threads_url = settings.threads_url if keeps_conversations else "none"
    with tracing(settings), open_checkpointer(threads_url) as checkpointer:
        yield Session(settings, parts, build_brain(parts, checkpointer=checkpointer))
