"""What vouchers and points stand against undoing the cancellation of an order."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from seamless_retail.core.database.cart_file import VOUCHERS, uses_of, voucher_of
from seamless_retail.core.database.cart_tables import VoucherUseRow
from seamless_retail.core.database.repositories.loyalty import read_account
from seamless_retail.core.errors import PolicyRefusal
from seamless_retail.core.loyalty import LoyaltyEntry
from seamless_retail.core.orders import Order


def check_still_there(session: Session, order: Order, returned: Sequence[LoyaltyEntry], now: datetime) -> None:
    """Refuse to bring an order back whose vouchers or points the customer has used elsewhere meanwhile.

    Args:
        session: The transaction; the customer's row is held.
        order: As it would be again.
        returned: The entries that its cancellation booked.
        now: The shop's clock.

    Raises:
        PolicyRefusal: A voucher or the points are gone.
    """
    codes = select(VoucherUseRow.code).where(VoucherUseRow.order_id == order.id)
    rows = session.execute(
        select(VOUCHERS).where(VOUCHERS.c.code.in_(codes)).order_by(VOUCHERS.c.code).with_for_update()
    )
    vouchers = [voucher_of(row) for row in rows]
    uses = uses_of(session, order.customer_id, [voucher.code for voucher in vouchers])
    for voucher in vouchers:
        used = uses.get(voucher.code)
        own, total = voucher.uses_per_customer, voucher.total_uses
        gone = used and ((own is not None and used.by_customer >= own) or (total is not None and used.by_all >= total))
        if gone or voucher.ends_on < voucher.starts_on:
            raise PolicyRefusal(f"{voucher.code} was used or given back meanwhile.", "Place a new order.")
    needed = sum(entry.points for entry in returned)
    account = read_account(session.connection(), order.customer_id, now.date()) if needed > 0 else None
    if account is not None and account.balance < needed:
        raise PolicyRefusal("The points of this order were spent meanwhile.", "Place a new order.")
