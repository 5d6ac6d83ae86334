"""Reads a postal address from one line, its parts separated by commas: "12 Elm Street, Portland, OR 97201"."""

import re

from seamless_retail.core.customers import Address

_COUNTRIES = {
    **dict.fromkeys(("us", "usa", "united states", "united states of america"), "US"),
    **dict.fromkeys(("uk", "gb", "united kingdom", "great britain", "england"), "GB"),
    **dict.fromkeys(("de", "germany", "deutschland"), "DE"),
    **dict.fromkeys(("fr", "france"), "FR"),
    **dict.fromkeys(("ca", "canada"), "CA"),
    **dict.fromkeys(("at", "austria"), "AT"),
    **dict.fromkeys(("nl", "netherlands"), "NL"),
    **dict.fromkeys(("es", "spain"), "ES"),
    **dict.fromkeys(("it", "italy"), "IT"),
    **dict.fromkeys(("ie", "ireland"), "IE"),
}
_CODE = r"\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{4,6}"
_CITY_CODE = re.compile(rf"(?P<city>.*?)\s*(?P<state>\b[A-Z]{{2}}\b)?\s*\b(?P<code>{_CODE})", re.IGNORECASE)
_CODE_CITY = re.compile(rf"(?P<code>{_CODE})\s+(?P<city>\D+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d")


def read_address(text: str) -> Address | None:
    """The address, or ``None`` where street, number, city or postal code is missing."""
    parts = [part.strip(" .") for part in text.split(",") if part.strip(" .")]
    country = "US"
    if len(parts) > 2 and parts[-1].lower() in _COUNTRIES:
        country = _COUNTRIES[parts.pop().lower()]
    if len(parts) < 2 or not _NUMBER.search(parts[0]):
        return None
    street, last = parts[:-1], parts[-1]
    first = _CODE_CITY.fullmatch(last)
    found = first or _CITY_CODE.fullmatch(last)
    if found is None:
        return None
    city = found["city"].strip()
    if not city and len(street) > 1:
        city = street.pop()
    if not city:
        return None
    state = "" if first else (found["state"] or "").upper()
    if not state and len(city) == 2 and len(street) > 1:
        city, state = street.pop(), city.upper()
    return Address(
        line1=street[0],
        line2=", ".join(street[1:]),
        city=city,
        state=state,
        postal_code=found["code"].upper(),
        country=country,
    )
