"""Whom to call where a life is in danger, by country, with who says so.

The numbers are those by which an ambulance is reached. Where a country is not listed, no number is named: a wrong one
costs minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """The number that brings an ambulance, and the line for people who think of ending their life."""

    number: str
    """Empty where it is not known."""
    source: str
    listening: str = ""
    """A line with somebody to talk to at any hour; empty where none is known."""
    listening_source: str = ""


_EU = EmergencyNumber(
    "112", "Directive (EU) 2018/1972, Article 109: the single European emergency number, free of charge"
)
_EUROPE = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IT", "LT", "LU", "LV"),
    *("MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "CH", "TR", "UA"),
)
_988 = "988 Suicide & Crisis Lifeline, national dialling code by 47 CFR 52.200 (FCC)"
_SAMARITANS = "Samaritans, 116 123, free at any hour in the United Kingdom and Ireland"

EMERGENCY_NUMBERS: Mapping[str, EmergencyNumber] = {
    **dict.fromkeys(_EUROPE, _EU),
    "US": EmergencyNumber("911", "FCC: 911 is the universal emergency number (47 CFR part 9)", "988", _988),
    "CA": EmergencyNumber(
        "911",
        "CRTC: 9-1-1 services in Canada",
        "988",
        "CRTC, Telecom Regulatory Policy 2022-234: 9-8-8 Suicide Crisis Helpline",
    ),
    "GB": EmergencyNumber("999", "GOV.UK: 999 and 112, the UK's national emergency numbers", "116 123", _SAMARITANS),
    "IE": EmergencyNumber("112", "Directive (EU) 2018/1972, Article 109; 999 works as well", "116 123", _SAMARITANS),
    "NO": EmergencyNumber("113", "Helsenorge: 113 for medical emergencies"),
    "AU": EmergencyNumber(
        "000", "Australian Communications and Media Authority: Triple Zero (000)", "13 11 14", "Lifeline Australia"
    ),
    "NZ": EmergencyNumber(
        "111", "New Zealand Government: 111 for police, fire, ambulance", "1737", "1737, Need to talk?"
    ),
    "IN": EmergencyNumber("112", "Ministry of Home Affairs: Emergency Response Support System, 112"),
    "JP": EmergencyNumber("119", "Fire and Disaster Management Agency: 119 for fire and ambulance"),
    "KR": EmergencyNumber("119", "National Fire Agency: 119 for fire and ambulance"),
    "CN": EmergencyNumber("120", "National Health Commission: 120 for ambulance"),
    "BR": EmergencyNumber("192", "Ministério da Saúde: SAMU 192", "188", "Centro de Valorização da Vida, 188"),
    "MX": EmergencyNumber("911", "Gobierno de México: 9-1-1 emergencias"),
    "ZA": EmergencyNumber("112", "South African Government: 112 from a mobile telephone, 10177 for an ambulance"),
    "SG": EmergencyNumber("995", "Singapore Civil Defence Force: 995 for ambulance and fire"),
    "RU": EmergencyNumber("112", "MChS of Russia: System 112"),
    "AE": EmergencyNumber("998", "UAE Government portal: 998 for ambulance"),
    "SA": EmergencyNumber("997", "Saudi Red Crescent Authority: 997"),
    "IL": EmergencyNumber("101", "Magen David Adom: 101"),
}
"""By ISO 3166 country."""
UNKNOWN = EmergencyNumber("", "")


def emergency_number(country: str) -> EmergencyNumber:
    """Whom to call in a country (ISO 3166, case ignored); without a number where the table has no line for it."""
    return EMERGENCY_NUMBERS.get("GB" if country.upper() == "UK" else country.upper(), UNKNOWN)
