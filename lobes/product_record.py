"""One product with its citable text: makes claims that quote its fields, or say what these do not state."""

from collections.abc import Iterable, Sequence
from typing import Any

from seamless_retail.core.catalogue import Product, Variant
from seamless_retail.core.evidence import Citation, Claim, Source
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.phrasebook import make_claim

QUOTED_TOGETHER = 240
"""Characters of a quotation that spans several fields."""


class ProductRecord:
    """A product and its text."""

    def __init__(self, product: Product) -> None:
        self.product, self.source = product, product_source(product)

    @property
    def variants(self) -> list[Variant]:
        """The active variants."""
        return [variant for variant in self.product.variants if variant.active]

    def has(self, field: str) -> bool:
        """Whether the text has the field."""
        return field in self.source.fields

    def quote(self, field: str, label: str = "") -> str:
        """The field's text without its label."""
        return self.source.cite(field).quote.removeprefix(label)

    def claim(self, kind: str, fields: Sequence[str], **facts: Any) -> Claim:
        """A claim about the product that quotes the fields."""
        return make_claim(kind, cite_together(self.source, fields), self.product.id, name=self.product.name, **facts)

    def not_stated(self, what: str) -> list[Claim]:
        """That the record does not state something; quotes what the record is of."""
        return [self.claim("not_stated", ["name", "brand", "category"], what=what)]

    def not_a_food(self) -> list[Claim]:
        """That there is no label to ask about."""
        return [self.claim("not_a_food", ["category"], category=self.product.category)]


def cite_together(source: Source, fields: Iterable[str]) -> list[Citation]:
    """Cite fields, those that stand close together in one quotation; absent fields are left out."""
    groups: list[tuple[int, int]] = []
    for start, end in sorted(source.fields[field] for field in fields if field in source.fields):
        if groups and end - groups[-1][0] <= QUOTED_TOGETHER:
            groups[-1] = (groups[-1][0], max(end, groups[-1][1]))
        else:
            groups.append((start, end))
    return [source.cite_span(*group) for group in groups]


def distinct(values: Iterable[str]) -> list[str]:
    """The values once each, in order, none empty."""
    return list(dict.fromkeys(value for value in values if value))
