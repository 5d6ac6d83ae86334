"""Conversations over the shop: the text stands first, questions and answers take turns, and splits are kept."""

from itertools import islice

from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.training.data.clara_policies import policies_of
from seamless_retail.training.data.clara_shop import catalogue_of
from seamless_retail.training.data.dialogues import dialogues
from seamless_retail.training.tuning.chatml import checked


def test_records_are_conversations_that_repeat_with_their_seed() -> None:
    found = list(islice(dialogues(4), 20))
    assert found == list(islice(dialogues(4), 20))
    for record in found:
        messages = checked(record["messages"], "record")
        assert [message["role"] for message in messages] == ["system", *["user", "assistant"] * (len(messages) // 2)]
    assert {len(record["messages"]) for record in found} == {3, 5, 7, 9}


def test_held_out_conversations_are_on_other_products_and_policies() -> None:
    def titles(split: str) -> set[str]:
        texts = [record["messages"][0]["content"] for record in islice(dialogues(5, split=split), 60)]  # type: ignore[arg-type]
        return {text.partition("\n\n")[2].partition("\n")[0] for text in texts}

    test = {product.name for product in catalogue_of("test").products}
    test |= {policy.title for policy in policies_of(make_policies(), "test")}
    assert len(titles("test") & test) > 5
    assert not titles("train") & {policy.title for policy in policies_of(make_policies(), "test")}
