"""The four dials of personality in the grounded composer: the same facts, said more or less warmly.

Each dial has five steps. The middle one is the plain wording, unchanged. The others choose among the wordings of the
phrasebook, shorten or spell out our own words, and put sentences of :mod:`~seamless_retail.lobes.manners` before and
after the facts. What a source says, what a guard says and what is missing is never touched, and
``lobes/same_facts.py`` compares the answer with its plain wording before anybody sees it. Nothing here is random.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seamless_retail.core.personality import Dimension, Personality
from seamless_retail.lobes import manners
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.manners import Register
from seamless_retail.lobes.phrasebook import LIST_OPENERS, MORE_FROM_ELSEWHERE
from seamless_retail.lobes.tone import is_sober

PLAIN = Personality()
PLAIN_STEP = 2
STEPS = 4
Pick = Callable[[str, Sequence[str]], str]
"""Chooses one of several wordings for a purpose."""

OUT_OF_REACH = frozenset(
    {"none_in_stock", "sold_out", "none_at", "not_offered", "will_be_gone", "may_be_gone", "stock_out"}
)
"""What is said of a product that nobody should be cheered on to choose."""

_PERSONAL = re.compile(r"\b(?:I|we|you|your|our|my|us)\b", re.IGNORECASE)


def step_of(dial: float) -> int:
    """The step, 0 to 4, of a dial from 0 to 1; 2 from 0.375 to 0.625."""
    return round(dial * STEPS)


@dataclass(frozen=True, slots=True)
class Voice:
    """How one draft is said."""

    personality: Personality = PLAIN
    sober: bool = False
    """Whether the topic is health, safety or a complaint: no jokes and no cheering."""
    brief: bool = False
    subdued: bool = False
    """Whether the customer is upset: no cheerful words around the facts."""
    has_facts: bool = True
    about_one: bool = False
    """Whether the answer is about one product that the customer looks at and can have."""
    opening: str = ""
    """A word about the customer's mood, said first in its place."""

    @classmethod
    def of(cls, draft: Draft) -> "Voice":
        """The voice for a draft."""
        return cls(
            personality=draft.personality,
            sober=is_sober(draft),
            brief=draft.brief,
            subdued=draft.subdued,
            has_facts=draft.answers and not draft.refused,
            about_one=_is_about_a_good_choice(draft),
            opening=draft.opening,
        )

    def step(self, dimension: Dimension) -> int:
        """The step of a dial; a sober answer is neither playful nor encouraging."""
        step = step_of(self.personality.dial(dimension))
        return min(step, PLAIN_STEP) if self.sober and dimension in ("playful", "encouragement") else step

    @property
    def is_plain(self) -> bool:
        """Whether it says everything as the phrasebook does."""
        dimensions: tuple[Dimension, ...] = ("warmth", "playful", "formal", "encouragement")
        return all(self.step(dimension) == PLAIN_STEP for dimension in dimensions)

    @property
    def register(self) -> Register:
        """Casual, plain or formal."""
        formal = self.step("formal")
        return "plain" if formal == PLAIN_STEP else "formal" if formal > PLAIN_STEP else "casual"

    def wordings(self, options: Sequence[str]) -> Sequence[str]:
        """The wordings to choose from: at low warmth the least personal, at high warmth the most personal ones."""
        warmth = self.step("warmth")
        if warmth != PLAIN_STEP and len(options) > 1:
            personal = [len(_PERSONAL.findall(option)) for option in options]
            wanted = min(personal) if warmth < PLAIN_STEP else max(personal)
            options = [option for option, number in zip(options, personal, strict=True) if number == wanted]
        return [self.form(option) for option in options]

    def form(self, text: str) -> str:
        """One of our wordings in the forms of the register."""
        if self.register == "plain":
            return text
        return manners.contracted(text) if self.register == "casual" else manners.expanded(text)

    def sentence(self, text: str, kind: str) -> str:
        """A worded claim; only a greeting's exclamation, which is ours, is ever calmed."""
        calm = self.step("playful") < PLAIN_STEP or self.step("formal") > PLAIN_STEP
        return re.sub(r"^([^.!?]{1,40})!", r"\1.", text) if calm and kind == "greeting" else text

    def list_opener(self, kind: str) -> str:
        """What introduces a list that no other sentence introduces."""
        curt = self.step("warmth") == 0
        table = manners.LIST_OPENERS_BY_REGISTER.get("curt" if curt else self.register, LIST_OPENERS)
        return table.get(kind, "")

    def more(self) -> Sequence[str]:
        """What introduces a claim of a lobe that does not lead."""
        if self.step("warmth") == 0:
            return manners.MORE["bare"]
        if self.step("warmth") < PLAIN_STEP or self.step("encouragement") < PLAIN_STEP:
            return manners.MORE["curt"]
        return manners.MORE.get(self.register, MORE_FROM_ELSEWHERE)

    def before(self, pick: Pick) -> list[str]:
        """The sentences before the facts."""
        if self.opening:
            return [self.opening]
        if not self.has_facts or self.brief or self.subdued:
            return []
        warmth, formal = self.step("warmth"), self.step("formal")
        found = [manners.OPENERS.get((warmth, self.register), ())]
        if warmth <= PLAIN_STEP:
            found = [manners.REGISTER_OPENERS.get(formal, ())]
        if self.about_one:
            found.append(manners.CHEERS.get(self.step("encouragement"), ()))
        return self._chosen("before", found, pick)

    def after(self, pick: Pick) -> list[str]:
        """The sentences after the facts."""
        if not self.has_facts or self.brief or self.subdued:
            return []
        found = [
            manners.NEXT_STEPS.get(self.step("encouragement"), ()),
            manners.WARM_CLOSERS.get(self.step("warmth"), ()) if self.register != "formal" else (),
            manners.PLAYFUL_CLOSERS.get(self.step("playful"), ()),
            manners.FORMAL_CLOSERS.get(self.step("formal"), ()),
        ]
        return self._chosen("after", found, pick)

    def _chosen(self, where: str, groups: Sequence[Sequence[str]], pick: Pick) -> list[str]:
        chosen = [pick(f"{where} {n}", group) for n, group in enumerate(groups) if group]
        return [self._toned(self.form(sentence)) for sentence in chosen]

    def _toned(self, sentence: str) -> str:
        playful = self.step("playful")
        if playful > PLAIN_STEP:
            return f"{sentence[:-1]}!"
        return f"{sentence[:-1]}." if playful < PLAIN_STEP else sentence


def _is_about_a_good_choice(draft: Draft) -> bool:
    claims = (*draft.claims, *draft.supplementary)
    shown = {claim.product_id for claim in claims if claim.product_id}
    return shown == {draft.asked_product_id} != {""} and not any(claim.kind in OUT_OF_REACH for claim in claims)


_ASKED_OF_MODEL: dict[Dimension, tuple[str, str, str, str]] = {
    "warmth": ("curt and matter-of-fact", "matter-of-fact", "friendly", "warm and caring"),
    "playful": ("entirely serious", "serious", "light-hearted", "playful, with light humour and no joke about facts"),
    "formal": (
        "casual, with contractions",
        "relaxed, with contractions",
        "formal, without contractions",
        "ceremonious",
    ),
    "encouragement": ("without any encouragement", "reserved", "encouraging", "very encouraging"),
}


def instructions(draft: Draft) -> str:
    """What a chat model is asked about its tone; empty for the plain voice."""
    voice = Voice.of(draft)
    tones = [
        words[step if step < PLAIN_STEP else step - 1]
        for dimension, words in _ASKED_OF_MODEL.items()
        if (step := voice.step(dimension)) != PLAIN_STEP
    ]
    lines = [f"The tone is {'; '.join(tones)}. It changes no fact and adds no sentence without marks."] if tones else []
    lines += ["The customer is in a hurry: only what was asked, as short as can be."] if voice.brief else []
    return " ".join(lines)
