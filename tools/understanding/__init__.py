"""Query understanding: a customer's message as filters, references and questions, without a model."""

from seamless_retail.tools.understanding.reader import CatalogueQueryReader
from seamless_retail.tools.understanding.text import MAX_CHARACTERS, normalise
from seamless_retail.tools.understanding.wording import describe_constraint, describe_query

__all__ = ["MAX_CHARACTERS", "CatalogueQueryReader", "describe_constraint", "describe_query", "normalise"]
