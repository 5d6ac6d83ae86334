"""Claims of absence and their scope: "free from", "sans", "X-frei"; and what turns them round: "not free from".

A weak negator ("no", "sans", "ohne") reaches over a comma only when the list ends with "or": in
``sans gluten, lait écrémé`` the milk is an ingredient. A strong one ("free from", "enthält keine") reaches to the
end of its list of allergens.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal, NamedTuple

from seamless_retail.lobes.guardrails.labels.matcher import Match
from seamless_retail.lobes.guardrails.labels.tokens import WORD

Effect = Literal["free_from", "contains", "may_contain"]
_NEAR_NEGATION = 24
_NEAR_GUARANTEE = 80
_LONGEST_TERM = 80
"""Characters from the start of a term or of a statement's words to its end at most."""
_PLAIN_GAP = frozenset(" \t\n\r-'\"“”«»:()*_")
_COMMA = frozenset(",،、，")
_JOINT = frozenset("/&+")
_CLAIMING = ("free", "without", "free_after")


class Claim(NamedTuple):
    """A stretch of the folded text that is claimed to be absent, or whose claim is turned round."""

    start: int
    end: int
    effect: Effect
    row: str


class _Link(NamedTuple):
    """One term of a list and how it is joined to the one before."""

    start: int
    end: int
    joint: str


def find_claims(
    text: str, events: Sequence[Match], terms: Sequence[tuple[int, int]], stops: Sequence[int]
) -> list[Claim]:
    """The claims of a folded label.

    Args:
        text: The folded label.
        events: Matches of the rows of wording, in order.
        terms: Spans of the allergens' names.
        stops: Ends of sentences.
    """
    spans = sorted(set(terms))
    small: dict[str, dict[int, int]] = {"or": {}, "and": {}, "filler": {}}
    for event in events:
        if (role := event.entry.first_key) in small:
            small[role][event.start] = event.end
    claims = list[Claim]()
    for event in events:
        role = event.entry.first_key
        if role not in _CLAIMING:
            continue
        if role in ("free", "without"):
            links = _after(text, event.end, spans, small, is_strong=role == "free")
            place = event.start
        else:
            links = _before(text, event.start, spans, small, stops)
            place = links[-1].start if links else event.start
        effect = _effect(text, place, event, events, stops)
        claims += [Claim(link.start, link.end, effect, event.entry.row.id) for link in links]
    return claims


def _after(
    text: str, place: int, spans: Sequence[tuple[int, int]], small: dict[str, dict[int, int]], is_strong: bool
) -> list[_Link]:
    links = list[_Link]()
    while True:
        joint, start = _joint(text, place, small)
        following = _term_near(text, start, spans, small, 3 if is_strong and not links else 0)
        if following is None or (links and not joint):
            break
        links.append(_Link(*following, joint))
        place = following[1]
    if is_strong:
        return links
    comma = next((number for number, link in enumerate(links) if number and link.joint == "comma"), None)
    has_or = comma is not None and any(link.joint == "or" for link in links[comma:])
    return links if comma is None or has_or else links[:comma]


def _term_near(
    text: str, place: int, spans: Sequence[tuple[int, int]], small: dict[str, dict[int, int]], strangers: int
) -> tuple[int, int] | None:
    """The term that begins at a place, after fillers and at most some other words; the longest one."""
    for match in WORD.finditer(text, place):
        if not _PLAIN_GAP.issuperset(text[place : match.start()]):
            return None
        inside = spans[bisect_left(spans, (match.start(), 0)) : bisect_left(spans, (match.end(), 0))]
        if inside:
            return min(span[0] for span in inside), max(span[1] for span in inside)
        if match.start() not in small["filler"]:
            strangers -= 1
            if strangers < 0:
                return None
        place = match.end()
    return None


def _joint(text: str, place: int, small: dict[str, dict[int, int]]) -> tuple[str, int]:
    """How a list goes on after a place, and where: comma, or, and, or nothing."""
    at, joint = place, ""
    while at < len(text):
        letter = text[at]
        if letter in _COMMA and not joint:
            joint = "comma"
        elif letter in _JOINT:
            joint = "or" if letter == "/" else joint or "and"
        elif at in small["or"]:
            joint, at = "or", small["or"][at] - 1
        elif at in small["and"]:
            joint, at = ("and" if joint != "or" else joint), small["and"][at] - 1
        elif at in small["filler"] and not joint:
            at = small["filler"][at] - 1
        elif letter not in _PLAIN_GAP:
            break
        at += 1
    return joint, at if joint else place


def _before(
    text: str, place: int, spans: Sequence[tuple[int, int]], small: dict[str, dict[int, int]], stops: Sequence[int]
) -> list[_Link]:
    """The terms that end right before a place, nearest first, and those joined to them in front."""
    links = list[_Link]()
    while True:
        begun = spans[bisect_left(spans, (place - _LONGEST_TERM, 0)) : bisect_left(spans, (place, 0))]
        near = [span for span in begun if span[1] <= place and place - span[1] <= 12]
        joints = [(span, joint) for span in near if (joint := _joint_between(text, span[1], place, small, not links))]
        if not joints:
            break
        (start, end), joint = max(joints, key=lambda item: (item[0][1], -item[0][0]))
        links.append(_Link(start, end, joint))
        place = start
    comma = next((number for number, link in enumerate(links) if link.joint == "comma"), None)
    if comma is None or not text[_sentence(stops, place) + 1 : place].strip(" -:*(\n"):
        return links
    return links[:comma]


def _joint_between(text: str, end: int, start: int, small: dict[str, dict[int, int]], is_first: bool) -> str:
    gap = text[end:start]
    if is_first:
        return "next" if not gap.strip(" -\n'を은는이가の") else ""
    joint, reached = _joint(text, end, small)
    return joint if joint and not text[reached:start].strip(" -") else ""


def _effect(text: str, place: int, event: Match, events: Sequence[Match], stops: Sequence[int]) -> Effect:
    """What a claim says with the words around it: "not free from" contains, "cannot guarantee nut-free" may."""
    sentence = _sentence(stops, place)
    earliest = place - _NEAR_GUARANTEE - _LONGEST_TERM
    for other in events[bisect_left(events, earliest, key=_start) : bisect_left(events, event.end + 3, key=_start)]:
        role = other.entry.first_key
        if role == "guarantee" and sentence < other.start < place and place - other.end < _NEAR_GUARANTEE:
            return "may_contain"
        is_near = sentence < other.start and 0 <= place - other.end <= _NEAR_NEGATION
        between = text[other.end : place]
        if role == "not" and is_near and len(WORD.findall(between)) <= 1 and not set(between) & _COMMA:
            return "contains"
        if role == "not_after" and 0 <= other.start - event.end <= 2:
            return "contains"
    return "free_from"


def _sentence(stops: Sequence[int], place: int) -> int:
    """The last end of a sentence before a place, or -1."""
    before = bisect_left(stops, place)
    return stops[before - 1] if before else -1


def _start(event: Match) -> int:
    return event.start
