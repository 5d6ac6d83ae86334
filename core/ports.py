"""The interfaces between the parts: what a lobe or tool may ask of the shop, of the router and of the readers.

The SQL implementations are in ``core/database``; an application with its own back end implements these instead.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from seamless_retail.core.cart import CartChange, PlaceOrder, Quote, VoucherOffers
from seamless_retail.core.catalogue import Location, Product, Promotion, StockLevel
from seamless_retail.core.customers import Customer, PaymentMethod
from seamless_retail.core.demand import DemandOutlook, SkuSales, StoreSales
from seamless_retail.core.intents import IntentPrediction
from seamless_retail.core.interactions import Interaction, RememberedInteraction
from seamless_retail.core.loyalty import LoyaltyAccount
from seamless_retail.core.order_requests import OrderRequest
from seamless_retail.core.order_rules import Outcome
from seamless_retail.core.orders import Order
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.core.queries import Focus, ProductQuery, Understanding
from seamless_retail.core.suggestions import Suggestion
from seamless_retail.core.vouchers import Reward, Voucher


class Vocabulary(Protocol):
    """The words the catalogue uses, each list lower case and sorted."""

    @property
    def departments(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def brands(self) -> tuple[str, ...]: ...
    @property
    def colors(self) -> tuple[str, ...]: ...
    @property
    def sizes(self) -> tuple[str, ...]: ...
    @property
    def attributes(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def product_names(self) -> dict[str, str]:
        """Lower-case product name → product id."""
        ...

    @property
    def locations(self) -> dict[str, str]:
        """Lower-case location name (and city) → location id."""
        ...

    @property
    def category_departments(self) -> dict[str, str]: ...


class Catalogue(Protocol):
    """Products and their prices."""

    def get(self, product_id: str) -> Product | None: ...
    def get_many(self, product_ids: Sequence[str]) -> list[Product]:
        """In the order asked; unknown ids are left out."""
        ...

    def find_ids(self, query: ProductQuery, limit: int | None = None) -> list[str]:
        """Ids of the products that satisfy every filter, most popular first (or by ``query.sort``)."""
        ...

    def by_sku(self, sku: str) -> Product | None: ...
    def promotions(self, product: Product, on: date) -> list[Promotion]:
        """Promotions that apply to the product that day."""
        ...

    def promotion(self, promotion_id: str) -> Promotion | None: ...
    def all_promotions(self) -> list[Promotion]:
        """Every promotion, past and future too, by start day."""
        ...

    def bought_together(self, product_id: str, limit: int) -> list[tuple[str, int]]:
        """``(product id, number of shared orders)``, most shared first."""
        ...

    def vocabulary(self) -> Vocabulary: ...


class Stockroom(Protocol):
    """Stock by location."""

    def locations(self) -> list[Location]: ...
    def levels(self, skus: Sequence[str]) -> dict[str, list[StockLevel]]:
        """Stock levels by sku; a sku nobody stocks maps to an empty list."""
        ...


class Customers(Protocol):
    """Customer records."""

    def get(self, customer_id: str) -> Customer | None: ...


class Orders(Protocol):
    """Orders; every look-up names the customer, so that nobody sees another's."""

    def get(self, order_id: str, customer_id: str) -> Order | None:
        """The order if it exists *and* belongs to the customer."""
        ...

    def recent(self, customer_id: str, limit: int = 5) -> list[Order]:
        """Newest first."""
        ...


class Loyalty(Protocol):
    """Points and tiers."""

    def account(self, customer_id: str, on: date) -> LoyaltyAccount | None: ...


class Policies(Protocol):
    """Store policy documents."""

    def get(self, policy_id: str) -> PolicyDocument | None: ...
    def all(self) -> list[PolicyDocument]: ...


class Shop(Protocol):
    """All of a shop's records behind one object."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def stock(self) -> Stockroom: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def loyalty(self) -> Loyalty: ...
    @property
    def policies(self) -> Policies: ...
    def today(self) -> date:
        """The shop's current day. The demonstration shop stands still at the day its data ends."""
        ...


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


class SalesHistory(Protocol):
    """Daily sales."""

    def period(self) -> tuple[date, date] | None:
        """The first and the last day with a sale."""
        ...

    def by_product(self, product_ids: Sequence[str] | None = None) -> list[StoreSales]:
        """Units of each product by location and day; of all products unless some are named."""
        ...

    def by_category(self, category: str) -> list[StoreSales]:
        """Units of a whole category by location and day."""
        ...

    def by_sku(self, product_id: str, since: date) -> list[SkuSales]:
        """Units of each variant of a product by location, from a day on."""
        ...


class DemandForecaster(Protocol):
    """Expects what will be sold."""

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        """Every variant at every location, for the days after today; empty without sales to learn from."""
        ...


class NextItem(Protocol):
    """Ranks what a customer buys next; items have the names that they have in the purchases it was trained on."""

    def knows(self, item: str) -> bool:
        """Whether it learned anything about the item."""
        ...

    def rank(self, history: Sequence[str], k: int, *, exclude: Collection[str] = ()) -> Sequence[Suggestion]:
        """The ``k`` likeliest next items, likeliest first; the best sellers where nothing of the history is known.

        Args:
            history: Items bought, the latest last.
            k: Items at most.
            exclude: Items that are left out.
        """
        ...


class IntentClassifier(Protocol):
    """Names what a message wants."""

    def classify(self, texts: Sequence[str]) -> list[IntentPrediction]: ...


class InjectionScorer(Protocol):
    """Tells messages that try to take over the assistant from what customers ask."""

    def flags(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text is such an attempt, in the order given."""
        ...


class TextScreen(Protocol):
    """Tells retrieved text that gives instructions from text that informs."""

    def gives_instructions(self, text: str) -> bool:
        """Whether the text tells a reader that is a machine what to do."""
        ...


class QueryReader(Protocol):
    """Turns a message into filters, resolving follow-ups against the thread."""

    def read(self, text: str, focus: Focus) -> Understanding:
        """Understand one message.

        Raises:
            InvalidQueryError: The text is empty, too long or not valid text.
            ContradictoryConstraintsError: Its constraints exclude each other.
        """
        ...


NOT_STATED = "not stated"
"""What a reader answers when the passages do not hold the answer."""


class ReadablePassage(Protocol):
    """A text that can be read, and the name to cite it by."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class ReaderAnswer:
    """What a reader found in some passages."""

    text: str
    """The answer, or :data:`NOT_STATED`."""
    confidence: float
    """0 to 1: how sure the reader is of its words."""
    used: tuple[str, ...] = ()
    """Ids of the passages it was read from, most used first; none if nothing is stated."""

    @property
    def stated(self) -> bool:
        """Whether there is an answer."""
        return self.text != NOT_STATED


class MemoryReader(Protocol):
    """Answers a question from passages, whatever it makes of them (compressed memories, full text)."""

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        """Answer from these passages and nothing else.

        Raises:
            InvalidQueryError: The question is empty, or the passages are more than the reader can take.
        """
        ...

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        """The answer in pieces as it is written; the generator returns what :meth:`read` would."""
        ...


class ConversationMemory(Protocol):
    """What customers said in earlier conversations. A guest has no memory, and nobody reads another's."""

    def remember(self, principal: Principal, interaction: Interaction) -> None:
        """Keep an interaction; returns at once and never raises for what goes wrong while it is stored."""
        ...

    def recall(
        self, principal: Principal, question: str, *, topics: Sequence[str] = (), limit: int = 3
    ) -> list[RememberedInteraction]:
        """What the caller said that answers a question, the best first.

        Args:
            principal: The verified caller; a guest gets nothing.
            question: What is asked. Without a word of content it asks for the latest interactions.
            topics: Only interactions about one of these.
            limit: Interactions at most.

        Raises:
            SeamlessError: The memory cannot be read.
            TimeoutError: It is not open yet.
        """
        ...

    def forget(self, principal: Principal) -> int:
        """Erase everything that is remembered of the caller; how many interactions that were.

        Raises:
            SeamlessError: The memory cannot be written.
            TimeoutError: It is not open yet.
        """
        ...
