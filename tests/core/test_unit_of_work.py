"""Writes: atomic, once per key, and nothing is lost when many write at once."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.operation_tables import IdempotencyKeyRow
from seamless_retail.core.database.tables import MetadataRow
from seamless_retail.core.database.unit_of_work import LONGEST_KEY, Writes, body_digest
from seamless_retail.core.errors import ConflictError, InvalidQueryError, PolicyRefusal

NOW = datetime(2026, 11, 20, 12)
THREADS = 16


@pytest.fixture
def writes(url: str) -> Any:
    with opened(url) as engine:
        with Session(engine) as session, session.begin():
            session.add(MetadataRow(key="count", value="0"))
        yield Writes(engine, lambda: NOW)


def count_up(session: Session) -> dict[str, Any]:
    row = session.execute(select(MetadataRow).where(MetadataRow.key == "count").with_for_update()).scalar_one()
    row.value = str(int(row.value) + 1)
    return {"count": int(row.value)}


def count_of(writes: Writes) -> int:
    read: Callable[[Session], Mapping[str, Any]] = lambda session: {  # noqa: E731
        "count": session.scalar(select(MetadataRow.value).where(MetadataRow.key == "count"))
    }
    return int(writes.transact(read)["count"])


def do(writes: Writes, key: str, work: Any = count_up, **body: Any) -> dict[str, Any]:
    return writes.run(customer_id="C1", key=key, operation="count", body=body, work=work)


def test_a_repeated_request_is_answered_again_and_not_done_again(writes: Writes) -> None:
    assert do(writes, "k", sku="A", units=1) == do(writes, "k", units=1, sku="A") == {"count": 1}
    assert count_of(writes) == 1


def test_another_request_under_the_same_key_is_a_conflict(writes: Writes) -> None:
    do(writes, "k", units=1)
    with pytest.raises(ConflictError, match="'k' was used for another request"):
        do(writes, "k", units=2)
    with pytest.raises(ConflictError):
        writes.run(customer_id="C1", key="k", operation="another", body={"units": 1}, work=count_up)
    assert count_of(writes) == 1


def test_keys_of_two_customers_never_meet(writes: Writes) -> None:
    do(writes, "k", units=1)
    other = writes.run(customer_id="C2", key="k", operation="count", body={"units": 2}, work=count_up)
    assert other == {"count": 2}


def test_without_a_key_each_request_is_done(writes: Writes) -> None:
    do(writes, "")
    assert do(writes, "") == {"count": 2}


def test_what_fails_leaves_nothing_and_frees_the_key(writes: Writes) -> None:
    def fail_half_way(session: Session) -> dict[str, Any]:
        count_up(session)
        session.flush()
        raise PolicyRefusal("No.")

    with pytest.raises(PolicyRefusal):
        do(writes, "k", fail_half_way)
    assert count_of(writes) == 0
    assert do(writes, "k") == {"count": 1}


def test_a_long_key_is_refused(writes: Writes) -> None:
    with pytest.raises(InvalidQueryError, match="at most 200 characters"):
        do(writes, "k" * (LONGEST_KEY + 1))


def test_nothing_is_lost_when_many_write_at_once(writes: Writes) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda number: do(writes, f"k{number}")["count"], range(160)))
    assert sorted(answers) == list(range(1, 161))


def test_a_request_sent_many_times_at_once_is_done_once(writes: Writes) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda number: do(writes, f"k{number % 5}")["count"], range(80)))
    assert sorted(Counter(answers).values()) == [16] * 5
    assert count_of(writes) == 5


def test_who_loses_a_deadlock_tries_again(url: str, writes: Writes) -> None:
    with opened(url) as engine, Session(engine) as session, session.begin():
        session.add(MetadataRow(key="other", value="0"))

    def lock_two(first: str, second: str) -> Callable[[Session], dict[str, Any]]:
        def work(session: Session) -> dict[str, Any]:
            for key in (first, second):
                row = session.execute(select(MetadataRow).where(MetadataRow.key == key).with_for_update()).scalar_one()
                row.value = str(int(row.value) + 1)
                session.flush()
            return {}

        return work

    pairs = [lock_two("count", "other"), lock_two("other", "count")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(writes.transact, pairs))
    assert count_of(writes) == 2


def test_the_time_of_a_key_is_the_shops(writes: Writes, url: str) -> None:
    do(writes, "k")
    with opened(url) as engine, engine.connect() as connection:
        assert connection.scalar(select(IdempotencyKeyRow.at)) == NOW


def test_a_digest_depends_on_the_content_only() -> None:
    assert (
        body_digest({"a": 1, "b": [1, 2]}) == body_digest({"b": [1, 2], "a": 1}) != body_digest({"a": 1, "b": [2, 1]})
    )
