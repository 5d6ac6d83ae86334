"""Who answers a request: the model whose code works, else the library, else nobody, and each says so."""

from langchain_core.language_models import FakeListChatModel

from seamless_retail.core.principal import Principal
from seamless_retail.tools.code_desk import NO_MODEL, CodeDesk, failure_of, given_examples
from seamless_retail.tools.code_queries import STAFF, ReadOnlyQueries

STAFF_MEMBER = Principal(roles=(STAFF,))
HALF = 'def half(x: int) -> int:\n    """Half.\n\n    >>> half(8)\n    4\n    """\n    return x // 2\n'


def fenced(code: str, language: str = "python") -> str:
    return f"Here it is:\n```{language}\n{code}```\n"


def desk(shop, *answers: str) -> CodeDesk:
    model = FakeListChatModel(responses=list(answers)) if answers else None
    return CodeDesk(queries=ReadOnlyQueries(shop.engine, seconds=20.0), model=model)


def test_the_library_answers_without_a_model(shop) -> None:
    answer = desk(shop).answer("10 % off for orders over $80", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.name, answer.works) == ("library", "pricing.order_discount", True)
    assert "minimum_cents: int = 8000" in answer.code
    assert answer.run is not None
    assert [example.got for example in answer.run.examples[-2:]] == ["1000", "0"]


def test_a_query_is_run_over_the_shop(shop) -> None:
    answer = desk(shop).answer("SQL for the top 3 best sellers of the last 30 days", STAFF_MEMBER, shop.today())
    assert (answer.name, answer.works) == ("queries.best_sellers", True)
    assert answer.result is not None
    assert len(answer.result.rows) == 3


def test_a_given_example_is_run_and_a_wrong_one_is_told(shop) -> None:
    wanted = "10 % off for orders over $80\n>>> order_discount(10_000)\n999\n"
    assert given_examples(wanted) == ">>> order_discount(10_000)\n999"
    answer = desk(shop).answer(wanted, STAFF_MEMBER, shop.today())
    assert answer.run is not None
    assert (answer.works, answer.run.status) == (False, "failed")


def test_nothing_close_and_no_model_is_said(shop) -> None:
    answer = desk(shop).answer("bubble sort of a linked list", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.reason) == ("none", NO_MODEL)


def test_what_a_model_writes_is_checked_and_run(shop) -> None:
    answer = desk(shop, fenced(HALF)).answer("half of a number", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.works, answer.code) == ("model", True, HALF)


def test_a_model_writes_again_when_its_code_fails(shop) -> None:
    wrong = HALF.replace("x // 2", "x // 4")
    answer = desk(shop, fenced(wrong), fenced(HALF)).answer("half of a number", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.code) == ("model", HALF)


def test_a_model_that_attacks_is_not_shown(shop) -> None:
    attack = fenced("import os\nos.system('id')\n")
    answer = desk(shop, attack, attack).answer("bubble sort of a linked list", STAFF_MEMBER, shop.today())
    assert answer.origin == "none"
    assert "imports 'os'" in answer.reason
    assert answer.code == ""


def test_the_library_stands_in_for_a_model_that_fails(shop) -> None:
    answer = desk(shop, "I cannot.", "No.").answer("10 % off for orders over $80", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.name) == ("library", "pricing.order_discount")
    assert "no fenced code block" in answer.reason


def test_sql_of_a_model_is_read_only(shop) -> None:
    answers = fenced("DELETE FROM orders\n", "sql"), fenced("SELECT COUNT(*) AS n FROM products\n", "sql")
    answer = desk(shop, *answers).answer("how many products", STAFF_MEMBER, shop.today())
    assert (answer.origin, answer.language, answer.works) == ("model", "sql", True)


def test_code_as_it_is(shop) -> None:
    assert desk(shop).run_code(HALF, "python", STAFF_MEMBER).works
    assert "imports 'os'" in failure_of(desk(shop).run_code("import os", "python", STAFF_MEMBER))
