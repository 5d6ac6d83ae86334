"""Every error this package raises on purpose.

Each one says *what* went wrong (the message) and *what to do* (the remedy). Callers that only want to show
the problem print ``str(error)``, which holds both.
"""

from typing import Literal


class SeamlessError(Exception):
    """Base of all our errors: a message and the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class ConfigurationError(SeamlessError):
    """A setting is missing or invalid; the message lists every bad field."""


class PersonalityError(ConfigurationError):
    """The specification of the assistant's voice is missing or invalid, or no such dial exists."""


class MissingExtraError(SeamlessError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{feature} needs packages that are not installed.",
            f"Run: pip install 'seamless-retail[{extra}]'",
        )


class MissingProgramError(SeamlessError):
    """A program that a command calls is not installed, or does not work."""


class PluginError(SeamlessError):
    """An entry point could not be loaded or returned the wrong kind of object."""


class InvalidQueryError(SeamlessError, ValueError):
    """The customer's text cannot be used: empty, too long, not valid text."""


class ImageRefusedError(InvalidQueryError):
    """A picture cannot be used, or may not be fetched; ``reason`` says why in one word."""

    def __init__(
        self,
        reason: Literal[
            "too_large",
            "too_many_pixels",
            "shape",
            "damaged",
            "animated",
            "not_an_image",
            "too_many",
            "place",
            "download",
        ],
        message: str,
        remedy: str = "",
    ) -> None:
        self.reason = reason
        super().__init__(message, remedy)


class ContradictoryConstraintsError(InvalidQueryError):
    """Two constraints of one query exclude each other, such as a price over 80 and under 50."""


class NotFoundError(SeamlessError, LookupError):
    """A record does not exist."""


class UnknownCustomerError(NotFoundError):
    """No customer has this id."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(
            f"Unknown customer {customer_id!r}.",
            "Leave the customer out to ask as a guest, or list ids with `seamless shop customers`.",
        )


class NotAuthenticatedError(SeamlessError, PermissionError):
    """The caller's token is malformed, expired or not ours."""


class NotAuthorizedError(SeamlessError, PermissionError):
    """The verified caller may not see or change this record."""


class ConflictError(SeamlessError):
    """The client's key was used for another request already, or the record changed meanwhile."""


class PolicyRefusal(SeamlessError):  # noqa: N818  # a decision of the store, not a fault
    """The store's policy does not allow it; the message is the rule."""


class OutOfStockError(SeamlessError):
    """There are not enough units left to promise."""


class ReservationExpiredError(SeamlessError):
    """The units that were held for a cart are not held any longer."""


class PaymentDeclinedError(SeamlessError):
    """The payment method cannot pay: unknown to the customer, too little on it, or refused by the provider."""


class ProposalError(SeamlessError):
    """A proposed write cannot be decided or executed: expired, changed, somebody else's, or decided already."""


class ClarificationError(SeamlessError):
    """What a customer wants done is not clear; the message is a question with the options.

    ``part`` names what is asked: ``what`` (said more exactly), ``item`` (said anew) or ``target``; ``product_id`` names
    the product that it is asked of.
    """

    def __init__(self, message: str, part: Literal["what", "item", "target"] = "what", product_id: str = "") -> None:
        self.part, self.product_id = part, product_id
        super().__init__(message)


class ShopDatabaseError(SeamlessError):
    """The shop database is missing, busy, of another version, or damaged."""


class ShopBusyError(ShopDatabaseError):
    """Another process is writing the shop (seeding, importing, migrating)."""


class ConversationStoreError(SeamlessError):
    """The store of conversations is damaged, is not one, or cannot be reached."""


class ImportSourceError(SeamlessError):
    """The data to import is not there or is not of the expected format."""


class SearchIndexError(SeamlessError):
    """A search index is missing, damaged, or was built with other settings."""


class MemoryStoreError(SeamlessError):
    """A compressed memory is damaged, is busy, is not one, or was written with another compressor."""


class AuditError(SeamlessError):
    """The audit of the guard cannot be read or written, or holds no such decision."""


class DocumentFileError(SeamlessError):
    """A document file cannot be read, or is of a kind that is not supported."""


class ModelFileError(SeamlessError):
    """Model weights are missing, or are not the file that was expected."""


class UnknownLanguageError(NotFoundError):
    """No language of the shop is called so."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(f"Unknown language {name!r}.", f"Name one of: {known}.")


class TranslationError(SeamlessError):
    """There is no translation model, it does not know the pair of languages, or it fails."""


class LanguageModelError(SeamlessError):
    """The configured chat model could not be reached or answered nonsense."""


class HandoverError(SeamlessError):
    """The queue of conversations that wait for a person cannot be read or written."""


class PortInUseError(SeamlessError, OSError):
    """The address the server should listen on is taken."""
