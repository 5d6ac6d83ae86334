"""Works out ``+ - * / ( )`` over decimal numbers. Nothing else: no powers, no names, no calls."""

import ast
import operator
from collections.abc import Callable

from seamless_retail.core.errors import InvalidQueryError

LONGEST = 400
_CHARACTERS = frozenset("0123456789+-*/(). ")
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def calculate(expression: str) -> str:
    """The value of an expression, rounded to cents: ``"(2 + 3) * 4"`` is ``"20.0"``.

    Raises:
        InvalidQueryError: It has other characters or operators, is no expression, is too long, or divides by zero.
    """
    if not _CHARACTERS.issuperset(expression):
        raise InvalidQueryError("Invalid characters in expression.", "Use digits, + - * / ( ) and the decimal point.")
    if len(expression) > LONGEST:
        raise InvalidQueryError(f"Expression is longer than {LONGEST} characters.", "Work it out in parts.")
    try:
        return str(round(float(_value(ast.parse(expression.strip(), mode="eval").body)), 2))
    except (SyntaxError, RecursionError, MemoryError):
        raise _invalid() from None
    except (ZeroDivisionError, OverflowError):
        raise InvalidQueryError("Expression has no value.", "It divides by zero, or is too large.") from None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp) and (binary := _BINARY.get(type(node.op))):
        return binary(_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and (unary := _UNARY.get(type(node.op))):
        return unary(_value(node.operand))
    raise _invalid()


def _invalid() -> InvalidQueryError:
    return InvalidQueryError("Invalid expression.", "Use + - * / and brackets between numbers.")
