"""A second package is installed, and what it brings takes part; what is broken is named and left out."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seamless_retail.core.intents import ROUTES, Intent, Route
from seamless_retail.core.settings import Settings
from seamless_retail.graphs import Brain, Parts, ask, assemble, build_brain
from seamless_retail.graphs.plugins import Plugins, extend_routes

PACKAGE = Path(__file__).parents[1] / "plugin_package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small package, installed by pip into a folder on the path."""
    source = shutil.copytree(PACKAGE, tmp_path_factory.mktemp("source") / "package")
    folder = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "gift_wrapping"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def with_plugins(installed: Path, settings: Settings, parts: Parts) -> Parts:
    enabled = settings.model_copy(update={"plugins": True})
    return assemble(enabled, shop=parts.shop, classifier=parts.classifier, reader=parts.reader)


@pytest.fixture(scope="module")
def brain(with_plugins: Parts) -> Brain:
    return build_brain(with_plugins)


def test_its_lobe_leads_the_intent_it_claims(brain: Brain) -> None:
    output = ask(brain, "Can you wrap a present at your store?")
    assert output["intent"]["intent"] == Intent.STORE_INFO
    assert (output["lobes"][0]["name"], output["lobes"][0]["role"]) == ("gift_wrapping", "primary")
    assert "$4.50" in output["answer"]
    assert "leaflet:gift-wrapping" in {citation["source_id"] for citation in output["citations"]}


def test_our_lobe_still_answers_beside_it(brain: Brain) -> None:
    output = ask(brain, "What are the opening hours of your store?")
    assert {lobe["name"]: lobe["status"] for lobe in output["lobes"]} == {"gift_wrapping": "empty", "context": "ok"}


def test_passages_of_its_retriever_come_with_ours(with_plugins: Parts) -> None:
    found = with_plugins.retriever.invoke("What are the ribbons made of?", k=4, filter={"kind": "policy"})
    sources = [passage.metadata["source_id"] for passage in found]
    assert "leaflet:ribbons" in sources
    assert len(sources) == 4
    products = with_plugins.retriever.invoke("What are the ribbons made of?", k=4, filter={"kind": "product"})
    assert {passage.metadata["kind"] for passage in products} == {"product"}


def test_its_tool_and_guard_take_part(with_plugins: Parts, brain: Brain) -> None:
    assert "gift_wrapping_price" in {tool.name for tool in with_plugins.tools}
    assert list(with_plugins.guards) == ["nutrition", "embargo"]
    assert "embargo" in ask(brain, "hello")["timings"]


def test_broken_plugins_are_named_and_left_out(with_plugins: Parts) -> None:
    future, nothing = sorted(warning for warning in with_plugins.warnings if "lobes" in warning)
    assert "'from_the_future' of gift-wrapping 1.2.3" in future
    assert "antigravity_drive" in future
    assert "'not_a_lobe'" in nothing
    assert "returned a object" in nothing
    assert len(with_plugins.warnings) == 2


def test_a_plugin_cannot_take_the_name_of_a_node(installed: Path, with_plugins: Parts) -> None:
    plugins = Plugins()
    assert plugins.guards(with_plugins.shop, reserved={"embargo"}) == {}
    assert "'embargo' is taken" in plugins.warnings[0]


def test_plugins_can_be_turned_off(installed: Path, with_plugins: Parts) -> None:
    plugins = Plugins(enabled=False)
    assert plugins.guards(with_plugins.shop) == {}
    assert plugins.warnings == []


class Claims:
    """A lobe that claims intents."""

    def __init__(self, name: str, intents: dict[Intent, str]) -> None:
        self.name, self.intents = name, intents


@pytest.mark.parametrize(
    ("claims", "route"),
    [
        (Claims("new", {Intent.STORE_INFO: "primary"}), Route(primary="new", parallel=("context",))),
        (Claims("new", {Intent.STORE_INFO: "parallel"}), Route(primary="context", parallel=("new",))),
        (Claims("context", {Intent.STORE_INFO: "parallel"}), Route(primary="context")),
        (Claims("new", {}), Route(primary="context")),
    ],
    ids=["leads", "adds", "leads already", "claims nothing"],
)
def test_routes_are_extended_by_what_lobes_claim(claims: Claims, route: Route) -> None:
    extended = extend_routes(ROUTES, [claims])  # type: ignore[list-item]
    assert extended[Intent.STORE_INFO] == route
    assert {intent: extended[intent] for intent in Intent if intent is not Intent.STORE_INFO} == {
        intent: ROUTES[intent] for intent in Intent if intent is not Intent.STORE_INFO
    }
