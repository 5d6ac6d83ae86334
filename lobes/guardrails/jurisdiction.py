"""Whose food law holds in a country."""

from seamless_retail.core.food_facts.allergens import jurisdictions

_EUROPE = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"),
        *("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The European Union and the European Economic Area."""
_OTHERS = {"GB": "UK"}
ELSEWHERE = "CODEX"
"""For countries whose law is in no table: the global list, which exempts nothing."""


def law_of(country: str) -> str:
    """The id of the body of law for an ISO 3166 country; an id of the tables (``EU``) stays as it is."""
    code = country.strip().upper()
    if code in _EUROPE:
        return "EU"
    known = _OTHERS.get(code, code)
    return known if known in jurisdictions() else ELSEWHERE
