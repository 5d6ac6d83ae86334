"""What a model of purchases suggests."""

from typing import NamedTuple


class Suggestion(NamedTuple):
    """An item that may come next."""

    item: str
    """By the name that it has in the purchases the model was trained on."""
    probability: float
    """Among all items that were not left out."""
    because: str
    """The item of the history it is bought near most; empty when there is none."""
