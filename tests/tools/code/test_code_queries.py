"""Queries read and nothing else, within limits, and show who a customer is to staff only."""

import pytest

from seamless_retail.core.principal import Principal
from seamless_retail.tools.code_queries import STAFF, ReadOnlyQueries, check_sql, schema_text

ANYBODY, STAFF_MEMBER = Principal(customer_id="C0001"), Principal(roles=(STAFF,))
REFUSED = {
    "DELETE FROM orders": "not a SELECT",
    "UPDATE products SET name = 'x'": "not a SELECT",
    "DROP TABLE orders": "not a SELECT",
    "SELECT 1; DELETE FROM orders": "more than one statement",
    "PRAGMA writable_schema = ON": "not a SELECT",
    "ATTACH '/tmp/other.db' AS other": "not a SELECT",
    "VACUUM INTO '/tmp/copy.db'": "not a SELECT",
    "SELECT load_extension('evil')": "something else than read",
    "SELECT * FROM sqlite_master": "not for reports",
    "SELECT arguments FROM proposals": "not for reports",
    "SELECT nope FROM orders": "no such column",
    "SELECT 1 FORM orders": "syntax error",
    "": "not a SELECT",
    "WITH old AS (SELECT id FROM orders) DELETE FROM orders": "something else than read",
    "/* SELECT */ DELETE FROM orders": "not a SELECT",
}


@pytest.fixture(scope="module")
def queries(shop) -> ReadOnlyQueries:
    return ReadOnlyQueries(shop.engine, seconds=20.0)


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_reading_of_the_shop_is_refused_even_for_staff(sql: str) -> None:
    assert REFUSED[sql] in check_sql(sql, {}, may_see_personal=True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT email FROM customers",
        "SELECT * FROM customers",
        "SELECT COUNT(*) FROM customers WHERE first_name = 'Ada'",
        "WITH people AS (SELECT id, email AS contact FROM customers) SELECT contact FROM people",
        "SELECT o.id FROM orders AS o JOIN customers AS c ON c.id = o.customer_id ORDER BY c.last_name",
        "SELECT address FROM orders",
        "SELECT (SELECT profile FROM customers LIMIT 1)",
    ],
)
def test_columns_that_tell_who_a_customer_is_are_for_staff_only(queries: ReadOnlyQueries, sql: str) -> None:
    assert "tells who a customer is" in queries.run(sql, {}, ANYBODY).problem
    assert queries.run(sql, {}, STAFF_MEMBER).problem == ""


def test_counting_customers_tells_nobody(queries: ReadOnlyQueries) -> None:
    assert queries.run("SELECT COUNT(*) FROM customers", {}, ANYBODY).rows[0][0] > 0


def test_the_connection_itself_cannot_write(queries: ReadOnlyQueries, seeded_database) -> None:
    with pytest.raises(Exception, match=r"readonly|not authorized|prohibited"):
        queries._sqlite(f"file:{seeded_database}?mode=ro", "DELETE FROM stock", {})


def test_a_query_without_end_is_stopped(shop) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    assert "interrupted" in ReadOnlyQueries(shop.engine, seconds=0.2).run(endless, {}, ANYBODY).problem


def test_a_value_without_end_is_refused(queries: ReadOnlyQueries) -> None:
    assert "too big" in queries.run("SELECT zeroblob(1000000000)", {}, ANYBODY).problem


def test_rows_are_limited_and_parameters_are_bound(shop) -> None:
    queries = ReadOnlyQueries(shop.engine, seconds=20.0, max_rows=2)
    found = queries.run("SELECT id FROM products WHERE department <> :name", {"name": "' OR 1=1 --"}, ANYBODY)
    assert (len(found.rows), found.cut_off, found.columns) == (2, True, ("id",))


def test_a_model_is_told_the_tables_of_reports_only() -> None:
    assert "daily_sales(sku, location_id, day, units, revenue_cents, on_promotion)" in schema_text()
    assert "proposals" not in schema_text()
