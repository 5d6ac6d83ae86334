"""A retail back end with tau2-bench's sixteen tools, their arguments, errors and data, over our order rules.

Look-ups and writes return what tau2 returns: ids, numbers and product types as text, records as dictionaries (copies).
A write that is refused changes nothing. Identity is the environment's, never an argument's.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, validate_call

from seamless_retail.core.customers import Address
from seamless_retail.core.errors import NotFoundError, PolicyRefusal, SeamlessError
from seamless_retail.core.order_requests import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    ReturnItems,
    RuledRequest,
)
from seamless_retail.core.order_rules import Offer, Situation, decide
from seamless_retail.tools.tau2_retail import arithmetic
from seamless_retail.tools.tau2_retail.records import (
    Entry,
    read_method,
    read_offer,
    read_order,
    to_cents,
    to_dollars,
    write_address,
    write_order,
)

TOOLS = (
    "calculate",
    "cancel_pending_order",
    "exchange_delivered_order_items",
    "find_user_id_by_email",
    "find_user_id_by_name_zip",
    "get_item_details",
    "get_order_details",
    "get_product_details",
    "get_user_details",
    "list_all_product_types",
    "modify_pending_order_address",
    "modify_pending_order_items",
    "modify_pending_order_payment",
    "modify_user_address",
    "return_delivered_order_items",
    "transfer_to_human_agents",
)
_WITH_PERIOD = ("Number of ", "The number of items")
"""How the texts begin that the contract ends with a period, in an exchange only."""


class RetailEnvironment:
    """One conversation with the store; see :func:`seamless_retail.tools.tau2_retail.make`."""

    def __init__(self, db: Mapping[str, Any], *, user_id: str | None = None, authenticate: bool = False) -> None:
        self._db: dict[str, Any] = copy.deepcopy(dict(db))
        self._user_id = user_id
        self._authenticate = authenticate and user_id is None

    def call(self, name: str, kwargs: Mapping[str, Any] | None = None) -> tuple[bool, Any]:
        """Call a tool: whether it went well, and its result or the text of the error."""
        if name not in TOOLS:
            return False, f"Tool '{name}' not found"
        try:
            return True, copy.deepcopy(getattr(self, name)(**(kwargs or {})))
        except SeamlessError as error:
            return False, _contract_text(name, error.message)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return False, f"Invalid arguments: {problems}"
        except TypeError as error:
            return False, f"Invalid arguments: {error}"

    def dump(self) -> dict[str, Any]:
        """The database as it is now: ``products``, ``users``, ``orders``; a copy."""
        return copy.deepcopy(self._db)

    @validate_call
    def find_user_id_by_email(self, email: str) -> str:
        """The id of the user with this e-mail address."""
        wanted = email.lower()
        return self._found(key for key, user in self._db["users"].items() if user["email"].lower() == wanted)

    @validate_call
    def find_user_id_by_name_zip(self, first_name: str, last_name: str, zip: str) -> str:
        """The id of the user with this name and postal code."""
        wanted = (first_name.lower(), last_name.lower(), zip)
        return self._found(key for key, user in self._db["users"].items() if _name_and_zip(user) == wanted)

    @validate_call
    def get_user_details(self, user_id: str) -> Entry:
        """A user."""
        return self._user(user_id)

    @validate_call
    def get_order_details(self, order_id: str) -> Entry:
        """An order."""
        return self._order(order_id)

    @validate_call
    def get_product_details(self, product_id: str) -> Entry:
        """A product with its variants."""
        return self._record("products", product_id, "Product not found")

    @validate_call
    def get_item_details(self, item_id: str) -> Entry:
        """A variant of whichever product has it."""
        variants = (product["variants"].get(item_id) for product in self._db["products"].values())
        found: Entry | None = next((variant for variant in variants if variant is not None), None)
        if found is None:
            raise NotFoundError("Item not found")
        return found

    @validate_call
    def list_all_product_types(self) -> str:
        """Product ids by name, as JSON sorted by name."""
        names = {product["name"]: product["product_id"] for product in self._db["products"].values()}
        return json.dumps(names, sort_keys=True)

    @validate_call
    def calculate(self, expression: str) -> str:
        """The value of an arithmetic expression, rounded to cents."""
        return arithmetic.calculate(expression)

    @validate_call
    def transfer_to_human_agents(self, summary: str) -> str:
        """Hand the conversation over."""
        return "Transfer successful"

    @validate_call
    def cancel_pending_order(self, order_id: str, reason: str) -> Entry:
        """Cancel an order."""
        return self._change(CancelOrder(order_id=order_id, reason=reason))

    @validate_call
    def modify_pending_order_address(
        self,
        order_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> Entry:
        """Send an order elsewhere."""
        address = _address(address1, address2, city, state, country, zip)
        return self._change(ChangeAddress(order_id=order_id, address=address))

    @validate_call
    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> Entry:
        """Pay an order with another method."""
        return self._change(ChangePayment(order_id=order_id, payment_method_id=payment_method_id))

    @validate_call
    def modify_pending_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Entry:
        """Change items of an order that is not sent yet."""
        request = {"order_id": order_id, "item_ids": item_ids, "new_item_ids": new_item_ids}
        return self._change(ChangeItems.model_validate({**request, "payment_method_id": payment_method_id}))

    @validate_call
    def exchange_delivered_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Entry:
        """Exchange items of a delivered order."""
        request = {"order_id": order_id, "item_ids": item_ids, "new_item_ids": new_item_ids}
        return self._change(ExchangeItems.model_validate({**request, "payment_method_id": payment_method_id}))

    @validate_call
    def return_delivered_order_items(self, order_id: str, item_ids: list[str], payment_method_id: str) -> Entry:
        """Send items of a delivered order back."""
        request = {"order_id": order_id, "item_ids": item_ids, "payment_method_id": payment_method_id}
        return self._change(ReturnItems.model_validate(request))

    @validate_call
    def modify_user_address(
        self,
        user_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> Entry:
        """Change a user's default address."""
        user = self._user(user_id)
        user["address"] = write_address(_address(address1, address2, city, state, country, zip))
        return user

    def _change(self, request: RuledRequest) -> Entry:
        """Let the rules decide, then write order and gift cards."""
        entry = self._order(request.order_id)
        methods = self._db["users"][entry["user_id"]]["payment_methods"]
        situation = Situation({key: read_method(method) for key, method in methods.items()}, self._offer)
        before = read_order(entry)
        outcome = decide(request, before, situation)
        write_order(entry, before, outcome.order)
        for method_id, cents in outcome.credits.items():
            methods[method_id]["balance"] = to_dollars(to_cents(methods[method_id]["balance"]) + cents)
        return entry

    def _offer(self, product_id: str, item_id: str) -> Offer | None:
        variant = self._record("products", product_id, "Product not found")["variants"].get(item_id)
        return read_offer(product_id, variant) if variant is not None else None

    def _found(self, user_ids: Any) -> str:
        user_id: str | None = next(user_ids, None)
        if user_id is None or (self._user_id is not None and user_id != self._user_id):
            raise NotFoundError("User not found")
        if self._authenticate:
            self._user_id = user_id
        return user_id

    def _user(self, user_id: str) -> Entry:
        user = self._record("users", user_id, "User not found")
        self._check_owner(user_id, "User not found")
        return user

    def _order(self, order_id: str) -> Entry:
        order = self._record("orders", order_id, "Order not found")
        self._check_owner(order["user_id"], "Order not found")
        return order

    def _check_owner(self, owner: str, not_found: str) -> None:
        if self._user_id is not None and owner != self._user_id:
            raise NotFoundError(not_found)
        if self._authenticate and self._user_id is None:
            raise PolicyRefusal("User is not authenticated", "Find the user by e-mail, or by name and zip, first.")

    def _record(self, part: str, key: str, not_found: str) -> Entry:
        found: Entry | None = self._db[part].get(key)
        if found is None:
            raise NotFoundError(not_found)
        return found


def _contract_text(tool: str, message: str) -> str:
    if tool == "exchange_delivered_order_items" and message.startswith(_WITH_PERIOD):
        return message
    return message.removesuffix(".")


def _name_and_zip(user: Mapping[str, Any]) -> tuple[str, str, str]:
    name = user["name"]
    return name["first_name"].lower(), name["last_name"].lower(), user["address"]["zip"]


def _address(address1: str, address2: str, city: str, state: str, country: str, postal_code: str) -> Address:
    return Address(line1=address1, line2=address2, city=city, state=state, country=country, postal_code=postal_code)
