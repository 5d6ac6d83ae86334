"""Which recipes there are, read from their source: nothing heavy is imported for a list."""

import ast
from importlib.resources import files
from typing import NamedTuple

from seamless_retail.core.errors import NotFoundError

RECIPES = "seamless_retail.training.recipes"
_RUNS = '\nif __name__ == "__main__":'


class Listed(NamedTuple):
    """A recipe, as ``seamless train list`` shows it."""

    name: str
    makes: str
    """The first line of its docstring."""
    configurations: tuple[str, ...]
    """Packaged ones."""
    shared: bool
    """Whether it takes the options that recipes share."""


def recipes() -> list[Listed]:
    """Every module of ``training/recipes`` that can be run, by name."""
    pages = (page for page in files(RECIPES).iterdir() if page.name.endswith(".py"))
    sources = {page.name.removesuffix(".py"): page.read_text(encoding="utf-8") for page in pages}
    return [
        _listed(name, source)
        for name, source in sorted(sources.items())
        if _RUNS in source and not name.endswith("_card")
    ]


def recipe_named(name: str) -> Listed:
    """One of :func:`recipes`.

    Raises:
        NotFoundError: There is none of this name.
    """
    found = {listed.name: listed for listed in recipes()}
    if name not in found:
        raise NotFoundError(f"There is no recipe {name!r}.", f"Choose among {', '.join(found)}.")
    return found[name]


def _listed(name: str, source: str) -> Listed:
    tree = ast.parse(source)
    line = (ast.get_docstring(tree) or "").partition("\n")[0]
    targets = [
        target
        for node in tree.body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
    ]
    shared = any(isinstance(target, ast.Name) and target.id == "RECIPE" for target in targets)
    folder = files("seamless_retail.training") / "configs" / name
    pages = folder.iterdir() if folder.is_dir() else ()
    found = sorted(page.name.removesuffix(".yaml") for page in pages if page.name.endswith(".yaml"))
    return Listed(name, line.rstrip("."), tuple(found), shared)
