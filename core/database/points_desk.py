"""Points that customers turn into rewards, and points that lapse. The ledger only grows."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Engine, Row, func, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.database.cart_file import VOUCHERS, voucher_of
from seamless_retail.core.database.cart_tables import RewardRow, VoucherUseRow
from seamless_retail.core.database.points_book import check_balance, months_later, read_rules, write_entry
from seamless_retail.core.database.repositories.loyalty import lapsed_points, read_entries
from seamless_retail.core.database.tables import CustomerRow, OrderRow
from seamless_retail.core.database.unit_of_work import Work, Writes
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.database.voucher_writer import write_vouchers
from seamless_retail.core.errors import (
    ConflictError,
    NotAuthorizedError,
    NotFoundError,
    PolicyRefusal,
    UnknownCustomerError,
)
from seamless_retail.core.vouchers import REWARDS, Reward, Voucher

REWARD_TABLE = table_of(RewardRow)


class SqlPointsDesk:
    """Implements :class:`seamless_retail.core.ports.PointsDesk`.

    Args:
        engine: The shop database.
        writes: Runs the changes.
    """

    def __init__(self, engine: Engine, writes: Writes) -> None:
        self._engine, self._writes = engine, writes

    def rewards(self) -> list[Reward]:
        """Every reward; see the port."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(REWARD_TABLE).order_by(REWARD_TABLE.c.points, REWARD_TABLE.c.id))
            return [_reward(row) for row in rows]

    def check_redeem(self, customer_id: str, reward_id: str) -> Reward:
        """The reward; see the port."""
        with Session(self._engine) as session:
            return self._redeemable(session, customer_id, reward_id)

    def check_give_back(self, customer_id: str, code: str) -> int:
        """The points of a reward voucher; see the port."""
        with Session(self._engine) as session:
            return self._returnable(session, customer_id, code)[1]

    def redeem(self, customer_id: str, reward_id: str, key: str = "", points: int | None = None) -> Voucher:
        """Turn points into a voucher; see the port."""

        def work(session: Session) -> Voucher:
            now = self._writes.now()
            reward = self._redeemable(session, customer_id, reward_id)
            if points not in (None, reward.points):
                raise ConflictError("The reward costs other points than were agreed.", "List the rewards again.")
            write_entry(session, customer_id, "redeem", -reward.points, now, f"Reward: {reward.title}")
            voucher = Voucher(
                **reward.model_dump(exclude={"id", "points", "valid_days"}),
                code=f"REWARD-{token_hex(6).upper()}",
                group=REWARDS,
                listed=True,
                customer_id=customer_id,
                starts_on=now.date(),
                ends_on=now.date() + timedelta(days=reward.valid_days),
                reward_id=reward.id,
            )
            write_vouchers(session.connection(), [voucher])
            return voucher

        return Voucher.model_validate(self._run(customer_id, key, "redeem_reward", {"reward": reward_id}, work))

    def give_back(self, customer_id: str, code: str, key: str = "") -> int:
        """Take the points of a reward back; see the port."""

        def work(session: Session) -> dict[str, Any]:
            now = self._writes.now()
            voucher, points = self._returnable(session, customer_id, code)
            ended = update(VOUCHERS).where(VOUCHERS.c.code == code)
            session.execute(ended.values(ends_on=voucher.starts_on - timedelta(days=1)))
            last_day = months_later(now.date(), read_rules(session).points_last_months)
            write_entry(session, customer_id, "bonus", points, now, f"Given back: {code}", "", last_day)
            return {"points": points}

        return int(self._run(customer_id, key, "give_back_reward", {"code": code}, work)["points"])

    def expire(self, customer_id: str) -> int:
        """Book the loss of a customer's points that are past their last day; how many. Doing it twice books it once.

        Raises:
            UnknownCustomerError: There is no such customer.
        """

        def work(session: Session) -> dict[str, Any]:
            now = self._writes.now()
            _hold_customer(session, customer_id)
            lapsed = lapsed_points(read_entries(session.connection(), customer_id, now.date()), now.date())
            if lapsed:
                write_entry(session, customer_id, "expire", -lapsed, now, "Points expired")
            return {"points": lapsed}

        return int(self._writes.transact(work)["points"])

    def _redeemable(self, session: Session, customer_id: str, reward_id: str) -> Reward:
        _hold_customer(session, customer_id)
        row = session.execute(select(REWARD_TABLE).where(REWARD_TABLE.c.id == reward_id)).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no reward {reward_id!r}.", "List the rewards.")
        reward = _reward(row)
        check_balance(session, customer_id, reward.points, self._writes.now().date())
        return reward

    def _returnable(self, session: Session, customer_id: str, code: str) -> tuple[Voucher, int]:
        """A reward voucher that was not used, and its points."""
        _hold_customer(session, customer_id)
        mine = (VOUCHERS.c.code == code) & (VOUCHERS.c.customer_id == customer_id) & (VOUCHERS.c.reward_id != "")
        row = session.execute(select(VOUCHERS).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no reward voucher {code!r} in this account.", "List the vouchers.")
        voucher = voucher_of(row)
        if voucher.ends_on < self._writes.now().date() or _is_used(session, code):
            raise PolicyRefusal(f"{code} was used, was given back, or has ended.", "It cannot be given back.")
        points = session.scalar(select(REWARD_TABLE.c.points).where(REWARD_TABLE.c.id == voucher.reward_id))
        return voucher, points or 0

    def _run(self, customer_id: str, key: str, operation: str, body: dict[str, Any], work: Work) -> dict[str, Any]:
        return self._writes.run(customer_id=customer_id, key=key, operation=operation, body=body, work=work)


def _hold_customer(session: Session, customer_id: str) -> None:
    """Lock the customer, whose balance is to be read and changed."""
    if not customer_id:
        raise NotAuthorizedError("Nobody is signed in.", "Ask the customer to sign in first.")
    mine = select(CustomerRow.id).where(CustomerRow.id == customer_id).with_for_update()
    if session.scalar(mine) is None:
        raise UnknownCustomerError(customer_id)


def _is_used(session: Session, code: str) -> bool:
    used = (
        select(func.count())
        .select_from(table_of(VoucherUseRow))
        .join(OrderRow, OrderRow.id == VoucherUseRow.order_id)
        .where(VoucherUseRow.code == code, OrderRow.status != "cancelled")
    )
    return bool(session.scalar(used))


def _reward(row: Row[Any]) -> Reward:
    return Reward.model_validate(dict(row._mapping))
