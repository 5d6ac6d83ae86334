"""Customers over SQL."""

from sqlalchemy import Engine, select

from seamless_retail.core.customers import Customer
from seamless_retail.core.database.tables import CustomerRow
from seamless_retail.core.database.upsert import table_of


class SqlCustomers:
    """Implements :class:`seamless_retail.core.ports.Customers`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, customer_id: str) -> Customer | None:
        statement = select(table_of(CustomerRow)).where(CustomerRow.id == customer_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        return Customer.model_validate(dict(row._mapping)) if row is not None else None

    def all(self, limit: int | None = None) -> list[Customer]:
        """Every customer, by id."""
        statement = select(table_of(CustomerRow)).order_by(CustomerRow.id).limit(limit)
        with self._engine.connect() as connection:
            return [Customer.model_validate(dict(row._mapping)) for row in connection.execute(statement)]
