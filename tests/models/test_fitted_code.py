"""Codes of few bits: sizes, errors, and what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from seamless_retail.models.fitted_code import STEP, FittedCode

DIMENSION = 64


@pytest.fixture(scope="module")
def code() -> FittedCode:
    deviations = np.linspace(3, 0.5, DIMENSION, dtype=np.float32)
    return FittedCode.of(np.full(DIMENSION, 0.25, dtype=np.float32), STEP * deviations)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    drawn = np.random.default_rng(3).standard_normal((4000, DIMENSION)) * np.linspace(3, 0.5, DIMENSION)
    return (drawn + 0.25).astype(np.float32)


def test_the_leading_quarter_has_the_error_of_four_bits_and_the_rest_of_two(code: FittedCode, rows: np.ndarray) -> None:
    content = code.pack(rows)
    assert len(content) == len(rows) * code.row_bytes(DIMENSION) == len(rows) * DIMENSION * 5 // 16
    back = code.unpack(content, DIMENSION)
    assert back.dtype == np.float32 and code.pack(back) == content
    noise = ((back - rows) ** 2).mean(axis=0) / np.linspace(3, 0.5, DIMENSION) ** 2
    # Max 1960, table II: the least squared error of 16 and of 4 values at equal steps, for a normal of variance 1
    assert noise[:16].mean() == pytest.approx(0.01154, rel=0.05)
    assert noise[16:].mean() == pytest.approx(0.1188, rel=0.05)


def test_a_code_is_json_and_back(code: FittedCode, rows: np.ndarray) -> None:
    again = FittedCode.model_validate_json(code.model_dump_json())
    assert again == code and again.pack(rows[:9]) == code.pack(rows[:9])


def test_bytes_and_rows_that_do_not_fit_are_refused(code: FittedCode) -> None:
    with pytest.raises(ValueError, match="not rows of 20"):
        code.unpack(bytes(21), DIMENSION)
    with pytest.raises(ValueError, match="of 64 numbers, not of 32"):
        code.unpack(bytes(20), 32)


@pytest.mark.parametrize("fitted", ["", "no base64!", "AAAA", "AAAAAAAA" * 8])
def test_a_damaged_code_is_refused(fitted: str) -> None:
    with pytest.raises(ValidationError):
        FittedCode(fitted=fitted)
