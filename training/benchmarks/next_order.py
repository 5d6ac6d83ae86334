"""Whether a next-item model is worth packaging for the demonstration shop: measured on orders held out of its own.

    python -m seamless_retail.training.benchmarks.next_order [--max-minutes 3] [--json F]

Two questions, full ranking of every product the customer has not bought, 95 % intervals by bootstrap:

* the next order: every new product of a customer's last order, from the orders before it;
* the same basket: the last product bought, from everything before it.

Training holds what precedes, of all customers. The shop's own ways are beside the model: best sellers, orders in common
with the latest products, shared attributes.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from sqlalchemy import select

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import open_shop
from seamless_retail.core.database.seed import seed_shop
from seamless_retail.core.database.tables import OrderLineRow, OrderRow
from seamless_retail.models.item_neighbours import count_neighbours
from seamless_retail.models.next_item import Blend, NextItemModel
from seamless_retail.tools.likeness import likeness
from seamless_retail.training.benchmarks.next_item import figures, interval, popularity
from seamless_retail.training.recipes.next_item import Config, Figures, train_network
from seamless_retail.training.run.progress import console

Floats = NDArray[np.float32]
Score = Callable[[Sequence[Sequence[int]]], Floats]
LATEST = 8
"""Products whose attributes and orders in common count, as in ``tools/recommendation_personal.py``."""


class Split(NamedTuple):
    """What is learned from, and what is asked."""

    baskets: list[list[list[int]]]
    """By customer: the orders before what is held out."""
    histories: list[list[int]]
    targets: list[int]

    @property
    def sequences(self) -> list[list[int]]:
        """By customer, each product once."""
        return [flat(orders) for orders in self.baskets]


def flat(orders: Sequence[Sequence[int]]) -> list[int]:
    """The products of some orders in order, each once."""
    return list(dict.fromkeys(number for order in orders for number in order))


def next_order(customers: Sequence[list[list[int]]]) -> Split:
    """The last order of everybody with two or more is held out."""
    baskets = [orders[:-1] if len(orders) > 1 else orders for orders in customers]
    asked = [
        (flat(orders[:-1]), number)
        for orders in customers
        for number in dict.fromkeys(orders[-1])
        if len(orders) > 1 and number not in flat(orders[:-1])
    ]
    return Split(baskets, [history for history, _ in asked], [number for _, number in asked])


def same_basket(customers: Sequence[list[list[int]]]) -> Split:
    """The last product of everybody with three or more is held out."""
    baskets, histories, targets = [], [], []
    for orders in customers:
        sequence = flat(orders)
        if len(sequence) > 2:
            orders = [[number for number in order if number != sequence[-1]] for order in orders]
            histories.append(sequence[:-1])
            targets.append(sequence[-1])
        baskets.append(orders)
    return Split(baskets, histories, targets)


def scorers(split: Split, products: Sequence[Product], max_minutes: float) -> dict[str, Score]:
    """Every way to rank, by name."""
    items, config = len(products), Config.read()
    popular, together = popularity(split.sequences, items), orders_in_common(split.baskets, items)
    alike = np.zeros((items + 1, items + 1), dtype=np.float32)
    for row, column in permutations(range(items), 2):
        if products[row].category == products[column].category:
            alike[row + 1, column + 1] = likeness(products[row], products[column])
    network = train_network(split.sequences, items, config, max_minutes=max_minutes)
    near = count_neighbours(split.sequences, items, window=config.window, kept=config.kept)
    model = NextItemModel([product.id for product in products], network, near, popular, Blend())
    return {
        "best sellers": lambda some: np.tile(popular, (len(some), 1)),
        "orders in common": lambda some: np.stack([together[history[-LATEST:]].sum(axis=0) for history in some]),
        "attributes": lambda some: np.stack([alike[history[-LATEST:]].max(axis=0) for history in some]),
        "network": model.network_scores,
        "neighbours": model.neighbour_scores,
        "network and neighbours": model.scores,
    }


def orders_in_common(baskets: Sequence[Sequence[Sequence[int]]], items: int) -> Floats:
    """How many orders hold both: ``[items + 1, items + 1]``."""
    found = np.zeros((items + 1, items + 1), dtype=np.float32)
    for orders in baskets:
        for order in orders:
            for one, other in permutations(set(order), 2):
                found[one, other] += 1
    return found


def read_shop() -> tuple[list[Product], list[list[list[int]]]]:
    """The products ever ordered in a newly seeded shop, and each customer's orders, the oldest first."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shop.db'}"
        seed_shop(url)
        shop = open_shop(url)
        statement = (
            select(OrderRow.customer_id, OrderRow.id, OrderLineRow.product_id)
            .join(OrderLineRow, OrderLineRow.order_id == OrderRow.id)
            .where(OrderRow.status != "cancelled")
            .order_by(OrderRow.placed_at, OrderRow.id, OrderLineRow.position)
        )
        with shop.engine.connect() as connection:
            lines = connection.execute(statement).all()
        products = shop.catalogue.get_many(sorted({line.product_id for line in lines}))
        shop.close()
    numbers = {product.id: number for number, product in enumerate(products, start=1)}
    orders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in lines:
        orders[line.customer_id or "", line.id].append(numbers[line.product_id])
    customers: dict[str, list[list[int]]] = defaultdict(list)
    for (customer, _), basket in orders.items():
        customers[customer].append(basket)
    return products, list(customers.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-minutes", type=float, default=3.0, help="for each of the two networks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    products, customers = read_shop()
    found: dict[str, dict[str, Figures]] = {}
    for question, split in (("next order", next_order(customers)), ("same basket", same_basket(customers))):
        ways = scorers(split, products, options.max_minutes)
        found[question] = {name: figures(way, split.histories, split.targets) for name, way in ways.items()}
    table = Table("held out", "ranked by", "asked", "HR@10", "95 %", "nDCG@10")
    for question, rows in found.items():
        for name, row in rows.items():
            low, high = interval(row.ranks)["hit_rate"]
            table.add_row(
                question, name, str(len(row.ranks)), f"{row.hit_rate:.3f}", f"{low:.3f}-{high:.3f}", f"{row.ndcg:.3f}"
            )
    console.print(table)
    if options.json:
        told = {
            question: {
                name: {"hit_rate": row.hit_rate, "ndcg": row.ndcg, "95%": interval(row.ranks)}
                for name, row in rows.items()
            }
            for question, rows in found.items()
        }
        options.json.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
