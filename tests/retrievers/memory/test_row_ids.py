"""Ids and rows, sorted in or still new."""

import random

from seamless_retail.retrievers.memory.row_ids import RowIds


def test_ids_are_found_at_their_last_row() -> None:
    dice, ids, last = random.Random(0), RowIds(), {}
    for _ in range(40):
        added = [f"é{dice.randrange(9000)}" for _ in range(500)]
        last.update({id_: len(ids) + place for place, id_ in enumerate(added)})
        ids.extend(added)
    asked = [*last, "unknown"]
    assert ids.find(asked) == list(last.values())
    assert len(ids) == 20_000 and all(ids[row] == id_ for id_, row in last.items())
    assert ids.find([]) == []
