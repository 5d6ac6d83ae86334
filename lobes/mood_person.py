"""Whether a message asks for a human being; by rules, because every phrasing must work and no mood is needed for it."""

from seamless_retail.lobes.mood_signs import patterns

_SIGNS = patterns("person")


def asks_for_person(text: str) -> bool:
    """Whether the message asks to talk with a human being."""
    plain = text.replace("’", "'")
    return bool(_SIGNS["asks"].search(plain)) and not _SIGNS["otherwise"].search(plain)
