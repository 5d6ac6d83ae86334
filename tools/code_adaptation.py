"""Fits a function or query of the library to a request: its numbers, days and names instead of the defaults."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.food_facts.allergens import allergens
from seamless_retail.tools.code_shelf import LibraryEntry

_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_PATTERNS = (
    ("buy", re.compile(r"\bbuy\s+(\d+|one|two|three|four|five)\b", re.IGNORECASE)),
    ("get", re.compile(r"\bget\s+(\d+|one|two|three|four|five)\b", re.IGNORECASE)),
    ("deal", re.compile(r"\b(\d+|two|three|four|five)\s+for\s+(?=[$€£]?\d)", re.IGNORECASE)),
    ("percent", re.compile(_NUMBER + r"\s*(?:%|percent\b|per cent\b)", re.IGNORECASE)),
    ("cents", re.compile(r"(?:USD|[$€£])\s*" + _NUMBER, re.IGNORECASE)),
    ("cents", re.compile(_NUMBER + r"\s*(?:dollars?|euros?|USD)\b", re.IGNORECASE)),
    ("one cent", re.compile(_NUMBER + r"\s*cents?\b", re.IGNORECASE)),
    ("points", re.compile(_NUMBER + r"\s*points?\b", re.IGNORECASE)),
    ("day", re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")),
    ("days", re.compile(_NUMBER + r"\s*(?:business\s+)?(days?|weeks?|months?|years?)\b", re.IGNORECASE)),
    ("limit", re.compile(r"\b(?:top|first|best|worst)\s+(\d+)\b", re.IGNORECASE)),
    ("units", re.compile(_NUMBER + r"\s*(?:units?|pieces?|items?|packs?|pcs)\b", re.IGNORECASE)),
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_THRESHOLD = re.compile(r"\b(?:over|above|from|least|minimum|than|spend\w*|exceed\w*|below|under|of|floor)\W*$", re.I)
_CAP = re.compile(r"\b(?:up to|most|maximum|max|cap\w*|limit\w*)(?:\s+(?:of|at|to))?\W*$", re.IGNORECASE)
_ROLES = {"minimum": "threshold", "free_from": "threshold", "target": "threshold", "most": "cap", "floor": "threshold"}
_CALLED = re.compile(r"\b(?:called|named|name it|call it)\s+[`\"']?([a-z_]\w*)\b[`\"']?", re.IGNORECASE)
_RENAMED = (
    re.compile(r"\brename\s+[`\"']?(\w+)[`\"']?\s+(?:to|as)\s+[`\"']?(\w+)", re.IGNORECASE),
    re.compile(r"\b[`\"']?(\w+)[`\"']?\s+is\s+called\s+[`\"']?(\w+)", re.IGNORECASE),
)
_INSTEAD = re.compile(r"\b[`\"']?(\w+)[`\"']?\s+instead\s+of\s+[`\"']?(\w+)", re.IGNORECASE)
_AGO = re.compile(r"^(\d+) days ago$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a request, and what it measures."""

    unit: str
    """``percent``, ``cents``, ``points``, ``days``, ``units``, ``limit``, ``day``, or ``buy``, ``get``, ``deal``."""
    value: str
    role: str = ""
    """``threshold`` ("over $80"), ``cap`` ("up to $30"), or empty."""


class Adapted(Record):
    """A library entry with the values of a request."""

    code: str
    examples: str = ""
    """The entry's examples, and calls with the values of the request."""
    parameters: dict[str, str | int] = Field(default_factory=dict)
    """What a query is run with."""
    changed: dict[str, str] = Field(default_factory=dict)
    """Constant → the value of the request; old name → new name."""


def quantities(request: str) -> list[Quantity]:
    """The numbers of a request, in the order in which it says them."""
    found: list[tuple[int, Quantity]] = []
    taken = [False] * (len(request) + 1)
    for unit, pattern in _PATTERNS:
        for match in pattern.finditer(request):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append((match.start(), _quantity(unit, match, request[: match.start()])))
    return [quantity for _, quantity in sorted(found, key=lambda pair: pair[0])]


def fit(entry: LibraryEntry, request: str) -> float:
    """0 to 1: the share of a request's numbers that an entry has constants for; 1 without numbers."""
    said = quantities(request)
    return len(_assign(entry, said)) / len(said) if said else 1.0


def subject_of(request: str) -> str:
    """What a request is about, without what it says of names."""
    for pattern in (_CALLED, *_RENAMED, _INSTEAD):
        request = pattern.sub(" ", request)
    return request


def adapt(entry: LibraryEntry, request: str, today: date) -> Adapted:
    """An entry with what the request says; what it does not say stays as it is.

    Args:
        entry: From the library.
        request: In words: "10 % off for orders over $80, call it winter_discount".
        today: From which "30 days ago" counts.
    """
    values = _assign(entry, quantities(request))
    if "allergen" in entry.constants:
        named = [name for name in allergens() if re.search(rf"\b{re.escape(name.replace('_', ' '))}", request.lower())]
        values |= dict(zip(["allergen"], named, strict=False))
    if entry.language == "sql":
        parameters = {name: _parameter(values.get(name, default), today) for name, default in entry.constants.items()}
        return Adapted(code=entry.code, parameters=parameters, changed=values)
    names = _new_names(entry, request)
    code = _with_defaults(entry.code, values)
    examples = "\n".join([entry.examples, *_demonstrations(entry, values)]) + "\n"
    for old, new in names.items():
        code, examples = (re.sub(rf"\b{old}\b", new, text) for text in (code, examples))
    return Adapted(code=code, examples=examples, changed={**values, **names})


def _quantity(unit: str, match: re.Match[str], before: str) -> Quantity:
    text = match.group(1).replace(",", "").lower()
    role = "cap" if _CAP.search(before) else "threshold" if _THRESHOLD.search(before) else ""
    match unit:
        case "buy" | "get" | "deal":
            return Quantity(unit, str(_COUNTS.get(text, text)))
        case "cents":
            return Quantity("cents", str(round(float(text) * 100)), role)
        case "one cent":
            return Quantity("cents", str(round(float(text))), role)
        case "days":
            return Quantity("days", str(round(float(text) * _DAYS[match.group(2).lower().rstrip("s")])))
        case "day":
            return Quantity("day", text)
    return Quantity(unit, text.removesuffix(".0"), role)


def _assign(entry: LibraryEntry, said: Sequence[Quantity]) -> dict[str, str]:
    """Constant → value: constants and numbers of one unit meet by role first, then in their order."""
    values: dict[str, str] = {}
    for unit in dict.fromkeys(quantity.unit for quantity in said):
        names = [name for name in entry.constants if _unit_of(name) == unit]
        waiting = [quantity for quantity in said if quantity.unit == unit]
        for exact in (True, False):
            for quantity in list(waiting):
                name = next((n for n in names if _takes(n, quantity.role, exact)), None)
                if name is not None and (not exact or quantity.role or len(names) > 1):
                    values[name] = quantity.value
                    names.remove(name)
                    waiting.remove(quantity)
    if "since" in entry.constants and "since" not in values:
        spans = [f"{quantity.value} days ago" for quantity in said if quantity.unit == "days"]
        values |= dict(zip(["since"], spans, strict=False))
    return values


def _takes(name: str, role: str, exact: bool) -> bool:
    """Whether a constant may get a number: "over $80" is never a maximum, nor "up to $30" a minimum."""
    own = _role_of(name)
    return own == role or (not exact and not (own and role))


def _unit_of(name: str) -> str:
    named = {"buy_units": "buy", "free_units": "get", "deal_units": "deal", "limit": "limit", "bonus_percent": ""}
    if name in named:
        return named[name]
    if name in ("since", "today"):
        return "day"
    if name.startswith("points_per"):
        return "points"
    return next((unit for unit in ("percent", "cents", "points", "days", "units") if unit in name.split("_")), "")


def _role_of(name: str) -> str:
    return next((role for word, role in _ROLES.items() if name.startswith(word)), "")


def _parameter(value: str, today: date) -> str | int:
    if ago := _AGO.match(value):
        return (today - timedelta(days=int(ago.group(1)))).isoformat()
    return int(value) if value.isdigit() else value


def _with_defaults(code: str, values: dict[str, str]) -> str:
    """The code with other defaults of keyword-only parameters, everything else as it was written."""
    function = next(node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef))
    lines = code.splitlines(keepends=True)
    pairs = list(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    for argument, default in reversed(pairs):
        if default is not None and argument.arg in values and default.end_col_offset is not None:
            line = lines[default.lineno - 1]
            new = values[argument.arg]
            lines[default.lineno - 1] = line[: default.col_offset] + new + line[default.end_col_offset :]
    return "".join(lines)


def _demonstrations(entry: LibraryEntry, values: dict[str, str]) -> list[str]:
    """The entry's calls without the constants that the request sets, so that they show its values at work."""
    calls = []
    for line in entry.examples.splitlines():
        source = line.removeprefix(">>> ")
        if values and line.startswith(">>> ") and source.startswith(f"{entry.name.split('.')[-1]}("):
            call = ast.parse(source).body[0]
            if isinstance(call, ast.Expr) and isinstance(call.value, ast.Call):
                kept = [keyword for keyword in call.value.keywords if keyword.arg not in values]
                calls.append(f">>> {ast.unparse(ast.Call(call.value.func, call.value.args, kept))}")
    return list(dict.fromkeys(calls))


def _new_names(entry: LibraryEntry, request: str) -> dict[str, str]:
    """Old name → new name, for names that the code has and new ones that it has not."""
    pairs = [match.groups() for pattern in _RENAMED for match in pattern.finditer(request)]
    pairs += [(old, new) for new, old in (match.groups() for match in _INSTEAD.finditer(request))]
    if called := _CALLED.search(request):
        pairs.append((entry.name.split(".")[-1], called.group(1)))
    known = set(re.findall(r"[A-Za-z_]\w*", entry.code))
    return {str(old): str(new) for old, new in pairs if old in known and new not in known and str(new).isidentifier()}
