"""Customers and what they must not eat."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from seamless_retail.core.catalogue import Allergen, Record


class Severity(StrEnum):
    """How badly an allergen harms this customer."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    ANAPHYLACTIC = "anaphylactic"


class Allergy(Record):
    """One allergen a customer reacts to."""

    allergen: Allergen
    severity: Severity = Severity.SEVERE


class DietaryProfile(Record):
    """Health and diet facts the customer told the shop. Nothing here is inferred."""

    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    diets: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the profile restricts nothing."""
        return not (self.allergies or self.conditions or self.medicines or self.diets)


class Address(Record):
    """A postal address."""

    line1: str
    line2: str = ""
    city: str
    state: str = ""
    postal_code: str
    country: str = "US"


class PaymentMethod(Record):
    """A way to pay; card numbers are never stored."""

    id: str
    kind: Literal["credit_card", "gift_card", "paypal", "account"]
    brand: str = ""
    last_four: str = ""
    balance_cents: int | None = None
    """Only for gift cards."""


class Customer(Record):
    """A registered customer."""

    id: str
    first_name: str
    last_name: str
    email: str = ""
    address: Address | None = None
    locale: str = "en-US"
    jurisdiction: str = "US"
    """ISO 3166 country whose food law applies to what the customer buys."""
    profile: DietaryProfile = Field(default_factory=DietaryProfile)
    payment_methods: tuple[PaymentMethod, ...] = ()
    joined_on: date | None = None
