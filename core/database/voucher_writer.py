"""Write vouchers and rewards, by the rules of ``catalogue_writer``."""

from collections.abc import Iterable

from sqlalchemy import Connection

from seamless_retail.core.database.cart_tables import RewardRow, VoucherRow
from seamless_retail.core.database.upsert import upsert
from seamless_retail.core.vouchers import Reward, Voucher


def write_vouchers(connection: Connection, vouchers: Iterable[Voucher]) -> int:
    """Write vouchers."""
    rows = []
    for voucher in vouchers:
        values = {**dict(voucher), **voucher.model_dump(include={"product_ids", "categories"}, mode="json")}
        values.pop("group")
        rows.append(values | {"stack_group": voucher.group, "customer_id": voucher.customer_id or None})
    upsert(connection, VoucherRow, rows)
    return len(rows)


def write_rewards(connection: Connection, rewards: Iterable[Reward]) -> int:
    """Write rewards."""
    rows = [reward.model_dump(mode="json") for reward in rewards]
    upsert(connection, RewardRow, rows)
    return len(rows)
