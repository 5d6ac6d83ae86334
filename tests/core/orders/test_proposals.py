"""Proposals: who may answer, what an answer is good for, and that a write is done once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.proposals import SqlProposals
from seamless_retail.core.errors import (
    ConflictError,
    NotAuthorizedError,
    OutOfStockError,
    PolicyRefusal,
    ProposalError,
    ShopBusyError,
)
from seamless_retail.core.order_requests import CancelOrder
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft
from tests.core.orders.conftest import check_books, gift

ANA, BEN = Principal("ana", session_id="s1"), Principal("ben")
REQUEST = CancelOrder(order_id="ANA-G", reason="no longer needed")
DRAFT = ProposalDraft(
    tool="cancel_order", arguments=REQUEST.model_dump(mode="json"), words="Cancel it?", effect_cents=-5245
)

Write = Callable[[Proposal], Mapping[str, Any]]


@pytest.fixture
def proposals(shop: SqlShop) -> SqlProposals:
    return SqlProposals(shop.engine, shop.writes)


@pytest.fixture
def write(desk: SqlOrderDesk) -> Write:
    def cancel(proposal: Proposal) -> Mapping[str, Any]:
        done = desk.carry_out(proposal.customer_id, REQUEST, key=proposal.id, effect_cents=proposal.effect_cents)
        return {"status": done.status}

    return cancel


def wait(shop: SqlShop, minutes: int) -> None:
    later = shop.writes.now() + timedelta(minutes=minutes)
    shop.writes.now = lambda: later


def test_what_is_approved_is_done_once(shop: SqlShop, proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    assert (proposal.state, proposal.words, proposals.open(ANA)) == ("open", "Cancel it?", [proposal])
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    first = proposals.execute(proposal.id, ANA, write)
    assert (first.state, first.result, gift(shop)) == ("executed", {"status": "cancelled"}, 25_245)
    assert proposals.decide(proposal.id, ANA, True, proposal.digest) == first
    assert proposals.execute(proposal.id, ANA, write) == first
    assert (gift(shop), proposals.open(ANA)) == (25_245, [])
    check_books(shop)


def test_many_who_execute_at_once_do_it_once(shop: SqlShop, proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: proposals.execute(proposal.id, ANA, write), range(8)))
    assert {p.state for p in done} == {"executed"}
    assert gift(shop) == 25_245


def test_the_same_call_is_the_same_proposal(proposals: SqlProposals) -> None:
    first = proposals.propose(ANA, DRAFT, "call")
    changed = DRAFT.model_copy(update={"arguments": {**DRAFT.arguments, "reason": "ordered by mistake"}})
    assert proposals.propose(ANA, DRAFT.model_copy(update={"words": "Other words"}), "call") == first
    assert proposals.find(ANA, DRAFT.tool, DRAFT.arguments, "call") == first
    assert len({first.id, proposals.propose(ANA, DRAFT, "other").id, proposals.propose(ANA, changed, "call").id}) == 3


def test_without_a_yes_nothing_is_done(proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    with pytest.raises(ProposalError, match="has not approved this"):
        proposals.execute(proposal.id, ANA, write)


def test_a_no_after_a_yes_holds(shop: SqlShop, proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    assert proposals.decide(proposal.id, ANA, False, proposal.digest).state == "declined"
    with pytest.raises(ProposalError, match="has not approved this"):
        proposals.execute(proposal.id, ANA, write)
    with pytest.raises(ProposalError, match="was declined already"):
        proposals.decide(proposal.id, ANA, True, proposal.digest)
    assert gift(shop) == 20_000


def test_a_no_after_the_deed_comes_too_late(proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    proposals.execute(proposal.id, ANA, write)
    with pytest.raises(ProposalError, match=r"was done already\. Ask to have it undone"):
        proposals.decide(proposal.id, ANA, False, proposal.digest)


def test_a_yes_is_good_for_the_arguments_that_were_shown(proposals: SqlProposals) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    with pytest.raises(ProposalError, match="for other arguments"):
        proposals.decide(proposal.id, ANA, True, "0" * 64)


@pytest.mark.parametrize("who", [BEN, Principal("nobody")])
def test_anothers_proposal_is_not_there(proposals: SqlProposals, write: Write, who: Principal) -> None:
    proposal = proposals.propose(ANA, DRAFT, "call")
    assert (proposals.get(proposal.id, who), proposals.open(who)) == (None, [])
    with pytest.raises(ProposalError, match="no such proposal in this account"):
        proposals.decide(proposal.id, who, True, proposal.digest)
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with pytest.raises(ProposalError, match="no such proposal in this account"):
        proposals.execute(proposal.id, who, write)


def test_a_guest_proposes_nothing(proposals: SqlProposals, write: Write) -> None:
    for attempt in (
        lambda: proposals.propose(Principal(), DRAFT, "call"),
        lambda: proposals.decide("x", Principal(), True, "y"),
        lambda: proposals.execute("x", Principal(), write),
    ):
        with pytest.raises(NotAuthorizedError, match="Nobody is signed in"):
            attempt()


def test_a_conversation_is_with_one_customer(proposals: SqlProposals) -> None:
    proposals.propose(ANA, DRAFT, "call")
    with pytest.raises(PolicyRefusal, match="with another customer"):
        proposals.propose(Principal("ben", session_id="s1"), DRAFT, "call")
    proposals.propose(BEN, DRAFT, "call", conversation="thread:1")
    with pytest.raises(PolicyRefusal):
        proposals.propose(Principal("ana"), DRAFT, "call", conversation="thread:1")
    proposals.propose(Principal("ana"), DRAFT, "call")


def test_a_proposal_expires(shop: SqlShop, proposals: SqlProposals, write: Write) -> None:
    late, unanswered = proposals.propose(ANA, DRAFT, "late"), proposals.propose(ANA, DRAFT, "unanswered")
    proposals.decide(late.id, ANA, True, late.digest)
    wait(shop, 16)
    with pytest.raises(ProposalError, match="was good until 2026-11-21 00:14"):
        proposals.decide(unanswered.id, ANA, True, unanswered.digest)
    with pytest.raises(ProposalError, match="was good until"):
        proposals.execute(late.id, ANA, write)
    assert proposals.open(ANA) == []
    assert proposals.decide(unanswered.id, ANA, False, unanswered.digest).state == "declined", "a no is always heard"


def test_what_fails_stays_failed(proposals: SqlProposals) -> None:
    def fail(_: Proposal) -> Mapping[str, Any]:
        raise OutOfStockError("It is gone.", "Choose another.")

    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with pytest.raises(OutOfStockError):
        proposals.execute(proposal.id, ANA, fail)
    with pytest.raises(ProposalError, match=r"could not be done: It is gone\."):
        proposals.execute(proposal.id, ANA, fail)


def test_what_found_the_shop_busy_can_be_executed_again(proposals: SqlProposals, write: Write) -> None:
    def busy(_: Proposal) -> Mapping[str, Any]:
        raise ShopBusyError("The shop is being written.")

    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with pytest.raises(ShopBusyError):
        proposals.execute(proposal.id, ANA, busy)
    assert proposals.execute(proposal.id, ANA, write).state == "executed"


def test_what_a_crash_interrupted_is_finished_and_done_once(
    shop: SqlShop, proposals: SqlProposals, write: Write
) -> None:
    def crash(proposal: Proposal) -> Mapping[str, Any]:
        write(proposal)
        raise KeyboardInterrupt

    proposal = proposals.propose(ANA, DRAFT, "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with pytest.raises(KeyboardInterrupt):
        proposals.execute(proposal.id, ANA, crash)
    with pytest.raises(ProposalError, match="was done already"):
        proposals.decide(proposal.id, ANA, False, proposal.digest)
    assert proposals.execute(proposal.id, ANA, write).result == {"status": "cancelled"}
    assert gift(shop) == 25_245


def test_another_price_than_the_approved_one_is_refused(shop: SqlShop, proposals: SqlProposals, write: Write) -> None:
    proposal = proposals.propose(ANA, DRAFT.model_copy(update={"effect_cents": -5_000}), "call")
    proposals.decide(proposal.id, ANA, True, proposal.digest)
    with pytest.raises(ConflictError, match="price has changed"):
        proposals.execute(proposal.id, ANA, write)
    assert gift(shop) == 20_000
