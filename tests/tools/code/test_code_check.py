"""What is refused before it is run."""

import pytest

from seamless_retail.tools.code_check import check_python, docstring_examples

REFUSED = {
    "def f(:\n": "not valid Python",
    "import os": "imports 'os'",
    "from subprocess import run": "imports 'subprocess'",
    "from . import secrets": "imports '.'",
    "x = eval('1')": "uses 'eval'",
    "x = ().__class__": "uses '__class__'",
    "x = __import__('os')": "uses '__import__'",
    "x = open('a')": "uses 'open'",
}


@pytest.mark.parametrize("code", REFUSED)
def test_code_that_reaches_further_than_the_shop_is_refused(code: str) -> None:
    assert any(REFUSED[code] in problem for problem in check_python(code).problems)


def test_ordinary_code_passes_and_the_linter_remarks() -> None:
    checked = check_python("import pandas as pd\n\n\ndef f(x):\n    return pd.Series([x, unknown])\n")
    assert (checked.problems, checked.preload, checked.linter) == ((), ("pandas",), "ruff")
    assert any("unknown" in remark for remark in checked.remarks)


def test_examples_are_taken_from_docstrings() -> None:
    code = 'def f():\n    """One.\n\n    >>> f()\n    1\n    """\n    return 1\n\n\ndef g():\n    """Nothing."""\n'
    assert docstring_examples(code) == "One.\n\n>>> f()\n1"
