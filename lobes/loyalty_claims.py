"""Claims about the verified customer's points and tier, each quoting the loyalty account."""

import re

from seamless_retail.core.evidence import Claim, Source
from seamless_retail.core.loyalty import LoyaltyAccount
from seamless_retail.core.source_text import written_date
from seamless_retail.core.sources import loyalty_source
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.wording import count_of

_ASPECTS = {
    "points": r"\b(?:points?|balance|rewards?)\b",
    "tier": r"\b(?:tier|level|status|member(?:ship)?)\b",
    "next": r"\b(?:next|reach|upgrade|far|until|away|become|get to)\b",
    "expiry": r"\b(?:expir\w*|lose|run out|valid)\b",
    "perks": r"\b(?:perks?|benefits?|advantages?)\b",
}


def asked_aspects(text: str) -> set[str]:
    """What a message asks of the account; everything but the perks when it names nothing."""
    found = {name for name, pattern in _ASPECTS.items() if re.search(pattern, text, re.IGNORECASE)}
    if found - {"points"}:
        return found if "points" not in found or found & {"tier"} else found - {"points"}
    return found or {"points", "tier", "next", "expiry"}


def loyalty_claims(account: LoyaltyAccount, aspects: set[str]) -> list[Claim]:
    """The facts asked for, in the order balance, tier, perks, next tier, expiry."""
    source = loyalty_source(account)
    claims = []
    if "points" in aspects:
        claims.append(make_claim("points", [source.cite("balance")], balance=f"{account.balance:,}"))
    if aspects & {"tier", "next"}:
        rate = count_of(account.tier.points_per_dollar, "point")
        claims.append(make_claim("tier", [source.cite("tier")], tier=account.tier.name, rate=rate))
    if "perks" in aspects and account.tier.perks:
        claims.append(make_claim("perks", [source.cite("perks")], perks="; ".join(account.tier.perks)))
    if "next" in aspects:
        claims.append(_next_tier(account, source))
    if "expiry" in aspects or (aspects == {"points"} and account.next_expiry):
        claims.append(_expiry(account, source))
    return claims


def _next_tier(account: LoyaltyAccount, source: Source) -> Claim:
    citation = source.cite("next_tier")
    if account.next_tier is None:
        return make_claim("top_tier", [citation], tier=account.tier.name)
    points = f"{account.points_to_next_tier:,}"
    return make_claim("next_tier", [citation], tier=account.next_tier.name, points=points)


def _expiry(account: LoyaltyAccount, source: Source) -> Claim:
    citation = source.cite("expiry")
    if account.next_expiry is None or not account.points_expiring:
        return make_claim("no_expiry", [citation])
    return make_claim(
        "expiry", [citation], points=f"{account.points_expiring:,}", date=written_date(account.next_expiry)
    )
