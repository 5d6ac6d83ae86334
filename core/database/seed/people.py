"""The 500 customers."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from seamless_retail.core.customers import Address, Customer, DietaryProfile, PaymentMethod
from seamless_retail.core.database.seed.content import read_toml
from seamless_retail.core.database.seed.stores import TODAY

CUSTOMERS = 500
SEVERITIES = ("mild", "moderate", "severe", "severe", "anaphylactic")
LOCALES = ("en-US",) * 17 + ("es-US", "fr-CA", "de-DE")


def make_customers() -> list[Customer]:
    """The customers C0001 to C0500; the first seven are the ones that the documentation uses."""
    rng = Random("customers")
    people = read_toml("people.toml")
    known = {entry["id"]: entry for entry in people["known"]}
    names = _names(rng, people)
    customers = []
    for number in range(1, CUSTOMERS + 1):
        drawn = _draw(rng, people, f"C{number:04d}", names[number - 1])
        fixed = known.get(drawn["id"], {})
        customer = Customer.model_validate(drawn | fixed)
        email = f"{customer.first_name}.{customer.last_name}{number}@example.com".lower().replace("ö", "o")
        customers.append(customer.model_copy(update={"email": email}))
    return customers


def _names(rng: Random, people: Mapping[str, Any]) -> list[tuple[str, str]]:
    firsts, lasts = people["first_names"].split(), people["last_names"].split()
    return rng.sample([(first, last) for first in firsts for last in lasts], CUSTOMERS)


def _draw(rng: Random, people: Mapping[str, Any], customer_id: str, name: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": customer_id,
        "first_name": name[0],
        "last_name": name[1],
        "address": _address(rng, people),
        "locale": rng.choice(LOCALES),
        "profile": _profile(rng, people["profile"]),
        "payment_methods": _payment_methods(rng, customer_id),
        "joined_on": _joined(rng),
    }


def _address(rng: Random, people: Mapping[str, Any]) -> Address:
    city, state, prefix = rng.choice([*people["cities"], *people["cities"][:2] * 3])
    return Address(
        line1=f"{rng.randint(2, 980)} {rng.choice(people['streets'].split())} {rng.choice(people['street_kinds'])}",
        line2=f"Apartment {rng.randint(1, 48)}" if rng.random() < 0.3 else "",
        city=city,
        state=state,
        postal_code=f"{prefix}{rng.randint(0, 99):02d}",
    )


def _profile(rng: Random, chances: Mapping[str, Mapping[str, float]]) -> DietaryProfile:
    drawn = {part: [e for e, percent in row.items() if rng.random() < percent / 100] for part, row in chances.items()}
    allergies = [{"allergen": name, "severity": rng.choice(SEVERITIES)} for name in drawn["allergies"]]
    return DietaryProfile.model_validate(drawn | {"allergies": allergies, "diets": drawn["diets"][:1]})


def _payment_methods(rng: Random, customer_id: str) -> list[PaymentMethod]:
    key = customer_id.lower()
    card = PaymentMethod(
        id=f"card-{key}",
        kind="credit_card",
        brand=rng.choice(["visa", "mastercard", "american express"]),
        last_four=f"{rng.randint(0, 9999):04d}",
    )
    methods = [card]
    if rng.random() < 0.35:
        methods.append(PaymentMethod(id=f"paypal-{key}", kind="paypal"))
    if rng.random() < 0.2:
        balance = rng.choice([1000, 2500, 4050, 5000, 7525])
        methods.append(PaymentMethod(id=f"gift-{key}", kind="gift_card", balance_cents=balance))
    return methods


def _joined(rng: Random) -> date:
    """Most joined long ago, some within the months whose orders are kept."""
    return TODAY - timedelta(days=int(30 + 2900 * rng.random() ** 1.3))
