"""The food guard: products and texts against what a customer must not eat; what cannot be checked is blocked.

``FoodGuard.check`` is a pure function of the context, the products, the tables and the settings. It runs under a
deadline; an exception or a late result blocks. A language model can be asked beside it (``advisor``): what it adds
counts, and nothing that it says clears anything.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

from seamless_retail.lobes.guardrails.jurisdiction import law_of
from seamless_retail.lobes.guardrails.labels.reading import LabelReader, packaged_reader
from seamless_retail.lobes.guardrails.patient.context import PatientContext
from seamless_retail.lobes.guardrails.patient.reading import read_context
from seamless_retail.lobes.guardrails.prose import judge_text
from seamless_retail.lobes.guardrails.rules import Judgement, ProductFacts, Reason, Verdict, judge
from seamless_retail.lobes.guardrails.rules.evidence import Read, read_product
from seamless_retail.lobes.guardrails.rules.verdicts import worst
from seamless_retail.lobes.supervision import call_with_deadline

log = logging.getLogger(__name__)

FAILED = "rules/guard-failed"
LATE = "rules/guard-late"
UNRECORDED = "rules/guard-unrecorded"
_SENTENCES = {
    FAILED: "I could not check this against what you must avoid, so I leave it out.",
    LATE: "I could not check this in time against what you must avoid, so I leave it out.",
    UNRECORDED: "I could not record my check of this, so I leave it out.",
}
CLOSED = "House rule: what could not be checked is blocked"


class Audit(Protocol):
    """Keeps what the guard decided; see :mod:`seamless_retail.lobes.guardrails.audit`."""

    def record(self, decided: "Decided") -> Sequence[str]:
        """Keep one decision per product and return their ids; empty ids where nothing could be kept.

        Raises:
            AuditError: Nothing could be kept, and nothing is to be cleared without.
        """
        ...


class Advisor(Protocol):
    """Reads a customer's words a second time; see :mod:`seamless_retail.lobes.guardrails.advisor`."""

    def advise(self, context: PatientContext) -> PatientContext:
        """The context with what it adds; the same context where it fails."""
        ...

    def question(self, context: PatientContext) -> str:
        """What it would ask about these words; empty for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class FoodVerdict:
    """The verdict on one product or text, with every reason, the gravest first."""

    product_id: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    audit_id: str = ""
    """Of the record that ``seamless guard explain`` shows; empty where none is kept."""

    @property
    def is_cleared(self) -> bool:
        """Whether it may be offered, perhaps with a warning."""
        return self.verdict.is_cleared

    def to_record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "product_id": self.product_id,
            "verdict": self.verdict.value,
            "reasons": [reason.to_record() for reason in self.reasons],
            "audit_id": self.audit_id,
        }


@dataclass(frozen=True, slots=True)
class Decided:
    """One check, as an audit sees it: all that the verdicts follow from, and the verdicts."""

    guard: "FoodGuard"
    context: PatientContext
    products: tuple[ProductFacts, ...]
    verdicts: tuple[FoodVerdict, ...]
    law: str
    is_prose: bool
    customer_id: str


@dataclass(frozen=True, slots=True)
class FoodGuard:
    """Judges food for one customer after another; safe to share between threads.

    Args:
        jurisdiction: Country (ISO 3166) or body of law (``EU``, ``US``) where none is given with a check.
        block_traces: Whether "may contain" blocks for every allergy, not only for anaphylaxis.
        clear_by_reviewed_rows_only: Whether rows that no dietitian or pharmacist has signed clear nothing.
        timeout_s: Seconds for one check; what is later is blocked.
        reader: Reads labels, with the words that the user imported.
        advisor: A language model that may add contraindications. It can clear nothing.
        audit: Keeps the decisions.
    """

    jurisdiction: str = "EU"
    block_traces: bool = False
    clear_by_reviewed_rows_only: bool = False
    timeout_s: float = 2.0
    reader: LabelReader = field(default_factory=packaged_reader)
    advisor: Advisor | None = None
    audit: Audit | None = None

    def check(
        self,
        context: PatientContext,
        products: Sequence[ProductFacts],
        *,
        jurisdiction: str | None = None,
        customer_id: str = "",
    ) -> tuple[FoodVerdict, ...]:
        """Judge products for everybody the context speaks of.

        Args:
            context: From ``read_context``, ``from_profile``, or both (``lobes/guardrails/household.py``).
            products: Labels; ``id`` names each in the verdicts. Nothing in them is obeyed.
            jurisdiction: Country or body of law of the customer.
            customer_id: For the audit, which keeps a keyed hash of it.

        Returns:
            One verdict per product, in the same order. Nothing is raised: a defect or a late result is a block.
        """
        return self._decide(context, tuple(products), jurisdiction, customer_id, is_prose=False)

    def check_texts(
        self, context: PatientContext, texts: Sequence[str], *, jurisdiction: str | None = None, customer_id: str = ""
    ) -> tuple[FoodVerdict, ...]:
        """Judge free texts that may offer food: an answer, the result of a tool, a retrieved passage.

        What a text does not name is not held against it, and what it warns of it does not offer; see
        :mod:`seamless_retail.lobes.guardrails.prose`. Otherwise as :meth:`check`.
        """
        given = tuple(ProductFacts(name=text) for text in texts)
        return self._decide(context, given, jurisdiction, customer_id, is_prose=True)

    def check_text(self, context: PatientContext, text: str, *, jurisdiction: str | None = None) -> FoodVerdict:
        """Judge one free text; see :meth:`check_texts`."""
        return self.check_texts(context, (text,), jurisdiction=jurisdiction)[0]

    def judge(self, context: PatientContext, product: ProductFacts, law: str, *, is_prose: bool = False) -> Judgement:
        """The judgement itself: no deadline, no audit, and defects are raised."""
        read = self.reader.read
        if is_prose:
            reasons = judge_text(context, product.name, jurisdiction=law, block_traces=self.block_traces, read=read)
            return Judgement(worst(reasons), reasons)
        return judge(
            context,
            product,
            jurisdiction=law,
            block_traces=self.block_traces,
            clear_by_reviewed_rows_only=self.clear_by_reviewed_rows_only,
            read=read,
        )

    def warm(self, products: Iterable[ProductFacts] = ()) -> None:
        """Load the tables, so that the first check has its whole time for itself, and read labels ahead.

        Args:
            products: Whose labels are read for the law of the guard; the latest 2,048 are kept.
        """
        _load_tables(self.reader.read)
        for product in products:
            read_product(product, law_of(self.jurisdiction), self.reader.read)

    def _decide(
        self,
        context: PatientContext,
        products: tuple[ProductFacts, ...],
        jurisdiction: str | None,
        customer_id: str,
        *,
        is_prose: bool,
    ) -> tuple[FoodVerdict, ...]:
        context = self.advisor.advise(context) if self.advisor else context
        if not context.active or not products:
            return tuple(FoodVerdict(product.id, Verdict.PASS) for product in products)
        law = law_of(jurisdiction or self.jurisdiction)
        verdicts = self._under_deadline(context, products, law, is_prose)
        if self.audit is None:
            return verdicts
        try:
            ids = self.audit.record(Decided(self, context, products, verdicts, law, is_prose, customer_id))
        except Exception:
            log.exception("a decision of the food guard could not be recorded: %d products blocked", len(products))
            return tuple(_closed(context, product, UNRECORDED) for product in products)
        return tuple(replace(verdict, audit_id=id) for verdict, id in zip(verdicts, ids, strict=True))

    def _under_deadline(
        self, context: PatientContext, products: tuple[ProductFacts, ...], law: str, is_prose: bool
    ) -> tuple[FoodVerdict, ...]:
        def work() -> tuple[FoodVerdict, ...]:
            return tuple(self._judge_closed(context, product, law, is_prose) for product in products)

        try:
            self.warm()
            return call_with_deadline(work, self.timeout_s, "food-guard")
        except TimeoutError:
            log.error("the food guard was late: %d products blocked", len(products))
            return tuple(_closed(context, product, LATE) for product in products)
        except Exception:
            log.exception("the food guard failed: %d products blocked", len(products))
            return tuple(_closed(context, product, FAILED) for product in products)

    def _judge_closed(self, context: PatientContext, product: ProductFacts, law: str, is_prose: bool) -> FoodVerdict:
        """A defect in judging one product blocks that product, and no other."""
        try:
            found = self.judge(context, product, law, is_prose=is_prose)
        except Exception:
            log.exception("product %r could not be judged", product.id)
            return _closed(context, product, FAILED)
        return FoodVerdict(product.id, found.verdict, found.reasons)


@cache
def _load_tables(read: Read) -> None:
    warmed = read_context("I am allergic to milk, take warfarin, have gout and eat vegan.")
    judge(warmed, ProductFacts("Rice", "rice, salt"), read=read)


def _closed(context: PatientContext, product: ProductFacts, row: str) -> FoodVerdict:
    key = context.active[0].key
    reason = Reason(key, Verdict.BLOCK, row, CLOSED, (0, 0), "guard", "", _SENTENCES[row])
    return FoodVerdict(product.id, Verdict.BLOCK, (reason,))
