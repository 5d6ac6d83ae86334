"""What one customer must not eat, as far as the shop was told: the profile's facts and the message's own words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Severity
from seamless_retail.core.evidence import Citation
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.source_text import written_name
from seamless_retail.core.sources import profile_source
from seamless_retail.lobes.wording import join_words

CONDITION_ALLERGENS = {
    "coeliac disease": Allergen.GLUTEN,
    "celiac disease": Allergen.GLUTEN,
}
"""Conditions whose trigger is an allergen of the label: they are checked like a severe allergy."""

SATISFIED_BY = {"vegetarian": ("vegan",), "pescatarian": ("vegan", "vegetarian")}
"""Diets that a stricter declared diet satisfies too."""


@dataclass(frozen=True, slots=True)
class AvoidedAllergen:
    """One allergen to keep away from; without a citation when the message itself excludes it."""

    allergen: Allergen
    severity: Severity
    citations: tuple[Citation, ...] = ()
    condition: str = ""
    """The condition of the profile that it follows from, if it is not an allergy."""

    @property
    def known_from(self) -> tuple[str, str]:
        """Where it is known from, in words that make a clause: ``your profile lists``, ``peanuts (severe)``."""
        name = written_name(self.allergen)
        if not self.citations:
            return "you want to avoid", name
        return "your profile lists", self.condition or f"{name} ({self.severity})"


@dataclass(frozen=True, slots=True)
class RequiredDiet:
    """A diet that a product's declared diets must include."""

    name: str
    citations: tuple[Citation, ...]

    def accepts(self, declared: Iterable[str]) -> bool:
        """Whether the declared diets satisfy it."""
        return bool({self.name, *SATISFIED_BY.get(self.name, ())} & set(declared))


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All that restricts one customer's food."""

    allergens: tuple[AvoidedAllergen, ...] = ()
    diets: tuple[RequiredDiet, ...] = ()
    unchecked: dict[str, Citation] = field(default_factory=dict)
    """What no label can be checked against yet (medicines, conditions, diets that no label declares), in words."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is restricted."""
        return not (self.allergens or self.diets or self.unchecked)

    def caution(self) -> str:
        """What could not be checked, as a sentence; empty when all was."""
        if not self.unchecked:
            return ""
        return (
            f"I cannot check food against {join_words(list(self.unchecked))} yet; "
            "please ask your pharmacist or doctor before you eat it"
        )


def read_restrictions(shop: Shop, principal: Principal, excluded: Iterable[Allergen] = ()) -> Restrictions:
    """The restrictions of the verified customer, and the allergens that the message excludes.

    Raises:
        LookupError: The principal names a customer whom the shop does not know.
    """
    avoided = {allergen: AvoidedAllergen(allergen, Severity.SEVERE) for allergen in excluded}
    if not principal.customer_id:
        return Restrictions(allergens=tuple(avoided.values()))
    customer = shop.customers.get(principal.customer_id)
    if customer is None:
        raise LookupError(f"customer {principal.customer_id!r} is unknown")
    profile, source = customer.profile, profile_source(customer)
    for condition in profile.conditions:
        if allergen := CONDITION_ALLERGENS.get(condition.lower()):
            avoided[allergen] = AvoidedAllergen(allergen, Severity.SEVERE, (source.cite("conditions"),), condition)
    for allergy in profile.allergies:
        citation = source.cite(f"allergies.{allergy.allergen.value}")
        avoided[allergy.allergen] = AvoidedAllergen(allergy.allergen, allergy.severity, (citation,))
    known = set(shop.catalogue.vocabulary().attributes.get("diet", ())) if profile.diets else set()
    diets = [diet.lower() for diet in profile.diets]
    unchecked = {
        "diets": [diet for diet in diets if diet not in known],
        "conditions": [name for name in profile.conditions if name.lower() not in CONDITION_ALLERGENS],
        "medicines": list(profile.medicines),
    }
    return Restrictions(
        allergens=tuple(avoided.values()),
        diets=tuple(RequiredDiet(diet, (source.cite("diets"),)) for diet in diets if diet in known),
        unchecked={
            f"your {field} ({join_words(names)})": source.cite(field) for field, names in unchecked.items() if names
        },
    )
