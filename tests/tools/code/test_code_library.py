"""The library: every function is true to its examples, stands by itself, and every query reads the shop."""

import pytest

from seamless_retail.core.principal import Principal
from seamless_retail.tools.code_adaptation import adapt
from seamless_retail.tools.code_check import check_python
from seamless_retail.tools.code_queries import ReadOnlyQueries
from seamless_retail.tools.code_sandbox import Limits, Sandbox
from seamless_retail.tools.code_shelf import LibraryEntry, library

PYTHON = [entry for entry in library() if entry.language == "python"]
SQL = [entry for entry in library() if entry.language == "sql"]
MODULES = sorted({entry.name.split(".")[0] for entry in PYTHON})


def test_it_holds_at_least_sixty_functions_of_every_kind() -> None:
    assert len(PYTHON) >= 60
    assert len(SQL) >= 12
    assert sum(entry.uses_pandas for entry in PYTHON) >= 10
    assert len({entry.name.split(".")[-1] for entry in PYTHON}) == len(PYTHON)


@pytest.mark.parametrize("entry", PYTHON, ids=lambda entry: entry.name)
def test_every_function_is_described_has_examples_and_passes_the_check_for_written_code(entry: LibraryEntry) -> None:
    assert entry.title.endswith(".")
    assert len(entry.called.split(",")) >= 2
    assert ">>>" in entry.examples
    checked = check_python(entry.code)
    assert checked.problems == ()
    assert "Also called" not in entry.code


@pytest.mark.parametrize("module", MODULES)
def test_every_function_gives_what_its_examples_say_alone_in_the_sandbox(module: str) -> None:
    entries = [entry for entry in PYTHON if entry.name.startswith(f"{module}.")]
    preload = ["pandas"] if entries[0].uses_pandas else []
    code = "\n\n".join(entry.code for entry in entries)
    run = Sandbox(Limits(seconds=20.0)).run(code, "\n".join(entry.examples for entry in entries), preload)
    assert (run.status, run.detail) == ("ok", "")
    assert len(run.examples) >= len(entries)


@pytest.mark.parametrize("entry", SQL, ids=lambda entry: entry.name)
def test_every_query_runs_over_the_shop_without_personal_columns(entry: LibraryEntry, shop) -> None:
    adapted = adapt(entry, "", shop.today())
    result = ReadOnlyQueries(shop.engine, seconds=20.0).run(adapted.code, adapted.parameters, Principal())
    assert result.problem == ""
    assert result.columns
    if entry.name != "queries.returned_products":  # the demonstration shop holds no credit notes
        assert result.rows
