"""What the customer-care lobe makes of a wish: a draft to propose, a question back, or the reason why it cannot be."""

from dataclasses import dataclass

from seamless_retail.core.errors import ClarificationError, NotFoundError, SeamlessError
from seamless_retail.core.evidence import Claim
from seamless_retail.core.intents import Intent
from seamless_retail.core.proposals import ProposalDraft
from seamless_retail.core.wishes import CART_OPERATIONS, Wish
from seamless_retail.lobes import order_claims
from seamless_retail.lobes.cart_actions import CartActions
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.lobes.order_actions import OrderActions

CANNOT_CHANGE = "I cannot change orders here; customer care can."
"""Said where the shop can only be read."""
ABOUT_ORDERS = (Intent.ORDER_STATUS, Intent.RETURNS_EXCHANGE)


@dataclass(frozen=True, slots=True)
class Acted:
    """What comes of a wish."""

    claims: tuple[Claim, ...] = ()
    missing: tuple[str, ...] = ()
    action: ProposalDraft | None = None
    wish: Wish | None = None
    """The wish, with the part that is asked back."""
    is_refused: bool = False
    """Whether an order or a rule stands in the way."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Drafts what customers want done."""

    orders: OrderActions
    cart: CartActions

    def on(self, request: LobeRequest, wish: Wish) -> Acted:
        """Draft it, ask back, or say why not; nothing is changed."""
        try:
            if wish.operation in CART_OPERATIONS:
                return Acted(action=self.cart.draft(request, wish), wish=wish)
            order, draft = self.orders.draft(request, wish)
        except ClarificationError as error:
            update = {"missing": error.part, "product_id": error.product_id or wish.product_id}
            return Acted(missing=(error.message,), wish=wish.model_copy(update=update))
        except NotFoundError as error:
            number = request.understanding.order_id
            unknown = number and number.lower() in request.understanding.text.lower()
            told = f"I found no order {number} in your account." if unknown else str(error)
            return Acted(missing=(told,), wish=wish)
        except SeamlessError as error:
            return Acted(missing=(str(error),), wish=wish, is_refused=wish.operation not in CART_OPERATIONS)
        return Acted(claims=tuple(order_claims.order_claims(order, {"status"})[:1]), action=draft, wish=wish)


def acts_on(wish: Wish | None, intent: Intent) -> bool:
    """Whether a wish is to be acted upon; an uncertain one only where orders are talked about."""
    return wish is not None and (wish.certain or intent in ABOUT_ORDERS)
