"""The calculator: text of the reference for what it is meant for, and nothing beyond."""

import pytest

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.tools.tau2_retail.arithmetic import LONGEST, calculate

VALUES = {
    "1 + 1": "2.0",
    " (2 + 3) * 4 / 7.": "2.86",
    "-5 - -3": "-2.0",
    ".1 + .2": "0.3",
    "49.00 * 3 - 12.345": "134.66",
    "10 / 4": "2.5",
    "1234567.891 * 100": "123456789.1",
}


@pytest.mark.parametrize("expression", VALUES)
def test_a_value(expression: str) -> None:
    assert calculate(expression) == VALUES[expression]


@pytest.mark.parametrize("expression", ["__import__('os')", "2 % 3", "1e9", "1_000", "", "x", "1,5", "2 ^ 3"])
def test_characters_that_are_no_arithmetic(expression: str) -> None:
    with pytest.raises(InvalidQueryError, match="Invalid"):
        calculate(expression)


@pytest.mark.parametrize("expression", ["9**9**9", "2 ** 3", "7 // 2", "()", "(1)(2)", "1 +", "1 1", "1..2", "(" * 300])
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(InvalidQueryError, match=r"Invalid expression\."):
        calculate(expression)


@pytest.mark.parametrize("expression", ["1 / 0", "9" * (LONGEST - 1), "1" + "+1" * LONGEST])
def test_what_has_no_value(expression: str) -> None:
    with pytest.raises(InvalidQueryError, match="Expression"):
        calculate(expression)
