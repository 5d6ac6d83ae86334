"""Reads Python that a model wrote, before it is run: does it parse, what does it import, what does a linter say."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from seamless_retail.core.catalogue import Record

_ALLOWED = """
bisect calendar collections csv dataclasses datetime decimal enum fractions functools heapq io itertools json math
numbers numpy operator pandas random re statistics string textwrap typing unicodedata zoneinfo
"""
MODULES = frozenset(_ALLOWED.split())
"""What code for the shop may import: arithmetic, text, time and tables; nothing that reaches files or the network."""
HEAVY = ("numpy", "pandas")
_REFUSED = """
__import__ breakpoint compile delattr eval exec exit getattr globals input locals memoryview open quit setattr vars
"""
REFUSED_NAMES = frozenset(_REFUSED.split())
_DUNDER = re.compile(
    r"^__(?!name__$|init__$|post_init__$|str__$|repr__$|len__$|iter__$|eq__$|lt__$|add__$|call__$)\w+__$"
)
LINT_RULES = "E9,F,B,PLE"
LINT_TIMEOUT_S = 10.0


class CheckedCode(Record):
    """What reading found."""

    problems: tuple[str, ...] = ()
    """Why the code is not run, in words; empty if it may be."""
    remarks: tuple[str, ...] = ()
    """What the linter says that stops nothing."""
    preload: tuple[str, ...] = ()
    """Packages that the sandbox loads before it gives up its rights."""
    linter: str = ""
    """``ruff``, or ``ast`` where it is not installed."""


def check_python(code: str) -> CheckedCode:
    """Read code without running it. It refuses plainly; what it lets through, the sandbox still contains."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
        return CheckedCode(problems=(f"It is not valid Python: {getattr(error, 'msg', error)}{line}.",), linter="ast")
    imported = _imports(tree)
    problems = [
        f"It imports {name!r}, which code for the shop does not need." for name in imported if name not in MODULES
    ]
    problems += [f"It uses {name!r}." for name in sorted(_names(tree)) if name in REFUSED_NAMES or _DUNDER.match(name)]
    remarks = _lint(code)
    return CheckedCode(
        problems=tuple(problems),
        remarks=tuple(remarks or ()),
        preload=tuple(name for name in HEAVY if name in imported),
        linter="ast" if remarks is None else "ruff",
    )


def defined_functions(code: str) -> list[str]:
    """The names of the functions at the top of a module."""
    return [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]


def docstring_examples(code: str) -> str:
    """The docstrings of a module and its functions, which hold its examples."""
    tree = ast.parse(code)
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)]
    texts = [ast.get_docstring(node) or "" for node in documented]
    return "\n\n".join(text for text in texts if ">>>" in text)


def _imports(tree: ast.AST) -> list[str]:
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name.split(".", 1)[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names["." if node.level else (node.module or "").split(".", 1)[0]] = None
    return list(names)


def _names(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _DUNDER.match(node.attr)
    }


def _lint(code: str) -> list[str] | None:
    """What ruff says, without any configuration of the folder; ``None`` where it is not installed."""
    beside = Path(sys.executable).with_name("ruff")
    program = str(beside) if beside.exists() else shutil.which("ruff")
    if program is None:
        return None
    command = [program, "check", "--isolated", "--no-cache", "--select", LINT_RULES, "--output-format", "json", "-"]
    try:
        done = subprocess.run(command, input=code, capture_output=True, text=True, timeout=LINT_TIMEOUT_S, check=False)
        found = json.loads(done.stdout or "[]")
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return [f"{one['code']} line {one['location']['row']}: {one['message']}" for one in found]
