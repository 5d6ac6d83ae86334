"""The memory as a LangChain retriever."""

from typing import Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from seamless_retail.retrievers.associative import AssociativeMemory, AssociativeRetriever, RecordMemory
from seamless_retail.retrievers.associative.retriever import parse_cue


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestAssociativeRetriever(RetrieversIntegrationTests):
    """LangChain's suite."""

    @pytest.fixture(autouse=True)
    def _stored(self, memory: AssociativeMemory) -> None:
        self._memory = memory

    @property
    def retriever_constructor(self) -> Any:
        return lambda **fields: AssociativeRetriever(memory=self._memory, min_score=-1.0, **fields)

    @property
    def retriever_query_example(self) -> str:
        return "subject: Anna Keller; object: linen dress"


def test_named_roles_are_cues(memory: AssociativeMemory) -> None:
    [document] = AssociativeRetriever(memory=memory, k=1).invoke("Subject: Bruno Costa; object: tea with peppermint")
    assert document.metadata["result"] == "out of stock"
    assert document.metadata["owner"] == ""
    assert document.page_content == "Bruno Costa asked about peppermint tea out of stock"


def test_a_text_without_roles_may_fill_any(memory: AssociativeMemory) -> None:
    retriever = AssociativeRetriever(memory=memory, k=2)
    assert {found.metadata["subject"] for found in retriever.invoke("Anna Keller")} == {"Anna Keller"}
    assert retriever.invoke("peppermint tea")[0].metadata["subject"] == "Bruno Costa"


def test_only_the_views_facts_are_searched(memory: AssociativeMemory) -> None:
    memory.as_user("anna").store("my doctor", "forbade", "peanuts", "severe")
    found = AssociativeRetriever(memory=memory.as_user("bruno"), min_score=-1.0).invoke(
        "owner: anna; subject: my doctor"
    )
    assert found
    assert all(document.metadata["owner"] == "" for document in found)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        pytest.param("subject: Anna; ACTION : bought", {"subject": "Anna", "action": "bought"}, id="roles"),
        pytest.param("object: size: large", {"object": "size: large"}, id="a colon in the filler"),
        pytest.param("is it true: yes", {}, id="not a role"),
        pytest.param("subject: Anna; and more", {}, id="a part without a role"),
        pytest.param("subject:", {}, id="no filler"),
    ],
)
def test_parsing(text: str, cue: dict[str, str]) -> None:
    assert parse_cue(text, AssociativeMemory.fixed_roles) == cue


def test_roles_that_would_hide_metadata_are_refused(memory: AssociativeMemory, embeddings: Any) -> None:
    with pytest.raises(ValueError, match="hide"):
        AssociativeRetriever(memory=RecordMemory(embeddings, ("owner", "thing")))
