"""What a customer says about health and diet → contraindications: of whom, how severe, since when, and whether at all.

Pure: no network, no model. ``read_context`` reads free text, ``from_profile`` the shop's own record.
"""

from seamless_retail.lobes.guardrails.patient.context import (
    Contraindication,
    PatientContext,
    Polarity,
    Severity,
    Temporality,
    Who,
)
from seamless_retail.lobes.guardrails.patient.profile import from_profile, from_record
from seamless_retail.lobes.guardrails.patient.reading import read_context

__all__ = [
    "Contraindication",
    "PatientContext",
    "Polarity",
    "Severity",
    "Temporality",
    "Who",
    "from_profile",
    "from_record",
    "read_context",
]
