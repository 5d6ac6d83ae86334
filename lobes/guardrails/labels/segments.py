"""Which part of a label says what: statements of traces, claims of absence, advice, and how far each reaches."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seamless_retail.lobes.guardrails.labels.matcher import Match
from seamless_retail.lobes.guardrails.labels.negation import Claim, find_claims
from seamless_retail.lobes.guardrails.labels.tokens import WORD

LONGEST_STATEMENT = 420
"""Characters that a statement of traces reaches at most, where a label has lost its full stops."""
_BOUNDARY = re.compile(r"[!?。；！？•|।]|;|\.(?![\d])|\n\s*\n")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w])(?:vit|ca|incl|inkl|min|max|no|nr|approx|etc|z|b|bzw|ev|evtl|resp|mg|kg|art|ung|durchschn|spp|e|g|i|d)$"
)
_STOPS = ("ingredients", "contains", "may_close", "stop")
_SWALLOWED = 34
"""A "contains" this near after the words of a trace statement belongs to it: "made in a plant that contains nuts"."""


class Zone(NamedTuple):
    """A stretch of the folded text in which terms mean something else than "contains"."""

    start: int
    end: int
    row: str


@dataclass(frozen=True, slots=True)
class Segments:
    """The statements of one label."""

    traces: tuple[Zone, ...] = ()
    claims: tuple[Claim, ...] = ()
    ignored: tuple[Zone, ...] = ()
    events: tuple[Match, ...] = field(default=(), repr=False)
    qualifiers: frozenset[int] = frozenset()
    """Where words begin that may stand beside an ingredient's name without changing it ("enriched", "natural")."""

    def trace_at(self, start: int, end: int) -> Zone | None:
        """The trace statement that holds a span."""
        return (
            next((zone for zone in self.traces if zone.start <= start and end <= zone.end), None)
            if self.traces
            else None
        )

    def claim_at(self, start: int, end: int) -> Claim | None:
        """The claim that holds a span."""
        return (
            next((claim for claim in self.claims if claim.start <= start and end <= claim.end), None)
            if self.claims
            else None
        )

    def is_ignored(self, start: int, end: int) -> bool:
        """Whether the span is advice on where to look, which says nothing of this product."""
        return bool(self.ignored) and any(zone.start <= start and end <= zone.end for zone in self.ignored)


def segment(
    text: str, wording: Sequence[Match], terms: Sequence[tuple[int, int]], use_negation: bool = True
) -> Segments:
    """Find the statements.

    Args:
        text: The folded label.
        wording: Matches of the rows of wording.
        terms: Spans of the allergens' names, in order.
        use_negation: Whether claims of absence are read.
    """
    events = _longest(wording)
    if not events:
        return Segments()
    stops = [match.start() for match in _BOUNDARY.finditer(text) if not _is_abbreviation(text, match.start())]
    by_role = defaultdict[str, list[Match]](list)
    for event in events:
        by_role[event.entry.first_key].append(event)
    told = sorted([*by_role["may"], *by_role["may_after"]], key=lambda event: event.start)
    traces = [zone for event in told if (zone := _trace_zone(text, event, events, stops, terms))]
    ignored = [zone for event in by_role["advice"] if (zone := _advice_zone(event, events, stops))]
    claims = find_claims(text, events, terms, stops) if use_negation else []
    qualifiers = frozenset(event.start for event in (*by_role["qualifier"], *by_role["filler"]))
    return Segments(tuple(traces), tuple(claims), tuple(ignored), tuple(events), qualifiers)


def _role(event: Match) -> str:
    return event.entry.first_key


def _longest(wording: Sequence[Match]) -> list[Match]:
    """The events that lie in no longer one."""
    kept = list[Match]()
    for match in sorted(set(wording), key=lambda m: (m.start, -m.end)):
        if not kept or match.end > kept[-1].end or (match.start, match.end) == (kept[-1].start, kept[-1].end):
            kept.append(match)
    return kept


def _is_abbreviation(text: str, place: int) -> bool:
    return text[place] == "." and _ABBREVIATION.search(text[max(0, place - 12) : place]) is not None


def _trace_zone(
    text: str, event: Match, events: Sequence[Match], stops: Sequence[int], terms: Sequence[tuple[int, int]]
) -> Zone | None:
    row = event.entry.row.id
    match _role(event):
        case "may":
            end = min(_next(stops, event.end, len(text)), _closing(text, event.end), event.end + LONGEST_STATEMENT)
            for other in events:
                if _role(other) in _STOPS and event.end <= other.start < end:
                    if _role(other) == "contains" and other.start - event.end < _SWALLOWED:
                        continue
                    end = other.start
            return Zone(event.end, end, row)
        case "may_after":
            start = max((stop + 1 for stop in stops if stop < event.start), default=0)
            opened = [e.end for e in events if _role(e) == "may" and start <= e.start < event.start]
            if opened:
                return Zone(opened[-1], event.start, row)
            starts = [e.end for e in events if _role(e) in ("ingredients", "contains", "stop") and e.end <= event.start]
            start = max([start, *starts, _opening(text, event.start)])
            small = {e.start for e in events if _role(e) in ("and", "or", "filler")}
            start = _start_of_list(text, start, event.start, {span[0] for span in terms}, small)
            return Zone(start, event.start, row)
    return None


def _start_of_list(text: str, start: int, end: int, terms: set[int], small: set[int]) -> int:
    """Where the list of allergens that ends at ``end`` begins: what names none is an ingredient, not a trace."""
    begin = end
    for word in reversed(list(WORD.finditer(text, start, end))):
        is_named = any(place in terms for place in range(word.start(), word.end()))
        if not is_named and word.start() not in small and (begin < end or end - word.end() > 2):
            break
        begin = word.start()
    return begin


def _advice_zone(event: Match, events: Sequence[Match], stops: Sequence[int]) -> Zone | None:
    end = min(_next(stops, event.end, event.end + 200), event.end + 200)
    closing = [e.start for e in events if _role(e) == "advice_close" and event.end <= e.start <= end]
    return Zone(event.end, closing[0], event.entry.row.id) if closing else None


def _next(stops: Sequence[int], place: int, otherwise: int) -> int:
    return next((stop for stop in stops if stop >= place), otherwise)


def _closing(text: str, place: int) -> int:
    """Where the bracket around a place closes, or the end."""
    if not _opening(text, place):
        return len(text)
    depth = 0
    for at in range(place, min(len(text), place + LONGEST_STATEMENT)):
        if text[at] in "([{（【":
            depth += 1
        elif text[at] in ")]}）】":
            depth -= 1
            if depth < 0:
                return at
    return len(text)


def _opening(text: str, place: int) -> int:
    """Just after the bracket that is open at a place, or 0."""
    depth = 0
    for at in range(place - 1, max(-1, place - LONGEST_STATEMENT), -1):
        if text[at] in ")]}）】":
            depth += 1
        elif text[at] in "([{（【":
            depth -= 1
            if depth < 0:
                return at + 1
    return 0
