"""Whether a note is written in the style of a clinic or a form."""

import re
from collections.abc import Sequence

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.mentions import Mention

_OWN = frozenset({
    "my", "our", "mine", "mon", "ma", "mes", "notre", "nos", "mein", "meine", "meiner", "meinem", "unser", "unsere",
    "mi", "mis", "nuestro", "nuestra", "mio", "mia", "miei", "mie", "nostro", "nostra", "mijn", "ons", "onze", "mn",
    "meu", "minha", "meus", "nosso", "nossa", "moj", "moja", "moje", "nasz", "nasza", "please", "bitte", "grazie",
    "merci", "gracias",
})  # fmt: skip
"""Words that only customers write."""
_CLINICAL = re.compile(
    r"\d\s?(?:mg|mcg|µg|ml|mmol|%|cp|cpr|tab|yo|y/o|aa|ans|jr|anni|años|anos|lat|J)\b|\w\s?:|\d/\d|\d\s?x|->|[+]"
    r"|\b(?:[Pp]t|[Pp]at|[Pp]z|[Pp]ac|Hx|PMH|Dx|Rx|BD|OD|TDS|neg|dd|[Tt]to|NKDA|IgE|[Pp]rick|ATCD|VG|[DT]x)\b"
)
"""What only clinics and forms write: doses, headers, abbreviations."""


def is_terse(text: str, words: Sequence[Word], found: Sequence[Mention]) -> bool:
    """Whether nobody says "I" in it, nothing is asked, and the abbreviations of a clinic stand in it."""
    if "?" in text or not _CLINICAL.search(text) or any(word.text in _OWN for word in words):
        return False
    return not any(m.role in ("self", "household") for m in found)
