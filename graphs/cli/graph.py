"""``seamless graph``: a drawing of the brain."""

import json
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seamless_retail.core.errors import ConfigurationError, MissingProgramError
from seamless_retail.graphs.cli.session import command_settings, prepare

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Edge, Graph

MERMAID = "Draw it as Mermaid instead: seamless graph --format mermaid"


class Format(StrEnum):
    """How the graph is drawn."""

    MERMAID = "mermaid"
    PNG = "png"
    DOT = "dot"
    ASCII = "ascii"


def graph(
    form: Annotated[Format, typer.Option("--format", help="A PNG is drawn by Graphviz, which must be installed.")] = (
        Format.MERMAID
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; by default standard output.", dir_okay=False)
    ] = None,
) -> None:
    """Draw the brain's graph, with the lobes and guards of plugins. Dashed edges are taken by choice of the router."""
    if form is Format.PNG:
        _dot_program()
        if output is None and sys.stdout.isatty():
            raise ConfigurationError("A PNG cannot be shown here.", "Name a file: seamless graph --format png -o FILE")
    settings = command_settings()
    prepare(settings)
    from seamless_retail.graphs.brain import build_brain

    drawing = draw(build_brain(settings=settings).get_graph(), form)
    if output is None:
        sys.stdout.buffer.write(drawing)
        return
    try:
        output.write_bytes(drawing)
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror}.", "Name another file.") from None


def draw(graph: "Graph", form: Format) -> bytes:
    """The drawing, as text in UTF-8 or as a PNG.

    Raises:
        MissingProgramError: A PNG is wanted and Graphviz is not installed.
    """
    if form is Format.MERMAID:
        return graph.draw_mermaid().encode()
    if form is Format.ASCII:
        return _as_text(graph).encode()
    source = _as_dot(graph).encode()
    return source if form is Format.DOT else _rendered(source)


def _as_text(graph: "Graph") -> str:
    """One line per node: ``node --> next``, and ``- ->`` for edges taken by choice."""
    lines = []
    for node in graph.nodes:
        for arrow, chosen in (("-->", False), ("- ->", True)):
            following = [edge.target for edge in graph.edges if edge.source == node and edge.conditional == chosen]
            if following:
                lines.append(f"{node} {arrow} {', '.join(following)}")
    return "\n".join(lines) + "\n"


def _as_dot(graph: "Graph") -> str:
    nodes = "\n".join(f"  {json.dumps(node)};" for node in graph.nodes)
    edges = "\n".join(f"  {_dot_edge(edge)};" for edge in graph.edges)
    style = 'node [shape=box, style="rounded,filled", fillcolor="#f2f0ff", fontname="Helvetica"];'
    return f"digraph brain {{\n  rankdir=TB;\n  {style}\n{nodes}\n{edges}\n}}\n"


def _dot_edge(edge: "Edge") -> str:
    style = " [style=dashed]" if edge.conditional else ""
    return f"{json.dumps(edge.source)} -> {json.dumps(edge.target)}{style}"


def _rendered(source: bytes) -> bytes:
    drawn = subprocess.run([_dot_program(), "-Tpng"], input=source, capture_output=True, check=False)
    if drawn.returncode:
        raise MissingProgramError(f"Graphviz failed: {drawn.stderr.decode(errors='replace').strip()}", MERMAID)
    return drawn.stdout


def _dot_program() -> str:
    program = shutil.which("dot")
    if program is None:
        raise MissingProgramError(
            "A PNG is drawn by Graphviz, which is not installed.",
            f"Install it (apt install graphviz, brew install graphviz). {MERMAID}",
        )
    return program
