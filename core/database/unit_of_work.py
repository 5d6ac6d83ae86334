"""Writes of a running shop: atomic, once per client key, safe with many writers at a time.

SQLite takes one writer at a time: a transaction begins with the write lock, so that what it reads cannot change before
it writes. PostgreSQL takes many: the work locks the rows it reads with ``with_for_update()`` (SQLite ignores it),
always in this order, so that no two wait for each other: customer, cart, order, vouchers, stock by (sku, location id).
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from seamless_retail.core.catalogue import Record
from seamless_retail.core.database.operation_tables import IdempotencyKeyRow
from seamless_retail.core.database.upsert import insert_if_absent, table_of
from seamless_retail.core.errors import ConflictError, InvalidQueryError, ShopBusyError

ATTEMPTS = 8
"""How often a transaction is tried that the database gave up for another one."""
FIRST_PAUSE_S = 0.005
LONGEST_KEY = 200
_GIVEN_UP = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""

Work = Callable[[Session], Record | Mapping[str, Any]]


class Writes:
    """Runs one write at a time per call, each in its own transaction.

    Args:
        engine: The shop database.
        now: The shop's clock.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self.now = engine, now
        self._sqlite = engine.dialect.name == "sqlite"
        # SQLite's own waiting is by sleeping and unfair: threads of one process queue here instead.
        self._queue: AbstractContextManager[object] = Lock() if self._sqlite else nullcontext()

    def run(self, *, customer_id: str, key: str, operation: str, body: Mapping[str, Any], work: Work) -> dict[str, Any]:
        """Do the work in one transaction, unless the key says that it was done before.

        Args:
            customer_id: Whose key it is; empty for a guest. Keys of two customers never meet.
            key: Chosen by the client, the same again when it repeats a request. An empty key means: never repeated.
            operation: What is done, such as ``cancel_order``.
            body: All that the work depends on, as JSON data.
            work: Does it; gets the session and must not commit. It may be called again after a lost race, so it
                changes nothing but the database. What it raises undoes all of it, and frees the key.

        Returns:
            What the work returned, as JSON data; for a key that was used before, what it returned then.

        Raises:
            ConflictError: The key was used for another operation or body.
            InvalidQueryError: The key is too long.
            ShopBusyError: Other writers kept the shop locked.
        """
        if len(key) > LONGEST_KEY:
            raise InvalidQueryError(
                f"The key of a request has at most {LONGEST_KEY} characters.", "Use a UUID as the key."
            )
        digest = body_digest({"operation": operation, "body": dict(body)})

        def once(session: Session) -> dict[str, Any]:
            if key and (stored := self._claim(session, customer_id, key, digest)) is not None:
                return stored
            result = _plain(work(session))
            if key:
                session.flush()
                self._store(session, customer_id, key, result)
            return result

        return self._transact(once)

    def transact(self, work: Work) -> dict[str, Any]:
        """Do work without a key in one transaction; retried and undone as by :meth:`run`."""
        return self._transact(lambda session: _plain(work(session)))

    def _claim(self, session: Session, customer_id: str, key: str, digest: str) -> dict[str, Any] | None:
        """Take the key, or return what was stored under it. On PostgreSQL, waits for another who holds it."""
        row = {
            "customer_id": customer_id,
            "key": key,
            "digest": digest,
            "result": None,
            "at": self.now(),
        }
        if insert_if_absent(session.connection(), IdempotencyKeyRow, row):
            return None
        keys = table_of(IdempotencyKeyRow)
        mine = (keys.c.customer_id == customer_id) & (keys.c.key == key)
        stored = session.execute(select(keys.c.digest, keys.c.result).where(mine)).one()
        if stored.digest != digest:
            raise ConflictError(f"The key {key!r} was used for another request.", "Use a new key for a new request.")
        return dict(stored.result or {})

    def _store(self, session: Session, customer_id: str, key: str, result: dict[str, Any]) -> None:
        keys = table_of(IdempotencyKeyRow)
        mine = (keys.c.customer_id == customer_id) & (keys.c.key == key)
        session.execute(keys.update().where(mine).values(result=result))

    def _transact(self, work: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.5))
            try:
                with self._queue, self._engine.connect() as connection, connection.begin():
                    return self._in_transaction(connection, work)
            except (ShopBusyError, DBAPIError) as error:
                if not _given_up(error) or attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _in_transaction(self, connection: Connection, work: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
        if self._sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        with Session(bind=connection) as session:
            result = work(session)
            session.flush()
        return result


def body_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of JSON data, the same for any order of its keys.

    Raises:
        TypeError: The body is not JSON data.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(result: Record | Mapping[str, Any]) -> dict[str, Any]:
    """As JSON data, so that the first answer equals the repeated one."""
    if isinstance(result, Record):
        return result.model_dump(mode="json")
    plain: dict[str, Any] = json.loads(json.dumps(dict(result)))
    return plain


def _given_up(error: ShopBusyError | DBAPIError) -> bool:
    return isinstance(error, ShopBusyError) or getattr(error.orig, "sqlstate", "") in _GIVEN_UP
