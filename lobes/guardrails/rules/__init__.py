"""A patient context against a product: block, warn, cannot_clear or pass, each with its table row, source and sentence.

Pure: no network, no model. ``judge`` is the whole of it.
"""

from seamless_retail.lobes.guardrails.rules.judging import judge
from seamless_retail.lobes.guardrails.rules.verdicts import (
    Judgement,
    ProductFacts,
    Reason,
    Verdict,
    from_product,
    from_record,
)

__all__ = ["Judgement", "ProductFacts", "Reason", "Verdict", "from_product", "from_record", "judge"]
