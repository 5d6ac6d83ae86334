"""Settings become parts: what is shared, what is kept, and how a missing or damaged part is named."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import SearchIndexError, ShopDatabaseError
from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.intents import ROUTES
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings
from seamless_retail.graphs import Parts, ask, assemble, build_brain, open_checkpointer, warm
from seamless_retail.graphs.nodes import principal_of
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.models.minilm import MiniLm


def test_router_and_retriever_read_a_message_in_one_pass_of_one_model(
    settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = assemble(settings, shop=parts.shop, reader=parts.reader)
    passes: list[int] = []
    run = MiniLm._outputs
    monkeypatch.setattr(MiniLm, "_outputs", lambda *inputs: passes.append(1) or run(*inputs))
    own.classifier.classify(["what does a raincoat cost"])
    own.retriever.invoke("what does a raincoat cost")
    assert len(passes) == 1


def test_every_route_leads_to_a_lobe(parts: Parts) -> None:
    assert parts.routes == ROUTES
    assert {route.primary for route in parts.routes.values()} <= set(parts.lobes)
    assert parts.warnings == ()


def test_a_missing_shop_says_how_to_make_one(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ShopDatabaseError, match="seamless shop seed"):
        assemble(settings.model_copy(update={"home": tmp_path}))


def test_a_missing_index_says_how_to_build_it(tmp_path: Path, settings: Settings, parts: Parts) -> None:
    with pytest.raises(SearchIndexError, match="seamless index build"):
        assemble(settings.model_copy(update={"home": tmp_path}), shop=parts.shop, classifier=parts.classifier)


def test_a_damaged_index_file_is_named_and_left_as_it_is(tmp_path: Path, settings: Settings, parts: Parts) -> None:
    shutil.copytree(settings.index_folder, tmp_path / "index")
    largest = max((tmp_path / "index").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    damaged = largest.read_bytes()[:-100]
    largest.write_bytes(damaged)
    with pytest.raises(SearchIndexError, match=f"{largest.name}.*seamless index build --force"):
        assemble(settings.model_copy(update={"home": tmp_path}), shop=parts.shop, classifier=parts.classifier)
    assert largest.read_bytes() == damaged


@dataclass(frozen=True)
class Unready:
    name: str = "visual"
    description: str = "Looks at pictures."

    def is_ready(self) -> Readiness:
        return Readiness(ready=False, reason="its model is not there")

    def __call__(self, request: LobeRequest) -> LobeReport:
        raise AssertionError("a lobe that is not ready was called")


def test_a_lobe_that_is_not_ready_is_left_out_and_named(parts: Parts) -> None:
    found = assemble(parts=parts, lobes=[Unready()])
    assert "visual" not in found.lobes
    assert found.warnings == ("The lobe 'visual' is left out: its model is not there",)


def test_warming_up_asks_no_chat_model_and_changes_nothing(parts: Parts) -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError("the chat model was touched")

    warm(assemble(parts=parts, chat_model=Untouchable()))  # type: ignore[arg-type]


GUEST = Principal(jurisdiction="GB")


@pytest.mark.parametrize(
    ("context", "principal"),
    [
        (None, GUEST),
        (Principal("C0001"), Principal("C0001")),
        ({"principal": Principal("C0001")}, Principal("C0001")),
    ],
    ids=["nobody", "a principal", "an application's context"],
)
def test_the_caller_is_taken_from_the_context(context: object, principal: Principal) -> None:
    assert principal_of(context, GUEST) == principal


RESTART = """
import sys
from pathlib import Path
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import ask, assemble, build_brain, open_checkpointer

settings = load_settings(home=Path(sys.argv[1]), checkpoint_url=sys.argv[2], plugins=False)
with open_checkpointer(settings.threads_url) as checkpointer:
    output = ask(build_brain(assemble(settings), checkpointer=checkpointer), sys.argv[3], thread_id="kept")
print(",".join(output["products"]))
"""


def test_a_conversation_survives_a_restart(tmp_path: Path, seeded_home: Path, parts: Parts) -> None:
    url = f"sqlite:///{tmp_path / 'threads.db'}"
    command = [sys.executable, "-c", RESTART, str(seeded_home), url, "Find blue summer dresses under $50"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = finished.stdout.strip().split(",")
    with open_checkpointer(url) as checkpointer:
        brain = build_brain(parts, checkpointer=checkpointer)
        output = ask(brain, "does the second one come in size m?", thread_id="kept")
    assert output["products"] == [shown[1]]
    assert len(output["messages"]) == 4
