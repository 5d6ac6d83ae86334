"""The price of a cart: promotions, vouchers, points and shipping, in this order. Pure, in integer cents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import Field

from seamless_retail.core.cart import CartItem, Quote, QuoteLine, VoucherLine, VoucherOffer, VoucherOffers
from seamless_retail.core.catalogue import Money, Product, Promotion, Record, Variant
from seamless_retail.core.loyalty import LoyaltyAccount
from seamless_retail.core.voucher_choice import Choice, best_choice, together
from seamless_retail.core.vouchers import Priced, Saving, Voucher, VoucherUses, conflict, objection, saving


class StoreRules(Record):
    """What shipping costs and what points are worth."""

    shipping_cents: int = 595
    free_shipping_from_cents: int = 6000
    free_shipping_from_by_tier: dict[str, int] = Field(default_factory=dict)
    """Cents of goods from which a tier has shipping free, where that is less than everybody's."""
    points_per_dollar_off: int = 100
    minimum_redemption: int = 500
    """Points that must be there before any can be used."""
    points_last_months: int = 18


@dataclass(frozen=True, slots=True)
class CartFacts:
    """All that a price follows from."""

    customer_id: str
    on: date
    items: tuple[CartItem, ...] = ()
    codes: tuple[str, ...] = ()
    points: int = 0
    revision: int = 0
    held_until: datetime | None = None
    products: Mapping[str, Product] = field(default_factory=dict)
    """By sku."""
    promotions: Sequence[Promotion] = ()
    """Those that run."""
    vouchers: Mapping[str, Voucher] = field(default_factory=dict)
    """Those the customer could use, by code; a chosen one that is missing is unknown."""
    uses: Mapping[str, VoucherUses] = field(default_factory=dict)
    account: LoyaltyAccount | None = None
    free: Mapping[str, int] = field(default_factory=dict)
    """Units by sku that the customer could have."""
    rules: StoreRules = field(default_factory=StoreRules)

    @property
    def currency(self) -> str:
        """Of the first item."""
        variants = [variant_of(self.products[item.sku], item.sku) for item in self.items if item.sku in self.products]
        return variants[0].price.currency if variants else "USD"


def quote(facts: CartFacts) -> Quote:
    """The price of a cart with the vouchers and points that were chosen for it."""
    lines = [_line(item, facts) for item in facts.items]
    shipping, reason = shipping_of(facts, sum(line.cents for line in lines))
    choice, refused = chosen(facts, lines, shipping)
    vouchers = tuple(_voucher_line(found) for found in choice.savings)
    off_shipping = sum(voucher.cents for voucher in vouchers if voucher.on_shipping)
    goods = sum(line.cents for line in lines)
    left = goods - (choice.cents - off_shipping)
    points = usable_points(facts, left)
    points_cents = points * 100 // facts.rules.points_per_dollar_off
    shares = largest_remainder(goods - left + points_cents, [line.cents for line in lines])
    tier_points = facts.account.tier.points_per_dollar if facts.account else 0
    return Quote(
        customer_id=facts.customer_id,
        revision=facts.revision,
        currency=facts.currency,
        lines=tuple(line.model_copy(update={"discount_cents": s}) for line, s in zip(lines, shares, strict=True)),
        vouchers=vouchers,
        refused=refused,
        points=points,
        points_cents=points_cents,
        shipping_cents=shipping - off_shipping,
        shipping_reason=reason,
        points_earned=(left - points_cents) // 100 * tier_points,
        problems=tuple(problem for line in lines if (problem := _problem(line, facts))),
        held_until=facts.held_until,
    )


def voucher_offers(facts: CartFacts) -> VoucherOffers:
    """Every voucher that the customer could know of, and the best set of those that can be used."""
    lines = [_line(item, facts) for item in facts.items]
    priced, capacities = _priced(lines), [line.cents for line in lines]
    shipping, _ = shipping_of(facts, sum(capacities))
    found: list[VoucherOffer] = []
    savings: list[Saving] = []
    for _, voucher in sorted(facts.vouchers.items()):
        if why := _objection(facts, voucher, priced):
            found.append(VoucherOffer(voucher=voucher, objection=why))
        else:
            savings.append(saving(voucher, priced, shipping))
            found.append(VoucherOffer(voucher=voucher, cents=savings[-1].cents))
    best = best_choice(savings, [*capacities, shipping])
    explained = tuple(_explained(offer, best, facts.currency) for offer in found)
    return VoucherOffers(offers=tuple(found), best=tuple(map(_voucher_line, best.savings)), explained=explained)


def chosen(facts: CartFacts, lines: Sequence[QuoteLine], shipping_cents: int) -> tuple[Choice, tuple[str, ...]]:
    """What the chosen vouchers take off together, and why some of them do not count."""
    priced, refused = _priced(lines), []
    used: list[Saving] = []
    for code in dict.fromkeys(facts.codes):
        voucher = facts.vouchers.get(code)
        if voucher is None:
            refused.append(f"{code} is not known.")
        elif why := _objection(facts, voucher, priced) or _conflicts(voucher, used):
            refused.append(why)
        else:
            used.append(saving(voucher, priced, shipping_cents))
    return together(used, [*(line.cents for line in lines), shipping_cents]), tuple(refused)


def promoted(price_cents: int, promotion: Promotion) -> int:
    """A unit's price in a promotion; half a cent counts for the customer."""
    off = (price_cents * promotion.value + 50) // 100 if promotion.kind == "percent" else promotion.value
    return max(0, price_cents - off)


def shipping_of(facts: CartFacts, goods_cents: int) -> tuple[int, str]:
    """What shipping costs before vouchers, and why."""
    rules = facts.rules
    if not facts.items:
        return 0, "nothing to send"
    tier = facts.account.tier.name if facts.account else ""
    by_tier = rules.free_shipping_from_by_tier.get(tier, rules.free_shipping_from_cents)
    threshold = min(by_tier, rules.free_shipping_from_cents)
    whose = f" for {tier} members" if threshold < rules.free_shipping_from_cents else ""
    start = Money(cents=threshold, currency=facts.currency)
    if goods_cents >= threshold:
        return 0, f"free from {start}{whose}" if threshold else f"free{whose}"
    return rules.shipping_cents, f"free from {start}{whose}"


def usable_points(facts: CartFacts, goods_cents: int) -> int:
    """Points of those chosen that can be used for goods of so many cents."""
    balance = facts.account.balance if facts.account else 0
    if balance < facts.rules.minimum_redemption:
        return 0
    return max(0, min(facts.points, balance, goods_cents * facts.rules.points_per_dollar_off // 100))


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number in proportion to weights, exactly: the largest remainders get what rounding leaves.

    Args:
        total: At least 0; at most the sum of the weights, so that no share exceeds its weight.
        weights: At least 0 each. Equal remainders: the earlier first.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def variant_of(product: Product, sku: str) -> Variant:
    """The variant of a product with this sku."""
    return next(variant for variant in product.variants if variant.sku == sku)


def _line(item: CartItem, facts: CartFacts) -> QuoteLine:
    product = facts.products[item.sku]
    variant = variant_of(product, item.sku)
    price, own = variant.price.cents, {"color": variant.color, "size": variant.size}
    running = [p for p in facts.promotions if product.id in p.product_ids or product.category in p.categories]
    best = min(running, key=lambda p: (promoted(price, p), p.id), default=None)
    return QuoteLine(
        sku=item.sku,
        product_id=product.id,
        name=product.name,
        category=product.category,
        options={**{name: value for name, value in own.items() if value}, **variant.options},
        quantity=item.quantity,
        list_cents=price,
        unit_cents=promoted(price, best) if best else price,
        promotion_id=best.id if best else "",
        promotion_title=best.title if best else "",
        available=facts.free.get(item.sku, 0) if variant.active else 0,
    )


def _problem(line: QuoteLine, facts: CartFacts) -> str:
    if not variant_of(facts.products[line.sku], line.sku).active:
        return f"{line.name} ({line.sku}) is not sold any more."
    if line.available < line.quantity:
        return f"Of {line.name} ({line.sku}) {line.available or 'none'} are left, not {line.quantity}."
    return ""


def _priced(lines: Sequence[QuoteLine]) -> list[Priced]:
    return [Priced(line.product_id, line.category, line.cents) for line in lines]


def _objection(facts: CartFacts, voucher: Voucher, lines: Sequence[Priced]) -> str:
    uses = facts.uses.get(voucher.code, VoucherUses())
    return objection(voucher, facts.customer_id, uses, facts.on, lines, facts.currency)


def _conflicts(voucher: Voucher, used: Sequence[Saving]) -> str:
    others = [other.voucher.code for other in used if conflict(voucher, other.voucher)]
    return f"{voucher.code} cannot be combined with {' or '.join(others)}." if others else ""


def _explained(offer: VoucherOffer, best: Choice, currency: str) -> str:
    """What becomes of one voucher in the best set."""
    voucher = offer.voucher
    if offer.objection:
        return offer.objection
    saves = {found.voucher.code: found.cents for found in best.savings}
    if voucher.code in saves:
        return f"{voucher.code} saves {Money(cents=saves[voucher.code], currency=currency)}."
    alone = Money(cents=offer.cents, currency=currency)
    if not offer.cents:
        return f"{voucher.code} would save nothing now."
    rivals = [found.voucher.code for found in best.savings if conflict(voucher, found.voucher)]
    if rivals:
        return f"{voucher.code} would save {alone}, and cannot be combined with {' and '.join(rivals)}."
    return f"{voucher.code} would save nothing beside the others ({alone} alone)."


def _voucher_line(found: Saving) -> VoucherLine:
    voucher = found.voucher
    return VoucherLine(
        code=voucher.code, title=voucher.title, cents=found.cents, on_shipping=voucher.kind == "shipping"
    )
