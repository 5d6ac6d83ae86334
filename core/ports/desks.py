"""What changes something in the shop: orders, proposals, payments, carts, points. Every write names its owner."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from seamless_retail.core.cart import CartChange, PlaceOrder, Quote, VoucherOffers
from seamless_retail.core.catalogue import Product
from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.order_requests import OrderRequest
from seamless_retail.core.order_rules import Outcome
from seamless_retail.core.orders import Order
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.core.vouchers import Reward, Voucher


class OrderDesk(Protocol):
    """Changes of orders; every one names the customer, so that nobody changes another's."""

    def preview(self, customer_id: str, request: OrderRequest) -> Outcome:
        """What a request would do; nothing is changed. Raises what :meth:`carry_out` would."""
        ...

    def carry_out(
        self, customer_id: str, request: OrderRequest, key: str = "", effect_cents: int | None = None
    ) -> Order:
        """Change an order, at once and wholly; the same request under the same key is carried out once.

        Args:
            customer_id: The verified customer.
            request: What is asked for.
            key: The client's key.
            effect_cents: What the customer agreed to pay more (negative: to get back); ``None``: whatever it is.

        Raises:
            SeamlessError: The change is refused; nothing was changed.
        """
        ...


class Proposals(Protocol):
    """Writes that wait for the customer's yes; every look-up names the customer."""

    def propose(self, principal: Principal, draft: ProposalDraft, call_id: str, conversation: str = "") -> Proposal:
        """Keep a proposal. The same call with the same arguments is the same proposal.

        Raises:
            NotAuthorizedError: Nobody is signed in.
            PolicyRefusal: The conversation is with another customer.
        """
        ...

    def find(self, principal: Principal, tool: str, arguments: Mapping[str, Any], call_id: str) -> Proposal | None:
        """The proposal that this call made before."""
        ...

    def decide(self, proposal_id: str, principal: Principal, approved: bool, digest: str) -> Proposal:
        """Say yes or no. A no holds as long as the write was not begun.

        Raises:
            ProposalError: It is not there or another's, has expired, is for other arguments, or was decided otherwise.
        """
        ...

    def execute(
        self, proposal_id: str, principal: Principal, write: Callable[[Proposal], Mapping[str, Any]]
    ) -> Proposal:
        """Do what was approved, once; the write must be idempotent under the proposal's id.

        Raises:
            ProposalError: It is not there or another's, has expired, or was not approved.
            SeamlessError: What the write raised; the proposal has failed then.
        """
        ...


class PaymentProvider(Protocol):
    """Takes customers' money."""

    def authorise(self, method: PaymentMethod, cents: int, currency: str, key: str) -> str:
        """Keep money ready and name it; the same key is the same money.

        Raises:
            PaymentDeclinedError: The method does not pay.
        """
        ...

    def capture(self, authorisation_id: str) -> None:
        """Take money that is kept ready; twice takes it once.

        Raises:
            SeamlessError: It is unknown, or was given up.
        """
        ...

    def void(self, authorisation_id: str) -> None:
        """Give up money that is kept ready; nothing happens to money that was taken."""
        ...

    def refund(self, authorisation_id: str, total_cents: int) -> None:
        """Give money back until so much of it is back in all; the same total twice is given back once.

        Raises:
            SeamlessError: It is unknown, or less was taken.
        """
        ...


class CartDesk(Protocol):
    """Carts of signed-in customers. Changes cost nothing and can be taken back; the same key changes once."""

    def view(self, customer_id: str) -> Quote:
        """What the cart holds and costs now, line by line."""
        ...

    def change(self, customer_id: str, change: CartChange, key: str = "") -> Quote:
        """Change a cart; what was reserved for it is free again.

        Raises:
            NotAuthorizedError: A guest asks.
            NotFoundError: There is no such variant or voucher, or it is not in the cart.
            OutOfStockError: There are not so many units.
            PolicyRefusal: A voucher cannot be used, or the cart is full.
        """
        ...

    def reserve(self, customer_id: str, key: str = "") -> Quote:
        """Hold the units of a cart for some minutes, anew if they are held already.

        Raises:
            NotAuthorizedError: A guest asks.
            InvalidQueryError: The cart is empty.
            OutOfStockError: There are not so many units.
        """
        ...

    def offers(self, customer_id: str) -> VoucherOffers:
        """Which vouchers the customer could use for the cart, and the best set of them."""
        ...


class Checkout(Protocol):
    """Makes orders out of carts."""

    def preview(self, customer_id: str, order: PlaceOrder) -> Quote:
        """What would be ordered and paid; nothing is changed. Raises what :meth:`place` would before it pays."""
        ...

    def place(self, customer_id: str, order: PlaceOrder, key: str = "", total_cents: int | None = None) -> Order:
        """Place an order: stock, payment, order, points and vouchers together or not at all; once for each key.

        Args:
            customer_id: The verified customer.
            order: How it is paid and where it goes.
            key: The client's key.
            total_cents: What the customer agreed to pay; ``None``: whatever it is.

        Raises:
            SeamlessError: It is refused; nothing was changed and nothing was paid.
        """
        ...


class PointsDesk(Protocol):
    """Points that customers spend, and the rewards that they get."""

    def rewards(self) -> list[Reward]:
        """Every reward, the cheapest first."""
        ...

    def check_redeem(self, customer_id: str, reward_id: str) -> Reward:
        """The reward. Raises what :meth:`redeem` would; nothing is changed."""
        ...

    def check_give_back(self, customer_id: str, code: str) -> int:
        """The points of a reward voucher. Raises what :meth:`give_back` would; nothing is changed."""
        ...

    def redeem(self, customer_id: str, reward_id: str, key: str = "", points: int | None = None) -> Voucher:
        """Turn points into a voucher; once for each key.

        Args:
            customer_id: The verified customer.
            reward_id: Which reward.
            key: The client's key.
            points: What the customer agreed to spend; ``None``: whatever it costs.

        Raises:
            SeamlessError: It is refused; nothing was changed.
        """
        ...

    def give_back(self, customer_id: str, code: str, key: str = "") -> int:
        """Take the points of a reward back; the voucher must not be used. Returns the points.

        Raises:
            SeamlessError: It is refused; nothing was changed.
        """
        ...


class FoodCheck(Protocol):
    """Tells a customer's foods that the customer must not eat."""

    def warnings(self, principal: Principal, products: Sequence[Product]) -> Mapping[str, str]:
        """Why not, by product id; products that nothing is known against are left out.

        What cannot be checked is warned of. Nothing is raised.
        """
        ...
