"""From matches to findings: false friends masked per allergen, statuses from statements, exemptions, opacity."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seamless_retail.core.food_facts.allergens import Additive, Exemption, allergens, groups_of
from seamless_retail.lobes.guardrails.labels.additives import Numbered
from seamless_retail.lobes.guardrails.labels.matcher import Match
from seamless_retail.lobes.guardrails.labels.normalise import Folded
from seamless_retail.lobes.guardrails.labels.oils import is_oil
from seamless_retail.lobes.guardrails.labels.opacity import has_own_list, is_source_stated, is_whole_item
from seamless_retail.lobes.guardrails.labels.records import Finding, Opaque, Status
from seamless_retail.lobes.guardrails.labels.segments import Segments

_NEAR_EXEMPTION = 28
_REFINED_OILS = {"soybeans": "refined-soybean-oil", "peanuts": "refined-peanut-oil"}
"""Allergen → the exemption of its oil."""
_RULES = {"terms": "named", "inferred": "inferred", "claims": "claimed", "exempt": "exempt by law"}


_STRETCH = 32
"""Characters of a stretch by which the false friends are looked up."""
Masks = Mapping[int, Sequence[Match]]


class _Draft(NamedTuple):
    """A finding without what only one that is kept needs."""

    allergen: str
    status: Status
    span: tuple[int, int]
    rule: str
    row: str
    exempt: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the matches of one label."""

    text: str
    folded: Folded
    matches: Sequence[Match]
    segments: Segments
    jurisdiction: str
    exemptions: Mapping[str, Exemption]
    _whole: dict[tuple[int, int], bool] = field(default_factory=dict, init=False, repr=False)
    """Spans that rows of several languages match, and whether each is a whole ingredient."""

    def judge(self, numbered: Sequence[Numbered]) -> tuple[tuple[Finding, ...], tuple[Opaque, ...]]:
        """All findings and opaque ingredients, in the order of the label."""
        by_kind = defaultdict[str, list[Match]](list)
        for match in self.matches:
            by_kind[match.entry.kind].append(match)
        masks = defaultdict[int, list[Match]](list)
        for mask in by_kind["false_friends"]:
            for place in range(mask.start // _STRETCH, mask.end // _STRETCH + 1):
                masks[place].append(mask)
        relieved = [match for match in by_kind["exempt"] if self._is_exempt(match)]
        found = list[_Draft]()
        for kind in _RULES:
            for match in by_kind[kind]:
                if not self._is_masked(match, masks) and (not match.entry.is_whole or self._is_whole(match)):
                    found += self._findings(match, relieved)
        for number in numbered:
            found += self._of_additive(number)
        findings = tuple(self._finding(draft) for draft in _distinct(self._settled(found)))
        opaque = [*self._opaque(by_kind["opaque"], masks), *self._opaque_additives(numbered)]
        return findings, tuple(sorted(set(opaque), key=lambda o: (o.span, o.row)))

    def _is_whole(self, match: Match) -> bool:
        span = match[:2]
        if (known := self._whole.get(span)) is not None:
            return known
        self._whole[span] = whole = is_whole_item(self.folded.text, *span, self.segments.qualifiers)
        return whole

    def _is_masked(self, match: Match, masks: Masks) -> bool:
        near = masks.get(match.start // _STRETCH)
        if not near or match.entry.kind == "claims":
            return False
        return any(
            mask.start <= match.start and match.end <= mask.end and match.entry.groups & mask.entry.groups
            for mask in near
            if mask.start != match.start or mask.end != match.end or mask.entry.row.language == match.entry.row.language
        )

    def _is_exempt(self, match: Match) -> bool:
        return self._is_lawful(self.exemptions[match.entry.first_key], match)

    def _is_lawful(self, exemption: Exemption, match: Match) -> bool:
        around = self.folded.text[max(0, match.start - _NEAR_EXEMPTION) : match.end + _NEAR_EXEMPTION]
        lifted = exemption.unless and any(word in around for word in exemption.unless.split("|"))
        return self.jurisdiction in exemption.jurisdictions and not lifted

    def _findings(self, match: Match, relieved: Sequence[Match]) -> list[_Draft]:
        if match.entry.kind == "exempt":
            exemption = self.exemptions[match.entry.first_key]
            return self._make(match, (exemption.allergen,), exempt=match in relieved)
        exempt = (bool(relieved) and self._is_within(match, relieved)) or self._is_refined_oil(match)
        if match.entry.kind == "inferred" and has_own_list(self.folded.text, match.end):
            return []
        return self._make(match, match.entry.allergens, exempt)

    def _is_within(self, match: Match, relieved: Sequence[Match]) -> bool:
        """Whether a match lies in a derivative of its allergen that the law exempts."""
        return any(
            zone.start <= match.start
            and match.end <= zone.end
            and self.exemptions[zone.entry.first_key].allergen in match.entry.groups
            for zone in relieved
        )

    def _is_refined_oil(self, match: Match) -> bool:
        """Whether the plant's bare name stands in a list of oils, and the law exempts its refined oil."""
        for group in match.entry.groups:
            name = _REFINED_OILS.get(group)
            if name and self._is_lawful(self.exemptions[name], match):
                return is_oil(self.folded.text, match.start, match.end)
        return False

    def _make(self, match: Match, ids: Iterable[str], exempt: bool) -> list[_Draft]:
        status, cause = self._status(match)
        if status is None:
            return []
        start, end, entry, rule = match
        how = rule if rule != "named" else _RULES[entry.kind]
        rule = f"{how}/{cause}" if cause else how
        raised = entry.row.key if status is Status.FREE_FROM and entry.kind != "exempt" else ids
        span, row = self.folded.span(start, end), entry.row.id
        return [_Draft(allergen, status, span, rule, row, exempt) for allergen in raised]

    def _status(self, match: Match) -> tuple[Status | None, str]:
        """The status of a match and what decided it; None for advice, which says nothing of the product."""
        if self.segments.is_ignored(match.start, match.end):
            return None, ""
        claim = self.segments.claim_at(match.start, match.end)
        if match.entry.kind == "claims":
            return (Status.CONTAINS, "reversal") if self._is_reversed(match) else (Status.FREE_FROM, "claim")
        if claim:
            return Status(claim.effect), "claim" if claim.effect == "free_from" else "reversal"
        if self.segments.trace_at(match.start, match.end):
            return Status.MAY_CONTAIN, "precaution"
        return Status.CONTAINS, ""

    def _is_reversed(self, match: Match) -> bool:
        return any(
            event.entry.first_key == "not" and 0 < match.start - event.end + 1 <= 3 for event in self.segments.events
        )

    def _finding(self, draft: _Draft) -> Finding:
        allergen, status, span, rule, row, exempt = draft
        return Finding(allergen, status, span, self.text[slice(*span)], rule, row, allergens()[allergen].source, exempt)

    def _of_additive(self, number: Numbered) -> list[_Draft]:
        additive, relief = number.additive, self.exemptions.get(number.additive.exemption)
        exempt = relief is not None and self.jurisdiction in relief.jurisdictions
        status, rule = Status.CONTAINS, "additive"
        claim = self.segments.claim_at(number.start, number.end)
        if claim is None and self.segments.trace_at(number.start, number.end):
            status, rule = Status.MAY_CONTAIN, "additive/precaution"
        ids = dict.fromkeys(part for allergen in additive.allergens for part in groups_of(allergen))
        span = self.folded.span(number.start, number.end)
        return [_Draft(allergen, status, span, rule, additive.id, exempt) for allergen in ids]

    def _settled(self, found: list[_Draft]) -> list[_Draft]:
        """A claim defeats what was only inferred, and makes oats lawful in gluten-free food; no name is cleared."""
        claimed = {finding.allergen for finding in found if finding.status is Status.FREE_FROM}
        if "milk" in claimed:
            claimed.add("lactose")
        kept = [
            f
            for f in found
            if not (f.rule.startswith("inferred") and f.status is Status.CONTAINS and f.allergen in claimed)
        ]
        if "gluten" not in claimed:
            return kept
        oats = {finding.span for finding in kept if finding.allergen == "oats"}
        return [
            f._replace(rule="gluten-free oats", exempt=True) if f.allergen == "gluten" and f.span in oats else f
            for f in kept
        ]

    def _opaque(self, matches: Iterable[Match], masks: Masks) -> Iterable[Opaque]:
        denials = [event for event in self.segments.events if event.entry.first_key in ("free", "without")]
        unstated = dict[tuple[int, int], bool]()
        for match in matches:
            if (match.entry.is_whole and not self._is_whole(match)) or self._is_masked(match, masks):
                continue
            place = match[:2]
            if place not in unstated:
                unstated[place] = not (self._is_denied(match, denials) or is_source_stated(self.folded.text, *place))
            if unstated[place]:
                span, row = self.folded.span(*place), match.entry.row
                yield Opaque(self.text[slice(*span)], span, frozenset(row.key), row.id, row.source)

    def _opaque_additives(self, numbered: Iterable[Numbered]) -> Iterable[Opaque]:
        for start, end, additive in numbered:
            if additive.may_hide and not is_source_stated(self.folded.text, start, end):
                span = self.folded.span(start, end)
                yield _opaque_additive(self.text[slice(*span)], span, additive)

    def _is_denied(self, match: Match, denials: Iterable[Match]) -> bool:
        """Whether the ingredient is claimed to be absent ("no artificial flavours") or belongs to a trace statement."""
        if self.segments.trace_at(match.start, match.end):
            return True
        return any(
            0 <= match.start - event.end <= 30 and not set(self.folded.text[event.end : match.start]) & set(",;.()")
            for event in denials
        )


def _opaque_additive(term: str, span: tuple[int, int], additive: Additive) -> Opaque:
    return Opaque(term, span, frozenset(additive.may_hide), additive.id, additive.source)


def _distinct(found: Sequence[_Draft]) -> list[_Draft]:
    """In the order of the label, without those that say the same of a part of the same words."""
    kept, reach = list[_Draft](), dict[tuple[str, Status, bool], int]()
    order = sorted(found, key=lambda f: (f.span[0], -f.span[1], f.exempt, f.rule == "fuzzy", f.allergen, f.row))
    for finding in order:
        allergen, status, (_, end) = finding[:3]
        covered = reach.get((allergen, status, False), -1)
        if finding.exempt:
            covered = max(covered, reach.get((allergen, status, True), -1))
        if covered < end:
            kept.append(finding)
            reach[allergen, status, finding.exempt] = end
    return kept
