"""The brain: parts in, LangGraph graph out.

``router → the lobes of the route, in parallel → synthesis → guards → answer``; where something is to be done,
``propose → approval`` come before ``answer``, and the graph waits for the customer in ``approval``. What
each node reads and writes is said in :mod:`seamless_retail.lobes.state`.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Literal, overload

from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.ports import IntentClassifier, QueryReader, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.assembly import assemble
from seamless_retail.graphs.nodes import RESERVED_NAMES, NodeFunction, Nodes
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.sight import open_download
from seamless_retail.lobes import approval, supervision
from seamless_retail.lobes.answer import Answer
from seamless_retail.lobes.approval import Approval, Propose
from seamless_retail.lobes.composer import Composer
from seamless_retail.lobes.finish import finish
from seamless_retail.lobes.guardrails import guard as guarding
from seamless_retail.lobes.guardrails.input_guard.steps import LimitTopics, ScreenQuery, ScreenReports
from seamless_retail.lobes.guardrails.input_guard.topics import Topics
from seamless_retail.lobes.guardrails.screening import Screen
from seamless_retail.lobes.languages.catalogue_names import CatalogueNames
from seamless_retail.lobes.languages.interpreter import Interpret
from seamless_retail.lobes.languages.screening import ScreenTranslation
from seamless_retail.lobes.languages.speaker import Speaker
from seamless_retail.lobes.listen import Listen
from seamless_retail.lobes.lobe import Lobe
from seamless_retail.lobes.mood_steps import Feel, Tone, alarm
from seamless_retail.lobes.pictures import Look
from seamless_retail.lobes.receive import Receive
from seamless_retail.lobes.remember import Forget, Remember
from seamless_retail.lobes.router import Router, fan_out
from seamless_retail.lobes.state import BrainInput, BrainOutput, BrainState
from seamless_retail.lobes.synthesis import Synthesis

Builder = StateGraph[BrainState, Principal, BrainInput, BrainOutput]
Brain = CompiledStateGraph[BrainState, Principal, BrainInput, BrainOutput]

NAME = "brain"
"""Of the compiled graph: the name of its runs in traces, and of its node in another graph."""


@overload
def build_brain(
    parts: Parts | None = ...,
    *,
    settings: Settings | None = ...,
    shop: Shop | None = ...,
    retriever: BaseRetriever | None = ...,
    chat_model: BaseChatModel | None = ...,
    classifier: IntentClassifier | None = ...,
    reader: QueryReader | None = ...,
    lobes: Sequence[Lobe] = ...,
    tools: Sequence[BaseTool] = ...,
    checkpointer: BaseCheckpointSaver[Any] | Literal[True] | None = ...,
    store: BaseStore | None = ...,
    compile: Literal[True] = ...,
) -> Brain: ...


@overload
def build_brain(
    parts: Parts | None = ...,
    *,
    settings: Settings | None = ...,
    shop: Shop | None = ...,
    retriever: BaseRetriever | None = ...,
    chat_model: BaseChatModel | None = ...,
    classifier: IntentClassifier | None = ...,
    reader: QueryReader | None = ...,
    lobes: Sequence[Lobe] = ...,
    tools: Sequence[BaseTool] = ...,
    compile: Literal[False],
) -> Builder: ...


def build_brain(
    parts: Parts | None = None,
    *,
    settings: Settings | None = None,
    shop: Shop | None = None,
    retriever: BaseRetriever | None = None,
    chat_model: BaseChatModel | None = None,
    classifier: IntentClassifier | None = None,
    reader: QueryReader | None = None,
    lobes: Sequence[Lobe] = (),
    tools: Sequence[BaseTool] = (),
    checkpointer: BaseCheckpointSaver[Any] | Literal[True] | None = None,
    store: BaseStore | None = None,
    compile: bool = True,
) -> Brain | Builder:
    """Compose a brain from the settings and from what the caller brings instead.

    Args:
        parts: Assembled already; everything else replaces or adds to them.
        settings: Instead of those read from the environment, ``.env`` and ``seamless.toml``.
        shop: The caller's back end.
        retriever: The caller's passages, instead of the shop's index.
        chat_model: Words the answers; what it says is checked against the evidence.
        classifier: Names intents.
        reader: Understands messages.
        lobes: Further lobes; one with the name of ours replaces it.
        tools: Further tools; one with the name of ours replaces it.
        checkpointer: Keeps conversations; without one every question stands alone. ``True``: as a subgraph, keep them
            with the checkpointer of the graph around it.
        store: LangGraph's long-term memory; lobes get it with ``langgraph.config.get_store()``.
        compile: ``False`` returns the builder, to add nodes to or to compile differently.

    Raises:
        ConfigurationError: A setting is invalid, or two nodes have one name.
        ShopDatabaseError: There is no usable shop.
        SearchIndexError: There is no usable index.
        ModelFileError: A model file is missing or damaged.
    """
    assembled = assemble(
        settings,
        parts=parts,
        shop=shop,
        retriever=retriever,
        chat_model=chat_model,
        classifier=classifier,
        reader=reader,
        lobes=lobes,
        tools=tools,
    )
    builder = wire(assembled)
    return builder.compile(checkpointer=checkpointer, store=store, name=NAME) if compile else builder


@cache
def make_graph() -> Brain:
    """The graph for ``langgraph.json``: without a checkpointer and a store, which LangGraph's server brings itself."""
    return build_brain()


def wire(parts: Parts) -> Builder:
    """The uncompiled graph over assembled parts."""
    _check_names([*parts.lobes, *parts.guards])
    settings = parts.settings
    nodes = Nodes(guest=Principal(locale=settings.locale, jurisdiction=settings.jurisdiction))
    builder: Builder = StateGraph(
        BrainState, context_schema=Principal, input_schema=BrainInput, output_schema=BrainOutput
    )

    def add(name: str, metadata: dict[str, str] | None = None, **steps: NodeFunction) -> None:
        node: Any = nodes.make(name, **steps)
        builder.add_node(name, node, metadata=metadata)

    memory = parts.conversations
    forget: dict[str, NodeFunction] = {"forget": Forget(memory)} if memory else {}
    remember: dict[str, NodeFunction] = {"remember": Remember(memory)} if memory else {}
    listen = Listen(parts.shop, parts.food_guard.advisor)
    tone = Tone(parts.personality, parts.shop, parts.retriever, parts.handovers)
    screen_query = ScreenQuery(parts.input_guard, parts.reader, parts.input_guard.without_head())
    add(
        "router",
        None,
        receive=Receive(parts.shop.customers),
        alarm=alarm,
        look=Look(parts.shop, parts.reader, parts.sight, open_download(settings)),
        input_guard=screen_query,
        interpret=_interpret(parts),
        screen_translation=ScreenTranslation(ScreenQuery(parts.input_guard, parts.reader)),
        router=_router(parts),
        topics=LimitTopics(Topics(settings.topics_allowed, settings.topics_refused)),
        listen=listen,
        feel=Feel(parts.mood_reader),
        **forget,
    )
    for lobe in parts.lobes.values():
        breaker = supervision.CircuitBreaker(settings.breaker_failures, settings.breaker_reset_s)
        deadline_s = max(settings.lobe_deadline_s, getattr(lobe, "deadline_s", 0.0))
        node = supervision.as_node(lobe, deadline_s, breaker)
        add(lobe.name, {"lobe": lobe.name}, **{lobe.name: node})
    add(
        "synthesis",
        None,
        screen_reports=ScreenReports(parts.input_guard),
        synthesis=Synthesis(Screen(parts.food_guard)),
    )
    for guard in parts.guards.values():
        add(guard.name, {"guard": guard.name}, **{guard.name: guarding.as_node(guard)})
    if parts.gate is not None:
        add("propose", None, tone=tone, propose=Propose(parts.gate, Speaker(parts.languages.translator)), finish=finish)
        add("approval", None, approval=Approval(parts.gate, parts.shop))
    add("answer", None, tone=tone, answer=_answer(parts), finish=finish, **remember)
    _connect(builder, list(parts.lobes), list(parts.guards), writes=parts.gate is not None)
    return builder


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if name in RESERVED_NAMES or names.count(name) > 1:
            raise ConfigurationError(f"The name {name!r} of a lobe or guard is taken.", "Call it something else.")


def _router(parts: Parts) -> Router:
    return Router(
        parts.classifier,
        parts.reader,
        parts.lobes,
        min_confidence=parts.settings.min_intent_confidence,
        routes=parts.routes,
    )


def _interpret(parts: Parts) -> Interpret:
    languages = parts.languages
    names = CatalogueNames(parts.shop.catalogue.vocabulary)
    return Interpret(languages.identifier, names, languages.translator, languages.answer_language)


def _answer(parts: Parts) -> Answer:
    settings = parts.settings
    return Answer(
        Composer(settings.require_citations),
        parts.chat_model,
        timeout_s=settings.llm_timeout_s,
        allow_out_of_context=settings.allow_out_of_context,
        food_guard=parts.food_guard,
        speaker=Speaker(parts.languages.translator),
    )


def _connect(builder: Builder, lobes: Sequence[str], guards: Sequence[str], *, writes: bool) -> None:
    builder.add_edge(START, "router")
    builder.add_conditional_edges("router", fan_out, [*lobes, "synthesis"])
    for lobe in lobes:
        builder.add_edge(lobe, "synthesis")
    chain = ["synthesis", *guards]
    for before, after in pairwise(chain):
        builder.add_edge(before, after)
    if writes:
        builder.add_conditional_edges(chain[-1], approval.asks_for_approval, {True: "propose", False: "answer"})
        builder.add_conditional_edges("propose", approval.is_proposed, {True: "approval", False: "answer"})
        builder.add_conditional_edges("approval", approval.has_new_question, {True: "router", False: "answer"})
    else:
        builder.add_edge(chain[-1], "answer")
    builder.add_edge("answer", END)
