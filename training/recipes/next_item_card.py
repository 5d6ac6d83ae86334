"""The model card of a next-item model."""

from pathlib import Path

from seamless_retail.models.next_item import Blend
from seamless_retail.training.data.transactions import Purchases

_CARD = """# Next item: what a customer buys next

A self-attentive sequence model and the neighbours of the latest purchases (`models/next_item.py`).

- **Data.** {customers} customers, {purchases} purchases, {items} items.
- **Recipe.** `training/recipes/next_item.py`, configuration `training/configs/next_item.toml`.
- **Held out.** The last purchase of {held} customers, ranked among all items they had not bought:
  HR@10 {hit_rate:.3f}, nDCG@10 {ndcg:.3f}. These purchases also chose the weight of the neighbours ({weight}), so the
  figures read slightly high; `training/benchmarks/next_item.py` reports on purchases that chose nothing.
- **Use.** `seamless recommend --jsonl`; items are known by the names of the training file.
- **Limits.** Items and customers that the file does not hold are ranked by popularity or by content, not by this model.
"""


def write_card(
    folder: Path, purchases: Purchases, dev_customers: int, hit_rate: float, ndcg: float, blend: Blend
) -> None:
    """Write ``README.md`` beside the weights."""
    long = sum(len(sequence) > 2 for sequence in purchases.sequences)
    text = _CARD.format(
        customers=len(purchases.sequences),
        purchases=sum(map(len, purchases.sequences)),
        items=len(purchases.items),
        held=min(dev_customers, long // 5 or 1),
        hit_rate=hit_rate,
        ndcg=ndcg,
        weight=blend.neighbours,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
