"""Policy documents over SQL."""

from sqlalchemy import Engine, select

from seamless_retail.core.database.tables import PolicyRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.policies import PolicyDocument


class SqlPolicies:
    """Implements :class:`seamless_retail.core.ports.Policies`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, policy_id: str) -> PolicyDocument | None:
        statement = select(table_of(PolicyRow)).where(PolicyRow.id == policy_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        return PolicyDocument(**row._mapping) if row is not None else None

    def all(self) -> list[PolicyDocument]:
        """Every document, by id."""
        statement = select(table_of(PolicyRow)).order_by(PolicyRow.id)
        with self._engine.connect() as connection:
            return [PolicyDocument(**row._mapping) for row in connection.execute(statement)]
