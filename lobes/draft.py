"""The merged evidence of one turn, from synthesis through the guards to the composer."""

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import Claim
from seamless_retail.core.intents import Intent
from seamless_retail.core.personality import Personality
from seamless_retail.core.proposals import ProposalDraft

UNSURE = 0.2
"""Confidence up to which a claim only says what else can be done, so that what is missing is said first."""


class Draft(Record):
    """What may be said in answer to ``question``, in the order in which it should be said."""

    question: str
    intent: Intent = Intent.OUT_OF_SCOPE
    lead: str = ""
    """The lobe whose claims come first; empty when no lobe found anything."""
    claims: tuple[Claim, ...] = ()
    """What the leading lobe found, and what guards have to say about it."""
    supplementary: tuple[Claim, ...] = ()
    """The few claims of other lobes that add to it."""
    missing: tuple[str, ...] = ()
    """What is missing from the answer, in whole sentences."""
    withheld: dict[str, str] = Field(default_factory=dict)
    """Product id → name of what a guard took out: no wording may bring it back."""
    asked_product_id: str = ""
    """The one product the customer asked about, if there is one."""
    refused: bool = False
    """Whether the input guard refused the message: no language model is shown the question."""
    action: ProposalDraft | None = None
    """What the customer wants done and is asked to approve."""
    turn: int = 0
    """How many messages the thread held before this one; it varies the wording."""
    personality: Personality = Personality()
    """The dials of this answer: the shop's, as the customer's mood turns them."""
    opening: str = ""
    """A word about the customer's mood that the answer begins with."""
    first: tuple[str, ...] = ()
    """What an emergency makes the answer begin with; nothing may take it out."""
    subdued: bool = False
    """Whether the customer is upset, so that nothing cheerful is put around the facts."""
    brief: bool = False
    """Whether the customer is in a hurry: what was asked and no more."""

    @property
    def answers(self) -> bool:
        """Whether anything was found that the answer can rest on."""
        return any(claim.confidence > UNSURE for claim in self.claims)

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products the claims are about, in order, each once."""
        claims = (*self.claims, *self.supplementary)
        return tuple(dict.fromkeys(claim.product_id for claim in claims if claim.product_id))
