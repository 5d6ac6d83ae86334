"""What every lobe must keep, as an executable suite for this package's lobes and for those of other packages.

assert not violations(lobe, requests, lambda source_id: resolve(shop, source_id))
"""

from collections.abc import Callable, Iterable, Iterator

from seamless_retail.core.evidence import Citation, Claim, LobeReport, Source
from seamless_retail.lobes.lobe import Lobe, LobeRequest, Readiness

PRIVATE_KINDS = ("order", "loyalty", "profile", "memory")
"""Kinds of sources that a guest must never see."""
COMPUTED_KINDS = ("catalogue", "forecast", "code", "picture")
"""Kinds of sources that are computed for a question; a record alone does not hold them."""
SUPERVISED = ("failed", "late", "open")
"""Statuses that only the supervisor gives."""


def violations(
    lobe: Lobe, requests: Iterable[LobeRequest], resolve: Callable[[str, LobeRequest], Source | None]
) -> list[str]:
    """What a lobe does against the contract, in words; empty when it conforms.

    Args:
        lobe: The lobe.
        requests: Ordinary and odd ones; each is asked twice.
        resolve: Renders a cited source again for a request; ``None`` if it cannot be rendered from its id alone, which
            only ``catalogue:`` and ``forecast:`` sources may be.
    """
    found = list(_shape(lobe))
    for request in requests:
        found += [f"{problem} [{request.understanding.text[:60]!r}]" for problem in _run(lobe, request, resolve)]
    return found


def _shape(lobe: Lobe) -> Iterator[str]:
    if not isinstance(lobe, Lobe):
        yield "it does not have the shape of a lobe (see lobes/lobe.py)"
        return
    if not lobe.name.isidentifier() or lobe.name != lobe.name.lower():
        yield f"its name {lobe.name!r} is not a lower-case identifier"
    if not lobe.description.strip().endswith("."):
        yield "its description is not a sentence"
    readiness = lobe.is_ready()
    if not isinstance(readiness, Readiness):
        yield f"is_ready() returned {type(readiness).__name__}, not Readiness"
    elif not readiness.ready and not readiness.reason:
        yield "is_ready() says no without a reason"


def _run(lobe: Lobe, request: LobeRequest, resolve: Callable[[str, LobeRequest], Source | None]) -> Iterator[str]:
    try:
        report, again = lobe(request), lobe(request)
    except Exception as error:
        yield f"it raised {type(error).__name__}: {error}"
        return
    if not isinstance(report, LobeReport):
        yield f"it returned {type(report).__name__}, not LobeReport"
        return
    if report.model_dump(exclude={"elapsed_ms"}) != again.model_dump(exclude={"elapsed_ms"}):
        yield "the same request gave another report"
    if report.lobe != lobe.name:
        yield f"its report is signed {report.lobe!r}"
    if report.status in SUPERVISED:
        yield f"it gave itself the status {report.status!r}"
    if not 0.0 <= report.confidence <= 1.0:
        yield f"its confidence is {report.confidence}"
    for claim in report.claims:
        yield from _claim(claim, request, resolve)


def _claim(claim: Claim, request: LobeRequest, resolve: Callable[[str, LobeRequest], Source | None]) -> Iterator[str]:
    if not claim.text.strip().endswith((".", "!", "?", ".”", '."')):
        yield f"the claim {claim.text!r} is not a sentence"
    if not claim.citations:
        yield f"the claim {claim.text!r} cites nothing"
    if not 0.0 <= claim.confidence <= 1.0:
        yield f"the claim {claim.text!r} has the confidence {claim.confidence}"
    for citation in claim.citations:
        yield from _citation(citation, request, resolve)


def _citation(
    citation: Citation, request: LobeRequest, resolve: Callable[[str, LobeRequest], Source | None]
) -> Iterator[str]:
    kind = citation.source_id.partition(":")[0]
    if kind in PRIVATE_KINDS and not request.principal.customer_id:
        yield f"it showed a guest {citation.source_id}"
    if not citation.quote.strip() or citation.end - citation.start != len(citation.quote):
        yield f"the span of {citation.source_id} does not fit its quotation"
    source = resolve(citation.source_id, request)
    if source is None and kind not in COMPUTED_KINDS:
        yield f"it cites {citation.source_id}, which does not exist"
    if source is not None and source.text[citation.start : citation.end] != citation.quote:
        yield f"it misquotes {citation.source_id}"
