"""Proposals over SQL. An answer and the beginning of a write lock the proposal, so that one of them comes first."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.database.operation_tables import ConversationRow, ProposalRow
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.database.upsert import insert_if_absent, table_of
from seamless_retail.core.errors import NotAuthorizedError, PolicyRefusal, ProposalError, SeamlessError, ShopBusyError
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft, State, proposal_id

LIFETIME = timedelta(minutes=15)
ASK_AGAIN = "Ask for it again."
PROPOSALS, CONVERSATIONS = table_of(ProposalRow), table_of(ConversationRow)


class SqlProposals:
    """Implements :class:`seamless_retail.core.ports.Proposals`.

    Args:
        engine: The shop database.
        writes: Runs the changes.
        lifetime: For how long a proposal waits for its answer.
    """

    def __init__(self, engine: Engine, writes: Writes, lifetime: timedelta = LIFETIME) -> None:
        self._engine, self._writes, self._lifetime = engine, writes, lifetime

    def propose(self, principal: Principal, draft: ProposalDraft, call_id: str, conversation: str = "") -> Proposal:
        """Keep a proposal; see the port.

        Args:
            principal: The verified caller.
            draft: What is proposed.
            call_id: Names the call; a graph that runs it again names it alike.
            conversation: Names the conversation where the principal has no session.
        """
        customer_id = _signed_in(principal)
        name = principal.session_id or conversation
        now = self._writes.now()
        proposal = Proposal(
            **draft.model_dump(),
            id=proposal_id(customer_id, draft.tool, draft.arguments, call_id),
            customer_id=customer_id,
            session_id=name,
            created_at=now,
            expires_at=now + self._lifetime,
        )

        def work(session: Session) -> Proposal:
            _claim_conversation(session, name, customer_id, now)
            row = {**dict(proposal), "digest": proposal.digest}
            insert_if_absent(session.connection(), ProposalRow, row)
            return _locked(session, proposal.id, customer_id)

        return Proposal.model_validate(self._writes.transact(work))

    def find(self, principal: Principal, tool: str, arguments: Mapping[str, Any], call_id: str) -> Proposal | None:
        """The proposal that this call made before; see the port."""
        return self.get(proposal_id(principal.customer_id, tool, arguments, call_id), principal)

    def get(self, proposal_id: str, principal: Principal) -> Proposal | None:
        """A proposal of the caller."""
        mine = PROPOSALS.c.customer_id == principal.customer_id
        with self._engine.connect() as connection:
            row = connection.execute(select(PROPOSALS).where(PROPOSALS.c.id == proposal_id, mine)).one_or_none()
        return _proposal(row) if row is not None else None

    def open(self, principal: Principal) -> list[Proposal]:
        """The caller's proposals that wait for an answer, oldest first."""
        waiting = (
            select(PROPOSALS)
            .where(PROPOSALS.c.customer_id == principal.customer_id, PROPOSALS.c.state == "open")
            .where(PROPOSALS.c.expires_at >= self._writes.now())
            .order_by(PROPOSALS.c.created_at, PROPOSALS.c.id)
        )
        with self._engine.connect() as connection:
            return [_proposal(row) for row in connection.execute(waiting)]

    def decide(self, proposal_id: str, principal: Principal, approved: bool, digest: str) -> Proposal:
        """Say yes or no; see the port."""
        customer_id, now = _signed_in(principal), self._writes.now()

        def work(session: Session) -> Proposal:
            proposal = _locked(session, proposal_id, customer_id)
            if digest != proposal.digest:
                raise ProposalError("This approval is for other arguments than the proposal's.", ASK_AGAIN)
            state = _answered(proposal, approved, now)
            return proposal if state == proposal.state else _set(session, proposal, state, decided_at=now)

        return Proposal.model_validate(self._writes.transact(work))

    def execute(
        self, proposal_id: str, principal: Principal, write: Callable[[Proposal], Mapping[str, Any]]
    ) -> Proposal:
        """Do what was approved; see the port. One that was done already is returned as it ended."""
        customer_id = _signed_in(principal)
        begun = Proposal.model_validate(self._writes.transact(lambda s: self._begin(s, proposal_id, customer_id)))
        if begun.state == "executed":
            return begun
        try:
            result = dict(write(begun))
        except ShopBusyError:
            raise  # nothing was decided about it: it can be executed again
        except SeamlessError as error:
            self._finish(begun, "failed", {"error": error.message, "remedy": error.remedy})
            raise
        return self._finish(begun, "executed", result)

    def _begin(self, session: Session, proposal_id: str, customer_id: str) -> Proposal:
        """From here on a no comes too late. One that was begun and not finished is begun again."""
        proposal = _locked(session, proposal_id, customer_id)
        if proposal.state in ("executing", "executed"):
            return proposal
        if proposal.state == "failed":
            raise ProposalError(f"It could not be done: {(proposal.result or {}).get('error', '')}", ASK_AGAIN)
        if proposal.state != "approved":
            raise ProposalError("The customer has not approved this.", "Ask the customer for a yes first.")
        _check_time(proposal, self._writes.now())
        return _set(session, proposal, "executing")

    def _finish(self, proposal: Proposal, state: State, result: dict[str, Any]) -> Proposal:
        def work(session: Session) -> Proposal:
            now = _locked(session, proposal.id, proposal.customer_id)
            return now if now.state != "executing" else _set(session, now, state, result=result)

        return Proposal.model_validate(self._writes.transact(work))


def _answered(proposal: Proposal, approved: bool, now: datetime) -> State:
    """The state after an answer.

    Raises:
        ProposalError: It comes too late, or takes a no back.
    """
    if proposal.state in ("open", "approved"):
        if approved:
            _check_time(proposal, now)
        return "approved" if approved else "declined"
    if approved and proposal.state == "declined":
        raise ProposalError("This was declined already.", ASK_AGAIN)
    if not approved and proposal.state in ("executing", "executed"):
        raise ProposalError("This was done already.", "Ask to have it undone.")
    return proposal.state


def _check_time(proposal: Proposal, now: datetime) -> None:
    if now > proposal.expires_at:
        raise ProposalError(f"This proposal was good until {proposal.expires_at:%Y-%m-%d %H:%M}.", ASK_AGAIN)


def _claim_conversation(session: Session, name: str, customer_id: str, now: datetime) -> None:
    """A conversation is with the customer who was first signed in to it.

    Raises:
        PolicyRefusal: It is with another.
    """
    if not name:
        return
    row = {"session_id": name, "customer_id": customer_id, "at": now}
    if insert_if_absent(session.connection(), ConversationRow, row):
        return
    owner = session.scalar(select(CONVERSATIONS.c.customer_id).where(CONVERSATIONS.c.session_id == name))
    if owner != customer_id:
        raise PolicyRefusal("This conversation is with another customer.", "Start a new conversation.")


def _locked(session: Session, proposal_id: str, customer_id: str) -> Proposal:
    mine = (PROPOSALS.c.id == proposal_id) & (PROPOSALS.c.customer_id == customer_id)
    row = session.execute(select(PROPOSALS).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise ProposalError("There is no such proposal in this account.", ASK_AGAIN)
    return _proposal(row)


def _set(session: Session, proposal: Proposal, state: State, **values: Any) -> Proposal:
    session.execute(update(PROPOSALS).where(PROPOSALS.c.id == proposal.id).values(state=state, **values))
    return proposal.model_copy(update={"state": state, **values})


def _proposal(row: Row[Any]) -> Proposal:
    values = {name: value for name, value in row._mapping.items() if name != "digest"}
    return Proposal.model_validate(values)


def _signed_in(principal: Principal) -> str:
    if not principal.customer_id:
        raise NotAuthorizedError("Nobody is signed in.", "Ask the customer to sign in first.")
    return principal.customer_id
