"""Labels of food → which allergens they contain, may contain, or claim to be free from, with the span of the proof.

Pure: no network, no model, no language model. ``read_label`` is the whole of it.
"""

from seamless_retail.lobes.guardrails.labels.reading import read_label
from seamless_retail.lobes.guardrails.labels.records import Finding, LabelReading, Opaque, Status

__all__ = ["Finding", "LabelReading", "Opaque", "Status", "read_label"]
