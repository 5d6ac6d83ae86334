"""The memory as a LangChain key-value store."""

import pytest
import pytest_asyncio
from langchain_core.stores import BaseStore
from langchain_tests.integration_tests.base_store import BaseStoreAsyncTests, BaseStoreSyncTests

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.associative import AssociativeMemory, AssociativeStore, RecordMemory
from seamless_retail.retrievers.associative.key_value import ROLES
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings


class TestSync(BaseStoreSyncTests[str]):
    """LangChain's suite."""

    @pytest.fixture
    def kv_store(self, embeddings: MiniLMEmbeddings) -> BaseStore[str, str]:
        return AssociativeStore(RecordMemory(embeddings, ROLES, dimension=1000))

    @pytest.fixture
    def three_values(self) -> tuple[str, str, str]:
        return "from 9 to 5", "from 10 to 6", "closed"


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestAsync(BaseStoreAsyncTests[str]):
    """LangChain's suite."""

    @pytest_asyncio.fixture
    async def kv_store(self, embeddings: MiniLMEmbeddings) -> BaseStore[str, str]:
        return AssociativeStore(RecordMemory(embeddings, ROLES, dimension=1000))

    @pytest.fixture
    def three_values(self) -> tuple[str, str, str]:
        return "from 9 to 5", "from 10 to 6", "closed"


def test_similar_keys_answer_only_when_asked_to(embeddings: MiniLMEmbeddings) -> None:
    store = AssociativeStore(embeddings)
    store.mset([("opening hours", "9 to 5"), ("parking", "behind the house")])
    assert store.mget(["opning hours", "Parking"]) == [None, None]
    assert store.nearest("opning hours", 1)[0][:2] == ("opening hours", "9 to 5")
    lenient = AssociativeStore(store.memory, min_score=0.15)
    assert lenient.mget(["opning hours", "parking", "gift wrapping"]) == ["9 to 5", "behind the house", None]


def test_keys_differ_by_case_and_long_values_come_back_whole(embeddings: MiniLMEmbeddings) -> None:
    store = AssociativeStore(embeddings)
    value = "word " * 3000
    store.mset([("Key", "a"), ("key", "b"), ("long", value)])
    assert store.mget(["Key", "key", "long"]) == ["a", "b", value]


def test_an_overwritten_value_is_gone(embeddings: MiniLMEmbeddings) -> None:
    store = AssociativeStore(embeddings)
    store.mset([("key", "old value")])
    store.mset([("key", "new value")])
    assert [text for _, text, _ in store.nearest("key", 9, -1.0)] == ["new value"]


def test_a_users_value_comes_before_the_shops(embeddings: MiniLMEmbeddings) -> None:
    shop = AssociativeStore(embeddings)
    shop.mset([("greeting", "hello")])
    user = AssociativeStore(shop.memory.as_user("anna"))
    user.mset([("greeting", "good day")])
    assert (shop.mget(["greeting"]), user.mget(["greeting"])) == (["hello"], ["good day"])
    user.mdelete(["greeting"])
    assert user.mget(["greeting"]) == ["hello"]
    assert list(user.yield_keys()) == []


def test_other_roles_and_values_are_refused(embeddings: MiniLMEmbeddings) -> None:
    with pytest.raises(ValueError, match="key"):
        AssociativeStore(AssociativeMemory(embeddings))
    with pytest.raises(InvalidQueryError, match="not a text"):
        AssociativeStore(RecordMemory(embeddings, ("key", "value"))).mset([("key", b"bytes")])
