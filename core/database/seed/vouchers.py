"""Voucher codes and rewards of the demonstration shop, and its rules of shipping and points."""

from seamless_retail.core.database.seed.content import read_toml
from seamless_retail.core.pricing import StoreRules
from seamless_retail.core.vouchers import Reward, Voucher


def make_vouchers() -> list[Voucher]:
    """Codes that are good, one that has ended, one that has to be known."""
    return [Voucher.model_validate(entry) for entry in read_toml("vouchers.toml")["vouchers"]]


def make_rewards() -> list[Reward]:
    """What points can be turned into."""
    return [Reward.model_validate(entry) for entry in read_toml("vouchers.toml")["rewards"]]


def make_rules() -> StoreRules:
    """The rules that the policy documents state."""
    loyalty, shipping = (read_toml("store.toml")["loyalty"], read_toml("vouchers.toml")["shipping"])
    return StoreRules(
        shipping_cents=shipping["standard_cents"],
        free_shipping_from_cents=shipping["free_from_cents"],
        free_shipping_from_by_tier=shipping["free_from_by_tier"],
        points_per_dollar_off=loyalty["points_per_reward_dollar"],
        minimum_redemption=loyalty["minimum_redemption"],
        points_last_months=loyalty["expiry_months"],
    )
