"""The held-out orders of the shop: nothing that is asked is learned from."""

from seamless_retail.training.benchmarks.next_order import next_order, orders_in_common, same_basket

CUSTOMERS = [[[1, 2], [3], [2, 4, 5]], [[1, 4]], [[5], [1]]]


def test_the_last_order_is_asked_for_its_new_products_and_is_not_learned() -> None:
    split = next_order(CUSTOMERS)
    assert list(zip(split.histories, split.targets, strict=True)) == [([1, 2, 3], 4), ([1, 2, 3], 5), ([5], 1)]
    assert split.sequences == [[1, 2, 3], [1, 4], [5]], "an only order is learned from, and not asked for"


def test_the_last_product_is_asked_from_all_before_it() -> None:
    split = same_basket(CUSTOMERS)
    assert (split.histories, split.targets) == ([[1, 2, 3, 4]], [5])
    assert split.baskets[0] == [[1, 2], [3], [2, 4]]
    assert split.baskets[1:] == CUSTOMERS[1:]


def test_orders_in_common_count_orders_not_customers() -> None:
    found = orders_in_common([[[1, 2], [1, 2, 3]], [[2, 1]]], 3)
    assert found[1, 2] == found[2, 1] == 3
    assert found[1, 3] == 1
    assert found[1, 1] == 0
